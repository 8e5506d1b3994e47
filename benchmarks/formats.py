"""Reading the original paper's JSON lines: CPU and memory beside the original's way of reading.

``python benchmarks/formats.py [samples] [--metrics]``; 550,000 samples are SNLI's. Every reader is
a process of its own, run three times in turn; CPU is of the whole process less that of one that
only imports, memory the peak of the whole process. ``--metrics`` adds the five columns: a softmax
of PyTorch for each sample and epoch, as the original computes them, against `table` (a minute).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

EPOCHS, CLASSES = 6, 3


def write_lines(folder: Path, n: int) -> int:
    """Files as pandas writes them for the original, in a new order every epoch; their bytes."""
    import pandas as pd

    rng = np.random.default_rng(0)
    guid, gold = 10**12 + 7 * rng.permutation(n), rng.integers(0, CLASSES, n)
    leaning = rng.normal(size=(n, CLASSES))
    leaning[np.arange(n), gold] += 1
    folder.mkdir()
    for epoch in range(EPOCHS):
        logits = (leaning * (1 + epoch) + rng.normal(size=(n, CLASSES))).astype(np.float32)
        order = rng.permutation(n)
        key = f"logits_epoch_{epoch}"
        frame = pd.DataFrame({"guid": guid[order], key: [*logits[order]], "gold": gold[order]})
        file = folder / f"dynamics_epoch_{epoch}.jsonl"
        frame.to_json(file, orient="records", lines=True)
    return sum(file.stat().st_size for file in folder.iterdir())


def by_lines(folder: Path) -> dict[Any, tuple[int, list[list[float]]]]:
    """As the original reads: a dict of lists, a `json.loads` a line."""
    found: dict[Any, tuple[int, list[list[float]]]] = {}
    for epoch in range(EPOCHS):
        with open(folder / f"dynamics_epoch_{epoch}.jsonl") as lines:
            for line in lines:
                record = json.loads(line)
                _, logits = found.setdefault(record["guid"], (record["gold"], []))
                logits.append(record[f"logits_epoch_{epoch}"])
    return found


def original(folder: Path) -> None:
    by_lines(folder)


def original_with_metrics(folder: Path) -> None:
    """A softmax a sample and epoch, then means and deviations a sample."""
    import torch

    torch.set_num_threads(1)
    for gold, logits in by_lines(folder).values():
        chosen = [float(torch.softmax(torch.tensor(row), -1)[gold]) for row in logits]
        is_right = [int(np.argmax(row)) == gold for row in logits]
        _ = np.mean(chosen), np.std(chosen), sum(is_right)
        _ = sum(a and not b for a, b in pairwise(is_right))


def original_imports(folder: Path) -> None:
    import pandas
    import torch

    _ = pandas, torch


def ours(folder: Path) -> None:
    import carto_widget as carto

    carto.load(folder)


def ours_with_metrics(folder: Path) -> None:
    import carto_widget as carto

    names = ["confidence", "variability", "correctness", "forgetting_events"]
    carto.table(folder, [*names, "threshold_closeness"])


def ours_imports(folder: Path) -> None:
    """Everything that reading loads, by reading two lines."""
    import carto_widget as carto

    small = folder.parent / "two"
    carto.load(small)


def nothing(folder: Path) -> None:
    pass


def measured(work: Callable[[Path], None], folder: Path) -> tuple[float, float]:
    """Seconds of CPU and MiB at the peak of a process that does the work."""
    code = (
        "import resource, runpy, sys; from pathlib import Path; "
        f"runpy.run_path({__file__!r})[{work.__name__!r}](Path({str(folder)!r})); "
        "own = resource.getrusage(resource.RUSAGE_SELF); "
        "status = Path('/proc/self/status').read_text(); "  # ru_maxrss begins at the parent's
        "print(own.ru_utime + own.ru_stime, status.split('VmHWM:')[1].split()[0])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    cpu, peak = out.stdout.split()
    return float(cpu), float(peak) / 1024


def compare(
    title: str,
    theirs: tuple[Callable[[Path], None], Callable[[Path], None]],
    of_ours: tuple[Callable[[Path], None], Callable[[Path], None]],
    folder: Path,
    times: int,
) -> None:
    """Print both: CPU beyond the imports, the peak, their ratios in each of the runs."""
    cpus, peaks = [], []
    for _ in range(times):
        (their_cpu, their_peak), (bare_cpu, _) = (measured(work, folder) for work in theirs)
        (our_cpu, our_peak), (our_bare_cpu, _) = (measured(work, folder) for work in of_ours)
        cpus.append((their_cpu - bare_cpu, our_cpu - our_bare_cpu))
        peaks.append((their_peak, our_peak))
    cpu, peak = (
        tuple(median(column) for column in zip(*rows, strict=True)) for rows in (cpus, peaks)
    )
    ratios = sorted(a / b for a, b in cpus)
    print(
        f"{title:18s} CPU {cpu[0]:7.2f} s against {cpu[1]:6.2f} s: {median(ratios):.1f}x less "
        f"[{ratios[0]:.1f}, {ratios[-1]:.1f}]; peak {peak[0]:,.0f} MiB against {peak[1]:,.0f} MiB: "
        f"{peak[0] / peak[1]:.1f}x less",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", nargs="?", type=lambda text: int(float(text)), default=50_000)
    parser.add_argument("--metrics", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as root:
        folder = Path(root) / "training_dynamics"
        n_bytes = write_lines(folder, asked.samples)
        (Path(root) / "two").mkdir()
        for epoch in range(2):
            line = f'{{"guid":1,"logits_epoch_{epoch}":[0.5,1.5],"gold":1}}\n'
            (Path(root) / "two" / f"dynamics_epoch_{epoch}.jsonl").write_text(line)
        print(f"formats: {asked.samples:,} samples, {EPOCHS} epochs, {n_bytes / 2**20:,.0f} MiB")
        compare("read", (original, nothing), (ours, ours_imports), folder, 3)
        if asked.metrics:
            bare = original_imports
            compare(
                "read and metrics",
                (original_with_metrics, bare),
                (ours_with_metrics, ours_imports),
                folder,
                1,
            )


if __name__ == "__main__":
    main()
