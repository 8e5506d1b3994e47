"""Dates as numbers: milliseconds since 1970, UTC; and round ones among them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.views.frame import Domain

Step = tuple[str, int]  # a unit of numpy's, and so many of them

_LENGTHS = {"ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6, "D": 8.64e7, "M": 2.63e9, "Y": 3.156e10}
_ROUND: tuple[Step, ...] = (
    *(("ms", n) for n in (1, 10, 100)),
    *((unit, n) for unit in ("s", "m") for n in (1, 5, 15, 30)),
    *(("h", n) for n in (1, 3, 6, 12)),
    *(("D", n) for n in (1, 2, 7, 14)),
    *(("M", n) for n in (1, 3, 6)),
    *(("Y", n * 10**power) for power in range(6) for n in (1, 2, 5)),
)
_STEPS = 5  # about as many an axis
_MONDAY = 3  # days from the first one of 1970 back to the Monday before


def milliseconds(values: pd.Series[Any]) -> NDArray[np.float64]:
    """(N,) milliseconds since 1970 of dates, with or without a time zone.

    Dates without a zone are taken as they stand.
    """
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.to_timestamp()
    if getattr(values.dt, "tz", None) is not None:
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    moments = values.to_numpy("datetime64[us]")
    numbers = moments.astype(np.int64) / 1000
    numbers[np.isnat(moments)] = np.nan
    return numbers


def round_step(span: float, wanted: float = _STEPS) -> Step:
    """The step that divides a span of milliseconds into about ``wanted`` parts, none more."""
    return next((s for s in _ROUND if s[1] * _LENGTHS[s[0]] >= span / wanted), _ROUND[-1])


def moments(low: float, high: float, step: Step) -> NDArray[np.float64]:
    """The round moments from the last not after ``low`` to the first not before ``high``."""
    unit, count = step
    offset = _MONDAY if step[0] == "D" and step[1] >= 7 else 0
    ends = np.array([np.floor(low), np.ceil(high)]).astype("datetime64[ms]")
    first, last = (ends.astype(f"datetime64[{unit}]").astype(np.int64) + offset).tolist()
    numbers = np.arange(first // count, last // count + 2) * count - offset
    at = numbers.astype(f"datetime64[{unit}]").astype("datetime64[ms]").astype(np.float64)
    return at[: int(np.searchsorted(at, high)) + 1]


def date_domain(values: NDArray[np.float64], before: Domain | None = None) -> Domain:
    """An axis that holds every date, from one round moment to another; grows and never shrinks."""
    known = values[~np.isnan(values)]
    if not len(known):
        return before or (0.0, _LENGTHS["D"])
    low, high = float(known.min()), float(known.max())
    if before is not None:
        if before[0] <= low and high <= before[1]:
            return before
        low, high = min(low, before[0]), max(high, before[1])
    at = moments(low, max(high, low + 1), round_step(max(high - low, 1.0)))
    return float(at[0]), float(at[-1])


def date_text(value: float, step: Step) -> str:
    """A moment as far as the step tells: 2020, 2020-03, 2020-03-05, 03-05 14:00, 14:00:05."""
    iso = str(np.datetime_as_string(np.datetime64(round(value), "ms")))
    date, _, time = iso.partition("T")
    whole = {"Y": date[:-6], "M": date[:-3], "D": date, "ms": time, "s": time[:8]}
    return whole.get(step[0], f"{date[-5:]} {time[:5]}")


def moment_text(value: float) -> str:
    """A moment whole: its day, and its time where it is not midnight."""
    date, _, time = str(np.datetime_as_string(np.datetime64(round(value), "ms"))).partition("T")
    if time == "00:00:00.000":
        return date
    return f"{date} {time.removesuffix('.000').removesuffix(':00')}"
