"""The picture of a map: the frame of its view, under a number by which it is known."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from carto_widget.views.frame import Frame
from carto_widget.views.view import View
from carto_widget.widget.source import Source
from carto_widget.widget.wire import EncodedFrame, encode


class Drawing:
    """What is drawn of a source; it belongs to one thread.

    Attributes:
        view: What is drawn.
        is_due: Has something changed since?
        encoded: The picture drawn last; None before the first.
        newest: Its number; past frames have numbers of their own.
        drawn: What the frames showed.
        version: Of all frames with a past in common.
        notes: On the columns of the frame.
        refused: Why a view was not drawn, until somebody has said so.
    """

    def __init__(self, source: Source, view: View) -> None:
        self._source = source
        self._shown: View | None = None
        self.view = view
        self.is_due = True
        self.encoded: EncodedFrame | None = None
        self.newest: int | None = None
        self.drawn = Drawn()
        self.version = 0
        self.notes: list[str] = []
        self.refused = ""

    def now(self) -> EncodedFrame:
        """The picture as it is now, drawn anew only where something has changed."""
        if self.encoded is None or self.is_due:
            frame = self._frame()
            self.notes = [one.note for one in frame.columns.values() if one.note]
            self.encoded = self._numbered(frame)
            self.newest = self.encoded.header["frame"]
            self.is_due = False
        return self.encoded

    def past(self, frame: Frame) -> EncodedFrame:
        """The picture of an epoch that is over."""
        return self._numbered(frame, past=True)

    def _frame(self) -> Frame:
        """The frame of the view; where that cannot be drawn, of the one before."""
        try:
            frame = self._source.frame(self.view)
        except Exception as error:  # a metric of the user's own may raise anything
            if self._shown in (None, self.view):
                raise
            self.refused, self.view = str(error), self._shown
            frame = self._source.frame(self.view)
        self._shown = self.view
        return frame

    def _numbered(self, frame: Frame, *, past: bool = False) -> EncodedFrame:
        """The frame under the next number, which a selection that is drawn on it names."""
        number, colors = self.drawn.add(frame.epoch, len(frame)), self._source.own.colors
        encoded = encode(frame, number, colors)
        encoded.header.update(past=past, sealed=frame.sealed, version=self.version)
        return encoded


class Drawn:
    """Epoch and samples of every frame, numbered from 1; neighbours that are alike are kept once.

    One thread adds, any may ask.
    """

    def __init__(self) -> None:
        self.count = 0
        self._firsts: list[int] = []
        self._alike: list[tuple[int | None, int]] = []

    def add(self, epoch: int | None, rows: int) -> int:
        """The number of one more frame."""
        number = self.count + 1
        if not self._alike or self._alike[-1] != (epoch, rows):
            self._alike.append((epoch, rows))
            self._firsts.append(number)
        self.count = number
        return number

    def of(self, number: Any) -> tuple[int | None, int] | None:
        """The epoch that a frame showed and its samples; None where there was no such frame."""
        if type(number) is not int or not 0 < number <= self.count:
            return None
        return self._alike[bisect_right(self._firsts, number) - 1]
