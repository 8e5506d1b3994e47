"""Entropies of all classes' probabilities.

Shannon 1948, "A Mathematical Theory of Communication", in nats.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.class_probabilities import entropy
from carto_widget.metrics.registry import metric

SOURCE = "Shannon 1948"


@metric(
    title="mean entropy",
    domain=(0, np.inf),
    direction="higher is harder",
    scope="sample",
    source=SOURCE,
    formula="mean over epochs of -sum_k p[k] ln p[k]",
    core=False,
)
def entropy_mean(class_entropy: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Mean over the observed epochs of the predictions' entropy, 0..ln C.

    What the Data-IQ code calls entropy is another number: of the gold probability over epochs.
    """
    return over_epochs.mean(class_entropy)


@metric(
    domain=(0, np.inf),
    direction="higher is harder",
    scope="sample",
    source=SOURCE,
    formula="-sum_k p[k] ln p[k] in the latest observed epoch",
    core=False,
)
def last_entropy(class_entropy: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Entropy of the latest observed prediction, 0..ln C."""
    return over_epochs.latest(class_entropy)


@metric(
    title="entropy of the mean",
    domain=(0, np.inf),
    direction="higher is harder",
    scope="sample",
    source=SOURCE,
    formula="-sum_k m[k] ln m[k], m = mean over epochs of p",
    core=False,
)
def entropy_of_mean(mean_probability: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Entropy of the mean of all epochs' probabilities, `entropy_mean`..ln C.

    What it exceeds `entropy_mean` by is how much the epochs disagree among themselves.
    """
    return np.where(np.isnan(mean_probability).any(1), np.nan, entropy(mean_probability))
