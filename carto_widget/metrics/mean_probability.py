"""The margin of the mean probability, its sign, and the label that it suggests.

Pickler, Kamassury and Silva 2025, "Benchmarking noisy label detection methods", arXiv 2510.16211:
in-sample probabilities averaged over epochs, then the logit margin, did best in most settings.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.registry import metric

SOURCE = "Pickler et al. 2025"


@metric(
    title="margin of the mean probability",
    direction="higher is easier",
    scope="sample",
    source=SOURCE,
    formula="log m[y] - log max_{k != y} m[k], m = mean over epochs of p",
    core=False,
)
def mean_probability_margin(
    mean_probability: NDArray[np.floating[Any]], gold: NDArray[np.int32]
) -> NDArray[np.float64]:
    """How far the gold class is ahead in the mean of all epochs' probabilities, in log units."""
    others = mean_probability.astype(np.float64)
    row, column = np.arange(len(gold)), gold.clip(0)
    own = others[row, column]
    others[row, column] = 0
    with np.errstate(divide="ignore", invalid="ignore"):
        margin: NDArray[np.float64] = np.log(own) - np.log(others.max(1, initial=0))
    return np.where(np.isnan(own), np.nan, margin)


@metric(
    title="the mean disagrees",
    kind="flag",
    direction="higher is harder",
    scope="sample",
    source=SOURCE,
    formula="mean_probability_margin < 0",
    core=False,
)
def mean_disagrees(mean_probability_margin: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
    """Whether another class than the gold one is ahead in the mean: a flag without a threshold."""
    flag = (mean_probability_margin < 0).astype(np.float64)
    flag[np.isnan(mean_probability_margin)] = np.nan
    return flag


@metric(
    kind="label",
    scope="sample",
    source=SOURCE,
    formula="argmax_k m[k], m = mean over epochs of p",
    core=False,
)
def suggested_label(mean_probability: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """The class with the largest mean probability, the lower one on a tie."""
    label: NDArray[np.float64] = mean_probability.argmax(1).astype(np.float64)
    label[np.isnan(mean_probability).any(1)] = np.nan
    return label
