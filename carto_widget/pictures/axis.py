"""Round numbers along an axis, and how many samples stand where on it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from carto_widget.views.bands import along
from carto_widget.views.dates import date_text, moments, round_step
from carto_widget.views.frame import Column, Domain

BINS = 50
_THOUSANDS = ("", "k", "M", "G", "T")


def ticks(column: Column, pixels: float, room: float) -> list[tuple[float, str]]:
    """Round values and their labels, about one to every ``room`` pixels; categories by name."""
    low, high = column.domain
    wanted = max(2, int(pixels / room))
    if column.kind == "date":
        date_step = round_step(high - low, wanted)
        found = [at for at in moments(low, high, date_step).tolist() if low <= at <= high]
        return [(at, date_text(at, date_step)) for at in found]
    step = _round_step((high - low) / wanted)
    if column.kind in ("category", "count"):
        step = max(1.0, math.ceil(step))
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    values = [number * step for number in range(first, last + 1)]
    if column.kind == "category":
        names = column.categories
        return [(value, names[int(value)]) for value in values if 0 <= value < len(names)]
    return [(value, _label(value, step)) for value in values]


def _round_step(least: float) -> float:
    """The next of 1, 2, 5, 10, ... that is not below ``least``."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return power * next(n for n in (1, 2, 5, 10) if n * power >= least * (1 - 1e-9))


def _label(value: float, step: float) -> str:
    if step >= 1e5:
        power = min(len(_THOUSANDS) - 1, int(math.log10(max(abs(value), 1)) / 3 + 1e-9))
        return f"{value / 1000**power:,.4g}{_THOUSANDS[power]}"
    if step < 1e-6:
        return f"{value:.3g}"
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value + 0.0:,.{decimals}f}"  # -0.0 + 0.0 is 0.0


def spread(
    column: Column, rows: NDArray[np.int64], axis: str, ends: Domain | None = None
) -> NDArray[np.float64]:
    """0..1 along the axis of these rows, at its end where a value lies beyond; NaN without one.

    Samples of one class lie side by side, as on the map.

    Args:
        column, rows: What lies on the axis, and of which samples.
        axis: "x" or "y".
        ends: Of the axis, where it does not show the column's whole domain.
    """
    low, high = ends or column.domain
    shares = (np.clip(along(column, axis)[rows], low, high) - low) / (high - low)
    if column.waiting is not None:
        shares[column.waiting[rows]] = np.nan
    return shares


def histogram(
    column: Column, of: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Samples (of some of them) in each bin, and the edges of the bins in the column's numbers."""
    low, high = column.domain
    bins = BINS
    if column.kind == "steps":
        low, high, bins = *_half_beyond(column), column.steps or BINS
    elif column.kind == "category" or (column.kind == "count" and high - low < BINS):
        low, high = math.floor(low + 0.5) - 0.5, math.ceil(high - 0.5) + 0.5
        bins = max(1, round(high - low))
    values = np.clip(column.values, *column.domain)
    keep = np.isfinite(values) if of is None else np.isfinite(values) & of
    if column.waiting is not None:
        keep &= ~column.waiting
    counts, edges = np.histogram(values[keep], bins, (low, high))
    return counts, edges


def _half_beyond(column: Column) -> tuple[float, float]:
    """Ends of bins that have the steps in their middle."""
    low, high = column.domain
    half = (high - low) / ((column.steps or 2) - 1) / 2
    return low - half, high + half
