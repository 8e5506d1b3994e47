"""How a recording stands: the words of the map's status line."""

from __future__ import annotations

from carto_widget.record.policy import Policy
from carto_widget.record.recording import Recording
from carto_widget.store.snapshot import Status


class Standing:
    """Remembers how the cell, the ``with`` block or the training that logged has ended."""

    def __init__(self, recording: Recording, policy: Policy) -> None:
        self._recording, self._policy = recording, policy
        self._end: Status | None = None

    @property
    def status(self) -> Status:
        if self._policy.stopped is not None:
            return Status("stopped", self._policy.stopped)
        if self._end is not None:
            return self._end
        if not any(split.has_logged for split in list(self._recording.splits.values())):
            return Status("waiting")
        training = self._recording.training
        is_held = training is not None and training.is_paused
        word = "paused" if self._recording.is_paused or is_held else "training"
        return Status(word, epoch=self._recording.book.newest_epoch("train"))

    def goes_on(self) -> None:
        """Something was logged."""
        self._end = None

    def ended(self, error: BaseException | None) -> None:
        """What logged has ended, with an error or without; an end without one changes no other."""
        status = self.status
        if status.word not in ("training", "paused") and error is None:
            return
        if isinstance(error, KeyboardInterrupt):
            self._end = Status("interrupted", epoch=status.epoch)
        elif error is not None:
            self._end = Status("failed", f"{type(error).__name__}: {error}", status.epoch)
        else:
            self._end = Status("ended", epoch=status.epoch)
