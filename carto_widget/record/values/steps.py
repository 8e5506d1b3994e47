"""Steps on their way from the training loop to rows: kept for a moment, computed together.

One fused computation over many small batches costs a fraction of one computation a batch. Small
logits are copied, so that they are still true when they are computed; large ones are computed at
once, and what they say is looked at later. The graph is never kept alive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from carto_widget.record.values.task import Columns

COPIED = 256 * 1024  # bytes of logits up to which a step is copied and waits for others
MOST_STEPS = 64
MOST_BYTES = 4 * 1024**2
CHUNK = 1024**2  # bytes of a large step that are worked on at a time
LONGEST = 0.25  # seconds


class Values(NamedTuple):
    """What is kept of R rows, on the host."""

    key: NDArray[np.int32]  # (R,) by which labels are compared
    columns: dict[str, NDArray[Any]]  # (R, ...) each


class Formula(Protocol):
    """What turns a step into columns: a task, or a signal of the loop's own."""

    def signals(self, logits: Tensor, gold: Tensor, keep: torch.dtype | None) -> Columns:
        """As a ``Task``'s."""


def _nothing(logits: Tensor, gold: Tensor) -> Columns:
    return {}


class Measure(NamedTuple):
    """What is computed of a step."""

    formula: Formula
    keep: torch.dtype | None  # of the log-probabilities of all classes, where they are kept
    own: Callable[[Tensor, Tensor], Columns] = _nothing  # what functions of the user's add

    def columns(self, logits: Tensor, gold: Tensor) -> Columns:
        """The columns of rows, on their device."""
        return self.formula.signals(logits, gold, self.keep) | self.own(logits, gold)


@dataclass(eq=False, slots=True)
class Step:
    """One call of ``log``."""

    sample: NDArray[np.int64]  # (B,) root rows, or positions where parts carry guids
    rode: Tensor | None  # like gold: the labels that came with the ids; often gold itself
    logits: Tensor  # (B, ...)
    gold: Tensor  # (B, ...)
    features: Tensor | None = None  # (B, D)
    kept: Columns = field(default_factory=dict)  # what is recorded of them

    def copy(self) -> None:
        """Make the step safe to be computed later."""
        is_gold = self.rode is self.gold
        self.logits, self.gold = self.logits.clone(), self.gold.clone()
        if self.rode is not None:
            self.rode = self.gold if is_gold else self.rode.clone()

    def let_go(self) -> None:
        """What was computed needs the logits no longer."""
        self.logits = self.logits.new_empty(0)
        if self.rode is not None and self.rode is not self.gold:
            self.rode = self.rode.clone()


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
    """Steps on the CPU: they arrive in groups; small ones are computed together."""

    def __init__(self, measure: Measure, *, defers: bool = True) -> None:
        self._most = COPIED if defers else -1
        self._measure = measure
        self._steps: list[Step] = []  # of the group
        self._small: list[Step] = []  # the last of them, not yet computed
        self._columns: list[Columns] = []  # of those before
        self._bytes = 0  # that wait in copies
        self._due = 0.0

    def add(self, step: Step) -> None:
        if not self._steps:
            self._due = time.monotonic() + LONGEST
        size = step.logits.nbytes
        if size <= self._most:
            step.copy()
            self._bytes += size
            self._small.append(step)
        else:
            self._compute_small()
            self._columns.append(in_pieces(step, self._measure))
            step.let_go()
        if step.features is not None:
            step.kept, step.features = of_features(step.features), None
            self._bytes += step.kept["features"].nbytes
        self._steps.append(step)

    def _compute_small(self) -> None:
        if self._small:
            with torch.autocast("cpu", enabled=False):
                logits = torch.cat([step.logits for step in self._small])
                gold = torch.cat([step.gold for step in self._small])
            self._columns.append(self._measure.columns(logits, gold))
            self._small = []

    def arrived(self, *, everything: bool) -> Iterator[Arrived]:
        """The group, once it is due; with ``everything`` at once."""
        if not self._steps or not (everything or self.is_due):
            return
        self._compute_small()  # may raise, and then nothing has changed
        steps, self._steps, self._bytes = self._steps, [], 0
        pieces, self._columns = self._columns, []
        with torch.autocast("cpu", enabled=False):  # the loop's own would refuse half precision
            columns = {**_joined(pieces), **_joined([step.kept for step in steps])}
        host = {name: column.cpu().numpy() for name, column in columns.items()}
        yield Arrived(steps, values(host))

    @property
    def is_due(self) -> bool:
        return (
            self._bytes >= MOST_BYTES
            or len(self._steps) >= MOST_STEPS
            or time.monotonic() >= self._due
        )


def of_features(features: Tensor) -> Columns:
    """``features`` (B, D) in half precision, and ``feature_norm`` (B,), their length before it."""
    norm = torch.linalg.vector_norm(features.float(), dim=1)
    return {"features": features.to(torch.float16, copy=True), "feature_norm": norm}


def _joined(pieces: list[Columns]) -> Columns:
    """The rows of all pieces."""
    return {name: torch.cat([piece[name] for piece in pieces]) for name in pieces[0]}


def in_pieces(step: Step, measure: Measure, chunk: int = CHUNK) -> Columns:
    """The columns of a large step, computed ``chunk`` bytes of logits at a time.

    Each piece is gone before the next is computed: what lay between the large blocks that they
    take would keep the allocator from using these again.
    """
    n, size = len(step.gold), max(1, chunk // max(1, step.logits[:1].nbytes))
    if n <= size:
        columns = measure.columns(step.logits, step.gold)
        theirs = step.logits.data_ptr(), step.gold.data_ptr()
        return {k: v.clone() if v.data_ptr() in theirs else v for k, v in columns.items()}
    whole: Columns = {}

    def fill(rows: slice) -> None:
        for name, piece in measure.columns(step.logits[rows], step.gold[rows]).items():
            if name not in whole:
                whole[name] = piece.new_empty(n, *piece.shape[1:])
            whole[name][rows] = piece

    for first in range(0, n, size):
        fill(slice(first, first + size))
    return whole


def values(columns: dict[str, NDArray[Any]]) -> Values:
    """Columns on the host, and what their labels are compared by, where there are any."""
    key = columns.get("gold_key", columns.get("gold", np.empty(0, np.int32)))
    return Values(key, columns)
