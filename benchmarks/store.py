"""What a row costs on disk: CPU and bytes, beside JSON lines written in the same run.

python benchmarks/store.py [rows]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part, Series
from carto_widget.store.run.run import RunFolder

N_CLASSES = 10
N_JSON = 100_000
EPOCHS = 5


def rows_of(rng: np.random.Generator, n: int, logits: np.dtype | None = None) -> Rows:
    """An epoch of a ten-class problem: most samples learnt, some hard, 3 % mislabelled."""
    gold = rng.integers(0, N_CLASSES, n).astype(np.int32)
    z = rng.normal(size=(n, N_CLASSES)).astype(np.float32) * 2
    everyone = np.arange(n)
    z[everyone, gold] += rng.choice([5, 2, -2], n, p=[0.8, 0.17, 0.03])
    z -= np.log(np.exp(z).sum(1, keepdims=True))
    gold_logit = z[everyone, gold].copy()
    kept = None if logits is None else z.astype(logits)
    z[everyone, gold] = -np.inf
    margin = gold_logit - z.max(1)
    other_label = z.argmax(1)
    return Rows.of_classes(
        everyone, gold, -gold_logit, margin, other_label, np.ones(n, np.uint32), kept
    )


def measured(work: Callable[[int], object], n: int, times: int = EPOCHS) -> tuple[float, float]:
    """Median ns a row of CPU (all threads) and of the clock."""
    cpu, wall = [], []
    for k in range(times):
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        work(k)
        cpu.append(time.process_time() - cpu_before)
        wall.append(time.perf_counter() - wall_before)
    return float(np.median(cpu)) / n * 1e9, float(np.median(wall)) / n * 1e9


def bytes_in(folder: Path, pattern: str) -> int:
    return sum(file.stat().st_size for file in folder.rglob(pattern))


def parts(folder: Path, rng: np.random.Generator, n: int, logits: np.dtype | None) -> None:
    """Write and read `EPOCHS` epochs as parts; print the figures."""
    run = RunFolder.create(folder)
    run.add_ids("train", Ids(np.arange(n), np.arange(n)))
    epochs = [rows_of(rng, n, logits) for _ in range(EPOCHS)]
    cpu, wall = measured(lambda e: run.write(Part(epoch=e, last=True), epochs[e]), n)
    size = bytes_in(folder / "dynamics", "*.parquet") / n / EPOCHS
    read_cpu, _ = measured(lambda e: np.sum(run.read(Series(), e)["loss"]), n)
    what = "sample to n_seen" if logits is None else f"with {N_CLASSES} logits {logits}"
    report(f"part, {what}", cpu, wall, size, read_cpu)
    as_they_come = [rows.take(rng.permutation(n)) for rows in epochs]
    order_cpu, order_wall = measured(lambda e: as_they_come[e].once(), n)
    report("  put in order before, where shuffled", order_cpu, order_wall)
    FIGURES[what] = (cpu, size)


def json_lines(folder: Path, rng: np.random.Generator, n: int, decimals: int | None) -> None:
    """The same facts as the original project writes them, one JSON object a sample."""
    rows = rows_of(rng, n, None)
    columns = [rows["gold"], rows["loss"], rows["margin"], rows["other_label"]]
    if decimals is not None:
        logits = rng.normal(size=(n, N_CLASSES)).round(decimals).tolist()
    golds, losses, margins, others = (column.tolist() for column in columns)

    def write(epoch: int) -> None:
        with open(folder / f"{decimals}-{epoch}.jsonl", "w", encoding="utf-8") as file:
            for i in range(n):
                line: dict[str, object] = {"guid": i, "gold": golds[i]}
                if decimals is None:
                    line |= {"loss": losses[i], "margin": margins[i], "other_label": others[i]}
                else:
                    line[f"logits_epoch_{epoch}"] = logits[i]
                file.write(json.dumps(line) + "\n")

    cpu, wall = measured(write, n, 3)
    size = bytes_in(folder, f"{decimals}-*.jsonl") / n / 3
    what = "the same columns" if decimals is None else f"{N_CLASSES} logits"
    report(f"JSON lines, {what}", cpu, wall, size)
    FIGURES[f"json {what}"] = (cpu, size)


def report(
    what: str, cpu: float, wall: float, size: float | None = None, read: float | None = None
) -> None:
    room = "" if size is None else f"{size:8.2f}"
    reading = "" if read is None else f"{read:10.1f}"
    print(f"{what:38s} {cpu:10.1f} {wall:10.1f} {room} {reading}", flush=True)


FIGURES: dict[str, tuple[float, float]] = {}


def main(n: int = 1_000_000) -> None:
    rng = np.random.default_rng(0)
    print(f"store: {n:,} rows, {N_CLASSES} classes, median of {EPOCHS}; checksums on, fsynced")
    print(f"{'':38s} {'CPU ns/row':>10s} {'clock':>10s} {'B/row':>8s} {'read CPU':>10s}")
    with tempfile.TemporaryDirectory(dir=".") as folder:
        root = Path(folder)
        parts(root / "plain", rng, n, None)
        parts(root / "half", rng, n, np.dtype(np.float16))
        parts(root / "single", rng, n, np.dtype(np.float32))
        json_lines(root, rng, min(n, N_JSON), None)
        json_lines(root, rng, min(n, N_JSON), 10)
    ours, peer = FIGURES["sample to n_seen"], FIGURES["json the same columns"]
    full, logits = FIGURES[f"with {N_CLASSES} logits float16"], FIGURES[f"json {N_CLASSES} logits"]
    print(
        f"sample to n_seen: {peer[0] / ours[0]:.0f}x less CPU and {peer[1] / ours[1]:.1f}x smaller "
        f"than JSON lines of the same columns (reach: <= 80 ns, <= 8.5 B, 45x, 10x)"
    )
    print(
        f"with full logits: {logits[0] / full[0]:.0f}x less CPU and {logits[1] / full[1]:.1f}x "
        f"smaller than JSON lines of the logits; the logits alone cost "
        f"{full[0] - ours[0]:.0f} ns and {full[1] - ours[1]:.1f} B a row"
    )


if __name__ == "__main__":
    main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000)
