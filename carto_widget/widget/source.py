"""What a map is drawn from: a recording that goes on, or something complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from carto_widget.pictures.picture import (
    UNTITLED,
    Picture,
    name_of,
    picture_of,
    picture_of_dynamics,
)
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.kinds import signals_of, stored_signals
from carto_widget.store.run.parts import Series
from carto_widget.store.run.samples import difference
from carto_widget.store.run.steering import Mark
from carto_widget.store.snapshot import Cursor, Snapshot, Status
from carto_widget.views.complete import frame_of_dynamics, frame_of_table
from carto_widget.views.frame import Frame
from carto_widget.views.live import LiveState
from carto_widget.views.table import Numbers, names_of_dynamics, numbers_of
from carto_widget.views.tasks import drawing
from carto_widget.views.view import View
from carto_widget.widget.past import DynamicsPast, LivePast, NoPast, Past
from carto_widget.widget.samples import (
    OwnColumns,
    aligned,
    in_order,
    no_samples,
    of_dynamics,
)
from carto_widget.widget.token import token_of


@dataclass(frozen=True)
class News:
    """What a look at a source has found.

    Attributes:
        changed: There is something else to draw.
        sealed: An epoch has ended.
        grown: There are more samples, or other columns.
        ended: The run has ended, in whatever way.
    """

    changed: bool = False
    sealed: bool = False
    grown: bool = False
    ended: bool = False


class Source(Protocol):
    """Samples, their numbers, and the picture of them."""

    is_live: bool
    seen: Snapshot

    @property
    def past(self) -> Past:
        """Its epochs that are over."""

    @property
    def name(self) -> str:
        """What it is, in a few words."""

    @property
    def view(self) -> View:
        """By default."""

    @property
    def path(self) -> str | None:
        """Where it is kept, if it is."""

    @property
    def origin(self) -> str:
        """The same for maps of the same run, or of the same object."""

    @property
    def own(self) -> OwnColumns:
        """The user's columns."""

    @property
    def is_going_on(self) -> bool:
        """May there be news within a second?"""

    def look(self, view: View) -> News:
        """Take over what is new. The map's thread alone calls this and ``frame``."""

    def frame(self, view: View) -> Frame:
        """The picture as of the last look."""

    def picture(self, view: View) -> Picture:
        """The latest complete state, to be drawn elsewhere; any thread may ask for it."""

    def still(self, view: View) -> Picture:
        """The picture as of the last look, for the map's thread."""

    def names(self) -> list[str]:
        """Columns that can be drawn."""

    def numbers(self) -> pd.DataFrame:
        """(N, ...) our numbers of the latest complete state, indexed by guid."""

    def dynamics(self) -> TrainingDynamics | None:
        """The complete epochs; None where there are none."""

    def steer(self, what: str, name: str | None, value: Any) -> None:
        """Hand over what the page asks of the training."""


