"""What becomes of an error in recording: the user hears of it once, and training comes first."""

from __future__ import annotations

import sys
import traceback
import warnings


class RunAgain(ValueError):
    """The training code ran again; always raised, whatever ``on_error`` says."""


class Policy:
    """Raises until an epoch is sealed; afterwards stops the recording and lets training go on."""

    def __init__(self, on_error: str) -> None:
        self.stopped: str | None = None  # why recording stopped
        self._cause: Exception | None = None
        self._has_missed = False
        self.said: list[str] = []
        self._on_error = on_error

    def take(self, error: Exception, *, is_trusted: bool) -> None:
        """Raise the error, or stop the recording because of it.

        Args:
            error: What was raised while recording.
            is_trusted: An epoch is sealed, and this is not the first batch of a split.
        """
        if isinstance(error, RunAgain) or self._on_error == "raise" or not is_trusted:
            raise error
        if self.stopped is None:
            self.stopped, self._cause = f"{type(error).__name__}: {error}", error
        self.say(self._sentence)

    @property
    def _sentence(self) -> str:
        return f"recording stopped, training goes on: {self.stopped}"

    def misses(self) -> bool:
        """Asked of everything that is to be recorded: is it not, because recording has stopped?"""
        self._has_missed |= self.stopped is not None
        return self.stopped is not None

    @property
    def is_of_the_disk(self) -> bool:
        """Recording stopped because something could not be written."""
        return isinstance(self._cause, OSError)

    def require_nothing_missed(self) -> None:
        """Raise where recording cannot go on after a stop, and say why."""
        if self.is_of_the_disk and not self._has_missed:
            return
        why = "what was logged since is not on record" if self._has_missed else "that stands"
        raise ValueError(
            f"recording stopped ({self.stopped}) and cannot go on here: {why}. When the cause is "
            "gone, go on as a new session: close this recorder, and track the loader with "
            "Recorder(path, if_exists='resume')"
        )

    def goes_on(self) -> None:
        """The cause is gone."""
        self.said.remove(self._sentence)
        self.stopped = self._cause = None

    def hear(self, error: Exception, whose: str) -> None:
        """An error in the user's own code that we call: said once, or raised; recording goes on."""
        if self._on_error == "raise":
            raise error
        where = traceback.extract_tb(error.__traceback__)[-1]
        self.say(
            f"{whose} failed, training and recording go on: {type(error).__name__}: {error} "
            f"({where.filename}, line {where.lineno})"
        )

    def go_on_without(self, fault: Exception) -> str:
        """One of several things that are recorded is missing from now on: said once, or raised."""
        if self._on_error == "raise":
            raise fault
        text = f"{fault}. It is missing from here on, training and all else that is recorded go on"
        self.say(text)
        return text

    def say(self, what: str) -> None:
        """Warn once, at the line of the training code that brought it about."""
        if what not in self.said:
            self.said.append(what)
            warnings.warn(what, stacklevel=_depth())


def _depth() -> int:
    """How many calls above `say` the first function stands that is none of ours."""
    frame, depth = sys._getframe(1), 1
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("carto_widget."):
        frame, depth = frame.f_back, depth + 1
    return depth
