"""The likelihood ratio of the gold label.

Zheng et al. 2020, "Error-Bounded Correction of Noisy Labels", ICML.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.registry import metric


@metric(
    domain=(0, 1),
    direction="higher is easier",
    scope="sample",
    source="Zheng et al. 2020 (LRT)",
    formula="p[y] / max_k p[k] = exp(min(z[y] - max_{k != y} z[k], 0)) in the latest epoch",
    core=False,
)
def likelihood_ratio(margin: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
    """Gold probability over the largest one in the latest observed epoch, 0..1; 1 where right.

    The test rejects a label where this is small. The authors' code takes it of the mean over the
    latest ten epochs and changes the label below 1 / 1.2, a bound that it lowers as it trains.
    """
    ratio: NDArray[np.floating[Any]] = np.exp(np.minimum(over_epochs.latest(margin), 0))
    return ratio


@likelihood_ratio.running
def _(latest_margin: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    ratio: NDArray[np.float32] = np.exp(np.minimum(latest_margin, 0))
    return ratio
