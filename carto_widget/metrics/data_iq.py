"""Aleatoric uncertainty of a gold label, and groups by it.

Seedat et al. 2022, "Data-IQ: Characterizing subgroups with heterogeneous outcomes in tabular
data", NeurIPS.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.registry import metric

SOURCE = "Seedat et al. 2022"
GROUPS = ("easy", "ambiguous", "hard")


@metric(
    domain=(0, 0.25),
    scope="sample",
    source=SOURCE,
    formula="mean over epochs of p[y] (1 - p[y])",
    core=False,
)
def aleatoric(gold_probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the observed epochs of the gold probability's own variance, 0..0.25.

    With `variability` squared it adds up to `threshold_closeness`. A map axis, no error detector:
    a sample that is always wrong has none either.
    """
    wide = gold_probability.astype(np.float64)
    return over_epochs.mean(wide * (1 - wide))


@aleatoric.running
def _(
    probability_sum: NDArray[np.uint32],
    probability_square_sum: NDArray[np.uint64],
    observations: NDArray[np.uint32],
) -> NDArray[np.floating[Any]]:
    scaled = 65535 * probability_sum.astype(np.uint64) - probability_square_sum
    mean: NDArray[np.float64] = scaled / (observations * np.float64(65535) ** 2)
    return mean


@metric(
    title="Data-IQ group",
    kind="category",
    categories=GROUPS,
    scope="dataset",
    source=SOURCE,
    formula="easy: confidence >= 0.75, hard: <= 0.25, both with aleatoric <= its median",
    core=False,
)
def data_iq_group(
    confidence: NDArray[np.float64], aleatoric: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Easy, ambiguous or hard; ambiguous is whatever is neither of the others.

    The thresholds are those of the authors' code; the paper leaves them to the user.
    """
    code = np.full(len(confidence), np.nan)
    observed = ~np.isnan(confidence)
    if observed.any():
        is_calm = aleatoric <= np.median(aleatoric[observed])
        code[observed] = 1
        code[observed & is_calm & (confidence >= 0.75)] = 0
        code[observed & is_calm & (confidence <= 0.25)] = 2
    return code
