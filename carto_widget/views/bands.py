"""Samples of one class, or of one whole number, lie side by side in a band of the axis."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from carto_widget.views.frame import Column

WIDTH = 0.7  # of the way from one class to the next
MOST = 30  # whole numbers along an axis that have a band each
_SALTS = {"x": 0x9E3779B9, "y": 0x7F4A7C15}
_BLOCK = 1 << 16  # rows at a time, and by which what is known grows


def has_bands(column: Column) -> bool:
    """Would many of its samples lie on one line?"""
    low, high = column.domain
    return column.kind == "category" or (column.kind == "count" and high - low <= MOST)


def with_bands(column: Column) -> Column:
    """The column with room for a whole band at either end of its axis."""
    if column.kind != "count" or not has_bands(column):
        return column
    low, high = column.domain
    ends = (low - 0.5 * float(low).is_integer(), high + 0.5 * float(high).is_integer())
    return replace(column, domain=ends)


def along(column: Column, axis: str) -> NDArray[np.float64]:
    """(N,) where the samples of a column stand on an axis, in its numbers; NaN without one."""
    values = column.values.astype(np.float64)
    return values + aside(axis, len(values)) if has_bands(column) else values


def aside(axis: str, rows: int) -> NDArray[np.float32]:
    """(rows,) how far each row lies beside its class, -0.35..0.35 of the way to the next.

    By the row's number alone: a row keeps its place in every frame, view and picture.
    """
    return _aside(axis, -(-rows // _BLOCK) * _BLOCK)[:rows]


@lru_cache(maxsize=2)
def _aside(axis: str, rows: int) -> NDArray[np.float32]:
    found = np.empty(rows, np.float32)
    for start in range(0, rows, _BLOCK):
        mixed = _mixed(np.arange(start, start + _BLOCK, dtype=np.uint32) ^ np.uint32(_SALTS[axis]))
        found[start : start + _BLOCK] = mixed * np.float32(WIDTH / 2**32) - np.float32(WIDTH / 2)
    found.setflags(write=False)
    return found


def _mixed(numbers: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Whole numbers without the order that they had: the end of MurmurHash3 (Appleby, 2011)."""
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        numbers = (numbers ^ (numbers >> np.uint32(shift))) * np.uint32(factor)
    return numbers
