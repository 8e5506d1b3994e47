"""The rows of a task and of a signal of the loop's own, and what proves that they are right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from carto_widget.record.epochs.epoch import Head
from carto_widget.record.identity.labels import IGNORED
from carto_widget.record.identity.split import Labelled, LabelMismatch, Split, tells_apart
from carto_widget.record.values import own_signal
from carto_widget.record.values.computed import OfHead
from carto_widget.record.values.steps import Arrived, Measure, Step
from carto_widget.record.values.task import task_of
from carto_widget.store.rows import Rows

SHOWN = 12  # labels of a sequence, in an error


class TaskHead(Head):
    """What the model said of gold labels.

    Rows whose labels could not yet tell batches apart are held back until a check that can has
    passed.
    """

    def __init__(
        self,
        split: Split,
        task: str,
        kind: str,
        width: int,
        keep: torch.dtype | None,
        own: OfHead,
        device: torch.device,
    ) -> None:
        self._what = task_of(kind)
        measure = Measure(self._what, keep, own)
        super().__init__(split, task, measure, device, defers=self._what.DEFERS)
        self.kind = kind
        self.width = width  # number of classes or labels
        self._held: list[Rows] = []
        self._before: NDArray[Any] | None = None  # the labels of the step before

    def finish(self) -> None:
        self.take(everything=True)
        self._release_held()

    def _release_held(self, *rows: Rows) -> None:
        """What was held back is proved, and so are these rows."""
        released, self._held = [*self._held, *rows], []
        self._release(*released)

    def _accept(self, arrived: Arrived) -> None:
        try:
            self._prove(arrived)
        except LabelMismatch:
            self.n_set_aside += sum(map(len, self._held)) + len(arrived.values.key)
            self._held = []
            raise

    def _prove(self, arrived: Arrived) -> None:
        values, steps = arrived.values, arrived.steps
        sample = np.concatenate([step.sample for step in steps])
        position = self.split.position(sample)
        counts = values.key != IGNORED
        self._check_range(values.key, counts, position)
        rode, gold = self._rode(steps, values.key), values.columns.get("gold")
        labelled = Labelled(
            position,
            values.key,
            counts,
            gold,
            lambda i: _label(steps, i, lambda step: step.gold),
            lambda i: _label(steps, i, lambda step: step.rode),
        )
        self.split.check_labels(self.task, labelled, rode)
        rows = Rows(sample, np.ones(len(sample), np.uint32), values.columns)
        self._nothing = rows.take(slice(0, 0))
        self.n_ignored += int(np.count_nonzero(~counts))
        self.n_nonfinite += int(np.isnan(rows["loss"][counts]).sum())
        if self._what.HAS_CLASSES:
            self.n_tied += int(np.count_nonzero(values.columns["margin"][counts] == 0))
        lengths = [len(step.sample) for step in steps]
        counts &= self.split.is_chosen(position)
        self._hold(rows, values.key, position, counts, lengths, rode is not None)

    def _rode(self, steps: list[Step], key: NDArray[np.int32]) -> NDArray[Any] | None:
        """(R,) by what the labels that rode are compared; None where a step has none."""
        if all(step.rode is step.gold for step in steps):
            return key
        if any(step.rode is None for step in steps):
            return None
        keys = [self._what.key(step.rode) for step in steps if step.rode is not None]
        return np.concatenate([key.numpy() for key in keys])

    def _check_range(
        self, key: NDArray[np.int32], counts: NDArray[np.bool_], position: NDArray[np.int64]
    ) -> None:
        limit = self.width if self._what.HAS_CLASSES else np.iinfo(np.int32).max
        outside = np.flatnonzero(counts & ((key < 0) | (key >= limit)))
        if not len(outside):
            return
        if self._what.HAS_CLASSES:
            raise ValueError(
                f"log got label {key[outside[0]]} with logits of {self.width} classes: gold must "
                f"lie in 0..{self.width - 1} (or be {IGNORED}: not to be recorded)"
            )
        guid = self.split.ids.guid[position[outside[:1]]].tolist()[0]
        raise ValueError(
            f"log got {len(outside)} samples, {guid!r} the first, whose gold is not "
            f"{self._what.GOLD}, as task={self.kind!r} wants it"
        )

    def _hold(
        self,
        rows: Rows,
        key: NDArray[np.int32],
        position: NDArray[np.int64],
        counts: NDArray[np.bool_],
        lengths: list[int],
        is_compared: bool,
    ) -> None:
        """Hold rows back up to the last step whose labels could tell batches apart."""
        if not is_compared and self.task not in self.split.expected:  # nothing to wait for
            self._release_held(rows.take(counts))
            return
        ends = list(accumulate(lengths))
        labels = [key[end - n : end] for end, n in zip(ends, lengths, strict=True)]
        apart = tells_apart(labels, self._before)
        self._before = labels[-1]
        if all(apart) and counts.all():
            self.split.verify(position)
            self._release_held(rows)
            return
        told = np.repeat(apart, lengths)
        self.split.verify(position[told & counts])
        proved = max((end for end, tells in zip(ends, apart, strict=True) if tells), default=0)
        if proved:
            first = np.arange(len(rows)) < proved
            self._release_held(rows.take(counts & first))
            rows, counts = rows.take(~first), counts[~first]
        if counts.any():
            self._held.append(rows.take(counts))


def _label(steps: Sequence[Step], i: int, labels: Callable[[Step], Tensor | None]) -> Any:
    """What row i of some steps has for a label, in a few words."""
    for step in steps:
        if i < len(step.sample):
            label = labels(step)
            found = None if label is None else label[i].tolist()
            if isinstance(found, list) and len(found) > SHOWN:
                return f"{found[:SHOWN]} and {len(found) - SHOWN} more"
            return found
        i -= len(step.sample)
    return None


class SignalHead(Head):
    """Numbers of the loop's own; the labels logged beside them prove whose they are."""

    def __init__(self, split: Split, name: str, device: torch.device) -> None:
        super().__init__(split, "main", Measure(own_signal, None), device, defers=True)
        self.signal = name

    def finish(self) -> None:
        self.take(everything=True)

    def _accept(self, arrived: Arrived) -> None:
        sample = np.concatenate([step.sample for step in arrived.steps])
        rows = Rows(sample, np.ones(len(sample), np.uint32), arrived.values.columns)
        self._nothing = rows.take(slice(0, 0))
        self._release(rows.take(self.split.is_chosen(self.split.position(sample))))
