"""Metrics of more rows than memory holds, beside the group-bys of polars and DuckDB, as rows grow.

python benchmarks/beyond_memory.py [--full] [--svg PATH]

One question, asked of the same files: mean and population standard deviation of the gold label's
probability, and the fraction of epochs predicted right, of every sample over ten epochs. Each
answer is given in a process of its own; its CPU is that of all its threads, imports apart.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part
from carto_widget.store.run.run import RunFolder

EPOCHS, N_CLASSES = 10, 10
METRICS = ["confidence", "variability", "correctness"]
ROUNDS = 3
Answer = tuple[int, float]  # samples, mean of the three numbers' sum


def by_ranges(run: str) -> Callable[[], Answer]:
    import carto_widget as carto
    from carto_widget.metrics.written import TASK

    parts = carto.parts(run)
    carto.metrics_of_range(parts, 0, 1, METRICS)  # what is imported on use

    def ask() -> Answer:
        n, total = 0, 0.0
        for first in range(0, parts.n_samples, TASK):
            last = min(first + TASK, parts.n_samples)
            found = carto.metrics_of_range(parts, first, last, METRICS)
            n, total = n + len(found), total + sum(float(found[name].sum()) for name in METRICS)
        return n, total / n

    return ask


def by_polars(run: str) -> Callable[[], Answer]:
    import polars as pl

    files = [str(file) for file in sorted(Path(run, "dynamics").rglob("*.parquet"))]
    margin, tie = pl.col("margin"), pl.col("gold") <= pl.col("other_label")
    rows = pl.scan_parquet(files, hive_partitioning=False).select(
        "sample",
        p=(-pl.col("loss")).exp().clip(upper_bound=1).cast(pl.Float64),
        right=(margin > 0) | ((margin == 0) & tie),
    )
    p = pl.col("p")
    found = rows.group_by("sample").agg(a=p.mean(), b=p.std(ddof=0), c=pl.col("right").mean())
    answer = found.select(n=pl.len(), mean=(pl.col("a") + pl.col("b") + pl.col("c")).mean())
    return lambda: answer.collect(engine="streaming").row(0)


def by_duckdb(run: str) -> Callable[[], Answer]:
    import duckdb

    files = [str(file) for file in sorted(Path(run, "dynamics").rglob("*.parquet"))]
    connection = duckdb.connect()
    connection.execute("set memory_limit='4GB'; set preserve_insertion_order=false")
    connection.execute(f"set temp_directory='{run}-spilled'")
    question = f"""
        select count(*), avg(a + b + c) from (
            select avg(p) a, stddev_pop(p) b, avg(is_right::int) c from (
                select sample, least(exp(-loss), 1)::double p,
                    margin > 0 or (margin = 0 and gold <= other_label) is_right
                from read_parquet({files!r}, hive_partitioning=false)
            ) group by sample
        )"""
    return lambda: connection.execute(question).fetchall()[0]


ENGINES = {"carto": by_ranges, "polars": by_polars, "duckdb": by_duckdb}


def answered(engine: str, run: str) -> None:
    """Ask one engine; print its figures as JSON."""
    ask = ENGINES[engine](run)
    before = time.process_time()
    n, mean = ask()
    cpu = time.process_time() - before
    print(json.dumps({"n": n, "mean": mean, "cpu": cpu, "peak": peak_memory()}))


def peak_memory() -> float:
    """MB that this process had in memory at most."""
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1e3


def in_own_process(engine: str, run: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--ask", engine, run]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def recorded(folder: Path, n: int) -> str:
    """A run of `n` samples, a sorted part an epoch: most learnt, some hard, 3 % mislabelled."""
    run = RunFolder.create(folder)
    run.add_ids("train", Ids(np.arange(n), np.arange(n)))
    rng = np.random.default_rng(0)
    gold = rng.integers(0, N_CLASSES, n, np.int32)
    kind = rng.choice(np.array([5, 2, -2], np.float32), n, p=[0.8, 0.17, 0.03])
    for epoch in range(EPOCHS):
        margin = kind * np.float32((epoch + 1) / EPOCHS)
        margin += rng.standard_normal(n, np.float32) * np.float32(1.5)
        loss = np.log1p(np.exp(-margin) * (1 + rng.random(n, np.float32)))
        other = (gold + rng.integers(1, N_CLASSES, n, np.int32)) % N_CLASSES
        rows = Rows.of_classes(np.arange(n), gold, loss, margin, other)
        run.write(Part(epoch=epoch, last=True), rows)
    run.close()
    return str(folder)


def compared(run: str) -> dict[str, dict[str, float]]:
    """Engine -> its figures, the least CPU of some rounds in turn; they must agree."""
    rounds = [{engine: in_own_process(engine, run) for engine in ENGINES} for _ in range(ROUNDS)]
    best = {
        engine: min((one[engine] for one in rounds), key=lambda a: a["cpu"]) for engine in ENGINES
    }
    means = [answer["mean"] for answer in best.values()]
    if np.ptp(means) > 1e-6:
        raise SystemExit(f"the engines disagree: {means}")
    return best


def chart(costs: dict[int, dict[str, float]]) -> str:
    """Cost a row over rows, as SVG."""
    width, height, left, top, right, bottom = 560, 300, 60, 20, 90, 44
    rows = sorted(costs)
    highest = 1.1 * max(max(of_size.values()) for of_size in costs.values())

    def x(n: int) -> float:
        share = np.log10(n / rows[0]) / max(np.log10(rows[-1] / rows[0]), 1)
        return float(left + share * (width - left - right))

    def y(cost: float) -> float:
        return height - bottom - cost / highest * (height - bottom - top)

    step = 50 if highest > 100 else 20
    marks = [
        f'<text x="{x(n):.0f}" y="{height - bottom + 18}" text-anchor="middle">{n:,}</text>'
        for n in rows
    ]
    for tick in range(0, int(highest) + 1, step):
        marks.append(f'<path d="M{left} {y(tick):.1f}H{width - right}" stroke="#8884"/>')
        marks.append(f'<text x="{left - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick}</text>')
    for engine, colour in zip(ENGINES, ("#0072b2", "#d55e00", "#009e73"), strict=True):
        points = [(x(n), y(costs[n][engine])) for n in rows]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        marks.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        marks += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in points]
        a, b = points[-1]
        marks.append(f'<text x="{a + 8:.1f}" y="{b + 4:.1f}" fill="{colour}">{engine}</text>')
    axis = f'<text x="{left}" y="12">ns of CPU a row</text>'
    below = (
        f'<text x="{(left + width - right) / 2}" y="{height - 6}" text-anchor="middle">rows</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12" fill="#777">{axis}{below}{"".join(marks)}</svg>\n'
    )


def main(is_full: bool, svg: str | None) -> None:
    print(f"beyond memory: {', '.join(METRICS)} over {EPOCHS} epochs; least CPU of {ROUNDS} rounds")
    print(f"{'rows':>12s}" + "".join(f"{f'{engine} ns/row':>15s}{'MB':>7s}" for engine in ENGINES))
    costs: dict[int, dict[str, float]] = {}
    for rows in [10**3, 10**5, 10**6, 10**7] + [10**8] * is_full:
        with tempfile.TemporaryDirectory(dir=".") as folder:
            best = compared(recorded(Path(folder, "run"), rows // EPOCHS))
        costs[rows] = {engine: best[engine]["cpu"] / rows * 1e9 for engine in ENGINES}
        cells = (f"{costs[rows][engine]:15.1f}{best[engine]['peak']:7.0f}" for engine in ENGINES)
        print(f"{rows:12,}" + "".join(cells), flush=True)
    most, least = max(costs), min(costs)
    of_call = costs.pop(least)["carto"] * least / 1e9  # a thousand rows are nothing but the call
    beyond = [cost["carto"] - of_call / rows * 1e9 for rows, cost in costs.items()]
    largest = {engine: cost / costs[most]["carto"] for engine, cost in costs[most].items()}
    print(
        f"at {most:,} rows {largest['polars']:.1f}x less CPU than polars, {largest['duckdb']:.1f}x "
        f"less than DuckDB (reach: 4x, 8x, 300 MB)\na call costs {of_call * 1e3:.0f} ms, and a row "
        f"{', '.join(f'{cost:.1f}' for cost in beyond)} ns as rows grow (reach: within 20 %)"
    )
    if svg:
        Path(svg).write_text(chart(costs), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ask"]:
        answered(*sys.argv[2:4])
    else:
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("--full", action="store_true", help="up to 100 million rows")
        parser.add_argument("--svg", help="where to draw the chart")
        given = parser.parse_args()
        main(given.full, given.svg)
