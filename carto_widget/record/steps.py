"""Steps on their way from the training loop to rows: kept for a moment, computed together.

One fused computation over many small batches costs a fraction of one computation a batch. Small
logits are copied, so that they are still true when they are computed; large ones are computed at
once. The graph is never kept alive.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from carto_widget.record.task import Columns

COPIED = 256 * 1024  # bytes of logits up to which a step is copied and waits for others
MOST_STEPS = 64
MOST_BYTES = 4 * 1024**2
CHUNK = 2 * 1024**2  # bytes of a large step that are worked on at a time
LONGEST = 0.25  # seconds


class Values(NamedTuple):
    """What is kept of R rows, on the host."""

    key: NDArray[np.int32]  # (R,) by which labels are compared
    columns: dict[str, NDArray[Any]]  # (R, ...) each


class Formula(Protocol):
    """What turns a step into columns: a task, or a signal of the loop's own."""

    def signals(self, logits: Tensor, gold: Tensor, keep: torch.dtype | None) -> Columns:
        """As a ``Task``'s."""


class Measure(NamedTuple):
    """What is computed of a step."""

    formula: Formula
    keep: torch.dtype | None  # of the log-probabilities of all classes, where they are kept

    def columns(self, logits: Tensor, gold: Tensor) -> Columns:
        """The columns of rows, on their device."""
        return self.formula.signals(logits, gold, self.keep)


@dataclass(eq=False, slots=True)
class Step:
    """One call of ``log``."""

    sample: NDArray[np.int64]  # (B,) root rows, or positions where parts carry guids
    rode: Tensor | None  # like gold: the labels that came with the ids; often gold itself
    logits: Tensor  # (B, ...)
    gold: Tensor  # (B, ...)
    features: Tensor | None = None  # (B, D)

    def copy(self) -> None:
        """Make the step safe to be computed later."""
        is_gold = self.rode is self.gold
        self.logits, self.gold = self.logits.clone(), self.gold.clone()
        if self.rode is not None:
            self.rode = self.gold if is_gold else self.rode.clone()


class Arrived(NamedTuple):
    """Steps whose values are known."""

    steps: list[Step]
    values: Values


class Pending(Protocol):
    """Steps between ``log`` and their values."""

    @property
    def is_due(self) -> bool: ...
    def add(self, step: Step) -> None: ...
    def arrived(self, *, everything: bool) -> Iterator[Arrived]: ...


class HostSteps:
    """Steps on the CPU: a group is computed when it is large or old enough."""

    def __init__(self, measure: Measure, *, defers: bool = True) -> None:
        self._most = COPIED if defers else -1
        self._measure = measure
        self._steps: list[Step] = []
        self._bytes = 0
        self._due = 0.0

    def add(self, step: Step) -> None:
        if not self._steps:
            self._due = time.monotonic() + LONGEST
        size = step.logits.nbytes
        if step.features is not None:
            step.features = step.features.to(torch.float16, copy=True)
            self._bytes += step.features.nbytes
        if size <= self._most:
            step.copy()
            self._bytes += size
        else:
            self._bytes = MOST_BYTES  # the group is full
        self._steps.append(step)

    def arrived(self, *, everything: bool) -> Iterator[Arrived]:
        """The group, once it is due; with ``everything`` at once."""
        if not self._steps or not (everything or self.is_due):
            return
        steps, self._steps, self._bytes = self._steps, [], 0
        yield Arrived(steps, host_values(steps, self._measure))

    @property
    def is_due(self) -> bool:
        return (
            self._bytes >= MOST_BYTES
            or len(self._steps) >= MOST_STEPS
            or time.monotonic() >= self._due
        )


def host_values(steps: Sequence[Step], measure: Measure) -> Values:
    """The columns of steps on any device, computed now and brought to the host."""
    pieces = [measure.columns(logits, gold) for logits, gold in _groups(steps)]
    columns = pieces[0]
    if len(pieces) > 1:
        columns = {name: torch.cat([piece[name] for piece in pieces]) for name in columns}
    features = [step.features for step in steps if step.features is not None]
    if features:
        columns["features"] = torch.cat(features)
    return values({name: column.cpu().numpy() for name, column in columns.items()})


def _groups(steps: Sequence[Step]) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits and labels: small steps together, of a large one a few MB at a time."""
    small = list(takewhile(lambda step: step.logits.nbytes <= COPIED, steps))
    if small:
        yield torch.cat([step.logits for step in small]), torch.cat([step.gold for step in small])
    for step in steps[len(small) :]:
        rows = max(1, CHUNK // max(1, step.logits[:1].nbytes))
        yield from zip(step.logits.split(rows), step.gold.split(rows), strict=True)


def values(columns: dict[str, NDArray[Any]]) -> Values:
    """Columns on the host, and what their labels are compared by, where there are any."""
    key = columns.get("gold_key", columns.get("gold", np.empty(0, np.int32)))
    return Values(key, columns)
