"""Temporal dual-depth scoring.

Zhang et al. 2024, "Spanning Training Progress: Temporal Dual-Depth Scoring (TDDS) for Enhanced
Dataset Pruning", CVPR.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.registry import metric

WINDOW = 10  # epochs, between which there are 9 changes; the authors' default
DECAY = 0.9  # of the moving average over windows: the newest weighs this much


@metric(
    title="TDDS",
    domain=(0, np.inf),
    defined_from=3,
    waiting="fewer than three epochs so far",
    scope="sample",
    source="Zhang et al. 2024",
    formula="moving average over windows of norm_2(d - mean d), d = sum_k |p'[k] ln(p'[k]/p[k])|",
    core=False,
)
def tdds(probability_change: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """How unevenly the predictions of all classes change from epoch to epoch, late windows first.

    d is the change from one observed epoch to the next (the divergence with absolute values inside
    the sum, and 1e-8 added to probabilities, as in the authors' code); a window holds 9 changes,
    all of them where there are fewer; of two windows the newer weighs 0.9 and what came before 0.1.
    The implementation in the code of Cho et al. 2025 looks at the first window only, and at logits.
    """
    average = np.zeros(probability_change.shape[1])
    for window in over_epochs.windows(probability_change, WINDOW - 1):
        norm = np.sqrt(window.squares)
        average = np.where(window.is_whole, (1 - DECAY) * average + DECAY * norm, average)
    return np.where(over_epochs.count(probability_change) > 0, average, np.nan)
