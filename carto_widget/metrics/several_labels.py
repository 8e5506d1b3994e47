"""Samples that have several labels: each of L, or one for each token of a sequence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.accumulators import accumulator
from carto_widget.metrics.registry import metric
from carto_widget.store.rows import Rows


@accumulator(np.float64)
def share_right_sum(previous: NDArray[np.float64], rows: Rows) -> NDArray[np.float64]:
    """Sum of the shares predicted right."""
    known: NDArray[np.float64] = np.nan_to_num(rows["share_right"])
    return previous + known


@accumulator(np.float64)
def lowest_probability_sum(previous: NDArray[np.float64], rows: Rows) -> NDArray[np.float64]:
    """Sum of the lowest gold probabilities."""
    known: NDArray[np.float64] = np.nan_to_num(rows["lowest_probability"])
    return previous + known


@metric(
    title="labels predicted right",
    domain=(0, 1),
    kind="steps",
    direction="higher is easier",
    scope="sample",
    formula="mean over epochs of the share of labels predicted right",
)
def label_accuracy(share_right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the observed epochs of the share of the sample's labels (tokens) predicted."""
    return over_epochs.mean(share_right)


@label_accuracy.running
def _(
    share_right_sum: NDArray[np.float64], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return share_right_sum / observations


@metric(
    domain=(0, 1),
    direction="higher is easier",
    scope="sample",
    formula="mean over epochs of the lowest gold probability",
)
def lowest_confidence(lowest_probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the observed epochs of the lowest probability among the sample's gold labels.

    One wrong label among many right ones hides in their mean, not in their minimum.
    """
    return over_epochs.mean(lowest_probability)


@lowest_confidence.running
def _(
    lowest_probability_sum: NDArray[np.float64], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return lowest_probability_sum / observations