class LiveSource:
    """A recorder, or a run that another process writes, listened to by asking."""

    is_live = True

    def __init__(self, recorder: Any, cursor: Cursor, samples: pd.DataFrame | None) -> None:
        self._recorder = recorder
        self._cursor = cursor
        self._given = samples
        self._state: LiveState | None = None
        self.seen: Snapshot = recorder.snapshot(cursor)
        self._note = ""
        self._numbers = Numbers()
        self.own = OwnColumns(self._samples())
        self.past = LivePast(
            recorder.snapshot, self._epochs, self._dynamics, lambda: self.own.columns
        )

    @property
    def name(self) -> str:
        return type(self._recorder).__name__ + (f" {self.path}" if self.path else "")

    @property
    def path(self) -> str | None:
        path = getattr(self._recorder, "path", None)
        return None if path is None else str(path)

    @property
    def view(self) -> View:
        return drawing(self.seen.kind).view

    @property
    def origin(self) -> str:
        run = getattr(self._recorder, "run", None)
        name = getattr(run, "description", {}).get("run")
        return str(name) if name else token_of(self._recorder)

    @property
    def is_going_on(self) -> bool:
        return self.seen.status.is_going_on

    def look(self, view: View) -> News:
        if self._state is None or self._state.view != view:
            self._state = self._nothing_seen(view)
        before, seen = self.seen, self._recorder.snapshot(self._state.since)
        if seen.since.past != self._state.since.past:
            self._state = self._nothing_seen(view)
            self.past.taken_back()
        seen = self.past.noted(seen)
        changed = self._state.feed(seen)
        self.past.read_rest(seen)
        grown = len(seen.guid) != len(before.guid) or seen.samples is not before.samples
        self.seen = seen
        if grown:
            self.own.replace_samples(self._samples())
        if self._note:
            self.seen = replace(seen, notes=(*seen.notes, self._note))
        return News(
            changed=changed or before.status.word != seen.status.word,
            sealed=bool(seen.sealed),
            grown=grown,
            ended=before.status.is_going_on and not seen.status.is_going_on,
        )

    def _nothing_seen(self, view: View) -> LiveState:
        kind, signals = self.seen.kind, self._signals
        state = LiveState(view, self._dynamics, self._cursor, kind=kind, signals=signals)
        self.past.begin(state)
        return state

    def frame(self, view: View) -> Frame:
        if self._state is None or self._state.view != view:
            self.look(view)
        assert self._state is not None
        return self._state.frame(self.own.columns, live=self.is_going_on)

    def picture(self, view: View) -> Picture:
        title, has_sealed = name_of(self._recorder), self._has_sealed()
        state, axes, few = self._state, None, None
        if state is not None and state.view == view:
            axes, few = dict(state.axes), state.few.fixed()
        picture = picture_of_dynamics(
            self._dynamics(), view, self.own.columns, title, axes=axes, few=few
        )
        return picture if has_sealed else replace(picture, n_epochs=0)

    def still(self, view: View) -> Picture:
        frame, title = self.frame(view), name_of(self._recorder) or UNTITLED
        since = self.seen.since
        return Picture(frame, self.seen.guid, title, since.sealed, since.split)

    def names(self) -> list[str]:
        return names_of_dynamics(self._signals, self.own.columns, may_grow=True)

    def numbers(self) -> pd.DataFrame:
        dynamics = self._dynamics()
        return self._numbers.of(dynamics) if self._has_sealed() else numbers_of(dynamics)

    def dynamics(self) -> TrainingDynamics | None:
        return self._dynamics() if self._has_sealed() else None

    def steer(self, what: str, name: str | None, value: Any) -> None:
        self._recorder.steer(what, name=name, value=value)

    def _dynamics(self) -> TrainingDynamics:
        """The sealed epochs; before there is any, samples that were never seen."""
        if not self._has_sealed():
            return _unseen(self.seen)
        return TrainingDynamics.of_run(self._recorder.run, self._series())

    @property
    def _signals(self) -> list[str]:
        """The signals that are recorded of this kind."""
        return signals_of(self.seen.kind, is_compact=self.seen.is_compact)

    def _has_sealed(self) -> bool:
        return bool(self._epochs())

    def _epochs(self) -> list[int]:
        """Numbers of the sealed epochs."""
        return list(self._recorder.run.epochs(self._series()))

    def _series(self) -> Series:
        since = self.seen.since
        series: Series = self._recorder.series(since.split, since.mode, since.task)
        return series

    def _samples(self) -> pd.DataFrame:
        """The user's columns: row i of a recorder's samples describes item i of the dataset."""
        self._note = ""
        guid, samples = self.seen.guid, self._given
        try:
            if samples is not None:
                found = aligned(samples, guid)
                split = self.seen.since.split
                self._note = difference(self._recorder.run, split, found) if len(guid) else ""
                return found
            samples = self.seen.samples
            if samples is None or not len(guid):
                return no_samples(guid)
            if len(samples) != len(guid):  # the loader reaches a part of them
                ids = self._recorder.run.ids(self.seen.since.split)
                samples = samples.iloc[ids.sample]
            return in_order(samples, guid)
        except ValueError as error:
            self._note = str(error)
            return no_samples(guid)


