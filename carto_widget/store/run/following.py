"""A run on disk that somebody may still write, told like a live recorder: by its files alone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.account.sentences import badge, counted
from carto_widget.store.arrays import are_known, unknown_labels
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.places.place import Place
from carto_widget.store.rows import Rows
from carto_widget.store.run.description import read_description
from carto_widget.store.run.folder import RunFolder
from carto_widget.store.run.parts import Part, Series
from carto_widget.store.run.reading import Chains
from carto_widget.store.run.run import of_task
from carto_widget.store.run.samples import stored
from carto_widget.store.run.steering import Mark, read_marks
from carto_widget.store.snapshot import WORDS, Cursor, SealedEpoch, Snapshot, Status

Parts = list[Part]
NO_LOCKS = "without locks here nobody can tell when it ends"
LOOK = 0.25  # s between two looks for a sealed epoch


def is_unfinished(path: str | os.PathLike[str], split: str) -> bool:
    """Whether a run is being written, or a split was left in the middle of an epoch."""
    run = RunFolder.open(path)
    there = [series for series in run.series() if series.split == split]
    return bool(run.place.writers()) or any(run.running_epoch(one) is not None for one in there)


class Following:
    """Answers `snapshot` as a recorder does, from the names of a run's files.

    An epoch appears when its parts do: sealed ones whole, the one in flight by its chunks.
    `snapshot` is asked by one thread; each iterator looks for itself.

    Args:
        path: the run folder; nothing in it is changed.
        split, mode, task: of which training dynamics `dynamics` and an iterator tell, as in `load`.

    Raises:
        FileNotFoundError, ValueError: as `RunFolder.open`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | Place,
        split: str = "train",
        *,
        mode: str | None = None,
        task: str | None = None,
    ) -> None:
        self._of = (split, mode, task)
        self.run = RunFolder.open(path)
        self.path = self.run.path
        self._known: list[Part] | None = None  # the parts as they were last time
        self._series = Series()
        self._sealed: dict[int, Parts] = {}
        self._flying: tuple[int, Parts] | None = None  # parts in the order in which they came
        self._marks: tuple[Mark, ...] = ()
        self._past = 0
        self._writers: list[str] = []
        self._gold: NDArray[Any] = np.empty(0, np.int32)
        self._labelled: set[Part] = set()
        self._n_rows: dict[Part, int] = {}  # of the epoch in flight
        self._samples: dict[str, Any] = {}  # of each split, as far as stored

    @property
    def dynamics(self) -> TrainingDynamics:
        """What is on record by now, as `load` gives it."""
        return TrainingDynamics.of_run(RunFolder.open(self.run.place), self.series(*self._of))

    def __iter__(self) -> Iterator[TrainingDynamics]:
        """The training dynamics each time that epochs have been sealed, until the run ends."""
        split, mode, task = self._of
        looking, since = Following(self.run.place), Cursor(*self._of)
        while True:
            seen = looking.snapshot(since)
            since = seen.since
            if seen.sealed:
                yield TrainingDynamics.of_run(looking.run, looking.series(split, mode, task))
            if not seen.status.is_going_on and not looking._writers:
                return
            time.sleep(LOOK)

    def series(
        self, split: str = "train", mode: str | None = None, task: str | None = None
    ) -> Series:
        """The one series that is meant: online where there is any, the only task.

        Raises:
            ValueError: several tasks and none named.
        """
        there = [one for one in self.run.series() if one.split == split]
        modes = {one.mode for one in there}
        mode = mode or ("eval" if modes == {"eval"} else "online")
        tasks = sorted({one.task for one in there if one.mode == mode})
        if task is None and len(tasks) > 1:
            raise ValueError(f"split {split!r} has the tasks {tasks}: name one, task=...")
        return Series(split, mode, task or (tasks[0] if tasks else "main"))

    def steer(self, what: str, *, name: str | None = None, value: Any = None) -> None:
        """Refuse: a training is steered where it runs."""
        raise ValueError(f"{what}: this map reads files; DataMap(recorder) steers a training")

    def snapshot(self, since: Cursor) -> Snapshot:
        """What is new since a cursor."""
        self._writers = self.run.place.writers()  # who ends now has sealed what the look will find
        self.run.description = read_description(self.run.place)
        self._look(since)
        if since.past != self._past:
            since = Cursor(since.split, since.mode, since.task, past=self._past)
        series, ids = self._series, self.run.ids(self._series.split)
        new = [*self._sealed.items()][since.sealed :]
        epoch, parts = self._flying or (None, [])
        n_taken = since.rows if epoch == since.epoch else 0
        rows = self._rows_since(parts, n_taken)
        n_sealed = since.sealed + len(new)
        return Snapshot(
            Cursor(*_asked(since), n_sealed, epoch, n_taken + len(rows), self._past),
            guid=np.empty(0, np.int64) if ids is None else ids.guid,
            gold=self._gold,
            samples=self._samples.get(series.split),
            label_names=of_task(self.run.description.get("label_names"), series.task),
            kind=of_task(self.run.description.get("task"), series.task) or "multiclass",
            is_compact=bool(self.run.description.get("compact")),
            status=self._status(),
            badge=self._badge(),
            epoch=epoch,
            sealed=tuple(SealedEpoch(number, self._reader(of)) for number, of in new),
            running=rows,
            marks=self._marks,
        )

    def _look(self, since: Cursor) -> None:
        """Take over the parts that have come."""
        parts = self.run.parts()
        if parts == self._known:
            return
        series = self.series(*_asked(since))
        chains = self.run.chains(series)
        sealed = {epoch: parts for epoch, (parts, is_complete) in chains.items() if is_complete}
        flying = self._in_flight(chains)
        told = [*self._sealed.items()]
        if series != self._series or told != [*sealed.items()][: len(told)] or self._lost(chains):
            self._past += 1
            self._gold, self._labelled = np.empty(0, np.int32), set()
        self._series, self._sealed, self._flying, self._known = series, sealed, flying, parts
        self._marks = tuple(read_marks(self.run.place))
        self._learn_labels(chains)
        self._learn_samples()

    def _learn_samples(self) -> None:
        split = self._series.split
        if self._samples.get(split) is None:
            self._samples[split] = stored(self.run, split)

    def _in_flight(self, chains: Chains) -> tuple[int, Parts] | None:
        """The newest epoch, where it is not complete, and its parts as they came."""
        newest = max(chains, default=None)
        if newest is None or chains[newest][1]:
            return None
        parts = chains[newest][0]
        before = self._flying[1] if self._flying and self._flying[0] == newest else []
        kept = [part for part in before if part in parts]
        return newest, kept + [part for part in parts if part not in kept]

    def _lost(self, chains: Chains) -> bool:
        """Does a part that was told of the epoch in flight no longer count?"""
        if self._flying is None:
            return False
        epoch, told = self._flying
        parts, is_complete = chains.get(epoch, ([], False))
        return not is_complete and not set(told) <= set(parts)

    def _learn_labels(self, chains: Chains) -> None:
        """The gold labels in the parts that are new, where not all are known."""
        ids = self.run.ids(self._series.split)
        n = 0 if ids is None else len(ids)
        new = [part for parts, _ in chains.values() for part in parts if part not in self._labelled]
        self._labelled.update(new)
        for part in new:
            self._gold = _grown(self._gold, n)
            if n and are_known(self._gold).all():
                continue
            columns = self.run.columns(part.split, [part], ["gold"])
            gold = columns.get("gold", np.empty(0))
            if not len(gold):
                continue
            if self._gold.dtype != gold.dtype or self._gold.shape[1:] != gold.shape[1:]:
                self._gold = unknown_labels(n, gold)
            labels = self._gold.copy()  # the one before is in a listener's hands
            labels[columns["sample"]] = gold
            self._gold = labels
        self._gold = _grown(self._gold, n)

    def _rows_since(self, parts: Parts, n_taken: int) -> Rows:
        """Rows of the chunks that are new; a listener takes over whole chunks."""
        pieces, n = [], 0
        for part in parts:
            if n >= n_taken:
                pieces.append(self._rows([part]))
                self._n_rows[part] = len(pieces[-1])
            n += self._n_rows[part]
        return Rows.concatenate(pieces)

    def _reader(self, parts: Parts) -> Callable[[], Rows]:
        return lambda: self._rows(parts)

    def _rows(self, parts: Parts) -> Rows:
        columns = self.run.columns(self._series.split, parts)
        return Rows(columns.pop("sample"), columns.pop("n_seen"), columns)

    def _status(self) -> Status:
        flying = self._flying[0] if self._flying else None
        newest = max(self._sealed, default=None) if flying is None else flying
        stopped = self._account().get("stopped")
        if stopped:
            return Status("stopped", stopped)
        if self._writers:
            if newest is None:
                return Status("waiting")
            of = "process" if len(self._writers) == 1 else "processes"
            if end := self._end():
                return replace(end, epoch=newest)
            by = f"written by {of} {', '.join(self._writers)}"
            if not self.run.place.has_locks():
                by += f"; {NO_LOCKS}"
            return Status("paused" if self._is_paused() else "training", by, newest)
        if flying is not None and not self.run.place.has_locks():
            return Status("training", NO_LOCKS, flying)
        if flying is not None:
            return Status("interrupted", "nobody writes this run any more", flying)
        return Status("ended", f"{counted(len(self._sealed), 'epoch')} on record")

    def _end(self) -> Status | None:
        """How that has ended which logged, where the writer still holds the run."""
        end = self.run.description.get("end") or {}
        return Status(end["word"], str(end.get("detail", ""))) if end.get("word") in WORDS else None

    def _is_paused(self) -> bool:
        marks = [mark.what for mark in read_marks(self.run.place) if mark.what != "control"]
        return marks[-1:] == ["pause"]

    def _account(self) -> Mapping[str, Any]:
        """What the newest session told of itself; nothing where it has not yet."""
        sessions = self.run.description.get("account", {})
        told: Mapping[str, Any] = sessions.get(str(self.run.description.get("session")), {})
        return told

    def _badge(self) -> str:
        split = self._account().get("splits", {}).get(self._series.split)
        if split is None:
            return ""
        return badge(split["verified"], is_growing=split["is_growing"])


def _asked(since: Cursor) -> tuple[str, str | None, str | None]:
    return since.split, since.mode, since.task


def _grown(labels: NDArray[Any], n: int) -> NDArray[Any]:
    more = n - len(labels)
    return np.concatenate([labels, unknown_labels(more, labels)]) if more > 0 else labels
