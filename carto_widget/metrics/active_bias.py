"""Threshold closeness.

Chang et al. 2017, "Active Bias: Training More Accurate Neural Networks by Emphasizing High
Variance Samples", NeurIPS.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.registry import metric


@metric(domain=(0, 0.25), direction="higher is harder", scope="sample", source="Chang et al. 2017")
def threshold_closeness(confidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Confidence x (1 - confidence), of the mean probability, 0..0.25."""
    closeness: NDArray[np.float64] = confidence * (1 - confidence)
    return closeness


@threshold_closeness.running
def _(
    probability_sum: NDArray[np.uint32], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    confidence = probability_sum.astype(np.float32) / (observations * np.float32(65535))
    closeness: NDArray[np.float32] = confidence * (1 - confidence)
    return closeness
