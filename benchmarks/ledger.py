"""How long a ledger of many edits takes to open, and one more edit to be on disk.

Beside what pandas and a plain loop take to read the same lines in the same run.

python benchmarks/ledger.py [edits]
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pandas as pd

from carto_widget.curation.ledger import Ledger

CLASSES = ["negative", "neutral", "positive"]
SAMPLES = 10_000_000
TIMES = 5


def write(path: Path, n: int) -> None:
    """n decisions of two reviewers, one sample each, as the ledger writes them."""
    chance, dataset = random.Random(0), sha256(b"reviews").hexdigest()
    when = pd.date_range("2026-01-01", periods=n, freq="ms", tz="UTC").strftime(
        "%Y-%m-%dT%H:%M:%S.%f+00:00"
    )
    with open(path, "w", encoding="utf-8") as file:
        for moment in when:
            line: dict[str, object] = {
                "id": f"{chance.getrandbits(128):032x}",
                "when": moment,
                "who": chance.choice(("ann", "ann", "bob")),
                "kind": chance.choice(("relabel", "relabel", "keep")),
                "dataset": dataset,
                "rows": SAMPLES,
                "split": "train",
                "guid": f"review-{chance.randrange(SAMPLES):07d}",
                "from": chance.choice(CLASSES),
            }
            line |= {"to": chance.choice(CLASSES)} if line["kind"] == "relabel" else {}
            line |= {"reason": "aum", "run": "reviews", "epoch": 9}
            file.write(json.dumps(line | {"content": f"{chance.getrandbits(64):016x} text"}) + "\n")


def loop(path: Path) -> dict[tuple[str, str], dict[str, object]]:
    """The latest line of each reviewer and sample, line by line."""
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    lines.sort(key=lambda line: (line["when"], line["id"]))
    return {(line["who"], line["guid"]): line for line in lines}


def seconds(work: Callable[[], object], times: int = TIMES) -> tuple[float, float]:
    """The least of the clock and of CPU (all threads)."""
    wall, cpu = [], []
    for _ in range(times):
        wall_before, cpu_before = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - wall_before)
        cpu.append(time.process_time() - cpu_before)
    return min(wall), min(cpu)


def main(n: int = 1_000_000) -> None:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        path = Path(folder) / "reviews.ledger.jsonl"
        write(path, n)
        print(f"ledger: {n:,} edits, {path.stat().st_size / 1e6:.0f} MB, least of {TIMES}")
        ours = seconds(lambda: Ledger(path).decisions())
        peers = {
            "pandas.read_json(lines=True), nothing decided": seconds(
                lambda: pd.read_json(path, lines=True), 2
            ),
            "json.loads line by line, the latest kept": seconds(lambda: loop(path), 2),
        }
        print(f"{'open, and decisions()':48s} {ours[0]:6.2f} s  {ours[1]:6.2f} s CPU")
        for name, peer in peers.items():
            ratio = f"{peer[0] / ours[0]:.1f} times as long"
            print(f"{name:48s} {peer[0]:6.2f} s  {peer[1]:6.2f} s CPU  {ratio}")
        one_more(Ledger(path))


def one_more(ledger: Ledger) -> None:
    """Another edit of a ledger that is open, on disk when it is told."""
    guids = iter(ledger.decisions().index[:50])
    bound = ledger.of(ledger.samples)
    bound.keep(next(guids))
    wall, cpu = seconds(lambda: bound.keep(next(guids)), 40)
    print(f"{'one more edit, fsynced':48s} {wall * 1e3:6.2f} ms {cpu * 1e3:6.2f} ms CPU")
    read = seconds(ledger.decisions, 3)
    print(f"{'decisions() with it':48s} {read[0]:6.2f} s  {read[1]:6.2f} s CPU")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
