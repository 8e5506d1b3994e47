"""A number that the loop reads and a slider on the map sets."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from numbers import Real
from typing import Any

from carto_widget.store.snapshot import ControlState

Changed = Callable[[str, float, float, str], None]  # name, before, after, by whom


class Control:
    """A number that the loop reads; made by ``recorder.control``.

    Attributes:
        name: On the slider.
        min, max: Its range, both included.
        log: Whether the slider's scale is logarithmic.
    """

    def __init__(self, begin: ControlState, changed: Changed) -> None:
        self.name, self.min, self.max, self.log = begin.name, begin.min, begin.max, begin.log
        self._value = self._checked(begin.value)
        self._changed = changed
        self._one_setter = threading.RLock()

    @property
    def value(self) -> float:
        """As it is now; setting it moves the slider.

        Raises:
            TypeError: Set to what is no number.
            ValueError: Set to NaN, or outside of ``min`` and ``max``.
        """
        return self._value

    @value.setter
    def value(self, value: float) -> None:
        self.set(value, "python")

    def set(self, value: float, by: str) -> None:
        """Set the value, and say by whom."""
        after = self._checked(value)
        with self._one_setter:  # a change is noted before the next
            before, self._value = self._value, after
            if after != before:
                self._changed(self.name, before, after, by)

    @property
    def state(self) -> ControlState:
        """For whoever shows it."""
        return ControlState(self.name, self._value, self.min, self.max, self.log)

    def _checked(self, value: object) -> float:
        number = real(f"control {self.name!r}", value)
        if not self.min <= number <= self.max:
            raise ValueError(
                f"control {self.name!r} got {number:g}, expected a number from {self.min:g} to "
                f"{self.max:g}"
            )
        return number

    def __float__(self) -> float:
        return self._value

    def __repr__(self) -> str:
        scale = ", log" if self.log else ""
        return f"Control({self.name!r}: {self._value:g}, from {self.min:g} to {self.max:g}{scale})"


def described(name: object, value: Any, low: object, high: object, log: bool) -> ControlState:
    """The control that the arguments of ``recorder.control`` describe.

    Raises:
        TypeError, ValueError: They describe none; the value is not checked yet.
    """
    if not isinstance(name, str) or not name:
        raise TypeError(f"control wants a name, got {name!r}")
    least, most = real(f"min of control {name!r}", low), real(f"max of control {name!r}", high)
    if not (math.isfinite(least) and math.isfinite(most) and least < most):
        raise ValueError(f"control {name!r} got min={least:g}, max={most:g}: expected min < max")
    if log and least <= 0:
        raise ValueError(
            f"control {name!r} got min={least:g}: a logarithmic scale begins above 0; set min, or "
            "log=False"
        )
    return ControlState(name, value, least, most, bool(log))


def real(what: str, value: object) -> float:
    """A number that is one.

    Raises:
        TypeError: It is none.
        ValueError: It is NaN.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{what} got {value!r:.60}, expected a number")
    number = float(value)
    if math.isnan(number):
        raise ValueError(f"{what} got NaN, expected a number")
    return number
