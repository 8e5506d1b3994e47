"""The picture of a run that goes on: what is sealed, and what the epoch in flight adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.metrics.registry import SIGNALS, metrics
from carto_widget.metrics.running import RunningState, running_state
from carto_widget.views.columns import label_column
from carto_widget.views.complete import assembled, check_names, frame_of_dynamics
from carto_widget.views.described import Description, own_column
from carto_widget.views.few import Few
from carto_widget.views.frame import Column, Domain, Frame, axes_of
from carto_widget.views.table import names_of_dynamics
from carto_widget.views.view import View


class Seen(Protocol):
    """What is new in a run: a recorder's snapshot."""

    @property
    def since(self) -> Any: ...
    @property
    def guid(self) -> NDArray[Any]: ...
    @property
    def gold(self) -> NDArray[np.int32]: ...
    @property
    def label_names(self) -> Sequence[str] | None: ...
    @property
    def epoch(self) -> int | None: ...
    @property
    def sealed(self) -> Sequence[Any]: ...
    @property
    def running(self) -> Any: ...


@dataclass(frozen=True)
class _Sums:
    """Everything that was counted, and the cursor that belongs to it; swapped whole.

    Attributes:
        since: The cursor up to which it was fed.
        sealed: Running sums of the sealed epochs.
        flying: The same and the epoch in flight; None where none of its rows has come.
    """

    since: Any
    sealed: RunningState
    flying: RunningState | None = None

    @property
    def state(self) -> RunningState:
        return self.flying or self.sealed

    @property
    def states(self) -> list[RunningState]:
        return [one for one in (self.sealed, self.flying) if one is not None]


