"""What metrics need of all classes' probabilities, in one pass over the kept logits.

The logits `(E, N, C)` are read an epoch at a time and never held whole.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.dynamics import TrainingDynamics

BLOCK = 16_384
TINY = 1e-8  # what Zhang et al. 2024 add to a probability before they take its logarithm
BY_SAMPLE = ("mean_probability", "last_probability")

Numbers = NDArray[np.floating[Any]]


def of_logits(
    dynamics: TrainingDynamics, epochs: NDArray[np.int64], names: Collection[str]
) -> dict[str, NDArray[Any]]:
    """The intermediates of these names, NaN where missing.

    Args:
        dynamics: with the signal `logits`.
        epochs: epoch numbers to read.
        names: of `mean_probability` and `last_probability` (N, C), and of `error_norm`,
            `class_entropy` and `probability_change` (E, N).
    """
    made = _Pass(len(epochs), dynamics.gold, names)
    for e, number in enumerate(epochs.tolist() if len(dynamics.gold) else ()):
        rows = dynamics.rows(number, ["logits"])
        for start in range(0, len(rows["row"]), BLOCK):
            block = slice(start, start + BLOCK)
            made.add(e, rows["row"][block], rows["logits"][block])
    return made.found(names)


def softmax(logits: NDArray[Any]) -> Numbers:
    """(C, R) float32 probabilities of (R, C) logits; of a row with NaN or +inf NaN."""
    probability = np.array(logits.T, np.float32, order="C")  # sums over classes are then fast
    with np.errstate(invalid="ignore"):
        probability -= probability.max(0)
        np.exp(probability, out=probability)
        probability /= _over_classes(probability)
    return probability


def entropy(probability: NDArray[Any], axis: int = 1) -> Numbers:
    """(R,) Shannon entropy in nats of (R, C) probabilities."""
    with np.errstate(divide="ignore", invalid="ignore"):
        each = probability * np.log(probability)
    each[probability == 0] = 0
    summed: Numbers = np.maximum(-(each.sum(1) if axis else _over_classes(each)), 0)
    return summed


def _over_classes(values: Numbers) -> Numbers:
    """(R,) sum of (C, R), class after class: the order in which `sum(0)` adds depends on R."""
    summed: Numbers = np.zeros(values.shape[1], values.dtype)
    for of_class in values:
        summed += of_class
    return summed


class _Pass:
    """Fills what is asked for, block by block."""

    def __init__(self, n_epochs: int, gold: NDArray[Any], names: Collection[str]) -> None:
        self._gold = gold
        self._of_epochs = {
            name: np.full((n_epochs, len(gold)), np.nan, np.float32)
            for name in names
            if name not in BY_SAMPLE
        }
        self._is_summed = "mean_probability" in names
        self._keeps_last = "last_probability" in names or "probability_change" in names
        self._count = np.zeros(len(gold))
        self._make_room(int(gold.max(initial=0)) + 1)

    def add(self, e: int, row: NDArray[np.int64], logits: NDArray[Any]) -> None:
        """Count logits (R, C) of unique rows in the e-th epoch."""
        probability = softmax(logits)
        is_known = ~np.isnan(probability[0])
        if not is_known.all():
            row, probability = row[is_known], np.ascontiguousarray(probability[:, is_known])
        if logits.shape[1] != self._n_classes:
            self._make_room(logits.shape[1])
        self._count[row] += 1
        if self._is_summed:
            self._sum[row] += probability.T
        if "class_entropy" in self._of_epochs:
            self._of_epochs["class_entropy"][e, row] = entropy(probability, 0)
        if "probability_change" in self._of_epochs:
            change = _change(self._last[row].T, probability)
            self._of_epochs["probability_change"][e, row] = change
        if self._keeps_last:
            self._last[row] = probability.T
        if "error_norm" in self._of_epochs:
            probability[self._gold[row], np.arange(len(row))] -= 1
            self._of_epochs["error_norm"][e, row] = np.sqrt(_over_classes(np.square(probability)))

    def found(self, names: Collection[str]) -> dict[str, NDArray[Any]]:
        """Name -> what was filled."""
        found: dict[str, NDArray[Any]] = dict(self._of_epochs)
        if self._is_summed:
            with np.errstate(invalid="ignore"):
                found["mean_probability"] = self._sum / self._count[:, None]
        if "last_probability" in names:
            found["last_probability"] = self._last
        return found

    def _make_room(self, n_classes: int) -> None:
        self._n_classes = n_classes
        self._sum = np.zeros((len(self._gold) * self._is_summed, n_classes))
        self._last = np.full((len(self._gold) * self._keeps_last, n_classes), np.nan, np.float32)


def _change(before: Numbers, after: Numbers) -> Numbers:
    """(R,) sum over C of |p' (log p' - log p)|, each (C, R); NaN where there is nothing before."""
    ratio = np.log(after + TINY) - np.log(before + TINY)
    return _over_classes(np.abs(after * ratio))
