"""The error's L2 norm.

Paul, Ganguli and Dziugaite 2021, "Deep Learning on a Data Diet: Finding Important Examples Early
in Training", NeurIPS.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.registry import metric


@metric(
    title="EL2N",
    domain=(0, 2**0.5),
    direction="higher is harder",
    scope="sample",
    source="Paul et al. 2021",
    formula="mean over epochs of norm_2(p - onehot(y))",
    core=False,
)
def el2n(error_norm: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Mean over the observed epochs of the distance between probabilities and label, 0..sqrt(2).

    Not squared. The window is whatever epochs are asked for, all without `epochs=`. The paper
    takes one early checkpoint and averages over ten or more runs; H-CAT gives the square; the code
    of Zheng et al. 2023 the sum over the first ten epochs.
    """
    return over_epochs.mean(error_norm)
