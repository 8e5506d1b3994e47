"""A metric inside the loop: one number a sample of the batch in hand, from the epochs before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.registry import metric_named
from carto_widget.metrics.running import RunningState, running_state
from carto_widget.metrics.table import values
from carto_widget.record.identity.attribution import BatchInHand
from carto_widget.record.identity.dataset import logged_guids
from carto_widget.record.recording import Recording
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Series

Values = NDArray[np.float32]


@dataclass(frozen=True)
class _Known:
    """What was computed; swapped whole, so that an interrupt never bends a sum.

    Attributes:
        series: what it is about.
        own: epochs of which this process had sealed its share by then.
        epochs: those of them that every process has.
        ids: whose row i ``values`` has.
        values: (N,) float32, NaN where never seen.
        state: what the next epoch is added to, where the metric has a running form.
        row: guid -> row, of samples that the loop names as they come.
    """

    series: Series | None = None
    own: tuple[int, ...] = ()
    epochs: tuple[int, ...] = ()
    ids: Ids | None = None
    values: Values = field(default_factory=lambda: np.empty(0, np.float32))
    state: RunningState | None = None
    row: dict[Any, int] = field(default_factory=dict)


class LiveMetric:
    """A metric of the sealed epochs so far: ``recorder.metric("confidence")[recorder.batch]``.

    The first use after an epoch costs O(N), a metric without a running form being computed anew
    from all epochs; after that it costs O(B).
    """

    def __init__(
        self,
        name: str,
        recording: Recording,
        split: str,
        mode: str | None,
        task: str | None,
    ) -> None:
        self.name, self.split = name, split
        self._has_running_form = metric_named(name).running_form is not None
        self._recording, self._mode, self._task = recording, mode, task
        self._known = _Known()

    def __repr__(self) -> str:
        return f"LiveMetric({self.name!r}, {self.split!r}, {len(self._up_to_date().epochs)} epochs)"

    def __getitem__(self, which: Any) -> Values:
        """(B,) float32, NaN where never seen; a category's codes are floats.

        Args:
            which: ``recorder.batch``, or another recorder's, whose guids count; or guids, a list,
                array or tensor; or an (N,) bool mask.

        Raises:
            ValueError: A batch of another split, an unknown guid, a mask of another length.
        """
        known = self._up_to_date()
        return _at(known.values, self._rows(which, known))

    def _rows(self, which: Any, known: _Known) -> NDArray[np.int64]:
        """(B,) rows of what is asked for; -1: never seen."""
        owner = self._recording.splits.get(self.split)
        is_growing = owner is None or owner.is_growing
        if isinstance(which, BatchInHand):
            self._refuse_another(which.split)
            if which.owner is owner and not is_growing:
                return which.position
            which = which.guid
        ids = known.ids if owner is None or is_growing else owner.ids
        chosen = np.asarray(which.cpu() if hasattr(which, "cpu") else which)
        if chosen.dtype == bool:
            return _rows_of_mask(chosen, 0 if ids is None else len(ids))
        guids = logged_guids(which)
        if is_growing:
            return np.array([known.row.get(one, -1) for one in guids.tolist()], np.int64)
        return np.empty(0, np.int64) if ids is None else ids.position_of_guid(guids)

    def _refuse_another(self, split: str) -> None:
        if split != self.split:
            raise ValueError(
                f"the batch in hand is of split {split!r}, this metric of {self.split!r}: "
                f"recorder.metric({self.name!r}, split={split!r})"
            )

    def _up_to_date(self) -> _Known:
        book = self._recording.book
        series = book.series(self.split, self._mode, self._task)
        own = book.own_sealed(series)
        if (series, own) != (self._known.series, self._known.own):
            self._known = self._computed(self._known, series, own)
        return self._known

    def _computed(self, before: _Known, series: Series, own: tuple[int, ...]) -> _Known:
        run = self._recording.run
        epochs = tuple(self._recording.book.sealed(series))
        ids = run.ids(self.split)
        if ids is None or not epochs:
            return _Known(series, own)
        owner = self._recording.splits.get(self.split)
        is_growing = owner is None or owner.is_growing
        row = {guid: i for i, guid in enumerate(ids.guid.tolist())} if is_growing else {}
        if self._has_running_form:
            state = self._added(before, series, epochs)
            return _Known(series, own, epochs, ids, state.values(self.name), state, row)
        dynamics = TrainingDynamics.of_run(run, series, epochs=epochs)
        computed = values(dynamics, [self.name])[self.name].astype(np.float32)
        return _Known(series, own, epochs, ids, computed, None, row)

    def _added(self, before: _Known, series: Series, epochs: tuple[int, ...]) -> RunningState:
        """The running state with the epochs that are new; anew where others were taken back."""
        n = len(before.epochs)
        goes_on = before.series == series and before.epochs == epochs[:n]
        if before.state is not None and goes_on:
            state = before.state.copy()
        else:
            state, n = running_state(0, [self.name]), 0
        for epoch in epochs[n:]:
            rows = self._recording.run.read(series, epoch)
            state.grow(int(rows.sample.max(initial=-1)) + 1)
            state.update(rows, epoch)
        return state


def _at(values: Values, row: NDArray[np.int64]) -> Values:
    """Values at rows; NaN where there is none."""
    found = np.full(len(row), np.nan, np.float32)
    is_there = (row >= 0) & (row < len(values))
    found[is_there] = values[row[is_there]]
    return found


def _rows_of_mask(mask: NDArray[np.bool_], n: int) -> NDArray[np.int64]:
    if mask.shape != (n,):
        raise ValueError(f"got a mask of shape {mask.shape}, expected ({n},): the split's samples")
    return np.flatnonzero(mask)
