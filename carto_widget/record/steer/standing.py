"""How a recording stands: the words of the map's status line."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict

from carto_widget.record.policy import Policy
from carto_widget.record.recording import Recording
from carto_widget.record.steer.origin import when_cell_ends
from carto_widget.record.steer.steering import Steering
from carto_widget.record.steer.training import Training
from carto_widget.store.snapshot import Status

_HANDS = {"map": "stopped from the map", "python": "stopped"}


class Standing:
    """Remembers how the cell, the ``with`` block or the training that logged has ended.

    Attributes:
        is_going_on: Something was logged, and what logged it has not ended.
    """

    def __init__(self, recording: Recording, policy: Policy, steering: Steering) -> None:
        self._recording, self._policy, self._steering = recording, policy, steering
        steering.training_ended = self.training_ended
        self._end: Status | None = None
        self.is_going_on = False

    @property
    def status(self) -> Status:
        if self._policy.stopped is not None:
            return Status("stopped", self._policy.stopped)
        if self._end is not None:
            return self._end
        if not any(split.has_logged for split in list(self._recording.splits.values())):
            return Status("waiting")
        return self._of_switch(self._recording.book.newest_epoch("train"))

    def _of_switch(self, epoch: int | None) -> Status:
        switch = self._steering.switch
        if switch.is_obeyed:
            return self._ended(epoch)
        if switch.state == "stop":
            return Status("training", "stopping after this batch", epoch)
        if self._recording.is_paused or switch.is_held:
            return Status("paused", epoch=epoch)
        return Status("training", "pausing" if switch.state == "pause" else "", epoch)

    def _ended(self, epoch: int | None) -> Status:
        switch = self._steering.switch
        return Status("ended", _HANDS[switch.by] if switch.is_obeyed else "", epoch)

    def goes_on(self) -> None:
        """Something was logged."""
        if not self.is_going_on:
            self.is_going_on, self._end = True, None
            self._note_end()
            self._steering.begins()
            when_cell_ends(self.cell_ended)

    def cell_ended(self, error: BaseException | None) -> None:
        """A cell that logged has ended, which is not the end of a training beside it."""
        if not self._steering.is_elsewhere:
            self.ended(error)
            self._steering.switch.turn("begin", "run")  # a stop ends with the cell it was meant for

    def training_ended(self, training: Training) -> None:
        """A training in a thread has ended."""
        try:
            if training.is_stopping:
                self._recording.end(None)
        finally:
            self.ended(training.error)

    def ended(self, error: BaseException | None) -> None:
        """What logged has ended, with an error or without; an end without one changes no other."""
        status = self.status
        self.is_going_on = False
        if isinstance(error, KeyboardInterrupt):
            self._end = Status("interrupted", epoch=status.epoch)
        elif error is not None:
            self._end = Status("failed", f"{type(error).__name__}: {error}", status.epoch)
        elif status.word in ("training", "paused") or self._steering.switch.is_obeyed:
            self._end = self._ended(status.epoch)
        self._steering.ends_with()
        self._note_end()

    def _note_end(self) -> None:
        """Put it into ``run.json``, for who knows the run by its files and sees it still held."""
        book, end = self._recording.book, self._end and asdict(self._end)
        is_ours = book.rank.number == 0 and not self._recording.is_closed
        if is_ours and book.run.description.get("end") != end:
            with suppress(OSError):  # the rows are on disk
                book.run.describe(end=end)
