"""Steps on their way from the training loop to rows: kept for a moment, computed together.

One fused computation over many small batches costs a fraction of one computation a batch. What is
kept must still be true when it is computed: small logits are copied, large ones are kept by
reference and checked. The graph is never kept alive.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from carto_widget.record.task import Columns

COPIED = 64 * 1024  # bytes of logits up to which a step is copied when it is logged
MOST_STEPS = 64
MOST_BYTES = 4 * 1024**2
LONGEST = 0.25  # seconds


class Values(NamedTuple):
    """What is kept of R rows, on the host."""

    key: NDArray[np.int32]  # (R,) by which labels are compared
    columns: dict[str, NDArray[Any]]  # (R, ...) each


class Formula(Protocol):
    """What turns a step into columns: a task, or a signal of the loop's own."""

    def signals(
        self, logits: Tensor, gold: Tensor, keep: torch.dtype | None, *, is_own: bool
    ) -> Columns:
        """As a ``Task``'s."""


class Measure(NamedTuple):
    """What is computed of a step."""

    formula: Formula
    keep: torch.dtype | None  # of the log-probabilities of all classes, where they are kept

    def columns(self, logits: Tensor, gold: Tensor, *, is_own: bool = False) -> Columns:
        """The columns of rows, on their device."""
        return self.formula.signals(logits, gold, self.keep, is_own=is_own)


@dataclass(eq=False)
class Step:
    """One call of ``log``."""

    sample: NDArray[np.int64]  # (B,) root rows, or positions where parts carry guids
    rode: Tensor | None  # like gold: the labels that came with the ids
    logits: Tensor  # (B, ...)
    gold: Tensor  # (B, ...)
    version: int = -1  # of logits kept by reference
    first: float = 0.0

    @property
    def is_unchanged(self) -> bool:
        """Do logits kept by reference still say what they said when they were logged?"""
        if self.version < 0:
            return True
        return self.logits._version == self.version and _same(self._sum(), self.first)

    def keep(self) -> None:
        """Make the step safe to be computed later."""
        self.gold = self.gold.clone()
        self.rode = None if self.rode is None else self.rode.clone()
        if self.logits.nbytes <= COPIED or self.logits.is_inference():
            self.logits = self.logits.clone()
        else:
            self.version = self.logits._version
            self.first = self._sum()

    def _sum(self) -> float:
        """Of the first row: memory that was used again says something else."""
        return float(self.logits[:1].float().sum())


def _same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


class Arrived(NamedTuple):
    """Steps whose values are known, and those that had to be set aside."""

    steps: list[Step]
    values: Values
    spoiled: list[Step]


class Pending(Protocol):
    """Steps between ``log`` and their values."""

    @property
    def is_due(self) -> bool: ...
    def add(self, step: Step) -> None: ...
    def arrived(self, *, everything: bool) -> Iterator[Arrived]: ...


class HostSteps:
    """Steps on the CPU: a group is computed when it is large or old enough."""

    def __init__(self, measure: Measure, *, defers: bool = True) -> None:
        self.defers = defers
        self._measure = measure
        self._steps: list[Step] = []
        self._bytes = 0
        self._since = 0.0

    def add(self, step: Step) -> None:
        if not self._steps:
            self._since = time.monotonic()
        self._bytes += step.logits.nbytes
        if self.defers and self._bytes < MOST_BYTES:
            step.keep()
        self._steps.append(step)

    def arrived(self, *, everything: bool) -> Iterator[Arrived]:
        """The group, once it is due; with ``everything`` at once."""
        if not self._steps or not (everything or self.is_due):
            return
        steps, self._steps, self._bytes = self._steps, [], 0
        spoiled = [step for step in steps if not step.is_unchanged]
        if spoiled:
            self.defers = False
            steps = [step for step in steps if step.is_unchanged]
        yield Arrived(steps, host_values(steps, self._measure), spoiled)

    @property
    def is_due(self) -> bool:
        return (
            not self.defers
            or len(self._steps) >= MOST_STEPS
            or self._bytes >= MOST_BYTES
            or time.monotonic() - self._since >= LONGEST
        )


def host_values(steps: Sequence[Step], measure: Measure) -> Values:
    """The columns of steps on any device, computed now and brought to the host."""
    pieces = [_values(measure.columns(*group, is_own=is_own)) for *group, is_own in _groups(steps)]
    if len(pieces) == 1:
        return pieces[0]
    if not pieces:
        return Values(np.empty(0, np.int32), {})
    names = pieces[0].columns
    columns = {name: np.concatenate([piece.columns[name] for piece in pieces]) for name in names}
    return Values(np.concatenate([piece.key for piece in pieces]), columns)


def _groups(steps: Sequence[Step]) -> Iterator[tuple[Tensor, Tensor, bool]]:
    """Logits and labels, at most a few MB at a time, and whether the logits are a copy."""
    if len(steps) > 1:
        logits = torch.cat([step.logits for step in steps])
        yield logits, torch.cat([step.gold for step in steps]), True
    for step in steps if len(steps) == 1 else ():
        rows = max(1, MOST_BYTES // max(1, step.logits[:1].nbytes))
        for logits, gold in zip(step.logits.split(rows), step.gold.split(rows), strict=True):
            yield logits, gold, False


def _values(columns: Columns) -> Values:
    return values({name: column.cpu().numpy() for name, column in columns.items()})


def values(columns: dict[str, NDArray[Any]]) -> Values:
    """Columns on the host, and what their labels are compared by, where there are any."""
    key = columns.get("gold_key", columns.get("gold", np.empty(0, np.int32)))
    return Values(key, columns)
