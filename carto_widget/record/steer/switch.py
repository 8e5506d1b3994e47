"""Go, pause, stop: asked from any thread, obeyed by the loop in its next batch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal

State = Literal["go", "pause", "stop"]
_MOMENT = 0.2  # s; a Ctrl-C ends a short wait on every platform

# what is asked -> where it leads, and from where
_TURNS: dict[str, tuple[State, tuple[State, ...]]] = {
    "pause": ("pause", ("go",)),
    "resume": ("go", ("pause",)),
    "stop": ("stop", ("go", "pause")),
    "begin": ("go", ("stop",)),
}


class Switch:
    """One training's switch; the recorders that the training logs to share it.

    Attributes:
        state: All that a loop looks at while nothing is asked of it.
        by: Who turned it last: "map", "python" or "interrupt".
        is_obeyed: The loop has seen the stop.
        told: Called with what was asked and by whom, after each turn.
    """

    def __init__(self) -> None:
        self.state: State = "go"
        self.by = ""
        self.is_obeyed = False
        self.told: list[Callable[[str, str], None]] = []
        self._n_held = 0
        self._turned = threading.Condition()

    @property
    def is_held(self) -> bool:
        """Is the loop waiting here? No longer once it may go on, however late it wakes."""
        return self.state == "pause" and self._n_held > 0

    def turn(self, what: str, by: str = "python") -> None:
        """Ask for "pause", "resume", "stop" or, after a stop, "begin"; else nothing changes."""
        to, only_from = _TURNS[what]
        with self._turned:
            if self.state not in only_from:
                return
            self.state, self.by, self.is_obeyed = to, by, False
            self._turned.notify_all()
        for tell in list(self.told):
            tell(what, by)

    def hold(self) -> None:
        """Block while it says pause. What interrupts the wait ends the pause, too."""
        try:
            with self._turned:
                self._n_held += 1
                try:
                    while self.state == "pause":
                        self._turned.wait(_MOMENT)
                finally:
                    self._n_held -= 1
        except BaseException:
            self.turn("resume", "interrupt")
            raise
