"""What metrics cost: CPU time as a multiple of a peer's that is measured beside it.

``python benchmarks/computing.py [--full]``; ``--full`` takes ten million samples where a million do
without (a few minutes, 8 GB). A ratio is the median of the repeats, the smallest and the largest
in brackets; nothing is asserted. Only reading files takes more than one thread.

What is reached, on a core that reads 47 GB/s: five metrics 2.4 (NumPy 10.9), logits 324 (NumPy
296), load and table 0.91 compiled, the live state in NumPy 3.3. What is not:

- The compiled live state takes 1.31 to 1.38 of ten million samples. What it reads and writes is the
  floor, 1; a sixth of its time is the system's clearing of memory for three columns.
- From scratch, as one writes it over whole arrays of the same samples, takes 23 live epochs, not
  100: NumPy spends 2.1 ns a sample and epoch, the live state 2.9 ns in all, so that it is 100 times
  less from about 140 epochs on.
- Load and table in NumPy alone take 1.1 to 1.2: eight metrics are then passes of their own.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

import carto_widget as carto
from carto_widget.kernels.switch import VARIABLE
from carto_widget.metrics.running import running_state
from carto_widget.metrics.table import values
from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part
from carto_widget.store.run.run import RunFolder
from carto_widget.store.snapshot import Cursor, SealedEpoch, Snapshot
from carto_widget.views.live import LiveState
from carto_widget.views.view import View

Work = Callable[[], object]
CORE = ["confidence", "variability", "correctness", "forgetting_events", "aum"]
EPOCHS = 30
N_CLASSES = 10
STAND_IN = 1_000  # samples on which the original's way is timed
SNLI = (550_000, 6, 3)  # samples, epochs, classes


def cpu(work: Work) -> float:
    """Seconds of CPU, of all threads."""
    before = time.process_time()
    work()
    return time.process_time() - before


def ratios(work: Work, peer: Work, repeats: int) -> np.ndarray[Any, Any]:
    """(repeats,) CPU of one over CPU of the other, in turns."""
    work()
    return np.array([cpu(work) / cpu(peer) for _ in range(repeats)])


def report(what: str, found: np.ndarray[Any, Any], target: str) -> None:
    low, high = found.min(), found.max()
    print(f"  {what:58s} {np.median(found):9.2f} [{low:.2f}, {high:.2f}]   {target}", flush=True)


@contextmanager
def words_of(compiled: bool) -> Iterator[str]:
    """With the compiled loops or without, and how a line says so."""
    os.environ[VARIABLE] = str(int(compiled))
    yield "compiled" if compiled else "NumPy"


def read(arrays: list[np.ndarray[Any, Any]]) -> None:
    """Every byte once, as fast as NumPy reads memory."""
    for one in arrays:
        np.maximum.reduce(one.reshape(-1))


# ---- one epoch of the live map ----


def rows(n: int, seed: int) -> Rows:
    """Every sample once, in the order of the split."""
    margin = np.random.default_rng(seed).standard_normal(n, np.float32) * 2
    gold = np.zeros(n, np.int32)
    return Rows.of_classes(np.arange(n), gold, np.log1p(np.exp(-margin)), margin, gold + 1)


class Live:
    """A map that is told of one sealed epoch after the other."""

    def __init__(self, n: int) -> None:
        self._n, self._rows = n, [rows(n, seed) for seed in range(2)]
        self._live = LiveState(View(), lambda: None, Cursor())
        self._own = pd.DataFrame(index=pd.RangeIndex(n))
        self._guid, self._gold = np.arange(n), np.zeros(n, np.int32)
        self.epoch = 0

    def one_epoch(self) -> None:
        """Count an epoch, and make the frame."""
        epoch, of_epoch = self.epoch, self._rows[self.epoch % 2]
        sealed = (SealedEpoch(epoch, lambda: of_epoch),)
        self.epoch += 1
        cursor = Cursor(sealed=self.epoch)
        self._live.feed(Snapshot(cursor, self._guid, self._gold, sealed=sealed))
        self._live.frame(self._own, live=True)


def live(n: int) -> None:
    state = running_state(1, ["confidence", "variability", "correctness"])
    of_state = state.n_bytes
    print(f"live state of one epoch of {n:,} samples, frame included; {of_state} B a sample")
    # sample, gold, loss, margin, other label; the state in, out, and in; three columns out
    of_epoch = 24 + 3 * of_state + 12
    block = [np.ones(n * of_epoch // 4, np.float32)]
    for compiled, target in ((True, "<= 1.3"), (False, "<= 4")):
        with words_of(compiled) as words:
            one = Live(n)
            for first in (3, EPOCHS):
                while one.epoch < first:
                    one.one_epoch()
                found = ratios(one.one_epoch, lambda: read(block), 7)
                report(f"{words}, epoch {first}, x reading {of_epoch} B a sample", found, target)
    block.clear()
    margin = np.random.default_rng(0).standard_normal((EPOCHS, n), np.float32)
    loss = np.abs(margin)

    def from_scratch() -> None:
        """The three columns from what is recorded, over whole arrays as one writes it."""
        probability = np.exp(-loss)
        probability.mean(0), probability.std(0), (margin > 0).mean(0)

    for compiled in (True, False):
        with words_of(compiled) as words:
            found = ratios(from_scratch, one.one_epoch, 5)
            report(f"NumPy from scratch at {EPOCHS} epochs, x {words}", found, ">= 100")


# ---- five metrics of signals in memory ----


def five(n: int) -> None:
    print(f"{', '.join(CORE)} of {n:,} x {EPOCHS}, three signals in memory")
    rng = np.random.default_rng(0)
    signals: dict[str, Any] = {
        "gold_probability": rng.random((EPOCHS, n), np.float32),
        "margin": rng.standard_normal((EPOCHS, n), np.float32),
        "is_correct": (rng.random((EPOCHS, n), np.float32) > 0.5).astype(np.float32),
    }
    dynamics = carto.TrainingDynamics.from_arrays(gold=np.zeros(n, np.int32), **signals)
    for compiled, target in ((True, "<= 3"), (False, "<= 12")):
        with words_of(compiled) as words:
            found = ratios(lambda: values(dynamics, CORE), lambda: read([*signals.values()]), 5)
            report(f"{words}, x one read of the signals", found, target)


# ---- logits in memory, beside the way of the first data maps ----


def one_by_one(logits: np.ndarray[Any, Any], gold: np.ndarray[Any, Any]) -> list[Any]:
    """A softmax for each sample and epoch, sums in Python: how data maps were first computed."""
    import torch

    found = []
    for i, label in enumerate(gold.tolist()):
        probabilities, rights = [], []
        for of_epoch in logits[:, i].tolist():
            softmax = torch.nn.functional.softmax(torch.Tensor(of_epoch), dim=-1)
            probabilities.append(float(softmax[label]))
            rights.append(bool(np.argmax(of_epoch) == label))
        lost = sum(was and not now for was, now in pairwise(rights))
        mean, spread = np.mean(probabilities), np.std(probabilities)
        found.append((mean, spread, sum(rights), lost if any(rights) else 1000, mean * (1 - mean)))
    return found


def from_logits() -> None:
    n, n_epochs, n_classes = SNLI
    print(f"{n:,} x {n_epochs} logits of {n_classes} classes to five columns")
    rng = np.random.default_rng(0)
    logits = rng.standard_normal((n_epochs, n, n_classes), np.float32)
    gold = rng.integers(0, n_classes, n)
    one_by_one(logits[:, :1], gold[:1])
    peer = cpu(lambda: one_by_one(logits[:, :STAND_IN], gold[:STAND_IN])) * n / STAND_IN
    print(f"  one sample after the other: {peer:.0f} s, from {STAND_IN:,} samples")

    def table() -> None:
        carto.table(carto.TrainingDynamics.from_arrays(gold=gold, logits=logits), CORE)

    for compiled, target in ((True, ">= 300"), (False, ">= 100")):
        with words_of(compiled) as words:
            table()
            found = np.array([peer / cpu(table) for _ in range(5)])
            report(f"{words}, times less CPU", found, target)


# ---- a run on disk to its table ----


def write_run(folder: Path, n: int) -> None:
    rng = np.random.default_rng(0)
    gold = rng.integers(0, N_CLASSES, n).astype(np.int32)
    ease = rng.standard_normal(n, np.float32) * 2
    run = RunFolder.create(folder)
    run.add_ids("train", Ids(np.arange(n), np.arange(n)))
    for e in range(EPOCHS):
        margin = ease * np.float32((e + 1) / EPOCHS) + rng.standard_normal(n, np.float32)
        other = ((gold + rng.integers(1, N_CLASSES, n)) % N_CLASSES).astype(np.int32)
        loss = np.log1p(np.exp(-margin))
        run.write(
            Part(epoch=e, last=True), Rows.of_classes(np.arange(n), gold, loss, margin, other)
        )
    run.close()


def peak(folder: Path, n: int) -> float:
    """Memory that the table takes at most beyond what the imports took, over four signals'."""
    before = most_memory()
    carto.table(folder, "all")
    return (most_memory() - before) / (4 * EPOCHS * n * 4)


