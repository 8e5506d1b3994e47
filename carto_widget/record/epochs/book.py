"""The book of epochs: which are in flight, which are sealed, what number comes next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from carto_widget.record.epochs.epoch import Epoch, Head
from carto_widget.record.epochs.interrupts import held_back
from carto_widget.record.epochs.ranks import Rank, add_ids
from carto_widget.record.identity.batches import Pass
from carto_widget.record.identity.split import Split
from carto_widget.store.run.chain import continues_text
from carto_widget.store.run.parts import Part, Series
from carto_widget.store.run.run import Run
from carto_widget.store.snapshot import SealedEpoch

TRAINING = ("train", "online")  # split and mode of the epochs of which some may be skipped


class Place(NamedTuple):
    """Where a split and mode go on.

    Attributes:
        epoch: Which comes next.
        ends: task -> (session, chunk), up to where that epoch is on record.
        n_steps: Steps of it that are.
    """

    epoch: int
    ends: Mapping[str, tuple[int, int]]
    n_steps: int


NOWHERE = Place(-1, {}, 0)


class Book:
    """Writes epochs into a run; asked by the map's thread while the training thread logs."""

    def __init__(self, run: Run, rank: Rank, *, every: int = 1) -> None:
        self.run, self.rank, self._every = run, rank, every
        self.lock = threading.Lock()
        self.flying: dict[tuple[str, str], Epoch] = {}
        self._sealed = _on_record(run)
        self._skipped = int(run.description.get("skipped", -1))  # the newest epoch not recorded
        self._origin: dict[tuple[str, str], object] = {}
        self._goes_on: dict[tuple[str, str], Place] = {}
        self.n_nonfinite = 0  # of sealed epochs
        self.n_set_aside = 0
        self.n_ignored = 0
        self.n_tied = 0

    def last_origin(self, split: str, mode: str) -> object:
        """Who logged the newest epoch of this split and mode; None: nobody yet."""
        return self._origin.get((split, mode))

    @property
    def origins(self) -> set[object]:
        """Who logged the newest epoch of each split and mode."""
        return set(self._origin.values())

    def flying_of(self, split: str, mode: str) -> list[Epoch]:
        """The epoch in flight of a split and mode, if there is one."""
        epoch = self.flying.get((split, mode))
        return [epoch] if epoch else []

    def begin(self, split: Split, mode: str, source: Pass | None, origin: object) -> Epoch:
        """A new epoch, where none of its split and mode is in flight."""
        key = (split.name, mode)
        number = self.next_epoch(*key)
        is_skipped = key == TRAINING and number % self._every != 0
        place = self._goes_on.get(key, NOWHERE)
        n_before = place.n_steps if place.epoch == number else 0
        epoch = Epoch(number, split, mode, source, origin, is_skipped, n_before)
        with self.lock:
            self.flying[key] = epoch
        self._origin[key] = origin
        return epoch

    def next_epoch(self, split: str, mode: str) -> int:
        """The number that the next epoch of this split and mode gets, or the one in flight has."""
        done = (
            max(epochs, default=-1)
            for series, epochs in list(self._sealed.items())
            if (series.split, series.mode) == (split, mode)
        )
        skipped = self._skipped if (split, mode) == TRAINING else -1
        return max([skipped, *done]) + 1

    def known_passes(self) -> list[tuple[str, str]]:
        """Split and mode of everything on record or in flight."""
        on_record = {(series.split, series.mode) for series in self.run.series()}
        return sorted(on_record | set(self.flying))

    def take_back(self, key: tuple[str, str], place: Place) -> None:
        """Go on with an epoch of an earlier session; later ones on record no longer count."""
        epoch = place.epoch
        for series, epochs in self._sealed.items():
            if (series.split, series.mode) == key:
                self._sealed[series] = [number for number in epochs if number < epoch]
        if key == TRAINING:
            self._skipped = min(self._skipped, epoch - 1)
            if self.rank.number == 0 and "skipped" in self.run.description:
                self.run.describe(skipped=self._skipped)
        self._goes_on[key] = place

    def of(self, source: Pass) -> Epoch | None:
        """The epoch in flight that a pass over a tracked loader began."""
        return next((e for e in self.flying.values() if e.source is source), None)

    def forget(self, epoch: Epoch, task: str) -> None:
        """A task whose first batch was refused was never logged."""
        key = (epoch.split.name, epoch.mode)
        with self.lock:
            del epoch.heads[task]
            if not epoch.heads:
                del self.flying[key]
        if not epoch.heads:
            del self._origin[key]

    def write_chunks(self, epoch: Epoch) -> None:
        """Put the rows of a running epoch on disk, so that a long one loses a minute, not a day."""
        with held_back():
            for task, head in epoch.heads.items():
                self._write(epoch, task, head, last=False)

    def seal(self, epoch: Epoch) -> None:
        """Complete an epoch on disk. Where that fails it stays in flight, with all its rows."""
        with held_back():
            self._seal(epoch)

    def _seal(self, epoch: Epoch) -> None:
        # Of several processes: where a task's epoch is complete its signals are.
        for task, head in sorted(epoch.heads.items(), key=lambda item: not item[1].signal):
            self._write(epoch, task, head, last=True)
        with self.lock:
            del self.flying[epoch.split.name, epoch.mode]
            if epoch.is_skipped:
                self._skipped = epoch.number
            for head in epoch.heads.values():
                self.n_nonfinite += head.n_nonfinite
                self.n_set_aside += head.n_set_aside
                self.n_ignored += head.n_ignored
                self.n_tied += head.n_tied
                self._sealed.setdefault(series_of(epoch, head), []).append(epoch.number)
        if epoch.is_skipped and self.rank.number == 0:
            self.run.describe(skipped=epoch.number)

    def _write(self, epoch: Epoch, task: str, head: Head, *, last: bool) -> None:
        if head.is_whole:  # of an epoch whose other head could not be written
            return
        if last:
            head.finish()
        add_ids(self.run, self.rank, epoch.split.name, epoch.split.ids)
        part = Part(
            epoch.split.name,
            epoch.mode,
            head.task,
            epoch=epoch.number,
            session=self.run.session,
            rank=self.rank.number,
            ranks=self.rank.of,
            signal=head.signal,
        )
        train = self.flying.get(("train", "online"))
        during = train.number if train else self.next_epoch("train", "online") - 1
        footer = {} if epoch.split.name == "train" else {"train_epoch": str(during)}
        place = self._goes_on.get((epoch.split.name, epoch.mode), NOWHERE)
        if place.epoch == epoch.number and task in place.ends and head.last_chunk < 0:
            footer["continues"] = continues_text(*place.ends[task])
        head.write(self.run, part, footer, last=last)

    # ---- asked ----

    def has_sealed(self) -> bool:
        return any(self._sealed.values())

    def newest_sealed(self) -> dict[Series, int]:
        """Series -> its newest epoch of which this process has sealed its share."""
        return {series: max(epochs) for series, epochs in list(self._sealed.items()) if epochs}

    def series(self, split: str, mode: str | None, task: str | None) -> Series:
        """The one series that is meant; online where there is any.

        Raises:
            ValueError: Several tasks and none named.
        """
        known = self._known(split)
        mode = mode or _usual_mode(known)
        tasks = sorted({series.task for series in known if series.mode == mode})
        if task is None and len(tasks) > 1:
            raise ValueError(f"split {split!r} has the tasks {tasks}: name one, task=...")
        return Series(split, mode, task or (tasks[0] if tasks else "main"))

    def newest_epoch(self, split: str) -> int | None:
        """The epoch of a split in flight, else the last sealed one, whatever its tasks."""
        mode = _usual_mode(self._known(split))
        flying = self.flying.get((split, mode))
        newest = flying.number if flying else self.next_epoch(split, mode) - 1
        return None if newest < 0 else newest

    def n_logs(self, split: str) -> int | None:
        """Calls of ``log`` in the epoch of a split in flight; None where there is none."""
        epochs = [epoch for epoch in list(self.flying.values()) if epoch.split.name == split]
        return max((head.n_logs for e in epochs for head in list(e.heads.values())), default=None)

    def _known(self, split: str) -> set[Series]:
        flying = [
            series_of(epoch, head)
            for epoch in list(self.flying.values())
            for head in list(epoch.heads.values())
        ]
        found = {series for series in [*self._sealed, *flying] if series.split == split}
        return {series for series in found if not series.signal} or {
            Series(series.split, series.mode) for series in found
        }

    def sealed(self, series: Series) -> list[int]:
        """Sealed epochs, ascending; of several processes those that all have sealed."""
        if self.rank.of > 1:
            return self.run.epochs(series)
        return list(self.own_sealed(series))

    def own_sealed(self, series: Series) -> tuple[int, ...]:
        """Epochs of which this process has sealed its share; known without a look at the disk."""
        if series in self._sealed:
            return tuple(self._sealed[series])
        key = (series.split, series.mode)
        beside = {s: e for s, e in list(self._sealed.items()) if (s.split, s.mode) == key}
        if all(one.signal for one in beside):  # nothing was said of gold labels
            return tuple(sorted(set().union(*beside.values())))
        return ()

    def sealed_since(self, series: Series, n: int) -> tuple[SealedEpoch, ...]:
        def reader(epoch: int) -> Callable[[], Any]:
            return lambda: self.run.read(series, epoch)

        return tuple(SealedEpoch(epoch, reader(epoch)) for epoch in self.sealed(series)[n:])

    def in_flight(self, series: Series) -> tuple[Epoch | None, Head | None]:
        epoch = self.flying.get((series.split, series.mode))
        return epoch, epoch.heads.get(series.task) if epoch else None


def series_of(epoch: Epoch, head: Head) -> Series:
    """What the rows of a head belong to."""
    return Series(epoch.split.name, epoch.mode, head.task, head.signal)


def _on_record(run: Run) -> dict[Series, list[int]]:
    """Series -> complete epochs, signals of the loop's own among them."""
    found = {series: list(run.epochs(series)) for series in run.series() if run.parts(series)}
    for series in run.series():
        for name, chains in run.own_signals(series).items():
            complete = [epoch for epoch, (_, is_complete) in chains.items() if is_complete]
            found[Series(series.split, series.mode, signal=name)] = complete
    return found


def _usual_mode(known: set[Series]) -> str:
    """Online where there is any."""
    return "eval" if {series.mode for series in known} == {"eval"} else "online"
