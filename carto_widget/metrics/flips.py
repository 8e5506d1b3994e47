"""How often the prediction changes.

Named among the popular numbers of a sample's dynamics by Maini et al. 2022, "Characterizing
Datapoints via Second-Split Forgetting", NeurIPS.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.accumulators import accumulator
from carto_widget.metrics.registry import metric
from carto_widget.store.rows import Rows


@accumulator(np.float32, initial=np.nan)
def latest_predicted(previous: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
    """Class predicted in the latest observed epoch."""
    return np.where(np.isnan(rows["is_correct"]), previous, rows["prediction"])


@accumulator(np.uint32)
def flip_count(
    previous: NDArray[np.uint32], rows: Rows, latest_predicted: NDArray[np.float32]
) -> NDArray[np.uint32]:
    """Times the predicted class changed."""
    is_known = ~np.isnan(latest_predicted) & ~np.isnan(rows["is_correct"])
    flipped: NDArray[np.bool_] = is_known & (rows["prediction"] != latest_predicted)
    return previous + flipped


@metric(
    domain=(0, np.inf),
    kind="count",
    direction="higher is harder",
    scope="sample",
    source="named in Maini et al. 2022",
    formula="number of epochs with argmax p other than in the observed epoch before",
    core=False,
)
def prediction_flips(
    prediction: NDArray[np.float64], is_correct: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Times the predicted class is another than in the observed epoch before.

    Forgetting events are the flips away from the gold label.
    """
    flips = np.full(prediction.shape[1], np.nan)
    before = np.full(prediction.shape[1], np.nan)
    for row, right in zip(prediction, is_correct, strict=True):
        seen = ~np.isnan(right)
        flips[seen & np.isnan(flips)] = 0
        flips += seen & ~np.isnan(before) & (row != before)
        before = np.where(seen, row, before)
    return flips


@prediction_flips.running
def _(
    flip_count: NDArray[np.uint32], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return np.where(observations > 0, flip_count, np.float32(np.nan))
