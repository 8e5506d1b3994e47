"""What recording costs a training loop, beside the loss it computes anyway.

python benchmarks/recording.py [seconds]

Clock: CPU time of the training thread inside ``log`` and what the tracked iterator adds, in
forward cross-entropies of the same loop. Paired: the whole loop, blocks of steps with and without
recording (and with a map watching) in turn; medians of the ratios of neighbouring blocks with 95 %
bootstrap intervals.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto

BLOCK = 40  # steps
Model = tuple[str, Callable[[], nn.Module], tuple[int, ...], int, int]


def conv_net() -> nn.Module:
    widths = [(3, 16, 1), (16, 32, 2), (32, 64, 2)]
    layers: list[nn.Module] = []
    for a, b, stride in widths:
        layers += [nn.Conv2d(a, b, 3, stride, 1), nn.BatchNorm2d(b), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 100))


def mlp(hidden: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(),
        nn.Linear(hidden, 10),
    )  # fmt: skip


MODELS: list[Model] = [
    ("MLP 784-128-128-10, B 128", lambda: mlp(128), (784,), 128, 10),
    ("MLP 784-512-512-10, B 128", lambda: mlp(512), (784,), 128, 10),
    ("conv net 32x32, C 100, B 64", conv_net, (3, 32, 32), 64, 100),
    ("linear 256-32000, B 64", lambda: nn.Linear(256, 32_000), (256,), 64, 32_000),
]


class Loop:
    """A training loop that can be stepped with or without its recorder."""

    def __init__(self, model: Model, *, recorder: carto.Recorder | None) -> None:
        _, make, shape, batch, classes = model
        torch.manual_seed(0)
        n = batch * 60
        data = TensorDataset(torch.randn(n, *shape), torch.randint(0, classes, (n,)))
        loader = DataLoader(data, batch_size=batch, shuffle=True)
        self.recorder = recorder
        self.loader: Any = recorder.track(loader) if recorder else loader
        self.model = make()
        self.optimizer = torch.optim.SGD(self.model.parameters(), 1e-3)
        self.clock: dict[str, list[float]] = {"next": [], "log": [], "cross-entropy": []}
        self._batches: Iterator[tuple[Tensor, Tensor]] = iter(())

    def _next(self) -> tuple[Tensor, Tensor]:
        try:
            return next(self._batches)
        except StopIteration:
            self._batches = iter(self.loader)
            return next(self._batches)

    def step(self) -> None:
        t0 = time.thread_time()
        x, gold = self._next()
        t1 = time.thread_time()
        logits = self.model(x)
        t2 = time.thread_time()
        loss = F.cross_entropy(logits, gold)
        t3 = time.thread_time()
        if self.recorder:
            self.recorder.log(logits, gold)
        t4 = time.thread_time()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        for name, seconds in (("next", t1 - t0), ("cross-entropy", t3 - t2), ("log", t4 - t3)):
            self.clock[name].append(seconds)

    def block(self) -> float:
        """Seconds a step over one block."""
        start = time.perf_counter()
        for _ in range(BLOCK):
            self.step()
        return (time.perf_counter() - start) / BLOCK


def interval(ratios: np.ndarray) -> str:
    rng = np.random.default_rng(0)
    medians = np.median(rng.choice(ratios, (2000, len(ratios))), axis=1)
    low, high = np.percentile(medians, [2.5, 97.5])
    return f"{np.median(ratios) * 100:+6.1f} % [{low * 100:+5.1f}, {high * 100:+5.1f}]"


def measured(model: Model, seconds: float) -> None:
    off, on = Loop(model, recorder=None), Loop(model, recorder=carto.Recorder())
    watched = Loop(model, recorder=carto.Recorder())
    loops = {"off": off, "on": on, "watched": watched}
    for loop in loops.values():
        loop.block()
    datamap = carto.DataMap(watched.recorder)
    times: dict[str, list[float]] = {name: [] for name in loops}
    for loop in loops.values():
        for values in loop.clock.values():
            values.clear()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, loop in loops.items():
            times[name].append(loop.block())
    datamap.close()
    _report(model[0], loops, {name: np.array(values) for name, values in times.items()})


def _report(name: str, loops: dict[str, Loop], times: dict[str, np.ndarray]) -> None:
    # means: the flush of a group falls on one step of many
    log = float(np.mean(loops["on"].clock["log"]))
    tracked = float(np.mean(loops["on"].clock["next"]) - np.mean(loops["off"].clock["next"]))
    loss = float(np.mean(loops["on"].clock["cross-entropy"]))
    step = float(np.median(times["off"]))
    print(f"{name}: step {step * 1e3:.2f} ms, cross-entropy forward {loss * 1e6:.0f} us")
    print(
        f"  clock     log {log * 1e6:6.1f} us, tracked iterator {tracked * 1e6:+6.1f} us a step = "
        f"{(log + tracked) / loss:.2f} cross-entropies = {(log + tracked) / step * 100:.2f} % "
        "of the step"
    )
    print(f"  paired    recording      {interval(times['on'] / times['off'] - 1)}")
    print(f"            and a map      {interval(times['watched'] / times['off'] - 1)}")


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    torch.set_num_threads(1)
    for model in MODELS:
        measured(model, seconds)


if __name__ == "__main__":
    main()
