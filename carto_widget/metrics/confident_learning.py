"""Label quality of one model's probabilities, and classes that it is confident of.

Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels",
JAIR, and its implementation, cleanlab. The method wants probabilities of models that did not
train on the sample; those of a training run did. So the scores are of the latest observed epoch
(record it in mode `eval` for a held-out model), while thresholds and joint are taken from the
mean over epochs, which keeps what the model thought before it had learned the labels by heart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.class_probabilities import entropy
from carto_widget.metrics.registry import metric

SOURCE = "Northcutt et al. 2021"
CLOSE = 1e-6  # cleanlab's tolerance and floor


@metric(
    domain=(0, 1),
    direction="higher is easier",
    scope="sample",
    source=SOURCE,
    formula="p[y] in the latest observed epoch",
    core=False,
)
def self_confidence(gold_probability: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
    """Probability of the gold label in the latest observed epoch, 0..1."""
    return over_epochs.latest(gold_probability)


@self_confidence.running
def _(latest_probability: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    return latest_probability


@metric(
    domain=(0, 1),
    direction="higher is easier",
    scope="sample",
    source=SOURCE,
    formula="(p[y] - max_{k != y} p[k] + 1) / 2 in the latest observed epoch",
    core=False,
)
def normalized_margin(
    gold_probability: NDArray[np.float64], other_probability: NDArray[np.float64]
) -> NDArray[np.floating[Any]]:
    """Gold probability minus the largest other one, brought to 0..1; below 0.5 it is wrong."""
    return (over_epochs.latest(gold_probability - other_probability) + 1) / 2


@metric(
    title="confidence-weighted entropy",
    domain=(0, 1),
    direction="higher is easier",
    scope="sample",
    source="cleanlab, after Northcutt et al. 2021",
    formula="ln(e + 1) / e, e = (entropy / ln C) / p[y], in the latest observed epoch",
    core=False,
)
def confidence_weighted_entropy(
    last_probability: NDArray[np.floating[Any]], gold: NDArray[np.int32]
) -> NDArray[np.floating[Any]]:
    """Entropy over gold probability, turned so that 1 is a good label, 0..1.

    Probabilities below 1e-6 count as 1e-6. Where e is below 1e-6 too, so that the fraction is 1
    but for rounding, cleanlab divides by 1e-6 and gives a certain and right sample 0.
    """
    own = np.maximum(last_probability[np.arange(len(gold)), gold.clip(0)], CLOSE)
    with np.errstate(divide="ignore", invalid="ignore"):
        weighted = entropy(last_probability) / np.log(last_probability.shape[1]) / own
        return np.where(weighted < CLOSE, 1, np.log1p(weighted) / weighted)


@metric(
    kind="label",
    scope="dataset",
    source=f"{SOURCE}, eq. 1-2",
    formula="k with m[k] >= t[k], the largest m if several; t[k] = mean of m[k] over y = k",
    core=False,
)
def confident_label(
    mean_probability: NDArray[np.floating[Any]], gold: NDArray[np.int32]
) -> NDArray[np.float64]:
    """The class of which the mean of all epochs is confident; missing where it is of none.

    Where it differs from the gold label, the sample is off the diagonal of the confident joint,
    which `confident_joint` in `carto_widget.metrics.confident_learning` counts.
    """
    reached = mean_probability >= confident_thresholds(mean_probability, gold) - CLOSE
    n_reached = reached.sum(1)
    largest = mean_probability.argmax(1)
    label = np.where(n_reached > 1, largest, reached.argmax(1))
    return np.where(n_reached == 0, np.nan, label)


def confident_thresholds(
    probability: NDArray[np.floating[Any]], gold: NDArray[np.int32]
) -> NDArray[np.float64]:
    """(C,) mean probability of a class over the samples with that label, at least 2e-6.

    Args:
        probability: (N, C), a row of NaN where a sample is missing.
        gold: (N,) labels.

    Returns:
        inf for a class that no sample has (cleanlab: 2, which no probability reaches either).
    """
    n_classes = probability.shape[1]
    there = np.flatnonzero(~np.isnan(probability).any(1) & (gold >= 0))
    label = gold[there]
    own = probability[there, label]
    counts = np.bincount(label, minlength=n_classes)
    with np.errstate(invalid="ignore"):
        means = np.bincount(label, own, minlength=n_classes) / counts
    means[counts == 0] = np.inf
    thresholds: NDArray[np.float64] = np.maximum(means, 2 * CLOSE)
    return thresholds


def confident_joint(
    gold: NDArray[np.int32], confident_label: NDArray[np.floating[Any]], n_classes: int
) -> NDArray[np.int64]:
    """(C, C) samples by gold label (rows) and the class that the model is confident of.

    At least 1 on the diagonal, as in cleanlab, which then also scales rows to the label counts
    unless it is asked not to.
    """
    counted = ~np.isnan(confident_label)
    cell = gold[counted].astype(np.int64) * n_classes + confident_label[counted].astype(np.int64)
    joint = np.bincount(cell, minlength=n_classes**2).reshape(n_classes, n_classes)
    np.fill_diagonal(joint, joint.diagonal().clip(1))
    return joint
