"""Threshold closeness, and variability with its confidence interval.

Chang et al. 2017, "Active Bias: Training More Accurate Neural Networks by Emphasizing High
Variance Samples", NeurIPS.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.registry import metric

SOURCE = "Chang et al. 2017"


@metric(
    domain=(0, 0.25),
    direction="higher is harder",
    scope="sample",
    source=SOURCE,
    formula="confidence (1 - confidence)",
)
def threshold_closeness(confidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Confidence x (1 - confidence), of the mean probability, 0..0.25.

    Equals `aleatoric` + `variability` squared.
    """
    closeness: NDArray[np.float64] = confidence * (1 - confidence)
    return closeness


@threshold_closeness.running
def _(
    probability_sum: NDArray[np.uint32], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    confidence = probability_sum.astype(np.float32) / (observations * np.float32(65535))
    closeness: NDArray[np.float32] = confidence * (1 - confidence)
    return closeness


@metric(
    title="variability with interval",
    domain=(0, 5**0.5 / 4),  # of 0 and 1
    defined_from=2,
    direction="higher is harder",
    scope="sample",
    source=SOURCE,
    formula="sqrt(v + v^2 / (n - 1)), v = variability^2, n observed epochs",
    core=False,
)
def variability_with_interval(
    variability: NDArray[np.float64], n_observed: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Variability, raised by its own uncertainty over few epochs; missing after one.

    What allenai/cartography gives with `--include_ci`.
    """
    variance = variability**2
    with np.errstate(invalid="ignore", divide="ignore"):
        raised: NDArray[np.float64] = np.sqrt(variance + variance**2 / (n_observed - 1))
    return np.where(n_observed > 1, raised, np.nan)
