"""The map's thread: what it hears, has drawn and says, turn by turn."""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from carto_widget.widget.answers import Answers
from carto_widget.widget.asks import Parts, answered, is_quick
from carto_widget.widget.built import more_message
from carto_widget.widget.chosen import Moment
from carto_widget.widget.pacing import REST
from carto_widget.widget.projector import Screen
from carto_widget.widget.shown import Shown
from carto_widget.widget.wire import PROTOCOL, Buffers, Header

_AGAIN = 2.0  # s until the second part is sent once more
_AFTER_FAULT = 1.0  # s until the thread tries again
_LEDGER = 1.0  # s between two looks at whether others have written the ledger


class Widget(Protocol):
    """What a map is to its thread."""

    view: Any
    epoch: Any
    is_blind: Any
    _turns: Turns

    def send(self, content: Header, buffers: Buffers) -> None: ...

    def _keep(self, saved: dict[str, Any]) -> None:
        """Set the snapshot."""

    def _apply(self) -> None:
        """Apply what the page has selected."""


class Turns:
    """What one map's thread knows beside its parts; it holds no widget between two turns.

    Attributes:
        wake: Set when there is something to do.
        listeners: Called after each change of the selection.
        fault: What went wrong last; empty when that is over.
    """

    def __init__(self, parts: Parts, shown: Shown) -> None:
        self._parts, self._shown = parts, shown
        self._projector, self._chosen = parts.projector, parts.chosen
        self._inbox: deque[tuple[Header, Buffers, Moment]] = deque()
        self._answered: deque[tuple[Header, Buffers]] = deque()
        self._leaving: deque[tuple[Header, Buffers]] = deque()
        self._answers = Answers()
        self._announced = 0
        self._raised: list[str] = []  # by those who were told of the selection
        self._ledger_at, self._stamp = 0.0, parts.named.stamp
        self._is_whole, self._completed = False, float("-inf")
        self._reading: threading.Timer | None = None
        self._fault_at = 0
        self.wake = threading.Event()
        self.listeners: list[Callable[[Any], object]] = []
        self.fault = ""

    # ---- any thread ----

    def put(self, _: object, content: Header, buffers: Buffers) -> None:
        """Take a message in, do nothing else."""
        if content.get("kind") == "select":
            self._chosen.put(content, buffers)
        else:
            self._inbox.append((content, buffers, self._chosen.moment()))
        self.wake.set()

    def post(self, kind: str) -> None:
        """As ``put``, of the map's own."""
        self.put(None, {"kind": kind}, [])

    def close(self) -> None:
        """What was asked and is not answered yet is asked no more."""
        self._answers.close()

    def report(self, widget: Widget, error: BaseException) -> None:
        """Say a fault in the status line."""
        self.fault = f"{type(error).__name__}: {error}"
        self._fault_at = self._projector.n_shown
        with contextlib.suppress(Exception):  # it may be the way to the page that is at fault
            widget.send({"protocol": PROTOCOL, "kind": "error", "text": self.fault}, [])

    def _answer(self, parts: Parts, content: Header, buffers: Buffers) -> None:
        """What the page asks, or why it is not answered."""
        answer: tuple[Header, Buffers] = ({}, [])
        error = None
        try:
            answer = answered(parts, content, buffers)
        except BaseException as refused:  # of a user's own metric or renderer, too
            error = str(refused) or type(refused).__name__
        of = {"protocol": PROTOCOL, "kind": "answer", "ask": content["id"], "error": error}
        self._leave(answer[0] | of, answer[1])

    def _leave(self, header: Header, buffers: Buffers) -> None:
        """To the pages, after whatever was posted before."""
        self._answered.append((header, buffers))
        self.post("answered")

    # ---- the map's thread ----

    def turn(self, widget: Widget) -> float:
        """Do what is due; the seconds until something may be due again."""
        awaited = self._shown.waiting()
        if awaited:
            self._projector.at_once()
        try:
            greeted, screen = self._hear(widget), Screen(widget.send, widget._keep)
            self._cover(widget)
            if self._projector.is_unheard(time.monotonic()) and not self._is_whole:
                self._complete(widget)
            try:
                pause = self._projector.turn(time.monotonic(), screen, self._chosen.now)
            finally:  # after the status that shows it done, or the fault
                self._reply(widget, greeted)
            self._announce(widget)
            if self._projector.is_watched:
                pause = min(pause, self._look_at_ledger(time.monotonic()))
            if self._projector.is_watched or awaited:
                picture = partial(self._parts.source.still, self._projector.drawing.view)
                seen = None if widget.is_blind else picture
                pause = min(pause, self._shown.turn(seen, at_once=bool(awaited)))
        except BaseException as error:  # no fault in drawing may end the thread, or reach training
            self.report(widget, error)
            return _AFTER_FAULT
        finally:
            for one in awaited:
                one.set()
        return pause

    def _complete(self, widget: Widget) -> None:
        """Send the second part of the front end, which a page has when it has greeted once."""
        self._is_whole, self._completed = True, time.monotonic()
        widget.send(*more_message())

    def _hear(self, widget: Widget) -> bool:
        """Take in what the page and the user said; True if a page came (back)."""
        now, greeted = time.monotonic(), False
        widget._apply()
        while self._inbox:
            content, buffers, moment = self._inbox.popleft()
            greeted |= content.get("kind") == "hello"
            try:
                if content.get("kind") == "ask":
                    self._ask(widget, content, buffers, moment)
                else:
                    self._take(widget, content, now)
            except Exception as error:  # of this message alone
                self.report(widget, error)
        return greeted

    def _take(self, widget: Widget, content: Header, now: float) -> None:
        kind = content.get("kind")
        if kind == "ack":
            self._projector.acknowledged(content["frame"], now)
            if content.get("more") is False and now > self._completed + _AGAIN:
                self._complete(widget)  # its hello waits for the cell's end
        elif kind == "hello":
            self._projector.greet(now)
            widget.send({"protocol": PROTOCOL, "kind": "welcome", "to": content["id"]}, [])
            if not content.get("more"):
                self._complete(widget)
            self._note()
        elif kind == "selection":  # a page missed what another one has selected
            self._chosen.show(widget.send)
        elif kind == "unwatched":
            self._projector.unwatched()
        elif kind == "answered":
            self._leaving.append(self._answered.popleft())
        elif kind == "view":
            self._projector.view(widget.view)
        elif kind == "epoch":
            self._projector.want_shown(widget.epoch)
        elif kind == "named":
            widget.send(self._parts.named.message, [])
            self._note()
        elif kind == "columns":
            self._projector.recolumn()
        elif kind == "review":
            self._answers.put(self._tell_review)
        elif kind == "read":
            self._answers.put(self._read_review)
        elif kind == "restate":
            self._projector.restate(self._parts.desk.restated())
        elif kind == "cards":
            widget.send({"protocol": PROTOCOL, "kind": "cards"}, [])

    def _cover(self, widget: Widget) -> None:
        """While a blind review is open neither a page nor the still shows the map."""
        is_blind = self._parts.desk.is_blind
        if widget.is_blind != is_blind:
            widget.is_blind, self._shown.is_due = is_blind, True

    def _ask(self, widget: Widget, content: Header, buffers: Buffers, moment: Moment) -> None:
        """Answer at once what is quick, and see that the rest is answered."""
        widget._apply()  # what the page selected before it asked
        parts = replace(self._parts, selection=moment.selection)
        if is_quick(content["what"]):
            self._answer(parts, content, buffers)
        else:
            self._answers.put(partial(self._answer, parts, content, buffers))

    def _tell_review(self) -> None:
        """What the ledger says now, in the columns and in the panel."""
        self._parts.desk.look()
        self.post("restate")
        if message := self._parts.desk.message:
            self._leave(message, [])

    def _read_review(self) -> None:
        """Read a piece of what is shown beside samples, then rest."""
        started = time.monotonic()
        is_done = self._parts.desk.read()
        if is_done or (self._reading is not None and self._reading.is_alive()):
            return
        share = REST if self._parts.source.is_going_on else 1
        self._reading = threading.Timer(share * (time.monotonic() - started), self.post, ("read",))
        self._reading.daemon = True
        self._reading.start()

    def _reply(self, widget: Widget, greeted: bool) -> None:
        """Say what the pages wait for, whatever became of the picture."""
        if self._projector.n_shown > self._fault_at:  # the page, too, forgets it with a frame
            self.fault = ""
        if self._projector.drawing.refused:
            self._refuse(widget)
        if greeted:
            self._greet(widget)
        while self._leaving:
            widget.send(*self._leaving.popleft())

    def _refuse(self, widget: Widget) -> None:
        """The view cannot be drawn: the one before stays, and the page says why."""
        text, self._projector.drawing.refused = self._projector.drawing.refused, ""
        widget.view = self._projector.drawing.view
        widget.send(complaint(text), [])

    def _greet(self, widget: Widget) -> None:
        """What a page that came (back) needs beside the projector's."""
        self._chosen.show(widget.send)
        widget.send(self._parts.named.message, [])
        if self._parts.desk.has_something:
            self._answers.put(self._tell_review)
        if self.fault:
            widget.send({"protocol": PROTOCOL, "kind": "error", "text": self.fault}, [])

    def _announce(self, widget: Widget) -> None:
        with self._chosen.lock:  # until the traits, too, tell what is selected
            revision = self._chosen.now.revision
        if self._announced != revision:
            self._announced = revision
            raised = [_raised_by(f, widget) for f in list(self.listeners)]
            self._raised = [text for text in raised if text]
            self._note()

    def _look_at_ledger(self, now: float) -> float:
        """Have the page told what others have written; the seconds until the next look."""
        if now >= self._ledger_at:
            self._ledger_at = now + _LEDGER
            stamp = self._parts.named.stamp
            if stamp != self._stamp:
                self._stamp = stamp
                self.post("named")
                self.post("review")
        return self._ledger_at - now

    def _note(self) -> None:
        """What the status line says beside what the source does."""
        beside = [*self._parts.named.notes, *self._raised]
        if beside != self._projector.beside:
            self._projector.beside = beside
            self.wake.set()  # for the turn that shows it


