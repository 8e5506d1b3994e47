"""What the map's thread does: look, draw, send, rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from carto_widget.views.frame import Frame
from carto_widget.views.view import View
from carto_widget.widget.backlog import MOST_ROWS, Backlog
from carto_widget.widget.drawn import Drawn
from carto_widget.widget.offer import columns_message
from carto_widget.widget.pacing import Pacing
from carto_widget.widget.saved import Picture, saved_picture
from carto_widget.widget.selection import Selection
from carto_widget.widget.source import Source
from carto_widget.widget.static import (
    StaticColumn,
    gold_column,
    restated_columns,
    static_columns,
    static_message,
)
from carto_widget.widget.timeline import Timeline
from carto_widget.widget.whose import Whose
from carto_widget.widget.wire import CHUNK, PROTOCOL, Buffers, EncodedFrame, Header, encode

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

    show: Callable[[Header, Buffers], None]
    keep: Callable[[dict[str, Any]], None]


@dataclass
class _Due:
    """What has changed since it was last drawn, sent, kept."""

    drawing: bool = True
    frame: bool = True
    static: bool = True
    gold: bool = True
    columns: bool = True
    snapshot: bool = True
    restated: set[str] = field(default_factory=set)


def _beside(detail: str, notes: Sequence[str]) -> list[str]:
    """The notes that do not say again what the status says."""
    return [note for note in notes if not detail or detail not in note]


class Projector:
    """Frames, static columns, status and snapshot of one source, each when it has changed.

    It belongs to one thread, holds no widget, and does its work in turns.
    """

    def __init__(self, source: Source, view: View) -> None:
        self._source = source
        self.whose = Whose(source)
        self._view = view
        self._pacing = Pacing()
        self._due = _Due()
        self._look_at = self._keep_at = float("-inf")
        self._static: dict[str, StaticColumn] = {}
        self._status: Header = {}
        self._offer: Header = {}
        self._shown_view: View | None = None
        self.refused = ""  # why a view was not drawn, until somebody has said so
        self._encoded: EncodedFrame | None = None
        self._there: EncodedFrame | None = None  # the frame that every page has
        self.notes: list[str] = []  # on the columns of the frame
        self.beside: list[str] = []  # what else the status line says
        self.drawn = Drawn()
        self.n_shown = 0  # frames sent
        self.newest: int | None = None  # number of the newest frame that is of no past epoch
        self._frames_wanted = float("inf")  # until a page says that it is watched
        self._backlog = Backlog(source.past)
        self._version, self._times = 0, source.past.times  # of all frames so far
        self._is_pasts_turn = False
        self._timeline = Timeline(source.past)

    @property
    def drawn_view(self) -> View:
        """What is drawn."""
        return self._view

    # ---- told between two turns ----

    def view(self, view: View) -> None:
        """Draw ``view`` from the next turn on."""
        if view != self._view:
            self._view = view
            self._due.drawing = self._due.snapshot = True
            self._begin_anew()

    def recolumn(self) -> None:
        """The user's columns are others now."""
        self._due.drawing = self._due.static = self._due.columns = True
        self._begin_anew()

    def restate(self, names: Collection[str]) -> None:
        """Some of the columns have other values; one that nobody knows yet is offered."""
        self._due.restated |= {*names}
        self._due.columns |= not {*names} <= {one["name"] for one in self._offer.get("columns", [])}
        if {*names} & {*self._view.names}:
            self._due.drawing = True
            self._begin_anew()

    def want_past(self, epochs: Sequence[int]) -> list[int]:
        """Send the frames of these epochs; those that will come.

        Raises:
            ValueError: An epoch that is not on record.
        """
        return self._backlog.want(self._view, epochs) if self._has_past else []

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
        self._due.frame = self._due.static = self._due.columns = True
        self._static, self._status, self._offer, self._there = {}, {}, {}, None
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
            self._show_static(screen)
            self._show_columns(screen)
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
            self._drawn(),
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
        news = self._source.look(self._view)
        self._due.drawing |= news.changed or news.grown
        self._due.snapshot |= news.sealed or news.ended
        self._due.static |= news.grown
        self._due.gold |= news.sealed
        self._due.columns |= news.grown or news.sealed
        if self._times != self._source.past.times:
            self._times = self._source.past.times
            self._begin_anew()
        if news.sealed and self._has_past and (frame := self._source.past.newest()):
            self._backlog.seal(frame)
        if news.ended:
            self._keep_at = float("-inf")

    def _show_static(self, screen: Screen) -> None:
        """Send the static columns that are new or other than before."""
        seen, columns = self._source.seen, []
        if self._due.static:
            columns = static_columns(
                seen.guid, seen.gold, seen.label_names, self._source.own.columns
            )
        else:
            known = [*restated_columns(self._source.own.columns, self._due.restated)]
            if self._due.gold:  # becomes known as the samples are seen
                known.append(gold_column(seen.gold, seen.label_names))
            columns = [column for column in known if column]
        changed = [c for c in columns if self._static.get(c.header["name"]) != c]
        if changed:
            screen.show(*static_message(len(seen.guid), changed, self.whose.header))
        self._static |= {c.header["name"]: c for c in changed}
        self._due.static = self._due.gold = False
        self._due.restated = set()

    def _show_columns(self, screen: Screen) -> None:
        """Send what can be drawn, where it is something else than before."""
        if self._due.columns:
            offer = columns_message(self._source)
            if offer != self._offer:
                screen.show(offer, [])
            self._due.columns, self._offer = False, offer

    @property
    def _has_past(self) -> bool:
        return len(self._source.seen.guid) <= MOST_ROWS

    def _begin_anew(self) -> None:
        """Past frames of another view, or of what was taken back, are none of this one's."""
        self._version += 1
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
                encoded = self._encoded_frame(frame, past=True)
                n_bytes += self._send(encoded, screen)
        if n_bytes:
            self._pacing.sent(self.drawn.count, n_bytes, now)
            self._is_pasts_turn = False

    def _is_past_due(self) -> bool:
        return self._frames_wanted > 0 and not self._backlog.is_empty

    def _show_frame(self, now: float, screen: Screen) -> None:
        if not self._is_frame_due() or not self._pacing.may_send(now):
            return
        encoded = self._drawn()
        base = None if self._pacing.is_open(now) else self._there  # a lost one is not asked for
        number, n_bytes = encoded.header["frame"], self._send(encoded.since(base), screen)
        self._there = encoded
        self._pacing.sent(number, n_bytes, now)
        self._due.frame = False
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
        return self._frames_wanted > 0 and (self._due.drawing or self._due.frame)

    def _drawn(self) -> EncodedFrame:
        """The picture as it is now, drawn anew only where something has changed."""
        if self._encoded is None or self._due.drawing:
            frame = self._frame()
            self.notes = [one.note for one in frame.columns.values() if one.note]
            self._encoded = self._encoded_frame(frame)
            self.newest = self._encoded.header["frame"]
            self._due.drawing, self._due.frame = False, True
        return self._encoded

    def _frame(self) -> Frame:
        """The frame of the view; where that cannot be drawn, of the one before."""
        try:
            frame = self._source.frame(self._view)
        except Exception as error:  # a metric of the user's own may raise anything
            if self._shown_view in (None, self._view):
                raise
            self.refused, self._view = str(error), self._shown_view
            frame = self._source.frame(self._view)
        self._shown_view = self._view
        return frame

    def _encoded_frame(self, frame: Frame, *, past: bool = False) -> EncodedFrame:
        """The frame under the next number, which a selection that is drawn on it names."""
        number, colors = self.drawn.add(frame.epoch, len(frame)), self._source.own.colors
        encoded = encode(frame, number, colors)
        encoded.header.update(past=past, sealed=frame.sealed, version=self._version)
        return encoded

    def _show_status(self, screen: Screen) -> None:
        status = self._status_now()
        if status != self._status:
            screen.show(status, [])
            self._status = status

    def _status_now(self) -> Header:
        seen = self._source.seen
        shown = self._encoded.header if self._encoded else {"rows": 0, "unseen": 0}
        return {
            "protocol": PROTOCOL,
            "kind": "status",
            "word": seen.status.word,
            "text": seen.status.text,
            "epoch": seen.status.epoch,
            "badge": seen.badge,
            "notes": [*_beside(seen.status.detail, seen.notes), *self.notes, *self.beside],
            "observed": shown["rows"] - shown["unseen"],
            "rows": len(seen.guid),
            "nonfinite": seen.n_nonfinite,
            "can": list(seen.can),
            "controls": [asdict(control) for control in seen.controls],
        }

    def _keep(self, now: float, screen: Screen, selection: Selection) -> None:
        if self._due.snapshot and now >= self._keep_at:
            self._keep_at, started = now + KEEP, time.monotonic()
            if len(self._drawn()) <= len(self._source.seen.guid):  # else the next look knows them
                self._due.snapshot = False
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
        if self._due.snapshot:
            times.append(self._keep_at)
        return max(0.0, min(times) - now)
