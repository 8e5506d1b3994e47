"""Confidence, variability, correctness and regions of a data map.

Swayamdipta et al. 2020, "Dataset Cartography: Mapping and Diagnosing Datasets with Training
Dynamics", EMNLP.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.registry import metric

SOURCE = "Swayamdipta et al. 2020"
REGIONS = ("easy-to-learn", "ambiguous", "hard-to-learn")


@metric(domain=(0, 1), direction="higher is easier", scope="sample", source=SOURCE)
def confidence(gold_probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean probability of the gold label over the observed epochs, 0..1."""
    return over_epochs.mean(gold_probability)


@confidence.running
def _(
    probability_sum: NDArray[np.uint32], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return probability_sum.astype(np.float32) / (observations * np.float32(65535))


@metric(domain=(0, 0.5), defined_from=2, scope="sample", source=SOURCE)
def variability(gold_probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Population standard deviation of the gold label's probability, 0..0.5.

    The divisor is the number of observed epochs. After one observation the formula gives 0, and
    so does the table; `defined_from=2` tells a map to show such a sample in the strip beside
    the axis, not at 0.
    """
    return over_epochs.population_std(gold_probability)


@variability.running
def _(
    probability_sum: NDArray[np.uint32],
    probability_square_sum: NDArray[np.uint64],
    observations: NDArray[np.uint32],
) -> NDArray[np.floating[Any]]:
    count = observations.astype(np.uint64)
    summed = probability_sum.astype(np.uint64)
    spread = np.sqrt((count * probability_square_sum - summed * summed).astype(np.float32))
    deviation: NDArray[np.float32] = spread / (observations * np.float32(65535))
    return deviation


@metric(domain=(0, 1), kind="steps", direction="higher is easier", scope="sample", source=SOURCE)
def correctness(is_correct: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fraction of the observed epochs predicted right by argmax, 0..1.

    The original code gives the count; other implementations ask for a probability above 0.5.
    """
    return over_epochs.mean(is_correct)


@correctness.running
def _(
    correct_count: NDArray[np.uint32], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return correct_count / observations.astype(np.float32)


@metric(kind="category", categories=REGIONS, scope="dataset", source=SOURCE)
def region(
    confidence: NDArray[np.float64],
    variability: NDArray[np.float64],
    n_observed: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Which of three regions a sample is in: easy-to-learn, ambiguous or hard-to-learn.

    Ambiguous are the floor(n / 3) most variable of the n samples with two or more observations
    and a variability above 0, ties to the lower row; of the rest easy-to-learn where the
    confidence is 0.5 or more, else hard-to-learn. (The paper takes overlapping top thirds.)
    """
    code = np.where(confidence >= 0.5, 0.0, 2.0)
    varied = np.flatnonzero((n_observed >= 2) & (variability > 0))
    code[_most(variability, varied, len(varied) // 3)] = 1
    code[np.isnan(confidence)] = np.nan
    return code


def _most(values: NDArray[np.float64], rows: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    """The `n` of ascending `rows` with the highest values, ties to the lower row."""
    if n == 0:
        return rows[:0]
    candidates = values[rows]
    cut = np.partition(candidates, len(rows) - n)[len(rows) - n]
    above = rows[candidates > cut]
    return np.concatenate([above, rows[candidates == cut][: n - len(above)]])
