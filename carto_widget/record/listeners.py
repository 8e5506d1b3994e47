"""Functions of the user's that hear of each sealed train epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from carto_widget.record.epochs.epoch import Epoch
from carto_widget.record.policy import Policy

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

OnEpoch = Callable[["Recorder", int], object]


class Listeners:
    """Calls functions with the recorder and the epoch's number, in the thread that trains."""

    def __init__(self, recorder: Recorder, policy: Policy) -> None:
        self._recorder, self._policy = recorder, policy
        self._functions: list[OnEpoch] = []
        self._is_calling = False

    def add(self, function: OnEpoch) -> Callable[[], None]:
        self._functions.append(function)
        return lambda: self._functions.remove(function) if function in self._functions else None

    def sealed(self, epoch: Epoch) -> None:
        """An epoch is on record; what a function records itself calls none."""
        if self._is_calling or epoch.split.name != "train" or not self._is_usual(epoch.mode):
            return
        self._is_calling = True
        try:
            for function in list(self._functions):
                self._call(function, epoch.number)
        finally:
            self._is_calling = False

    def _is_usual(self, mode: str) -> bool:
        """Clean passes count where there is nothing but them."""
        return mode == "online" or all(
            series.mode == mode for series in self._recorder.run.series() if series.split == "train"
        )

    def _call(self, function: OnEpoch, number: int) -> None:
        try:
            function(self._recorder, number)
        except Exception as error:
            name = getattr(function, "__qualname__", repr(function))
            self._policy.hear(error, f"on_epoch({name})")
