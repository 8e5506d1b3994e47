"""Confidence, variability, correctness and the regions of a data map.

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
_STEPS = np.float32(65535)  # of a probability in 16 bits
REGIONS = ("easy-to-learn", "ambiguous", "hard-to-learn")


@metric(
    domain=(0, 1),
    direction="higher is easier",
    scope="sample",
    source=f"{SOURCE}, eq. 1",
    formula="mean over epochs of p[y]",
)
def confidence(gold_probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean probability of the gold label over the observed epochs, 0..1.

    The original records in the training step (mode `online`); most other implementations in a
    clean pass after each epoch (mode `eval`). The two give different maps of one run.
    """
    return over_epochs.mean(gold_probability)


@confidence.running
def _(
    probability_sum: NDArray[np.uint32], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return probability_sum.astype(np.float32) / (observations.astype(np.float32) * _STEPS)


@metric(
    domain=(0, 0.5),
    defined_from=2,
    scope="sample",
    source=f"{SOURCE}, eq. 2",
    formula="population standard deviation over epochs of p[y]",
)
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
    deviation: NDArray[np.float32] = spread / (observations.astype(np.float32) * _STEPS)
    return deviation


@metric(
    domain=(0, 1),
    kind="steps",
    direction="higher is easier",
    scope="sample",
    source=SOURCE,
    formula="mean over epochs of [argmax p = y]",
)
def correctness(is_correct: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fraction of the observed epochs predicted right by argmax, 0..1.

    The original code gives the count (`correctness_count`); Data-IQ, tavolo, tiny_data_maps and
    H-CAT ask for a probability above 0.5, which is another question with more than two classes.
    """
    return over_epochs.mean(is_correct)


@correctness.running
def _(
    correct_count: NDArray[np.uint32], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return np.true_divide(correct_count, observations, dtype=np.float32)


@metric(
    domain=(0, np.inf),
    kind="count",
    direction="higher is easier",
    scope="sample",
    source=SOURCE,
    formula="sum over epochs of [argmax p = y]",
    core=False,
)
def correctness_count(is_correct: NDArray[np.float64]) -> NDArray[np.float64]:
    """Observed epochs predicted right: what the original code calls correctness."""
    times = over_epochs.total(is_correct)
    times[over_epochs.count(is_correct) == 0] = np.nan
    return times


@correctness_count.running
def _(
    correct_count: NDArray[np.uint32], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return np.where(observations > 0, correct_count, np.float32(np.nan))


@metric(
    kind="category",
    categories=REGIONS,
    scope="dataset",
    source=SOURCE,
    formula="ambiguous: top third of variability; else easy-to-learn where confidence >= 0.5",
)
def region(
    confidence: NDArray[np.float64],
    variability: NDArray[np.float64],
    n_observed: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Which of three regions a sample is in: easy-to-learn, ambiguous or hard-to-learn.

    Ambiguous are the floor(n / 3) most variable of the n samples with two or more observations
    and a variability above 0, ties to the lower row; of the rest easy-to-learn where the
    confidence is 0.5 or more, else hard-to-learn. The paper has no thresholds: it takes top
    thirds that overlap (`easy_third`, `ambiguous_third`, `hard_third`).
    """
    code = np.where(confidence >= 0.5, 0.0, 2.0)
    varied = np.flatnonzero((n_observed >= 2) & (variability > 0))
    code[_most(variability, varied, len(varied) // 3)] = 1
    code[np.isnan(confidence)] = np.nan
    return code


@metric(
    kind="flag",
    scope="dataset",
    source=SOURCE,
    formula="among the floor(n / 3) of n samples with the highest confidence",
    core=False,
)
def easy_third(confidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Among the third with the highest confidence, ties to the lower row."""
    return _third(confidence, confidence)


@metric(
    kind="flag",
    scope="dataset",
    source=SOURCE,
    formula="among the floor(n / 3) of n samples with the highest variability",
    core=False,
)
def ambiguous_third(
    confidence: NDArray[np.float64], variability: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Among the third with the highest variability, ties to the lower row; never where it is 0."""
    return _third(np.where(variability > 0, variability, np.nan), confidence)


@metric(
    kind="flag",
    scope="dataset",
    source=SOURCE,
    formula="among the floor(n / 3) of n samples with the lowest confidence",
    core=False,
)
def hard_third(confidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Among the third with the lowest confidence, ties to the lower row.

    In real data most of it is also in the ambiguous third.
    """
    return _third(-confidence, confidence)


def _third(values: NDArray[np.float64], observed: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 for the third of the observed samples with the highest values, else 0."""
    flag = np.where(np.isnan(observed), np.nan, 0.0)
    candidates = np.flatnonzero(~np.isnan(values))
    n = min(int((~np.isnan(observed)).sum()) // 3, len(candidates))
    flag[_most(values, candidates, n)] = 1
    return flag


def _most(values: NDArray[np.float64], rows: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    """The `n` of ascending `rows` with the highest values, ties to the lower row."""
    if n == 0:
        return rows[:0]
    candidates = values[rows]
    cut = np.partition(candidates, len(rows) - n)[len(rows) - n]
    above = rows[candidates > cut]
    return np.concatenate([above, rows[candidates == cut][: n - len(above)]])