class _Complete:
    """Nothing happens to it any more."""

    is_live = False
    is_going_on = False
    path: str | None = None

    def look(self, view: View) -> News:
        return News()

    def still(self: Source, view: View) -> Picture:
        return self.picture(view)

    def steer(self, what: str, name: str | None, value: Any) -> None:
        raise ValueError(f"{what}: this map shows what is on record, no training")


class DynamicsSource(_Complete):
    """Training dynamics that are complete."""

    def __init__(
        self,
        dynamics: TrainingDynamics,
        samples: pd.DataFrame | None,
        path: str | None = None,
        marks: Sequence[Mark] = (),
        origin: str | None = None,
    ) -> None:
        self.origin = origin or token_of(dynamics)
        self.name, self.path = path or "TrainingDynamics", path
        self.view = drawing(dynamics.kind).view
        self._dynamics = dynamics
        self._numbers = Numbers()
        series = Series(dynamics.split, dynamics.mode, dynamics.task)
        epochs = len(dynamics.epochs)
        self.seen = Snapshot(
            Cursor(series.split, series.mode, series.task, sealed=epochs),
            dynamics.guid,
            dynamics.gold,
            label_names=dynamics.label_names,
            kind=dynamics.kind,
            status=Status("ended", f"{epochs} epoch{'' if epochs == 1 else 's'} on record"),
        )
        own, note = of_dynamics(dynamics, samples)
        self.own = OwnColumns(own)
        self.past = DynamicsPast(dynamics, lambda: self.own.columns, marks)
        if note:
            self.seen = replace(self.seen, notes=(note,))

    def frame(self, view: View) -> Frame:
        few = self.past.few
        return self.past.drawn(frame_of_dynamics(self._dynamics, view, self.own.columns, few=few))

    def picture(self, view: View) -> Picture:
        title = name_of(self.path) if self.path else ""
        return picture_of_dynamics(self._dynamics, view, self.own.columns, title)

    def names(self) -> list[str]:
        return names_of_dynamics(self._dynamics.signals, self.own.columns)

    def numbers(self) -> pd.DataFrame:
        return self._numbers.of(self._dynamics)

    def dynamics(self) -> TrainingDynamics | None:
        return self._dynamics


class TableSource(_Complete):
    """Any DataFrame: its rows are the samples, its columns what can be drawn."""

    view = View()

    def __init__(self, table: pd.DataFrame, samples: pd.DataFrame | None) -> None:
        if not table.index.is_unique:
            doubled = table.index[table.index.duplicated()][:3].tolist()
            raise ValueError(f"DataMap: the index names samples; {doubled} come more than once")
        self.name, self.origin = "DataFrame", token_of(table)
        guid = table.index.to_numpy()
        self.past = NoPast()
        own = table if samples is None else table.join(aligned(samples, guid), rsuffix="_samples")
        self.own = OwnColumns(own)
        self.seen = Snapshot(
            Cursor(),
            guid,
            np.full(len(table), -1, np.int32),
            status=Status(
                "ended", f"{len(table):,} row{'' if len(table) == 1 else 's'} of a table"
            ),
        )

    def frame(self, view: View) -> Frame:
        return frame_of_table(self.own.columns, view)

    def picture(self, view: View) -> Picture:
        return picture_of(self.own.columns, view)

    def names(self) -> list[str]:
        return [name for name in self.own.columns.columns if isinstance(name, str)]

    def numbers(self) -> pd.DataFrame:
        return pd.DataFrame(index=self.own.columns.index)

    def dynamics(self) -> TrainingDynamics | None:
        return None


def _unseen(seen: Snapshot) -> TrainingDynamics:
    """The samples before the first sealed epoch: one epoch in which none was seen."""
    nothing = np.full((1, len(seen.guid)), np.nan, np.float32)
    stored = stored_signals(seen.kind, is_compact=seen.is_compact)
    signals: dict[str, Any] = dict.fromkeys(stored, nothing)
    return TrainingDynamics.from_arrays(
        gold=seen.gold.copy(),
        guid=seen.guid,
        label_names=seen.label_names,
        kind=seen.kind,
        **signals,
    )
