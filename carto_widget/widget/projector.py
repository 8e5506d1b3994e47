"""What the map's thread does: look, draw, send, rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from carto_widget.views.view import View
from carto_widget.widget.backlog import MOST_ROWS, Backlog
from carto_widget.widget.drawing import Drawing
from carto_widget.widget.known import Known
from carto_widget.widget.offer import Offer
from carto_widget.widget.pacing import Pacing
from carto_widget.widget.saved import Picture, saved_picture
from carto_widget.widget.selection import Selection
from carto_widget.widget.source import Source
from carto_widget.widget.status import status_message
from carto_widget.widget.timeline import Timeline
from carto_widget.widget.whose import Whose
from carto_widget.widget.wire import CHUNK, EncodedFrame, Header, Tell

LOOK = 0.25  # s between two looks at a recorder: at most four a second
IDLE = 1.0  # s between two looks at one that has ended
KEEP = 2.0  # s between two snapshots, but for the last one of a run
KEPT = 20.0  # times as long as a snapshot took, until the next
SHORT = 0.02  # s in one turn for past frames, after which another is not begun


@dataclass(frozen=True)
class Screen:
    """Where the pictures go.

    Attributes:
        show: Sends a message to the page.
        keep: Sets the snapshot.
    """

    show: Tell
    keep: Callable[[dict[str, Any]], None]


class Projector:
    """Frames, static columns, status and snapshot of one source, each when it has changed.

    It belongs to one thread, holds no widget, and does its work in turns.

    Attributes:
        whose: The dataset of the rows.
        drawing: The picture.
        beside: What else the status line says.
        n_shown: Frames sent.
    """

    def __init__(self, source: Source, view: View) -> None:
        self._source = source
        self.whose = Whose(source)
        self.drawing = Drawing(source, view)
        self.beside: list[str] = []
        self.n_shown = 0
        self._pacing = Pacing()
        self._look_at = self._keep_at = float("-inf")
        self._known, self._offer = Known(source, self.whose), Offer(source)
        self._timeline = Timeline(source.past)
        self._status: Header = {}
        self._there: EncodedFrame | None = None  # the frame that every page has
        self._frames_wanted = float("inf")  # until a page says that it is watched
        self._backlog = Backlog(source.past)
        self._times = source.past.times  # of all frames so far
        self._is_pasts_turn = False
        self._is_keeping_due = True

    # ---- told between two turns ----

    def view(self, view: View) -> None:
        """Draw ``view`` from the next turn on."""
        if view != self.drawing.view:
            self.drawing.view = view
            self.drawing.is_due = self._is_keeping_due = True
            self._begin_anew()

    def recolumn(self) -> None:
        """The user's columns are others now."""
        self._known.outdate()
        self._offer.outdate()
        self.drawing.is_due = True
        self._begin_anew()

    def restate(self, names: Collection[str]) -> None:
        """Some of the columns have other values; one that nobody knows yet is offered."""
        self._known.restate(names)
        if not self._offer.has(names):
            self._offer.outdate()
        if {*names} & {*self.drawing.view.names}:
            self.drawing.is_due = True
            self._begin_anew()

    def want_past(self, epochs: Sequence[int]) -> list[int]:
        """Send the frames of these epochs; those that will come.

        Raises:
            ValueError: An epoch that is not on record.
        """
        return self._backlog.want(self.drawing.view, epochs) if self._has_past else []

    def check_epoch(self, epoch: int) -> None:
        """Refuse to show an epoch that cannot be shown; any thread may ask.

        Raises:
            ValueError: It is not on record, or there are too many samples.
        """
        there_is = self._source.past.on_record()
        if epoch not in there_is:
            some = f"there are {there_is}" if there_is else "there is none"
            raise ValueError(f"epoch={epoch}: not a complete epoch on record; {some}")
        if not self._has_past:
            raise ValueError(
                f"epoch={epoch}: a map of more than {MOST_ROWS:,} samples shows the newest "
                "epoch alone, None"
            )

    def want_shown(self, epoch: int | None) -> None:
        """The map is to show an epoch: see that the page has it."""
        if epoch is None or self._backlog.is_coming(epoch):
            return
        if epoch in self._source.past.known():
            self.want_past([epoch])

    def acknowledged(self, frame: int, now: float) -> None:
        """The page has a frame, and is watched."""
        self._frames_wanted = float("inf")
        self._pacing.acknowledged(frame, now)

    def greet(self, now: float) -> None:
        """A page came (back) and has nothing yet."""
        self._frames_wanted = float("inf")
        self._pacing.forget(now)
        self._status, self._there = {}, None
        self._known.forget()
        self._offer.forget()
        self._timeline.forget()
        self._backlog.forget()

    def unwatched(self) -> None:
        """A page shows the map no more; one more frame finds out whether another page does."""
        self._frames_wanted = 1

    def look_now(self) -> None:
        """The source has been asked for something: look at it in the next turn."""
        self._look_at = float("-inf")

    def at_once(self) -> None:
        """Somebody waits for the next turn to look and to keep what it sees."""
        self._look_at = self._keep_at = float("-inf")

    @property
    def is_watched(self) -> bool:
        """Is it worth while to draw?"""
        return self._frames_wanted > 0

    def is_unheard(self, now: float) -> bool:
        """Do frames leave while nothing comes back?"""
        return self._pacing.is_open(now)

    # ---- one turn ----

    def turn(self, now: float, screen: Screen, selection: Selection) -> float:
        """Do what is due; the seconds until something may be due again."""
        started, busy = time.monotonic(), time.thread_time()
        try:
            self._look(now)
            self._known.tell(screen.show)
            self._offer.tell(screen.show)
            self._show_timeline(screen)
            self._show_past(now, screen)
            self._show_frame(now, screen)
            self._show_status(screen)
        finally:  # of its own work alone: while others have the interpreter it takes nothing
            end = now + time.monotonic() - started
            self._look_at = max(self._look_at, self._pacing.worked(time.thread_time() - busy, end))
        self._keep(now, screen, selection)
        return self._pause(now + time.monotonic() - started)

    def saved(self, selection: Selection) -> dict[str, Any]:
        """The snapshot of the picture as it is now."""
        picture = Picture(
            self.drawing.now(),
            self._status_now() | {"can": [], "controls": []},
            selection,
            self._source.seen,
            self._source.own.columns,
            self.whose.header,
        )
        return saved_picture(picture)

    def _look(self, now: float) -> None:
        if not self._source.is_live or now < self._look_at:
            return
        is_busy = self._source.is_going_on and self._frames_wanted > 0
        self._look_at = now + (LOOK if is_busy else IDLE)
        news = self._source.look(self.drawing.view)
        self.drawing.is_due |= news.changed or news.grown
        self._is_keeping_due |= news.sealed or news.ended
        if news.grown:
            self._known.outdate()
        if news.sealed:
            self._known.outdate_gold()
        if news.grown or news.sealed:
            self._offer.outdate()
        if self._times != self._source.past.times:
            self._times = self._source.past.times
            self._begin_anew()
        if news.sealed and self._has_past and (frame := self._source.past.newest()):
            self._backlog.seal(frame)
        if news.ended:
            self._keep_at = float("-inf")

    @property
    def _has_past(self) -> bool:
        return len(self._source.seen.guid) <= MOST_ROWS

    def _begin_anew(self) -> None:
        """Past frames of another view, or of what was taken back, are none of this one's."""
        self.drawing.version += 1
        self._backlog.clear()

    def _show_timeline(self, screen: Screen) -> None:
        if self._has_past and (message := self._timeline.news()):
            screen.show(message, [])

    def _show_past(self, now: float, screen: Screen) -> None:
        """Send past frames, as many as one turn and one message's bytes allow."""
        if not self._is_past_due() or not self._pacing.may_send(now):
            return
        if self._is_frame_due() and not self._is_pasts_turn:
            return
        n_bytes, end = 0, time.monotonic() + SHORT
        while not self._backlog.is_empty and n_bytes < CHUNK and time.monotonic() < end:
            frame = self._backlog.next()
            if frame is not None:
                n_bytes += self._send(self.drawing.past(frame), screen)
        if n_bytes:
            self._pacing.sent(self.drawing.drawn.count, n_bytes, now)
            self._is_pasts_turn = False

    def _is_past_due(self) -> bool:
        return self._frames_wanted > 0 and not self._backlog.is_empty

    def _show_frame(self, now: float, screen: Screen) -> None:
        if not self._is_frame_due() or not self._pacing.may_send(now):
            return
        encoded = self.drawing.now()
        base = None if self._pacing.is_open(now) else self._there  # a lost one is not asked for
        number, n_bytes = encoded.header["frame"], self._send(encoded.since(base), screen)
        self._there = encoded
        self._pacing.sent(number, n_bytes, now)
        self.n_shown += 1
        self._frames_wanted -= 1
        self._is_pasts_turn = True
        if encoded.header["sealed"]:
            self._backlog.has_left(encoded.header["epoch"])

    def _send(self, encoded: EncodedFrame, screen: Screen) -> int:
        for header, buffers in encoded.chunks():
            screen.show(header, buffers)
        return encoded.n_bytes

    def _is_frame_due(self) -> bool:
        is_other = self.drawing.is_due or self.drawing.encoded is not self._there
        return self._frames_wanted > 0 and is_other

    def _show_status(self, screen: Screen) -> None:
        status = self._status_now()
        if status != self._status:
            screen.show(status, [])
            self._status = status

    def _status_now(self) -> Header:
        notes = [*self.drawing.notes, *self.beside]
        return status_message(self._source.seen, self.drawing.encoded, notes)

    def _keep(self, now: float, screen: Screen, selection: Selection) -> None:
        if self._is_keeping_due and now >= self._keep_at:
            self._keep_at, started = now + KEEP, time.monotonic()
            rows = len(self.drawing.now())
            if rows <= len(self._source.seen.guid):  # else the next look knows them
                self._is_keeping_due = False
                screen.keep(self.saved(selection))
                self._keep_at = now + max(KEEP, KEPT * (time.monotonic() - started))

    def _pause(self, now: float) -> float:
        """Seconds until the next look, frame or snapshot; infinity if only a message brings any."""
        times = [float("inf")]
        if self._source.is_live:
            times.append(self._look_at)
        if self._is_frame_due():
            times.append(self._pacing.next_time(now))
        if self._is_past_due():
            times.append(self._pacing.next_time(now))
        if self._timeline.is_learning:
            times.append(now)
        if self._is_keeping_due:
            times.append(self._keep_at)
        return max(0.0, min(times) - now)
