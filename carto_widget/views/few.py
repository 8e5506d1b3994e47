"""Channels that tell few values apart: the largest categories, and the others together."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from carto_widget.views.bands import with_bands
from carto_widget.views.dates import date_text, round_step
from carto_widget.views.frame import Column

MOST = {"color": 20, "size": 20, "shape": 7}
AXIS = 254  # categories that have room on an axis
_RANGES = 5  # of numbers told by shape


class Few:
    """What each channel draws of its column; chosen once, so that colours keep their meaning."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[Column, Column]] = {}
        self._largest: dict[tuple[str, str], list[str]] = {}
        self._is_fixed = False

    def fixed(self) -> Few:
        """For frames of the past: what was chosen for the present, whatever was seen then."""
        same = Few()
        same._largest, same._is_fixed = self._largest, True
        return same

    def of(self, channel: str, column: Column, *, is_settled: bool = True) -> Column:
        """The column as this channel can tell its values apart.

        Args:
            channel: "x", "y", "color", "size" or "shape".
            column: What lies on it.
            is_settled: Which categories are the largest need not be asked again.

        Raises:
            ValueError: More categories than an axis has room for.
        """
        if channel not in MOST:
            return _on_axis(channel, column)
        made = self._made.get(channel)
        if made is None or made[0] is not column:
            made = (column, self._few(channel, column, is_settled))
            self._made[channel] = made
        return made[1]

    def _few(self, channel: str, column: Column, is_settled: bool) -> Column:
        if channel == "shape" and column.kind != "category":
            return ranges(column)
        if len(column.categories) <= MOST[channel]:
            return column
        key = (channel, column.name)
        there_is = {name: code for code, name in enumerate(column.categories)}
        names = self._largest.get(key, [])
        if not names or not (is_settled or self._is_fixed) or not there_is.keys() >= set(names):
            names = [column.categories[code] for code in largest(column, MOST[channel]).tolist()]
            self._largest[key] = names
        return together(column, np.array([there_is[name] for name in names]))


def _on_axis(channel: str, column: Column) -> Column:
    if column.kind == "category" and column.is_own and len(column.categories) > AXIS:
        raise ValueError(
            f"View({channel}={column.name!r}): {len(column.categories):,} different values have no "
            f"room on an axis, {AXIS} have; put it on color, where the {MOST['color']} most "
            f"frequent are told apart, or add a number of it: datamap.add_column(...)"
        )
    return with_bands(column)


def largest(column: Column, most: int) -> NDArray[np.int64]:
    """The codes of the categories with the most samples, the largest first; ties by name."""
    values = column.values[~np.isnan(column.values)].astype(np.int64)
    counts = np.bincount(values, minlength=len(column.categories))
    by_name = np.argsort(np.array(column.categories))
    return by_name[np.argsort(-counts[by_name], kind="stable")][:most]


def together(column: Column, kept: NDArray[np.int64]) -> Column:
    """The column with all categories but the kept ones as one, the last."""
    codes = np.full(len(column.categories) + 1, len(kept), np.float32)
    codes[kept] = np.arange(len(kept))
    codes[-1] = np.nan
    gaps = np.isnan(column.values)
    n_other = len(column.categories) - len(kept)
    names = (*(column.categories[code] for code in kept.tolist()), f"other ({n_other:,})")
    return replace(
        column,
        values=codes[np.where(gaps, -1, column.values).astype(np.int64)],
        categories=names,
        domain=(-0.5, len(names) - 0.5),
        n_other=n_other,
    )


def ranges(column: Column) -> Column:
    """Numbers as categories: equal parts of their axis."""
    low, high = column.domain
    edges = np.linspace(low, high, _RANGES + 1)
    part = np.clip((column.values - low) * (_RANGES / (high - low)), 0, _RANGES - 0.5)
    ends = _texts(column, edges)
    names = tuple(f"{a} to {b}" for a, b in pairwise(ends))
    return replace(
        column,
        kind="category",
        values=np.floor(part).astype(np.float32),
        categories=names,
        domain=(-0.5, _RANGES - 0.5),
        steps=None,
    )


def _texts(column: Column, edges: NDArray[np.float64]) -> list[str]:
    if column.kind == "date":
        step = round_step(edges[-1] - edges[0], _RANGES)
        return [date_text(edge, step) for edge in edges.tolist()]
    return [f"{edge:.3g}" for edge in edges.tolist()]