def most_memory() -> float:
    """Bytes that this process has held at most; what its parent held does not count on Linux."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return 1024 * float(line.split()[1])


def loaded(n: int) -> None:
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where) / "run"
        write_run(folder, n)
        parts = sorted(folder.glob("dynamics/**/*.parquet"))
        signals = [np.ones((EPOCHS, n), np.float32) for _ in range(4)]
        print(f"load + table of all metrics, {n:,} x {EPOCHS}")
        for compiled in (True, False):
            with words_of(compiled) as words:
                carto.table(folder, "all")
                spent, allowed = [], []
                for _ in range(3):
                    spent.append(cpu(lambda: carto.table(folder, "all")))
                    reading = cpu(lambda: [pq.read_table(part) for part in parts])
                    allowed.append(2 * reading + 50 * cpu(lambda: read(signals)))
                report(f"{words}, seconds of CPU", np.array(spent), "<= 5")
                report(
                    f"{words}, x (2 reads by pyarrow + 50 passes over four signals)",
                    np.array(spent) / allowed,
                    "<= 1",
                )
                child = [sys.executable, __file__, "--peak", str(folder), str(n)]
                ran = subprocess.run(child, capture_output=True, text=True, check=True)
                report(
                    f"{words}, peak memory, x four signals", np.array([float(ran.stdout)]), "<= 2.5"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="ten million samples")
    parser.add_argument("--peak", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.peak:
        import carto_widget.metrics.table  # noqa: F401  # so that only the table is measured

        print(peak(Path(asked.peak[0]), int(asked.peak[1])))
        return
    n = 10_000_000 if asked.full else 1_000_000
    live(n)
    five(n)
    from_logits()
    loaded(1_000_000)


if __name__ == "__main__":
    main()
