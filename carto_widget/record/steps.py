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

from carto_widget.record.signals import signals

COPIED = 64 * 1024  # bytes of logits up to which a step is copied when it is logged
MOST_STEPS = 64
MOST_BYTES = 4 * 1024**2
LONGEST = 0.25  # seconds


class Values(NamedTuple):
    """Signals of R rows on the host."""

    gold: NDArray[np.int32]
    loss: NDArray[np.float32]
    margin: NDArray[np.float32]
    other_label: NDArray[np.int32]
    logits: NDArray[Any] | None  # (R, C) log-probabilities


@dataclass(eq=False)
class Step:
    """One call of ``log``."""

    sample: NDArray[np.int64]  # (B,) root rows, or positions where parts carry guids
    rode: Tensor | None  # (B,) the labels that came with the ids
    logits: Tensor  # (B, C)
    gold: Tensor  # (B,)
    version: int = -1  # of logits kept by reference
    first_loss: float = 0.0

    @property
    def is_unchanged(self) -> bool:
        """Do logits kept by reference still say what they said when they were logged?"""
        if self.version < 0:
            return True
        return self.logits._version == self.version and _same(self._loss(), self.first_loss)

    def keep(self) -> None:
        """Make the step safe to be computed later."""
        self.gold = self.gold.clone()
        self.rode = None if self.rode is None else self.rode.clone()
        if self.logits.nbytes <= COPIED or self.logits.is_inference():
            self.logits = self.logits.clone()
        else:
            self.version = self.logits._version
            self.first_loss = self._loss()

    def _loss(self) -> float:
        return float(signals(self.logits[:1].clone(), self.gold[:1]).loss)


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

    def __init__(self, keep: torch.dtype | None, *, defers: bool = True) -> None:
        self.defers = defers
        self._keep = keep
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
        yield Arrived(steps, host_values(steps, self._keep), spoiled)

    @property
    def is_due(self) -> bool:
        return (
            not self.defers
            or len(self._steps) >= MOST_STEPS
            or self._bytes >= MOST_BYTES
            or time.monotonic() - self._since >= LONGEST
        )


def host_values(steps: Sequence[Step], keep: torch.dtype | None) -> Values:
    """The signals of steps on any device, computed now and brought to the host."""
    pieces = [_values(logits, gold, keep) for logits, gold in _groups(steps)]
    if len(pieces) == 1:
        return pieces[0]
    if not pieces:
        none, no_label = np.empty(0, np.float32), np.empty(0, np.int32)
        return Values(no_label, none, none, no_label, None)
    gold, loss, margin, other_label = (
        np.concatenate(column) for column in zip(*(piece[:4] for piece in pieces), strict=True)
    )
    kept = [piece.logits for piece in pieces if piece.logits is not None]
    return Values(gold, loss, margin, other_label, np.concatenate(kept) if kept else None)


def _groups(steps: Sequence[Step]) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits that may be overwritten and their labels, at most a few MB at a time."""
    if len(steps) > 1:
        yield torch.cat([step.logits for step in steps]), torch.cat([step.gold for step in steps])
    for step in steps if len(steps) == 1 else ():
        rows = max(1, MOST_BYTES // max(1, step.logits[:1].nbytes))
        for logits, gold in zip(step.logits.split(rows), step.gold.split(rows), strict=True):
            yield logits.clone(), gold


def _values(logits: Tensor, gold: Tensor, keep: torch.dtype | None) -> Values:
    found = signals(logits, gold, keep=keep)
    kept = found.log_probabilities
    return Values(
        gold.cpu().numpy().astype(np.int32),
        found.loss.cpu().numpy(),
        found.margin.cpu().numpy(),
        found.other_label.cpu().numpy(),
        None if kept is None else kept.cpu().numpy(),
    )
