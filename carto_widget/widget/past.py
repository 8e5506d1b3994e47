"""The epochs of a source that are over: which there are, their frames, and what they were like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.rows import Rows
from carto_widget.store.run.steering import Mark
from carto_widget.store.signals import signal_names
from carto_widget.store.snapshot import SealedEpoch, Snapshot
from carto_widget.views.few import Few
from carto_widget.views.frame import Domain, Frame, axes_of
from carto_widget.views.live import LiveState
from carto_widget.views.past import RunningPast, cut_frames
from carto_widget.views.view import View

CURVES = {"loss": ("loss", "mean loss"), "accuracy": ("is_correct", "accuracy")}


class Curves:
    """One number an epoch: the mean over its samples, None where there is none."""

    def __init__(self) -> None:
        self.means: dict[int, dict[str, float | None]] = {}

    def add(self, epoch: int, rows: Rows) -> None:
        """Take the means of an epoch's rows, as far as these give any."""
        names = signal_names([*rows.columns])
        self.means[epoch] = {
            curve: _mean(rows[signal]) for curve, (signal, _) in CURVES.items() if signal in names
        }

    def headers(self, epochs: Sequence[int]) -> list[dict[str, Any]]:
        """The curves over these epochs, as they travel; those without any number are left out."""
        found = []
        for curve, (_, title) in CURVES.items():
            values = [self.means.get(epoch, {}).get(curve) for epoch in epochs]
            if any(value is not None for value in values):
                found.append({"name": curve, "title": title, "values": values})
        return found


def _mean(values: NDArray[Any]) -> float | None:
    """Of the finite ones."""
    finite = values[np.isfinite(values)]
    return float(finite.mean(dtype=np.float64)) if finite.size else None


class Past(Protocol):
    """What a map asks of the past; on the map's thread alone, where nothing else is said."""

    curves: Curves
    marks: Sequence[Mark]
    names: Sequence[str]
    """Of the epochs, where they are no epochs of a training; else empty."""
    times: int
    """How often all of it was taken back."""

    def on_record(self) -> list[int]:
        """Numbers of the sealed epochs; any thread may ask."""

    def known(self) -> list[int]:
        """Those that the map has taken over."""

    def newest(self) -> Frame | None:
        """The picture of the newest of them; None where the source's own frame is that."""

    def frames(self, view: View, epochs: Sequence[int]) -> Iterator[Frame | None]:
        """Their pictures, ascending; None is a step on the way."""

    def frame(self, view: View, epoch: int) -> Frame | None:
        """The picture of one of them, worked out by itself; any thread may ask for it."""

    def learn(self) -> bool:
        """Learn some of what the curves lack; False where they lack nothing."""


class NoPast:
    """Of a table: nothing is known of epochs."""

    times = 0
    marks: Sequence[Mark] = ()
    names: Sequence[str] = ()

    def __init__(self) -> None:
        self.curves = Curves()

    def on_record(self) -> list[int]:
        return []

    known = on_record

    def newest(self) -> Frame | None:
        return None

    def frames(self, view: View, epochs: Sequence[int]) -> Iterator[Frame | None]:
        return iter(())

    def frame(self, view: View, epoch: int) -> Frame | None:
        return None

    def learn(self) -> bool:
        return False


