"""Past frames on their way to the page: those of epochs just sealed, and those it asks for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from carto_widget.views.frame import Frame
from carto_widget.views.view import View
from carto_widget.widget.past import Past

MOST_ROWS = 4_000_000  # samples of a map above which the page keeps no past
AT_ONCE = 16  # epochs that may be asked for together
_READY = 4  # frames of sealed epochs that may wait


class Backlog:
    """Sealed epochs go first; of what is asked for, the newest request counts."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._ready: deque[Frame] = deque(maxlen=_READY)
        self._steps: Iterator[Frame | None] = iter(())
        self._wanted: set[int] = set()
        self.sent: set[int] = set()  # epochs that the page was given

    @property
    def is_empty(self) -> bool:
        """Is nothing waiting?"""
        return not self._ready and not self._wanted

    def seal(self, frame: Frame) -> None:
        """The picture of an epoch just sealed; an older one that still waits may be dropped."""
        self._ready.append(frame)

    def want(self, view: View, epochs: Sequence[int]) -> list[int]:
        """Make the frames of these epochs, instead of what was asked for before.

        Raises:
            ValueError: An epoch that is not on record.
        """
        known = self._past.known()
        if unknown := [epoch for epoch in epochs if epoch not in known]:
            raise ValueError(f"epoch {unknown[0]} is not on record; there are {known}")
        chosen = list(dict.fromkeys(epochs))[:AT_ONCE]
        made = {frame.epoch for frame in self._ready}
        self._wanted = set(chosen) - made
        self._steps = self._past.frames(view, [e for e in chosen if e not in made])
        return chosen

    def has_left(self, epoch: int | None) -> None:
        """The page was given the frame of an epoch by other ways."""
        self._ready = deque((f for f in self._ready if f.epoch != epoch), _READY)
        if epoch is not None:
            self.sent.add(epoch)

    def is_coming(self, epoch: int) -> bool:
        """Was the page given this epoch, or will it be?"""
        return epoch in self.sent or epoch in self._wanted

    def next(self) -> Frame | None:
        """The next frame; None where that took a step on the way to one."""
        if self._ready:
            frame: Frame | None = self._ready.popleft()
        else:
            try:
                frame = next(self._steps)
            except Exception as error:
                self._wanted.clear()
                if isinstance(error, StopIteration):
                    return None
                raise
        if frame is not None and frame.epoch is not None:
            self._wanted.discard(frame.epoch)
            self.sent.add(frame.epoch)
        return frame

    def forget(self) -> None:
        """The page has none of them."""
        self.sent.clear()

    def clear(self) -> None:
        """What waits shows what no longer holds."""
        self._ready.clear()
        self._wanted.clear()
        self._steps = iter(())
        self.forget()
