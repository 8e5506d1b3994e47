"""An epoch in flight: rows arrive, are proved, wait in memory, and are sealed on disk."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from carto_widget.record.batches import Pass
from carto_widget.record.device import DeviceSteps
from carto_widget.record.interrupts import held_back
from carto_widget.record.labels import IGNORED
from carto_widget.record.split import Labelled, LabelMismatch, Split, tells_apart
from carto_widget.record.steps import Arrived, HostSteps, Measure, Pending, Step
from carto_widget.record.task import task_of
from carto_widget.store.parts import Part
from carto_widget.store.rows import Rows
from carto_widget.store.run import Run

CHUNK_ROWS = 4_000_000  # rows of a running epoch that are in memory only
CHUNK_SECONDS = 60.0


class Head:
    """The rows of one task in an epoch in flight.

    Rows whose labels could not yet tell batches apart are held back until a check that can has
    passed; then they join ``accepted``, which only ever grows at its end.
    """

    def __init__(
        self,
        split: Split,
        task: str,
        kind: str,
        width: int,
        keep: torch.dtype | None,
        device: torch.device,
    ) -> None:
        self.split = split
        self.task = task
        self.kind = kind
        self.width = width  # number of classes or labels
        self.n_logs = 0
        self.n_nonfinite = 0
        self.n_ignored = 0  # presentations without a label that counts
        self.n_tied = 0
        self.n_set_aside = 0
        self.accepted: list[Rows] = []
        self._held: list[Rows] = []
        self._before: NDArray[Any] | None = None  # the labels of the step before
        self._nothing = Rows.empty()  # the columns that a row has
        self._what = task_of(kind)
        measure, defers = Measure(self._what, keep), split.defers and self._what.DEFERS
        self._pending: Pending = (
            DeviceSteps(measure) if device.type == "cuda" else HostSteps(measure, defers=defers)
        )
        self._written = 0  # accepted pieces that are in chunks
        self._n_unwritten = 0  # accepted rows that are not
        self.is_whole = False  # its last chunk is on disk
        self._chunk = 0
        self._since = time.monotonic()

    def add(self, step: Step, *, now: bool) -> None:
        self.n_logs += 1
        self._pending.add(step)
        self.take(everything=now)

    def take(self, *, everything: bool) -> None:
        """Accept what has been computed by now; with ``everything`` compute everything."""
        if everything or self._pending.is_due:
            with held_back():
                for arrived in self._pending.arrived(everything=everything):
                    self._take(arrived)

    def _take(self, arrived: Arrived) -> None:
        if arrived.spoiled:
            self.n_set_aside += sum(len(step.gold) for step in arrived.spoiled)
            self.split.defers = False
        try:
            self._accept(arrived)
        except LabelMismatch:
            self.n_set_aside += sum(map(len, self._held)) + len(arrived.values.key)
            self._held = []
            raise

    def _accept(self, arrived: Arrived) -> None:
        if not arrived.steps:
            return
        values, steps = arrived.values, arrived.steps
        sample = np.concatenate([step.sample for step in steps])
        position = self.split.position(sample)
        counts = values.key != IGNORED
        self._check_range(values.key[counts])
        rode, gold = self._rode(steps), values.columns.get("gold")
        self.split.check_labels(self.task, Labelled(position, values.key, counts, gold), rode)
        rows = Rows(sample, np.ones(len(sample), np.uint32), values.columns)
        self._nothing = rows.take(slice(0, 0))
        self.n_ignored += int(np.count_nonzero(~counts))
        self.n_nonfinite += int(np.isnan(rows["loss"][counts]).sum())
        if "margin" in values.columns:
            self.n_tied += int(np.count_nonzero(values.columns["margin"][counts] == 0))
        lengths = [len(step.sample) for step in steps]
        self._hold(rows, values.key, position, counts, lengths, rode is not None)

    def _rode(self, steps: list[Step]) -> NDArray[np.int64] | None:
        """(R,) by what the labels that rode are compared; None where a step has none."""
        if any(step.rode is None for step in steps):
            return None
        keys = [self._what.key(step.rode) for step in steps if step.rode is not None]
        return np.concatenate([key.numpy() for key in keys])

    def _check_range(self, key: NDArray[np.int32]) -> None:
        limit = self.width if self._what.HAS_CLASSES else np.iinfo(np.int32).max
        outside = key[(key < 0) | (key >= limit)]
        if not len(outside):
            return
        if self._what.HAS_CLASSES:
            raise ValueError(
                f"log got label {outside[0]} with logits of {self.width} classes: gold must "
                f"lie in 0..{self.width - 1} (or be {IGNORED}: not to be recorded)"
            )
        raise ValueError(
            f"log got {len(outside)} samples whose gold is not {self._what.GOLD}, as "
            f"task={self.kind!r} wants it"
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
        if not is_compared and self.split.expected is None:  # nothing to wait for
            self._release(rows.take(counts))
            return
        ends = list(accumulate(lengths))
        labels = np.split(key, ends[:-1])
        apart = tells_apart(labels, self._before)
        self._before = labels[-1]
        told = np.repeat(apart, lengths)
        self.split.verify(position[told & counts])
        proved = max((end for end, tells in zip(ends, apart, strict=True) if tells), default=0)
        if proved:
            first = np.arange(len(rows)) < proved
            self._release(rows.take(counts & first))
            rows, counts = rows.take(~first), counts[~first]
        if counts.any():
            self._held.append(rows.take(counts))

    def _release(self, rows: Rows) -> None:
        released, self._held = [*self._held, rows], []
        self.accepted.extend(piece for piece in released if len(piece))
        self._n_unwritten += sum(map(len, released))

    def rows_since(self, n: int) -> Rows:
        """The accepted rows after the first n, ``sample`` being the position."""
        pieces = list(self.accepted)
        ends = list(accumulate(len(piece) for piece in pieces))
        k = bisect_right(ends, n)
        if k == len(pieces):
            return Rows.empty()
        skipped = n - (ends[k - 1] if k else 0)
        rows = Rows.concatenate([pieces[k].take(slice(skipped, None)), *pieces[k + 1 :]])
        return replace(rows.flat(), sample=self.split.position(rows.sample))

    @property
    def last_chunk(self) -> int:
        """Number of the chunk written last; -1 where there is none."""
        return self._chunk - 1

    def chunk_is_due(self) -> bool:
        is_old = time.monotonic() - self._since >= CHUNK_SECONDS
        return is_old or self._n_unwritten >= CHUNK_ROWS

    def finish(self) -> None:
        """Take everything in: what is not yet computed, and what was held back."""
        self.take(everything=True)
        self._release(Rows.empty())

    def write(self, run: Run, part: Part, footer: dict[str, str], *, last: bool) -> None:
        """Write the accepted rows that are not yet in a chunk; ``last`` ends the epoch."""
        if not (last or self._n_unwritten):
            return
        end = len(self.accepted)
        fresh = self.accepted[self._written : end]
        rows = Rows.concatenate(fresh).once() if fresh else self._nothing
        guid = self.split.ids.guid[rows.sample] if self.split.is_growing else None
        about = {"n_logs": str(self.n_logs), "time": datetime.now(timezone.utc).isoformat()}
        run.write(
            replace(part, chunk=self._chunk, last=last), rows, guid=guid, footer=about | footer
        )
        self._written, self._chunk, self._since = end, self._chunk + 1, time.monotonic()
        self._n_unwritten, self.is_whole = 0, last


@dataclass(eq=False)
class Epoch:
    """One epoch of one split and mode, from its first ``log`` until it is sealed."""

    number: int
    split: Split
    mode: str
    source: Pass | None  # the pass over a tracked loader it belongs to
    origin: Any  # the cell execution or training that logs
    heads: dict[str, Head] = field(default_factory=dict)

    def head(self, task: str, make: Callable[[], Head]) -> Head:
        if task not in self.heads:
            self.heads[task] = make()
        return self.heads[task]
