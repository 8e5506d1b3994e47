"""What the frames of a map showed, by their numbers."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any


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
