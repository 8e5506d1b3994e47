"""What recording costs a training loop.

python benchmarks/recording.py [seconds a model]

Clock: CPU time of the training thread inside ``log`` and what the tracked iterator adds, means over
steps (a group is computed in one step of many), in percent of the step and in forward
cross-entropies of the same loop. Paired: the whole loop, passes with and without in turn over the
same data with the same model; medians of the ratios of neighbours with 95 % bootstrap intervals.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, RandomSampler, TensorDataset

import carto_widget as carto

PASS = 1.5  # seconds; an epoch ends with each
WIDTH = 768  # of features


class ConvNet(nn.Sequential):
    def __init__(self) -> None:
        layers: list[nn.Module] = []
        for a, b, stride in [(3, 16, 1), (16, 32, 2), (32, 64, 2)]:
            layers += [nn.Conv2d(a, b, 3, stride, 1), nn.BatchNorm2d(b), nn.ReLU()]
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 100))


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(128, 4, 512, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(128, 2)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.layers(x).mean(1))
        return logits


def mlp(hidden: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(),
        nn.Linear(hidden, 10),
    )  # fmt: skip


@dataclass
class Case:
    """A model on batches of random samples, and what recording it may cost."""

    name: str
    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    batch: int
    classes: int
    goal: str
    task: str | None = None

    def data(self) -> TensorDataset:
        n = self.batch * 60
        if self.task:
            tokens = torch.randint(0, self.classes, (n, *self.shape))
            return TensorDataset(tokens, tokens)
        return TensorDataset(torch.randn(n, *self.shape), torch.randint(0, self.classes, (n,)))


def causal(width: int, vocabulary: int) -> nn.Module:
    return nn.Sequential(nn.Embedding(vocabulary, width), nn.Linear(width, vocabulary))


CASES = [
    Case("MLP 784-128-128-10, B 128", lambda: mlp(128), (784,), 128, 10, "2 % of 1 ms"),
    Case("MLP 784-512-512-10, B 128", lambda: mlp(512), (784,), 128, 10, "1 % of 3 ms"),
    Case("conv net 32x32, C 100, B 64", ConvNet, (3, 32, 32), 64, 100, "0.2 %"),
    Case("transformer d 128, T 64, B 32", Transformer, (64, 128), 32, 2, "0.2 %"),
    Case("linear 256-1000, B 128", lambda: nn.Linear(256, 1000), (256,), 128, 1000, "1.5 x"),
    Case("linear 256-32000, B 64", lambda: nn.Linear(256, 32_000), (256,), 64, 32_000, "1.5 x"),
    Case(
        "tokens, V 32000, T 256, B 4", lambda: causal(64, 32_000), (256,), 4, 32_000, "1.5 x",
        "language_modeling",
    ),
]  # fmt: skip


class Loop:
    """A training loop; each pass over its loader goes one of several ways."""

    def __init__(self, case: Case) -> None:
        torch.manual_seed(0)
        self.case, self.model, self.data = case, case.make(), case.data()
        self.optimizer = torch.optim.SGD(self.model.parameters(), 1e-3)
        self.ways: dict[str, Way] = {}
        seconds = min(self.run(Way(self._loader(4), None)) for _ in range(3))
        self.n_steps = max(4, round(PASS / seconds))

    def _loader(self, n_steps: int) -> DataLoader[Any]:
        n, batch = n_steps * self.case.batch, self.case.batch
        sampler = RandomSampler(self.data, replacement=True, num_samples=n)
        return DataLoader(self.data, batch_size=batch, sampler=sampler)

    def add(self, name: str, recorder: carto.Recorder | None, *, observe: bool = False) -> None:
        loader = self._loader(self.n_steps)
        if recorder:
            loader = recorder.track(loader, observe=observe)
        self.ways[name] = Way(loader, None if observe else recorder)

    def _loss(self, logits: Tensor, gold: Tensor) -> Tensor:
        if self.case.task:
            logits, gold = logits[:, :-1].reshape(-1, self.case.classes), gold[:, 1:].reshape(-1)
        return F.cross_entropy(logits, gold)

    def run(self, way: Way) -> float:
        """Seconds a step over one pass."""
        start, batches, n = time.perf_counter(), iter(way.loader), 0
        while True:
            t0 = time.thread_time()
            batch = next(batches, None)
            t1 = time.thread_time()
            way.clock["next"].append(t1 - t0)
            if batch is None:
                return (time.perf_counter() - start) / n
            logits = self.model(batch[0])
            t2 = time.thread_time()
            loss = self._loss(logits, batch[1])
            t3 = time.thread_time()
            if way.recorder:
                way.recorder.log(logits, batch[1])
            t4 = time.thread_time()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            way.clock["cross-entropy"].append(t3 - t2)
            way.clock["log"].append(t4 - t3)
            n += 1


class Way:
    """A loader and what logs its batches."""

    def __init__(self, loader: Any, recorder: carto.Recorder | None) -> None:
        self.loader, self.recorder = loader, recorder
        self.clock: dict[str, list[float]] = {"next": [], "log": [], "cross-entropy": []}


def interval(ratios: np.ndarray) -> str:
    rng = np.random.default_rng(0)
    medians = np.median(rng.choice(ratios, (2000, len(ratios))), axis=1)
    low, high = np.percentile(medians, [2.5, 97.5])
    return f"{np.median(ratios) * 100:+6.1f} % [{low * 100:+5.1f}, {high * 100:+5.1f}]"


def measured(case: Case, seconds: float) -> None:
    loop, watched = Loop(case), carto.Recorder(task=case.task)
    loop.add("off", None)
    loop.add("on", carto.Recorder(task=case.task))
    if case.task is None:
        loop.add("observed", carto.Recorder(), observe=True)
    loop.add("watched", watched)
    times = {name: passes(loop, ["off", name], seconds) for name in [*loop.ways][1:-1]}
    datamap = carto.DataMap(watched)
    times["watched"] = passes(loop, ["off", "watched"], seconds)
    datamap.close()
    _report(case, loop, times)


def passes(loop: Loop, names: list[str], seconds: float) -> np.ndarray:
    """(k, 2) seconds a step in passes of both ways, in turn and in a changing order."""
    found: list[list[float]] = []
    for name in names:
        loop.run(loop.ways[name])
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        order = names if len(found) % 2 else names[::-1]
        both = {name: loop.run(loop.ways[name]) for name in order}
        found.append([both[name] for name in names])
    return np.array(found)


def _report(case: Case, loop: Loop, times: dict[str, np.ndarray]) -> None:
    clock = {w: {k: np.mean(v) for k, v in way.clock.items()} for w, way in loop.ways.items()}
    log, loss = clock["on"]["log"], clock["off"]["cross-entropy"]
    tracked = clock["on"]["next"] - clock["off"]["next"]
    step = float(np.median(times["on"][:, 0]))
    print(f"{case.name}: step {step * 1e3:.2f} ms, cross-entropy forward {loss * 1e6:.0f} us")
    print(
        f"  clock     log {log * 1e6:.1f} us = {log / loss:.2f} x, tracked iterator "
        f"{tracked * 1e6:+.1f} us: {(log + tracked) / step * 100:.2f} % of the step (goal: at "
        f"most {case.goal})"
    )
    for name, what in (("on", "recording"), ("watched", "and a map"), ("observed", "observe=True")):
        if name in times:
            off, on = times[name].T
            print(f"  paired    {what:14} {interval(on / off - 1)}")


LARGE: list[tuple[str, tuple[int, ...], str | None]] = [
    ("B 64, C 32000", (64, 32_000), None),
    ("B 1024, C 32000", (1024, 32_000), None),
    ("B 4, T 256, V 32000", (4, 256, 32_000), "language_modeling"),
]


def memory() -> None:
    """What ``log`` takes beyond the logits, at its peak, each in a process of its own."""
    print("memory beyond the logits, at the peak of a log:")
    for name, shape, task in LARGE:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            extra, size = pool.apply(peak, (shape, task))
        print(f"  {name:22} {extra / 2**20:6.1f} MB = {extra / size * 100:.1f} % (goal: 5 %)")


def peak(shape: tuple[int, ...], task: str | None) -> tuple[int, int]:
    """Bytes by which this process grew in ``log`` at most, and those of the logits."""

    def log(logits: Tensor) -> int:
        gold = torch.randint(0, shape[-1], logits.shape[:-1])
        before = most()
        recorder.log(logits, gold, guid=range(len(logits)))
        return most() - before

    def most() -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024

    torch.set_num_threads(1)
    recorder = carto.Recorder(task=task)
    log(torch.rand(2, *[2 for _ in shape[1:-1]], shape[-1]))  # everything is loaded
    logits = torch.rand(shape)
    return log(logits), logits.nbytes


def features(seconds: float) -> None:
    """What ``log(..., features=h)`` adds, on disk, by the clock."""
    batch, n = 128, 128 * 100
    gold = torch.randint(0, 10, (n,))
    h = torch.relu(torch.randn(batch, WIDTH))
    logits = torch.randn(batch, 10)
    spent: dict[bool, list[float]] = {False: [], True: []}
    with TemporaryDirectory() as folder:
        recorders = {given: carto.Recorder(f"{folder}/{given}") for given in spent}
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for given, recorder in recorders.items():
                start = time.thread_time()
                for i in range(0, n, batch):
                    rows = np.arange(i, i + batch)
                    recorder.log(
                        logits, gold[i : i + batch], guid=rows, features=h if given else None
                    )
                recorder.end_epoch()
                spent[given].append(time.thread_time() - start)
        size = sum(f.stat().st_size for f in Path(folder, "True", "features").rglob("*.npy"))
        for recorder in recorders.values():
            recorder.close()
    added = np.median(np.array(spent[True]) - np.array(spent[False])) / n
    print(
        f"features, D {WIDTH}: {added * 1e9:.0f} ns of CPU a sample more, written and synced "
        f"({added * batch * 1e6:.0f} us a batch of {batch}); {size / n:.0f} bytes a sample on disk"
    )


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    torch.set_num_threads(1)
    for case in CASES:
        measured(case, seconds)
    memory()
    features(seconds)


if __name__ == "__main__":
    main()
