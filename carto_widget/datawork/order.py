"""In which order samples are looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.registry import metrics


def suspicious_first(name: str, values: NDArray[Any]) -> NDArray[np.int64]:
    """(N,) places of the values, the suspicious end first.

    Which end that is a metric's ``direction`` says: the harder one; of one without a direction the
    high one. A column that is no metric begins with its low end. Missing ones come last, of equal
    ones the first comes first.

    Args:
        name: Of a metric or a column.
        values: (N,) numbers, NaN where missing.
    """
    numbers = values.astype(np.float64)
    return np.argsort(-numbers if _is_high_first(name) else numbers, kind="stable")


def order_in_words(order: str) -> str:
    """A name, perhaps with "-" before it for the other end, as "lowest AUM first"."""
    name = order.removeprefix("-")
    known = metrics().get(name)
    end = "highest" if _is_high_first(name) != order.startswith("-") else "lowest"
    return f"{end} {name if known is None else known.title} first"


def _is_high_first(name: str) -> bool:
    known = metrics().get(name)
    return known is not None and known.direction != "higher is easier"
