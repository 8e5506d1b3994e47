"""What one picture shows: named columns of equal length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["continuous", "steps", "count", "category", "date"]
Numbers = NDArray[np.float32] | NDArray[np.float64]
Domain = tuple[float, float]


@dataclass(frozen=True)
class Column:
    """One named array of a frame.

    Attributes:
        name: Name of the metric or of the user's column.
        title: What stands beside the axis.
        kind: How the numbers are read: any number, one of a few steps, a count, an index into
            ``categories``, or milliseconds since 1970, UTC.
        domain: Smallest and largest number of the axis, finite, the first below the second.
        values: (N,) float32, NaN where missing; float64 where float32 could not tell them apart.
        categories: What the numbers 0, 1, ... of a category stand for.
        steps: Number of equally spaced steps over the domain, of a column of that kind.
        waiting: (N,) bool, True where a sample was observed too seldom for the number to be
            defined; None where there is no such sample.
        waiting_word: What the map says of those samples.
        note: What is wrong with it.
        is_own: Is it the user's, and no metric or label of ours?
        n_other: Categories that the last one stands for.
        quiet: Categories, by number, that call for no attention.
    """

    name: str
    title: str
    kind: Kind
    domain: Domain
    values: Numbers
    categories: tuple[str, ...] = ()
    steps: int | None = None
    waiting: NDArray[np.bool_] | None = None
    waiting_word: str = ""
    note: str = ""
    is_own: bool = False
    n_other: int = 0
    quiet: tuple[int, ...] = ()


@dataclass(frozen=True)
class Word:
    """A word that stands on the map, at a place in the domains' units."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Cut:
    """Where a column is cut into regions.

    Attributes:
        column: Its name.
        text: The rule.
        at: The number from which on a region begins; None where it follows from a share.
        top: The share of the positive numbers, the largest of them, that makes up a region.
    """

    column: str
    text: str
    at: float | None = None
    top: float | None = None


@dataclass(frozen=True)
class Frame:
    """One picture: every column over the same N samples, of one moment.

    Attributes:
        columns: Channel ("x", "y", "color") to column, each of N values.
        epoch: The newest epoch that is in the numbers; None where there is none.
        live: Does the run go on?
        words: Words on the map.
        n_unseen: Samples that were never observed.
        cuts: How the regions are cut that the words name.
        sealed: Is it of sealed epochs alone, up to and with ``epoch``?
    """

    columns: Mapping[str, Column]
    epoch: int | None = None
    live: bool = False
    words: tuple[Word, ...] = field(default=())
    n_unseen: int = 0
    cuts: tuple[Cut, ...] = field(default=())
    sealed: bool = True

    def __len__(self) -> int:
        return len(self.columns["x"].values)


def axes_of(frame: Frame) -> dict[str, Domain]:
    """Name of each column to its axis, as the next frame is to go on with it."""
    there_is = [frame.columns.get(channel) for channel in ("x", "y", "color", "size")]
    return {one.name: one.domain for one in there_is if one is not None and not one.n_other}