def _raised_by(f: Callable[[Any], object], widget: Widget) -> str:
    """What a listener raises is its own affair: no other goes without its call."""
    try:
        f(widget)
    except BaseException as error:
        return f"on_select: {type(error).__name__}: {error}".rstrip(": ")
    return ""


def complaint(text: str) -> Header:
    """Tells a page why something is not done that it waits for."""
    return {"protocol": PROTOCOL, "kind": "complaint", "text": text}


def started(
    widget: Widget, wake: threading.Event
) -> tuple[threading.Thread, weakref.finalize[Any, Any]]:
    """The map's thread, and what ends it; it ends, too, when the widget is dropped."""
    end = weakref.finalize(widget, _end, wake, closed := threading.Event())
    context = contextvars.copy_context()  # a bare thread's context is empty
    arguments = (_run, weakref.ref(widget), wake, closed)
    thread = threading.Thread(target=context.run, args=arguments, name="carto-map", daemon=True)
    thread.start()
    return thread, end


def _run(of: weakref.ref[Widget], wake: threading.Event, closed: threading.Event) -> None:
    """Holds the widget during a turn only, so that it can be dropped."""
    while not closed.is_set() and (widget := of()) is not None:
        wake.clear()
        pause = widget._turns.turn(widget)
        del widget
        wake.wait(None if pause == float("inf") else pause)


def _end(wake: threading.Event, closed: threading.Event) -> None:
    closed.set()
    wake.set()