class LiveState:
    """Two states of one view: sealed epochs, and the epoch in flight, first come, first counted.

    In a frame during an epoch, samples seen in it stand at their new place, the others where the
    last epoch left them, samples never seen are missing. A view with a column that has no running
    form is computed anew, whole, at the end of each epoch.

    Args:
        view: What is drawn.
        dynamics: Gives the training dynamics of the sealed epochs.
        cursor: Where to begin: a cursor that has seen nothing.
        kind: What is learned.
        signals: That are recorded of it; None: any.
    """

    def __init__(
        self,
        view: View,
        dynamics: Callable[[], Any],
        cursor: Any,
        *,
        kind: str = "multiclass",
        signals: Iterable[str] | None = None,
    ) -> None:
        self.view = view
        self._kind = kind
        self._signals = list(SIGNALS if signals is None else signals)
        self._dynamics = dynamics
        known = metrics()
        self._described = {
            name: Description.of_metric(known[name], kind) for name in view.names if name in known
        }
        self.is_running = "prediction" not in view.names and all(
            known[name].running_form is not None for name in self._described
        )
        self._observations_wanted = max(
            (one.defined_from for one in self._described.values()), default=1
        )
        names = list(self._described) if self.is_running else []
        self._sums = _Sums(cursor, running_state(0, names))
        self._spare: list[RunningState] = []  # memory of states that nobody holds any more
        self._seen: Seen | None = None
        self._axes: dict[str, Domain] = {}
        self.few = Few()
        self._own: pd.DataFrame | None = None
        self._own_made: dict[str, Column] = {}
        self._complete: tuple[int, Frame] | None = None

    @property
    def since(self) -> Any:
        """The cursor to ask the recorder with."""
        return self._sums.since

    def feed(self, seen: Seen) -> bool:
        """Take over what is new; True if the picture has changed.

        Nothing changes until everything is counted: an error or an interrupt leaves the sums as
        they were before, with the cursor that belongs to them.
        """
        before, is_first = self._sums, self._seen is None
        sums = self._counted(before, seen) if self.is_running else replace(before, since=seen.since)
        self._sums, self._seen = sums, seen
        held = (sums.sealed, sums.flying)
        self._spare += [one for one in before.states if one not in held]
        del self._spare[2:]
        return is_first or bool(seen.sealed) or sums.state is not before.state

    def frame(self, own: pd.DataFrame, *, live: bool) -> Frame:
        """The picture of what was fed.

        Args:
            own: (N, ...) the user's columns.
            live: Does the run go on?

        Raises:
            ValueError: A column that does not exist or cannot be drawn.
        """
        if self._own is not own:
            check_names(self.view, names_of_dynamics(self._signals, own, may_grow=True))
            self._own, self._own_made, self._complete = own, {}, None
        if self.is_running:
            frame = self._running_frame(self._sums.state, own)
            frame = replace(frame, sealed=self._sums.flying is None)
        else:
            frame = self._complete_frame(own)
        return replace(self._on_axes(frame), live=live)

    def sealed_frame(self, own: pd.DataFrame) -> Frame:
        """The picture of the sealed epochs alone, raising as ``frame``."""
        if not self.is_running:
            return self._complete_frame(own)
        return self.frame_of(self._sums.sealed, own)

    def frame_of(self, state: RunningState, own: pd.DataFrame) -> Frame:
        """The picture of other sums, those of some epochs."""
        return self._on_axes(self._running_frame(state, own, self.few.fixed()))

    def nothing_counted(self) -> RunningState:
        """Sums of no epoch."""
        return running_state(0, self._sums.sealed.metrics)

    @property
    def n(self) -> int:
        """Samples."""
        return self._sums.sealed.n

    @property
    def axes(self) -> dict[str, Domain]:
        """Name of each column to its axis until now; grows with every frame."""
        return self._axes

    def _on_axes(self, frame: Frame) -> Frame:
        self._axes |= axes_of(frame)
        return frame

    def _counted(self, before: _Sums, seen: Seen) -> _Sums:
        n, sealed = len(seen.guid), before.sealed
        if n > sealed.n:
            sealed = sealed.copy(self._free())
            sealed.grow(n)
        for one in seen.sealed:
            newest = sealed.updated(one.read(), one.epoch, self._free())
            if sealed is not before.sealed:
                self._spare.append(sealed)
            sealed = newest
        flying = before.flying
        if flying is not None and (seen.sealed or seen.epoch != flying.epoch):
            if seen.epoch == flying.epoch:  # its rows stood on other sums: ask for them again
                return _Sums(replace(seen.since, epoch=None, rows=0), sealed)
            flying = None
        if seen.epoch is not None and (len(seen.running) or (flying and flying.n < n)):
            flying = (flying or sealed).copy(self._free())
            flying.grow(n)
            flying.update(seen.running, seen.epoch)
        return _Sums(seen.since, sealed, flying)

    def _free(self) -> RunningState | None:
        """A state whose memory may be written to."""
        return self._spare.pop() if self._spare else None

    def _running_frame(
        self, state: RunningState, own: pd.DataFrame, few: Few | None = None
    ) -> Frame:
        numbers, enough = state.columns(self._described), self._observations_wanted
        fewest = state.observations.min(initial=enough)
        observed = state.observations if fewest < enough else None  # where some wait for more

        def column(name: str) -> Column:
            if name in self._described:
                before = self._axes.get(name)
                return self._described[name].column(name, numbers[name], observed, before)
            return self._constant(name, own, state.n)

        n_unseen = int(np.count_nonzero(observed == 0)) if observed is not None else 0
        return assembled(
            self.view,
            column,
            epoch=state.epoch,
            n_unseen=n_unseen,
            kind=self._kind,
            few=few or self.few,
        )

    def _constant(self, name: str, own: pd.DataFrame, n: int) -> Column:
        """The gold label, or a column of the user's."""
        if name == "gold":
            seen = self._seen
            gold = np.full(n, -1, np.int32) if seen is None else seen.gold[:n]
            return label_column(name, gold, None if seen is None else seen.label_names)
        if name not in self._own_made:
            self._own_made[name] = own_column(name, own[name], self._axes.get(name))
        return self._own_made[name]

    def _complete_frame(self, own: pd.DataFrame) -> Frame:
        """Computed once for each sealed epoch, the whole view at once."""
        n_sealed = self._sums.since.sealed
        if self._complete is None or self._complete[0] != n_sealed:
            dynamics = self._dynamics()
            if len(dynamics.guid) != len(own):
                own = own.reindex(dynamics.guid)
            frame = frame_of_dynamics(dynamics, self.view, own, self._axes, self.few)
            if not n_sealed:
                frame = replace(frame, epoch=None)
            self._complete = (n_sealed, frame)
        return self._complete[1]
