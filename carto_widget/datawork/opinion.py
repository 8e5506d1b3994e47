"""What a model said of samples over the epochs: its classes, and the label that it suggests.

Pickler, Kamassury and Silva 2025, "Benchmarking noisy label detection methods", arXiv 2510.16211:
the class with the largest mean probability over epochs did best in most of their settings. Where
only the gold class and the strongest other one were kept, the other class seen most often stands in
for it, which names another class than the gold one always.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.class_probabilities import softmax
from carto_widget.store.dynamics import TrainingDynamics

_SIGNALS = ("logits", "gold_probability", "prediction", "other_label")


@dataclass(frozen=True)
class Said:
    """What was said of one class.

    Attributes:
        label: The class.
        probability: Its mean probability over the observed epochs; None where it was not kept.
        share: Of the observed epochs, how many predicted it, 0..1.
    """

    label: int
    probability: float | None
    share: float


class Opinion:
    """What a model said of some samples, epoch by epoch added.

    Args:
        rows: (R,) which samples, ascending.
        gold: (N,) gold labels, -1 where not known.
        n_classes: How many classes there are at least.
    """

    def __init__(self, rows: NDArray[np.int64], gold: NDArray[Any], n_classes: int = 0) -> None:
        self._rows, self._gold = rows, gold[rows].astype(np.int64)
        self._n_classes = max(n_classes, int(self._gold.max(initial=-1)) + 1)
        self.epochs: set[int] = set()
        self._epochs_seen, self._with_logits = np.zeros((2, len(rows)), np.int32)
        self._gold_sum = np.zeros(len(rows))
        shape = (len(rows), self._n_classes)
        self._sums = np.zeros(shape)
        self._predicted, self._others = np.zeros((2, *shape), np.int32)

    def add(self, dynamics: TrainingDynamics, epoch: int) -> None:
        """Count one more epoch of the record.

        Raises:
            ValueError: It is not on record, or damaged.
        """
        self.epochs.add(epoch)
        found = dynamics.rows(epoch, [name for name in _SIGNALS if name in dynamics.signals])
        place = np.searchsorted(found["row"], self._rows)
        place[place == len(found["row"])] = 0
        is_there = found["row"][place] == self._rows if len(found["row"]) else place < 0
        at, place = np.flatnonzero(is_there), place[is_there]
        if "logits" in found:
            self._add_logits(at, found["logits"][place])
        if "gold_probability" in found:
            self._gold_sum[at] += np.nan_to_num(found["gold_probability"][place])
        for name, counts in (("prediction", "_predicted"), ("other_label", "_others")):
            if name in found:
                self._count(counts, at, found[name][place])
        if "prediction" in found:
            self._epochs_seen[at] += ~np.isnan(found["prediction"][place])

    def said(self, row: int, most: int = 3) -> list[Said]:
        """Of one of the samples the classes that the model held most likely, and its gold label."""
        at = self._at(row)
        seen = int(self._epochs_seen[at])
        if not seen:
            return []
        mean, share = self._means(at), self._predicted[at] / seen
        order = np.lexsort((np.nan_to_num(-mean), -share))
        if self._with_logits[at]:
            order = np.argsort(-mean, kind="stable")
        first = [int(k) for k in order[:most] if share[k] > 0 or mean[k] >= 0.005]
        gold = int(self._gold[at])
        first += [gold] if gold >= 0 and gold not in first else []
        return [
            Said(k, None if np.isnan(mean[k]) else float(mean[k]), float(share[k])) for k in first
        ]

    def suggested(self, row: int) -> tuple[int, str] | None:
        """The class suggested for one of the samples, the lower one on a tie, and by what.

        "probability": the largest mean probability; "other_label": the strongest other class of
        most epochs. None where nothing is known.
        """
        at = self._at(row)
        if self._with_logits[at]:
            return int(self._sums[at].argmax()), "probability"
        if self._others[at].any():
            return int(self._others[at].argmax()), "other_label"
        return None

    def _means(self, at: int) -> NDArray[np.float64]:
        """(C,) mean probability of each class, NaN where it was not kept."""
        if self._with_logits[at]:
            return np.asarray(self._sums[at] / self._with_logits[at])
        mean, gold = np.full(self._n_classes, np.nan), int(self._gold[at])
        if gold >= 0:
            mean[gold] = self._gold_sum[at] / self._epochs_seen[at]
            if self._n_classes == 2:
                mean[1 - gold] = 1 - mean[gold]
        return mean

    def _add_logits(self, at: NDArray[np.int64], logits: NDArray[Any]) -> None:
        probability = softmax(logits).T
        is_known = ~np.isnan(probability).any(1)
        self._make_room(logits.shape[1])
        self._sums[at[is_known], : logits.shape[1]] += probability[is_known]
        self._with_logits[at[is_known]] += 1

    def _count(self, counts: str, at: NDArray[np.int64], labels: NDArray[Any]) -> None:
        is_known = ~np.isnan(labels)
        classes = labels[is_known].astype(np.int64)
        self._make_room(int(classes.max(initial=-1)) + 1)
        getattr(self, counts)[at[is_known], classes] += 1

    def _make_room(self, n_classes: int) -> None:
        more = n_classes - self._n_classes
        if more > 0:
            wider = ((0, 0), (0, more))
            self._sums = np.pad(self._sums, wider)
            self._predicted = np.pad(self._predicted, wider)
            self._others = np.pad(self._others, wider)
            self._n_classes = n_classes

    def _at(self, row: int) -> int:
        return int(np.searchsorted(self._rows, row))
