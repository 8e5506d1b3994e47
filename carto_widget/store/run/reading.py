"""What every run can tell, whatever holds its parts: series, epochs, united rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.rows import Rows, first_of_each
from carto_widget.store.run.chain import chain, continues_of, reachable
from carto_widget.store.run.ids import Ids, guid_array
from carto_widget.store.run.parts import Part, Series

Chains = dict[int, tuple[list[Part], bool]]  # epoch -> its parts, and whether it is complete


class Reading(ABC):
    """The reading half of a run; `RunFolder` and `MemoryRun` say where parts and ids lie."""

    def __init__(self) -> None:
        self._streamed: dict[str, dict[Any, int]] = {}
        self._counted: dict[str, set[Part]] = {}
        self._growing = Lock()

    @abstractmethod
    def parts(self, series: Series | None = None) -> list[Part]:
        """All parts (of one series), complete epochs or not."""

    @abstractmethod
    def footer(self, part: Part) -> dict[str, str]:
        """What the writer noted with a part."""

    @abstractmethod
    def part_columns(
        self, part: Part, names: Sequence[str] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Columns of one part, its key (`sample` or `guid`) always among them; None = all."""

    @abstractmethod
    def column_names(self, part: Part) -> list[str]:
        """Columns of a part that has rows; none of one that has not."""

    @abstractmethod
    def stored_ids(self, split: str) -> Ids | None:
        """The ids that were added for a split."""

    def ids(self, split: str) -> Ids | None:
        """Which samples a split has; None where nothing is known of it.

        Where the parts carry guids themselves: those seen so far, in order of (epoch, rank,
        chunk, row); later calls add at the end only.
        """
        stored = self.stored_ids(split)
        if stored is not None:
            return stored
        rows = self._streamed_rows(split)
        return Ids(guid_array(list(rows))) if self._counted[split] else None

    def series(self) -> list[Series]:
        """What training dynamics there are, sorted.

        A split and mode of which there is nothing but signals of the loop's own has task "main".
        """
        found = {part.series for part in self.parts()}
        labelled = {series for series in found if not series.signal}
        passes = {(series.split, series.mode) for series in labelled}
        bare = {Series(*key) for one in found if (key := (one.split, one.mode)) not in passes}
        return sorted(labelled | bare)

    def epochs(self, series: Series) -> list[int]:
        """Complete epochs, ascending; where there are signals of the loop's own alone, theirs."""
        return [epoch for epoch, (_, complete) in self.chains(series).items() if complete]

    def chains(self, series: Series) -> Chains:
        """Epoch -> the parts it consists of, and whether it is complete; ascending."""
        epochs = reachable(self.parts(series))
        if epochs or series.signal:
            return {epoch: chain(parts, self._continues) for epoch, parts in epochs.items()}
        of_signals = self.own_signals(series).values()
        return {
            epoch: ([], any(epoch in one and one[epoch][1] for one in of_signals))
            for epoch in sorted({epoch for one in of_signals for epoch in one})
        }

    def own_signals(self, series: Series) -> dict[str, Chains]:
        """Name -> epoch -> parts of a signal of the loop's own, and whether the epoch is complete.

        The signals of a split and mode belong to all its tasks, and so do the sessions: what the
        newest session of an epoch did not log is not there.
        """
        key = (series.split, series.mode)
        beside = [part for part in self.parts() if (part.split, part.mode) == key]
        found: dict[str, Chains] = {part.signal: {} for part in beside if part.signal}
        for epoch, parts in reachable(beside).items():
            session = max(part.session for part in parts)
            for name, chains in found.items():
                own = [part for part in parts if part.signal == name]
                if own and max(part.session for part in own) == session:
                    chains[epoch] = chain(own, self._continues)
        return found

    def running_epoch(self, series: Series) -> int | None:
        """The newest epoch that has rows on record but is not complete, or None."""
        chains = self.chains(series)
        newest = max(chains, default=None)
        return None if newest is None or chains[newest][1] else newest

    def chain(self, series: Series, epoch: int) -> tuple[Part, ...]:
        """The parts that an epoch consists of, in order of (rank, chunk); none of bare signals.

        Raises:
            ValueError: nothing of this epoch is on record.
        """
        parts = reachable(self.parts(series)).get(epoch)
        if parts:
            return tuple(chain(parts, self._continues)[0])
        chains = self.chains(series)
        if epoch not in chains:
            raise ValueError(f"epoch {epoch} of {series} is not on record; there are {[*chains]}")
        return tuple(chains[epoch][0])

    def read(self, series: Series, epoch: int) -> Rows:
        """The rows of an epoch, once each, `.sample` being the position in `ids(split)`."""
        columns = self.columns(series.split, self.chain(series, epoch))
        return Rows(columns.pop("sample"), columns.pop("n_seen"), columns)

    def columns(
        self, split: str, parts: Iterable[Part], names: Sequence[str] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Columns of some parts united; `sample` holds the position in `ids(split)`, ascending.

        Of a sample in several parts the row of the lowest (rank, chunk) counts, and `n_seen`
        are added.

        Args:
            split: whose ids give the positions.
            parts: in order of (rank, chunk), as `chain` gives them.
            names: columns wanted; None = all.
        """
        pieces = [self._placed(split, part, names) for part in parts]
        united = _joined([piece for piece in pieces if len(piece["sample"])] or pieces[:1])
        sample = united["sample"]
        if len(sample) > 1 and not (np.diff(sample) > 0).all():
            n_seen = united.get("n_seen", np.ones(len(sample), np.uint32))
            first, n_seen = first_of_each(sample, n_seen)
            united = {name: values[first] for name, values in united.items()}
            if "n_seen" in united:
                united["n_seen"] = n_seen
        return united

    def positions(self, part: Part) -> NDArray[np.int64]:
        """(R,) the rows of a part as positions in `ids(split)`, in their own order."""
        sample: NDArray[np.int64] = self._placed(part.split, part, [])["sample"]
        return sample

    def _placed(
        self, split: str, part: Part, names: Sequence[str] | None
    ) -> dict[str, NDArray[Any]]:
        columns = self.part_columns(part, names)
        stored = self.stored_ids(split)
        if "guid" in columns:
            guid = columns.pop("guid")
            columns["sample"] = (
                self._streamed_position(split, guid)
                if stored is None
                else stored.position_of_guid(guid)
            )
            return columns
        if stored is None:
            raise _without_ids(part)
        columns["sample"] = stored.position(columns["sample"])
        return columns

    def _streamed_position(self, split: str, guid: NDArray[Any]) -> NDArray[np.int64]:
        row = self._streamed_rows(split)
        return np.fromiter((row[one] for one in guid.tolist()), np.int64, len(guid))

    def _streamed_rows(self, split: str) -> dict[Any, int]:
        """Guid -> row of a split without stored ids, grown by the parts that are new."""
        with self._growing:  # a map's thread reads while the training thread writes
            row = self._streamed.setdefault(split, {})
            counted = self._counted.setdefault(split, set())
            new = {part for part in self.parts() if part.split == split} - counted
            for part in sorted(new, key=_order):
                columns = self.part_columns(part, ["guid"])
                if "guid" not in columns:
                    raise _without_ids(part)
                for guid in columns["guid"].tolist():
                    row.setdefault(guid, len(row))
                counted.add(part)
            return row

    def _continues(self, part: Part) -> tuple[int, int] | None:
        return continues_of(self.footer(part).get("continues"))


def _without_ids(part: Part) -> ValueError:
    return ValueError(
        f"{part.path}: the ids of split {part.split!r} are not there: a file of this run was "
        "removed. Put it back from a copy; carto.load(run, on_damage='skip') names samples by "
        "their rows of the dataset"
    )


def _order(part: Part) -> tuple[int, int, int, int, Series]:
    return part.epoch, part.session, part.rank, part.chunk, part.series


def _joined(pieces: list[dict[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    if not pieces:
        return {"sample": np.empty(0, np.int64), "n_seen": np.empty(0, np.uint32)}
    if len(pieces) == 1:
        return pieces[0]
    shared = set(pieces[0]).intersection(*pieces[1:])
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in shared}
