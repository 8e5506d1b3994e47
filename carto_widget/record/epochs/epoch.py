"""An epoch in flight: rows arrive, wait in memory, and are sealed on disk."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from itertools import accumulate
from typing import Any, TypeVar, cast

import torch

from carto_widget.record.epochs.interrupts import held_back
from carto_widget.record.identity.batches import Batch, Pass
from carto_widget.record.identity.split import Split
from carto_widget.record.values.device import DeviceSteps
from carto_widget.record.values.steps import Arrived, HostSteps, Measure, Pending, Step
from carto_widget.store.compact import compacted
from carto_widget.store.rows import Rows
from carto_widget.store.run import features
from carto_widget.store.run.parts import Part
from carto_widget.store.run.run import Run

CHUNK_ROWS = 4_000_000  # rows of a running epoch that are in memory only
CHUNK_SECONDS = 60.0
CHUNK_BYTES = 32 * 1024**2  # of features

H = TypeVar("H", bound="Head")


class Head(ABC):
    """The rows of one task, or of one signal of the loop's own, in an epoch in flight.

    Rows that need no further proof are in ``accepted``, which only ever grows at its end.
    """

    signal = ""  # its name, where it is one of the loop's own

    def __init__(
        self, split: Split, task: str, measure: Measure, device: torch.device, *, defers: bool
    ) -> None:
        self.split = split
        self.task = task
        self.n_logs = 0
        self.n_nonfinite = 0
        self.n_ignored = 0  # presentations without a label that counts
        self.n_tied = 0
        self.n_set_aside = 0
        self.accepted: list[Rows] = []
        self._nothing = Rows.empty()  # the columns that a row has
        self._pending: Pending = (
            DeviceSteps(measure) if device.type == "cuda" else HostSteps(measure, defers=defers)
        )
        self._written = 0  # accepted pieces that are in chunks
        self._n_unwritten = 0  # accepted rows that are not
        self._n_bytes = 0  # of features among them
        self._n_features: int | None = None  # of a sample
        self.is_whole = False  # its last chunk is on disk
        self._chunk = 0
        self._since = time.monotonic()

    @abstractmethod
    def _accept(self, arrived: Arrived) -> None:
        """Prove rows, and ``_release`` those that are."""

    @abstractmethod
    def finish(self) -> None:
        """Take everything in: what is not yet computed, and what was held back."""

    def add(self, step: Step, *, now: bool) -> None:
        self._same_features(None if step.features is None else step.features.shape[1])
        self.n_logs += 1
        self._pending.add(step)
        self.take(everything=now)

    def _same_features(self, n: int | None) -> None:
        if self.n_logs and n != self._n_features:
            raise ValueError(
                f"log got {n or 'no'} features a sample, the batches of this epoch before had "
                f"{self._n_features or 'none'}: give as many with every batch of an epoch, or none"
            )
        self._n_features = n

    def take(self, *, everything: bool) -> None:
        """Accept what has been computed by now; with ``everything`` compute everything."""
        if everything or self._pending.is_due:
            with held_back():
                for arrived in self._pending.arrived(everything=everything):
                    self._accept(arrived)

    def _release(self, *pieces: Rows) -> None:
        self.accepted.extend(piece for piece in pieces if len(piece))
        self._n_unwritten += sum(map(len, pieces))
        if self._n_features is not None:
            self._n_bytes += sum(piece.columns[features.COLUMN].nbytes for piece in pieces)

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
        is_large = self._n_unwritten >= CHUNK_ROWS or self._n_bytes >= CHUNK_BYTES
        return (is_old and self._n_unwritten > 0) or is_large

    def write(self, run: Run, part: Part, footer: dict[str, str], *, last: bool) -> None:
        """Write the accepted rows that are not yet in a chunk; ``last`` ends the epoch."""
        if not (last or self._n_unwritten):
            return
        end = len(self.accepted)
        fresh = self.accepted[self._written : end]
        rows = Rows.concatenate(fresh).once() if fresh else self._nothing
        part = replace(part, chunk=self._chunk, last=last)
        rows, values = features.taken_off(rows)
        about = {"n_logs": str(self.n_logs), "time": datetime.now(timezone.utc).isoformat()}
        if values is not None and len(values):
            run.features.write(part, values)
            about[features.COLUMN] = features.checksum(values)
        guid = self.split.ids.guid[rows.sample] if self.split.is_growing else None
        if run.description.get("compact"):
            rows = compacted(rows)
        run.write(part, rows, guid=guid, footer=about | footer)
        self._written, self._chunk, self._since = end, self._chunk + 1, time.monotonic()
        self._n_unwritten, self._n_bytes, self.is_whole = 0, 0, last
        if self._n_features is not None:
            self.accepted[:end] = [features.taken_off(piece)[0] for piece in self.accepted[:end]]
            if last:
                self._replace_features(run, part)

    def _replace_features(self, run: Run, part: Part) -> None:
        """Once an epoch is complete those go of which each sample has newer ones."""
        chains = run.chains(part.series)
        if not chains[part.epoch][1]:
            return
        complete = [parts for parts, is_complete in chains.values() if is_complete]
        try:
            needed = features.needed(run, complete[::-1], len(run.ids(part.split) or ()))
        except ValueError:  # a file was damaged: none goes
            return
        run.features.keep(needed)


@dataclass(eq=False)
class Epoch:
    """One epoch of one split and mode, from its first ``log`` until it is sealed."""

    number: int
    split: Split
    mode: str
    source: Pass | None  # the pass over a tracked loader it belongs to
    origin: Any  # the cell execution or training that logs
    is_skipped: bool = False  # its rows are not recorded
    n_before: int = 0  # steps that an earlier session put on record
    is_over: bool = False  # nothing more belongs to it, whether it could be written or not
    heads: dict[str, Head] = field(default_factory=dict)
    n_logs: Counter[str] = field(default_factory=Counter)  # under each name
    _n_steps: int = 0

    @property
    def n_steps(self) -> int:
        """Batches logged, or calls of ``log`` under one name where the loop names its samples."""
        return self.n_before + self._n_steps

    def head(self, task: str, make: Callable[[], H]) -> H:
        if task not in self.heads:
            self.heads[task] = make()
        return cast(H, self.heads[task])

    def is_next_step(self, name: str, batches: Sequence[Batch]) -> bool:
        """Does a call of ``log`` under this name begin another step than the last?"""
        if batches:
            return not any(batch.tasks for batch in batches)
        return self.n_logs[name] >= self._n_steps

    def logged(self, name: str, batches: Sequence[Batch]) -> None:
        """Something was logged."""
        self._n_steps += self.is_next_step(name, batches)
        self.n_logs[name] += 1
