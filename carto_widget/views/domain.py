"""The numbers at the two ends of an axis."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.views.frame import Domain

Bounds = tuple[float | None, float | None]
_TINY = 1e-290  # numbers that lie closer together are taken for one
_STEPS = 5  # about as many steps an axis


def domain_of(
    values: NDArray[Any], bounds: Bounds = (None, None), before: Domain | None = None
) -> Domain:
    """An axis that holds every finite number of ``values``.

    Args:
        values: (N,) numbers; NaN and infinite ones are left out.
        bounds: Where the column ends by definition; None or infinite where it does not.
        before: The axis until now, which may grow and never shrinks.

    Returns:
        Finite ends, the first below the second: the bounds where there are any, else round
        numbers.
    """
    lower, upper = _finite(bounds[0]), _finite(bounds[1])
    if lower is not None and upper is not None:
        return (lower, upper)
    lo, hi = _extent(values)
    lo = lo if lower is None else lower
    hi = hi if upper is None else upper
    if before is not None:
        if before[0] <= lo and hi <= before[1]:
            return before
        lo, hi = min(lo, before[0]), max(hi, before[1])
    rounded = _rounded(lo, max(lo, hi))
    return (
        rounded[0] if lower is None else lower,
        rounded[1] if upper is None else upper,
    )


def _finite(bound: float | None) -> float | None:
    return None if bound is None or not math.isfinite(bound) else float(bound)


def _extent(values: NDArray[Any]) -> Domain:
    """Smallest and largest finite number; 0 and 1 where there is none."""
    if not len(values):
        return (0.0, 1.0)
    lo, hi = float(np.fmin.reduce(values)), float(np.fmax.reduce(values))
    if math.isinf(lo) or math.isinf(hi):
        values = values[np.isfinite(values)]
        return _extent(values)
    return (0.0, 1.0) if math.isnan(lo) else (lo, hi)


def _rounded(lo: float, hi: float) -> Domain:
    """The next multiples of a round step outside of ``lo`` and ``hi``.

    What exceeds a multiple by float32's noise alone does not count.
    """
    span = hi - lo if hi - lo > _TINY else max(abs(lo), 1.0)
    power = math.floor(math.log10(span / _STEPS))
    size = 10.0**power
    step = size * next(n for n in (1, 2, 5, 10) if n * size >= span / _STEPS * (1 - 1e-9))
    first, last = math.floor(lo / step + 1e-5), math.ceil(hi / step - 1e-5)
    low, high = round(first * step, 1 - power), round(max(last, first + 1) * step, 1 - power)
    return (low, high) if low < high else (lo, hi)  # no round number lies between neighbours
