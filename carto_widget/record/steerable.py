"""What Python and a map may ask of the loop that logs to a recorder."""

from __future__ import annotations

from dataclasses import replace

from carto_widget.record.steer.control import Control
from carto_widget.record.steer.steering import Steering
from carto_widget.record.telling import Telling
from carto_widget.store.run.steering import Mark
from carto_widget.store.snapshot import Cursor, Snapshot


class Steerable(Telling):
    """What may be asked of the loop that logs to a recorder."""

    _steering: Steering

    def control(
        self,
        name: str,
        value: float,
        *,
        min: float,  # noqa: A002  # the words of every slider
        max: float,  # noqa: A002
        log: bool = False,
    ) -> Control:
        """A number that the loop reads, with a slider on every map of this recorder.

        Args:
            name: On the slider. The same name again gives the same control, as it is now.
            value: To begin with; a resumed run goes on with the value it was left with.
            min, max: Its range, both included.
            log: A logarithmic slider; wants ``min`` above 0.

        Returns:
            A ``Control``: read ``.value`` (or ``float(control)``) in each step, set it if you like.

        Raises:
            TypeError: Not numbers.
            ValueError: A value outside of the range, an empty range, or another range than before.
        """
        return self._steering.control(name, value, min, max, log=log)

    def pause(self) -> None:
        """Block the loop in its next ``log`` until ``resume`` or ``stop``. Ctrl-C still works."""
        self._steering.switch.turn("pause")

    def stop(self) -> None:
        """End the tracked loaders' iterators after the batch in hand; what is logged is kept.

        They give nothing more until ``resume``, or until another cell or training uses them.
        """
        self._steering.switch.turn("stop")

    def resume(self) -> None:
        """Let a paused loop go on. Else your word that the same model goes on training.

        Said once, the word holds, also after ``stop``. Where recording had stopped because the run
        could not be written, what waits is written and recording goes on.

        Raises:
            ValueError: Recording had stopped and cannot go on here; why.
            OSError: The run can still not be written.
        """
        if self._policy.stopped is not None:
            self._recording.go_on()
        switch = self._steering.switch
        if switch.state == "pause":
            switch.turn("resume")
        else:
            self._recording.may_go_on = True
            switch.turn("begin")

    @property
    def is_stopping(self) -> bool:
        """Was the loop told to stop? Tracked loaders end by themselves; other loops look here."""
        return self._steering.is_stopping()

    @property
    def steering(self) -> list[Mark]:
        """What was asked of the training so far, and where its sessions began, oldest first."""
        return list(self._steering.record.marks)

    def steer(self, what: str, *, name: str | None = None, value: float | None = None) -> None:
        """Obey a map; from any thread.

        Args:
            what: "pause", "resume", "stop" or "set".
            name, value: To "set": which control, and to what.

        Raises:
            ValueError: It cannot be obeyed now; why.
            TypeError: The value is no number.
        """
        if self._recording.is_closed:
            raise ValueError(f"{what}: this recorder is closed")
        if self._recording.splits.rank.of > 1:
            raise ValueError(f"{what}: a training of several processes is not steered from a map")
        if what == "set":
            self._set(name, value)
        elif what not in ("pause", "resume", "stop"):
            raise ValueError(f"{what!r}: expected 'pause', 'resume', 'stop' or 'set'")
        elif not self._standing.is_going_on:
            raise ValueError(f"{what} came when the training had ended")
        else:
            self._steering.switch.turn(what, "map")

    def _set(self, name: str | None, value: float | None) -> None:
        control = self._steering.controls.get(name or "")
        if control is None:
            known = ", ".join(map(repr, self._steering.controls)) or "none"
            raise ValueError(f"there is no control {name!r}; there is {known}")
        control.set(value, "map")  # type: ignore[arg-type]  # checked there

    def snapshot(self, since: Cursor) -> Snapshot:
        """What is new since a cursor; for whoever watches, from any thread."""
        is_open = not self._recording.is_closed and self._recording.splits.rank.of == 1
        steering = self._steering
        return replace(
            super().snapshot(since),
            can=self._can() if is_open else (),
            controls=tuple(one.state for one in steering.controls.values()) if is_open else (),
            marks=tuple(steering.record.marks),
        )

    def _can(self) -> tuple[str, ...]:
        if not self._standing.is_going_on:
            return ()
        held = {"go": ("pause", "stop"), "pause": ("resume", "stop")}
        return held.get(self._steering.switch.state, ())
