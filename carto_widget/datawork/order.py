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
    known = metrics().get(name)
    is_high_first = known is not None and known.direction != "higher is easier"
    numbers = values.astype(np.float64)
    return np.argsort(-numbers if is_high_first else numbers, kind="stable")
