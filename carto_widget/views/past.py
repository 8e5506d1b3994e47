"""Frames of epochs that are over: the view as it stood when each of them was sealed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from carto_widget.metrics.running import RunningState
from carto_widget.views.complete import frame_of_dynamics
from carto_widget.views.few import Few
from carto_widget.views.frame import Domain, Frame, axes_of
from carto_widget.views.live import LiveState
from carto_widget.views.view import View


def cut_frames(
    dynamics: Any,
    view: View,
    own: pd.DataFrame,
    axes: dict[str, Domain],
    few: Few,
    epochs: Iterable[int],
) -> Iterator[Frame]:
    """The frame of training dynamics that had ended with each of these epochs.

    Args:
        dynamics: Training dynamics of N samples.
        view: Which columns are drawn.
        own: (N, ...) the user's columns.
        axes: As they are shown; may grow, so that all places compare.
        few: What was chosen for the frame that is shown.
        epochs: Numbers of epochs on record.
    """
    for epoch in epochs:
        upto = slice(None, epoch + 1)
        frame = frame_of_dynamics(dynamics, view, own, axes, few.fixed(), epochs=upto)
        axes |= axes_of(frame)
        yield frame


class RunningPast:
    """The same from running sums, in one pass over the epochs.

    Args:
        live: Whose view it is; its columns must all have running forms.
    """

    def __init__(self, live: LiveState) -> None:
        self._live = live
        self._state: RunningState | None = None

    def frames(
        self, sealed: Iterable[Any], epochs: Iterable[int], own: pd.DataFrame
    ) -> Iterator[Frame | None]:
        """The frames of these epochs, ascending, one epoch a step; None where none was asked for.

        Args:
            sealed: All sealed epochs, ascending, each with `epoch` and `read()`.
            epochs: Numbers of those whose frames are wanted.
            own: (N, ...) the user's columns.
        """
        wanted = set(epochs)
        state = self._nearest(min(wanted))
        for one in sealed:
            if one.epoch > max(wanted):
                return
            if state.epoch is None or one.epoch > state.epoch:
                self._state = None  # half of the rows may be counted when something fails
                state.update(one.read(), one.epoch)
                self._state = state
            elif one.epoch < state.epoch:
                continue
            yield self._live.frame_of(state, own) if one.epoch in wanted else None

    def _nearest(self, epoch: int) -> RunningState:
        """Sums of some epochs before this one, or up to it."""
        known, n = self._state, self._live.n
        if known is None or known.epoch is None or known.epoch > epoch:
            known = self._live.nothing_counted()
        known.grow(n)
        return known
