"""Difficulty and uncertainty, early in training.

Cho, Shin, Kang and Yun 2025, "Lightweight Dataset Pruning without Full Training via Example
Difficulty and Prediction Uncertainty", ICML, arXiv 2502.06905.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.dynamic_uncertainty import WINDOW
from carto_widget.metrics.registry import metric


@metric(
    title="DUAL",
    domain=(0, 2 / 27**0.5),  # of 0, 0 and 1
    defined_from=2,
    direction="higher is harder",
    scope="sample",
    source="Cho et al. 2025",
    formula="mean over windows of 10 epochs of (1 - mean p[y]) x sample std of p[y]",
    core=False,
)
def dual(gold_probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Difficulty times uncertainty of the gold probability in 10 successive epochs, averaged.

    Meant for the first 30 to 60 of 200 epochs: say which with `epochs=`. Windows are as in
    `dynamic_uncertainty`; the authors' code multiplies by 10, which ranks the same.
    """
    summed, n_windows = np.zeros(gold_probability.shape[1]), np.zeros(gold_probability.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        for window in over_epochs.windows(gold_probability, WINDOW):
            deviation = np.sqrt(window.squares / (window.width - 1))
            summed += np.where(window.is_whole, (1 - window.mean) * deviation, 0)
            n_windows += window.is_whole
        return summed / n_windows
