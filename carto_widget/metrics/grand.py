"""The norm of the last layer's gradient.

Paul, Ganguli and Dziugaite 2021, "Deep Learning on a Data Diet: Finding Important Examples Early
in Training", NeurIPS, for all layers; of the last one as in DeepCore (Guo et al. 2022).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.registry import metric

Signal = NDArray[np.floating[Any]]


def gradient_norm(error_norm: Signal, feature_norm: Signal) -> NDArray[np.float64]:
    """(E, N) L2 norm of a sample's gradient with respect to weights and bias of the last layer.

    The gradient of the cross-entropy is (p - onehot(y)) h^T for the weights and p - onehot(y) for
    the bias, h being the layer's input.
    """
    norm: NDArray[np.float64] = error_norm * np.sqrt(np.square(feature_norm, dtype=float) + 1)
    return norm


@metric(
    title="GraNd of the last layer",
    domain=(0, np.inf),
    direction="higher is harder",
    scope="sample",
    source="Paul et al. 2021, of the last layer as in DeepCore",
    formula="mean over epochs of norm_2(p - onehot(y)) sqrt(norm_2(h)^2 + 1)",
    core=False,
)
def grand_last_layer(error_norm: Signal, feature_norm: Signal) -> NDArray[np.float64]:
    """Mean over the observed epochs of the norm of the last layer's gradient, bias included.

    The window is whatever epochs have features, or `epochs=` of them. What `features=` logged must
    be the very input h of a linear last layer, after dropout. GraNd as published is of all layers,
    at one early checkpoint, and averaged over ten models; at initialisation it does not reproduce
    (Kirsch 2023). DeepCore calls this GraNd, after the last epoch and in evaluation mode. With a
    single logit (task "binary") it is sqrt(2) times the gradient's norm; of soft labels the class
    with the largest share counts as the label.
    """
    return over_epochs.mean(gradient_norm(error_norm, feature_norm))
