"""Area under the margin.

Pleiss et al. 2020, "Identifying Mislabeled Data using the Area Under the Margin Ranking",
NeurIPS.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.registry import metric

SOURCE = "Pleiss et al. 2020"


@metric(title="AUM", direction="higher is easier", scope="sample", source=SOURCE)
def aum(margin: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the observed epochs of the gold logit minus the largest other logit."""
    return over_epochs.mean(margin)


@aum.running
def _(
    margin_sum: NDArray[np.float64], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return margin_sum / observations


@metric(direction="higher is easier", scope="sample", source=SOURCE)
def last_margin(margin: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
    """Gold logit minus largest other logit in the latest observed epoch."""
    return over_epochs.latest(margin)


@last_margin.running
def _(latest_margin: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    return latest_margin
