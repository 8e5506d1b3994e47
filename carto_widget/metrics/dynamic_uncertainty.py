"""Uncertainty of the predictions within windows of epochs.

He et al. 2024, "Large-scale Dataset Pruning with Dynamic Uncertainty", CVPR Workshops,
arXiv 2306.05175.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.registry import metric

WINDOW = 10  # epochs; the authors' length


@metric(
    title="Dyn-Unc",
    domain=(0, 0.5**0.5),
    defined_from=2,
    direction="higher is harder",
    scope="sample",
    source="He et al. 2024",
    formula="mean over windows of 10 epochs of the sample standard deviation of p[y]",
    core=False,
)
def dynamic_uncertainty(gold_probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviation of the gold probability in 10 successive epochs, averaged over windows.

    Windows are of observed epochs, and all of them where there are fewer than 10. The divisor is
    9, as in the authors' code, which multiplies by 10 and leaves the last window out; Cho et al.
    2025 compute it with that window.
    """
    summed, n_windows = np.zeros(gold_probability.shape[1]), np.zeros(gold_probability.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        for window in over_epochs.windows(gold_probability, WINDOW):
            deviation = np.sqrt(window.squares / (window.width - 1))
            summed += np.where(window.is_whole, deviation, 0)
            n_windows += window.is_whole
        return summed / n_windows
