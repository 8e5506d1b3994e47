"""Pause, stop and controls: what a loop is asked from outside, by Python or from a map."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

from carto_widget.record.epochs.book import Book
from carto_widget.record.policy import Policy
from carto_widget.record.steer.control import Control, described
from carto_widget.record.steer.origin import origin
from carto_widget.record.steer.switch import Switch
from carto_widget.record.steer.training import Training, current
from carto_widget.store.run.steering import Mark, SteeringLog, now


class Steering:
    """What is asked of the loop that logs to one recorder, and the record of it.

    A training that was started shares its switch with every recorder that it logs to; a plain loop
    has the recorder's own.

    Attributes:
        switch: Of the loop that logged last.
        controls: By their names.
        record: Of everything that was asked.
        training_ended: Called when a training in a thread, which logged, has ended.
    """

    def __init__(self, book: Book, policy: Policy) -> None:
        self._book, self._policy = book, policy
        self.switch = self._own = Switch()
        self._own.told.append(self._turned)
        self._training: Training | None = None
        self._who: object = None  # what began to log last
        self._stopped: set[object] = set()  # what the own switch's stop was meant for
        self.controls: dict[str, Control] = {}
        self.record = SteeringLog(book.run.place, is_written=book.rank.number == 0)
        marks = [mark for mark in self.record.marks if mark.name and mark.after is not None]
        self._earlier: Mapping[str | None, float | None] = {m.name: m.after for m in marks}
        self._has_begun = False
        self._joining = threading.Lock()
        self.training_ended: Callable[[Training], None] = lambda training: None

    # ---- asked by the loop, in every batch ----

    def reached(self) -> None:
        """Called in every ``log``: blocks while paused."""
        training = current.get()
        if training is not self._training and not self._is_meant(training):
            return
        if self.switch.state == "pause":
            self.switch.hold()

    def is_stopping(self) -> bool:
        """Called before every batch: has the loop that asks been told to stop?"""
        training = current.get()
        if training is not self._training and not self._is_meant(training):
            return False
        if self.switch.state != "stop":
            return False
        if self._training is None and self._is_another_cell():
            self.switch.turn("begin")
            return False
        self.switch.is_obeyed = True
        return True

    def _is_meant(self, training: Training | None) -> bool:
        """Is the code that asks part of what is steered? Another training takes its place."""
        before = self._training
        if training is None and before is not None and before.is_running:
            # A thread of the training's own, as those that fetch ahead; or a cell beside it.
            return threading.current_thread() is not threading.main_thread()
        with self._joining:
            if training is not self._training:
                self._join(training)
        return True

    def _join(self, training: Training | None) -> None:
        self.switch = self._own if training is None else training.switch
        self._training = training
        if training is not None and self._turned not in training.switch.told:
            training.switch.told.append(self._turned)
            training.at_end.append(self.training_ended)

    def _is_another_cell(self) -> bool:
        """A cell that is run after the one that was stopped means to train."""
        who = origin()
        return isinstance(who, str) and who not in self._stopped

    # ---- told ----

    @property
    def is_elsewhere(self) -> bool:
        """Does a training run in a thread of its own?"""
        return self._training is not None and self._training.is_running

    def begins(self) -> None:
        """What logs is another than before, or goes on after an end."""
        self._who = origin()
        if not self._has_begun:
            self._has_begun = True
            self._note("session", "run")

    def ends_with(self) -> None:
        """What logged has ended: nobody is left to pause."""
        self.switch.turn("resume", "run")

    def _turned(self, what: str, by: str) -> None:
        if what == "stop":
            self._stopped = {self._who, *self._book.origins}
        if what != "begin":
            self._note(what, by)

    def _changed(self, name: str, before: float, after: float, by: str) -> None:
        self._note("control", by, name=name, before=before, after=after)

    def _note(self, what: str, by: str, **control: str | float) -> None:
        session = self._book.run.session
        if session < 0:  # closed
            return
        epoch, batch = self._book.newest_epoch("train"), self._book.n_logs("train")
        try:
            self.record.append(Mark(what, by, now(), session, epoch, batch, **control))  # type: ignore[arg-type]  # name is a str, the others are floats
        except OSError as error:
            self._policy.say(
                f"{self.record.path} cannot be written, so what is asked of this training is not "
                f"on record; training and recording go on: {type(error).__name__}: {error}"
            )

    # ---- controls ----

    def control(self, name: str, value: float, low: float, high: float, *, log: bool) -> Control:
        """The control of this name, made where there is none."""
        begin = described(name, value, low, high, log)
        known = self.controls.get(name)
        if known is None:
            known = self.controls[name] = Control(begin, self._changed)
            self._take_over(name)
        elif replace(begin, value=0.0) != replace(known.state, value=0.0):
            raise ValueError(f"{known} is there already: a control keeps its range")
        return known

    def go_on(self, values: Mapping[str | None, float]) -> None:
        """Go on with the values that a checkpoint holds."""
        self._earlier = values
        for name in self.controls:
            self._take_over(name)

    def _take_over(self, name: str) -> None:
        """A run that goes on has the values that it was left with."""
        control, value = self.controls[name], self._earlier.get(name)
        if value is not None and control.min <= value <= control.max:
            control.set(value, "run")
