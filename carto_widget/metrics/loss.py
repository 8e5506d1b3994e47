"""Mean loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.registry import metric


@metric(title="mean loss", domain=(0, np.inf), direction="higher is harder", scope="sample")
def loss_mean(loss: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean cross-entropy (natural logarithm) over the observed epochs."""
    return over_epochs.mean(loss)


@loss_mean.running
def _(loss_sum: NDArray[np.float64], observations: NDArray[np.uint32]) -> NDArray[np.floating[Any]]:
    return loss_sum / observations