class LivePast:
    """Of a recording that goes on.

    Args:
        snapshot: The recorder's.
        on_record: Gives the numbers of its sealed epochs.
        dynamics: Gives the training dynamics of the sealed epochs.
        own: Gives the user's columns.
    """

    names: Sequence[str] = ()

    def __init__(
        self,
        snapshot: Callable[[Any], Snapshot],
        on_record: Callable[[], Iterable[int]],
        dynamics: Callable[[], TrainingDynamics],
        own: Callable[[], pd.DataFrame],
    ) -> None:
        self._snapshot, self._on_record = snapshot, on_record
        self._dynamics, self._own = dynamics, own
        self._state: LiveState | None = None
        self._running: RunningPast | None = None
        self.curves, self.times = Curves(), 0
        self.marks: Sequence[Mark] = ()

    def begin(self, state: LiveState) -> None:
        """Another state is fed from now on, from the first epoch."""
        self._state = state
        self._running = RunningPast(state) if state.is_running else None

    def taken_back(self) -> None:
        """What was told of the epochs does not hold."""
        self.times += 1
        self.curves = Curves()

    def noted(self, seen: Snapshot) -> Snapshot:
        """The same news, which tells the curves of each sealed epoch when its rows are read."""
        self.marks = seen.marks
        return replace(seen, sealed=tuple(map(self._noted, seen.sealed)))

    def _noted(self, one: SealedEpoch) -> SealedEpoch:
        def read() -> Rows:
            rows = one.read()
            self.curves.add(one.epoch, rows)
            return rows

        return SealedEpoch(one.epoch, read)

    def read_rest(self, seen: Snapshot) -> None:
        """Read what the picture did not need."""
        for one in seen.sealed:
            if one.epoch not in self.curves.means:
                one.read()

    def on_record(self) -> list[int]:
        return [int(epoch) for epoch in self._on_record()]

    def known(self) -> list[int]:
        return sorted(self.curves.means)

    def newest(self) -> Frame | None:
        if self._state is None or not self._state.is_running or not self.curves.means:
            return None
        return self._state.sealed_frame(self._own())

    def frames(self, view: View, epochs: Sequence[int]) -> Iterator[Frame | None]:
        if self._state is None or self._state.view != view or not epochs:
            return iter(())
        return self._frames(self._state, self._running, epochs)

    def frame(self, view: View, epoch: int) -> Frame | None:
        state = self._state
        if state is None or state.view != view:  # nothing of it is drawn yet
            return next(iter(self._computed(view, {}, Few(), [epoch])), None)
        running = RunningPast(state) if state.is_running else None  # of its own: no step of others
        return next((one for one in self._frames(state, running, [epoch]) if one), None)

    def _frames(
        self, state: LiveState, running: RunningPast | None, epochs: Sequence[int]
    ) -> Iterator[Frame | None]:
        if running is not None:
            sealed = self._snapshot(replace(state.since, sealed=0)).sealed
            return running.frames(sealed, epochs, self._own())
        return self._computed(state.view, state.axes, state.few, sorted(epochs))

    def _computed(
        self, view: View, axes: dict[str, Domain], few: Few, epochs: Sequence[int]
    ) -> Iterator[Frame]:
        dynamics, own = self._dynamics(), self._own()
        own = own if len(own) == len(dynamics.guid) else own.reindex(dynamics.guid)
        return cut_frames(dynamics, view, own, axes, few, epochs)

    def learn(self) -> bool:
        return False


class DynamicsPast:
    """Of training dynamics that are complete.

    Args:
        dynamics: Whose epochs.
        own: Gives the user's columns.
        marks: What was asked of the run.
    """

    times = 0
    names: Sequence[str] = ()

    def __init__(
        self, dynamics: TrainingDynamics, own: Callable[[], pd.DataFrame], marks: Sequence[Mark]
    ) -> None:
        self._dynamics, self._own = dynamics, own
        self._epochs = [int(epoch) for epoch in dynamics.epochs]
        self._unlearned = [s for s, _ in CURVES.values() if s in dynamics.signals]
        self._axes: dict[str, Domain] = {}
        self.few = Few()  # what is told apart on the map
        self.curves, self.marks = Curves(), marks

    def drawn(self, frame: Frame) -> Frame:
        """The frame that is shown, whose axes the others share."""
        self._axes |= axes_of(frame)
        return frame

    def on_record(self) -> list[int]:
        return self._epochs

    known = on_record

    def newest(self) -> Frame | None:
        return None

    def frames(self, view: View, epochs: Sequence[int]) -> Iterator[Frame | None]:
        return cut_frames(self._dynamics, view, self._own(), self._axes, self.few, sorted(epochs))

    def frame(self, view: View, epoch: int) -> Frame | None:
        return next(iter(self.frames(view, [epoch])), None)

    def learn(self) -> bool:
        if not self._unlearned:
            return False
        signal = self._unlearned.pop(0)
        curve = next(name for name, (of, _) in CURVES.items() if of == signal)
        for epoch, values in zip(self._epochs, self._dynamics.signals[signal], strict=True):
            self.curves.means.setdefault(epoch, {})[curve] = _mean(values)
        return bool(self._unlearned)
