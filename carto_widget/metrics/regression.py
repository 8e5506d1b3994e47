"""Errors of a number: error = prediction - gold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.accumulators import accumulator
from carto_widget.metrics.registry import metric
from carto_widget.store.rows import Rows


@accumulator(np.float64)
def error_sum(previous: NDArray[np.float64], rows: Rows) -> NDArray[np.float64]:
    """Sum of the errors."""
    known: NDArray[np.float64] = np.nan_to_num(rows["error"])
    return previous + known


@accumulator(np.float64)
def error_square_sum(
    previous: NDArray[np.float64],
    rows: Rows,
    error_sum: NDArray[np.float64],
    observations: NDArray[np.uint32],
) -> NDArray[np.float64]:
    """Sum of the squares of the errors' distances from their mean (Welford 1962)."""
    error = rows["error"].astype(np.float64)
    mean = error_sum / np.maximum(observations, 1)
    new_mean = (error_sum + error) / (observations + 1)
    added = np.where(observations > 0, (error - mean) * (error - new_mean), 0)
    known: NDArray[np.float64] = np.nan_to_num(added)
    return previous + known


@accumulator(np.uint32)
def too_high_count(previous: NDArray[np.uint32], rows: Rows) -> NDArray[np.uint32]:
    """Epochs predicted at or above the gold number."""
    high: NDArray[np.bool_] = rows["error"] >= 0
    return previous + high


@accumulator(np.uint32)
def too_low_count(previous: NDArray[np.uint32], rows: Rows) -> NDArray[np.uint32]:
    """Epochs predicted at or below it."""
    low: NDArray[np.bool_] = rows["error"] <= 0
    return previous + low


@metric(title="mean error", scope="sample", formula="mean over epochs of prediction - gold")
def error_mean(error: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of prediction - gold over the observed epochs, in the unit of the gold number."""
    return over_epochs.mean(error)


@error_mean.running
def _(
    error_sum: NDArray[np.float64], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return error_sum / observations


@metric(
    title="spread of the error",
    domain=(0, np.inf),
    defined_from=2,
    scope="sample",
    formula="population standard deviation over epochs of the error",
)
def error_std(error: NDArray[np.float64]) -> NDArray[np.float64]:
    """Population standard deviation of the error over the observed epochs, in its unit."""
    return over_epochs.population_std(error)


@error_std.running
def _(
    error_square_sum: NDArray[np.float64], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    deviation: NDArray[np.float64] = np.sqrt(error_square_sum / observations)
    return deviation


@metric(
    title="epochs with the same sign of error",
    domain=(0.5, 1),
    kind="steps",
    scope="sample",
    formula="max(share of epochs with error >= 0, share with error <= 0)",
)
def same_sign(error: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the observed epochs that err to the sample's more frequent side, 0.5..1.

    An error of 0 counts for both sides. 1 with a large error: the gold number or the features are
    wrong; 0.5: the model wavers.
    """
    with np.errstate(invalid="ignore"):
        n_high = (error >= 0).sum(0)
        n_low = (error <= 0).sum(0)
        share: NDArray[np.float64] = np.maximum(n_high, n_low) / over_epochs.count(error)
    return share


@same_sign.running
def _(
    too_high_count: NDArray[np.uint32],
    too_low_count: NDArray[np.uint32],
    observations: NDArray[np.uint32],
) -> NDArray[np.floating[Any]]:
    return np.maximum(too_high_count, too_low_count) / observations


@metric(
    title="rank of the mean loss",
    domain=(0, 1),
    direction="higher is harder",
    scope="dataset",
    formula="(others smaller + half of those equal) / others, of loss_mean",
)
def loss_rank(loss_mean: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
    """Where the sample's mean loss stands among all: 0 the smallest, 1 the largest, ties between.

    The share of the other observed samples with a smaller mean loss, half of the equal ones added.
    """
    rank = np.full(len(loss_mean), np.nan)
    observed = ~np.isnan(loss_mean)
    _, inverse, counts = np.unique(loss_mean[observed], return_inverse=True, return_counts=True)
    smaller = np.cumsum(counts) - counts
    n_others = max(int(observed.sum()) - 1, 1)
    rank[observed] = ((smaller + (counts - 1) / 2) / n_others)[inverse]
    return rank


@loss_rank.running
def _(loss_sum: NDArray[np.float64], observations: NDArray[np.uint32]) -> NDArray[np.floating[Any]]:
    return np.asarray(loss_rank(loss_sum / observations))
