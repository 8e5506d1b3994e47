"""What a sample's own steps did to its own loss, in the last layer.

Pruthi, Liu, Kale and Sundararajan 2020, "Estimating Training Data Influence by Tracing Gradient
Descent", NeurIPS, arXiv 2002.08484.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.grand import Signal, gradient_norm
from carto_widget.metrics.registry import metric


@metric(
    title="TracIn self-influence of the last layer",
    domain=(0, np.inf),
    direction="higher is harder",
    scope="sample",
    source="Pruthi et al. 2020 (TracInCP)",
    formula="sum over epochs of lr norm_2(p - onehot(y))^2 (norm_2(h)^2 + 1)",
    core=False,
)
def tracin_last_layer(
    error_norm: Signal, feature_norm: Signal, learning_rate: Signal
) -> NDArray[np.float64]:
    """Learning rate times squared norm of the last layer's gradient, summed over observed epochs.

    Each observed epoch is a checkpoint; recorded in the training step it is the model that the
    sample's own step met. A sample seen in fewer epochs has a smaller sum. Only the loop knows its
    learning rate: `recorder.log_signal("learning_rate", [lr] * len(gold))`; logging ones gives the
    sum without it, which orders alike where it was constant. The formula is that of plain SGD:
    steps with momentum or of Adam are no learning rate times a gradient. `features=` and tasks as
    for `grand_last_layer`.
    """
    influence = learning_rate * np.square(gradient_norm(error_norm, feature_norm))
    is_observed = over_epochs.count(influence) > 0
    return np.where(is_observed, over_epochs.total(influence), np.nan)
