"""What a change of the data does to the answers, and whether that can be told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from carto_widget.datawork.comparison import counted
from carto_widget.datawork.intervals import Interval, samples_interval, t_interval

Right = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """A paired difference of accuracies, with two intervals for two questions.

    Attributes:
        before, after: (S, M) 1 where the model of a seed is right on a test sample, else 0; row s
            of both from the same seed.
        level: of the intervals.
    """

    before: Right
    after: Right
    level: float = 0.95

    @property
    def differences(self) -> NDArray[np.float64]:
        """(S,) accuracy after minus before, of each seed."""
        return np.asarray((self.after - self.before).mean(axis=1))

    @property
    def difference(self) -> float:
        """Their mean; NaN of no seed."""
        return float(self.differences.mean()) if len(self.before) else float("nan")

    @property
    def is_seedless(self) -> bool:
        """Are all seeds alike, answer by answer, so that they say nothing of chance?"""
        both = np.concatenate([self.before, self.after], axis=1)
        return len(both) > 1 and bool((both == both[0]).all())

    @cached_property
    def seed_interval(self) -> Interval | None:
        """Student's, of the mean over further seeds; None of fewer than two."""
        return None if self.is_seedless else t_interval(self.differences, self.level)

    @cached_property
    def test_interval(self) -> Interval | None:
        """Of the mean over further test samples of the same kind."""
        if not len(self.before):
            return None
        return samples_interval((self.after - self.before).mean(axis=0), self.level)

    @property
    def interval(self) -> Interval | None:
        """Both as one, as far as either reaches; None where one of them cannot be told."""
        needed = [one for one in self._needed if one is not None]
        if len(needed) < len(self._needed):
            return None
        return min(low for low, _ in needed), max(high for _, high in needed)

    @property
    def _needed(self) -> list[Interval | None]:
        """What a claim must pass: of fits that do not depend on the seed the test samples alone."""
        return [self.test_interval, *[self.seed_interval] * (not self.is_seedless)]

    @property
    def verdict(self) -> str:
        """ "better" or "worse" where every interval lies on that side of 0, else "cannot tell"."""
        sides = {_side(one) for one in self._needed}
        return "better" if sides == {1} else "worse" if sides == {-1} else "cannot tell"

    def __str__(self) -> str:
        n, m = counted(len(self.before), "seed"), counted(self.before.shape[1], "test sample")
        if not len(self.before):
            return "No seed has a fit on both."
        by = f"{points(self.difference)} points"
        seeds, tests = told(self.seed_interval), told(self.test_interval)
        if self.verdict != "cannot tell":
            claim = f"After is {self.verdict} by {by}"
            if self.is_seedless:
                return f"{claim} {tests}, {m}; the fits do not depend on the seed."
            return f"{claim} {seeds}, {n}; over {m} {tests}."
        if len(self.before) == 1:
            return f"1 seed cannot tell: {by}; over {m} {tests}. Give seeds=5 or more."
        if self.is_seedless:
            return f"{m} cannot tell: {by} {tests}; the fits do not depend on the seed."
        if _side(self.seed_interval):
            return f"{n} agree, {by} {seeds}, but {m} cannot tell: {tests}."
        return f"{n} cannot tell: {by} {seeds}; over {m} {tests}."


def _side(interval: Interval | None) -> int:
    """1 above 0, -1 below, 0 where 0 is inside or nothing is known."""
    if interval is None:
        return 0
    return int(interval[0] > 0) - int(interval[1] < 0)


def points(share: float) -> str:
    """A difference of shares in percentage points."""
    return f"{100 * share:+.1f}"


def told(interval: Interval | None) -> str:
    """An interval in percentage points."""
    return "[none]" if interval is None else f"[{100 * interval[0]:.1f}, {100 * interval[1]:.1f}]"
