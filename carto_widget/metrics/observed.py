"""How often a sample was observed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.registry import metric


@metric(
    title="observed epochs",
    domain=(0, np.inf),
    kind="count",
    defined_from=0,
    scope="sample",
    formula="number of epochs with finite logits",
)
def n_observed(loss: NDArray[np.float64]) -> NDArray[np.float64]:
    """Epochs in which the sample was seen with finite logits; 0 where it never was."""
    return over_epochs.count(loss)


@n_observed.running
def _(observations: NDArray[np.uint32]) -> NDArray[Any]:
    return observations
