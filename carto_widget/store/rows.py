"""Rows: what the model said of some samples, before it is spread over epochs and samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

DTYPES: dict[str, type[np.generic]] = {
    "sample": np.int64,
    "gold": np.int32,
    "loss": np.float32,
    "margin": np.float32,
    "other_label": np.int32,
    "n_seen": np.uint32,
}


def gold_probability(loss: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probability of the gold class, `exp(-loss)`, in 0..1; NaN where the loss is NaN."""
    probability: NDArray[np.float32] = np.exp(-loss)
    np.minimum(probability, np.float32(1), out=probability)
    return probability


def other_probability(
    loss: NDArray[np.float32], margin: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Probability of the largest other class, `exp(-loss - margin)`, cut at 1.

    Good to 1e-7 x max(4, loss). NaN where missing and where the gold logit was -inf; 0 where all
    the others were -inf.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        probability: NDArray[np.float32] = np.exp(-loss - margin)
    np.minimum(probability, np.float32(1), out=probability)
    return probability


def prediction(
    gold: NDArray[np.int32], margin: NDArray[np.float32], other_label: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Class of the largest logit, the lower index on a tie; -1 where the margin is NaN."""
    tied = np.where(margin == 0, np.minimum(gold, other_label), other_label)
    largest = np.where(margin > 0, gold, tied)
    largest[np.isnan(margin)] = -1
    predicted: NDArray[np.int32] = largest.astype(np.int32, copy=False)
    return predicted


def is_correct(
    gold: NDArray[np.int32], margin: NDArray[np.float32], other_label: NDArray[np.int32]
) -> NDArray[np.float32]:
    """1 where the prediction is the gold label, 0 where not, NaN where the margin is NaN."""
    right: NDArray[np.bool_] = (margin > 0) | ((margin == 0) & (gold <= other_label))
    correct: NDArray[np.float32] = right.astype(np.float32)
    correct[np.isnan(margin)] = np.nan
    return correct


@dataclass(frozen=True, eq=False)
class Rows:
    """R rows: presentations while an epoch is in flight, one row a sample once it is sealed.

    Attributes:
        sample: (R,) int64, row of the root dataset; what `Run.read` gives has the position in
            the split's `Ids` here.
        gold: (R,) int32, gold label.
        loss: (R,) float32, -log softmax of the gold class. NaN: seen, but a logit was NaN or
            +inf. +inf: the gold logit was -inf.
        margin: (R,) float32, gold logit minus largest other logit; NaN and +-inf as for `loss`.
        other_label: (R,) int32, class of the largest other logit, first index on a tie.
        n_seen: (R,) uint32, presentations behind the row.
        logits: (R, C) float16 or float32 log-probabilities, or None where they are not kept.
    """

    sample: NDArray[np.int64]
    gold: NDArray[np.int32]
    loss: NDArray[np.float32]
    margin: NDArray[np.float32]
    other_label: NDArray[np.int32]
    n_seen: NDArray[np.uint32]
    logits: NDArray[np.floating[Any]] | None = None

    def __post_init__(self) -> None:
        for name, dtype in DTYPES.items():
            values = np.asarray(getattr(self, name))
            if values.shape != (len(self.sample),):
                raise ValueError(
                    f"Rows: {name} has shape {values.shape}, expected ({len(self.sample)},) "
                    "like sample"
                )
            object.__setattr__(self, name, values.astype(dtype, copy=False))
        if self.logits is not None and (
            self.logits.ndim != 2 or len(self.logits) != len(self.sample)
        ):
            raise ValueError(
                f"Rows: logits has shape {self.logits.shape}, expected ({len(self.sample)}, C)"
            )

    def __len__(self) -> int:
        return len(self.sample)

    @classmethod
    def empty(cls) -> Rows:
        """No rows, no logits."""
        return cls(**{name: np.empty(0, dtype) for name, dtype in DTYPES.items()})

    @classmethod
    def concatenate(cls, pieces: Sequence[Rows]) -> Rows:
        """The rows of all pieces, in that order.

        Raises:
            ValueError: some pieces carry logits and others do not, or of another number of
                classes.
        """
        pieces = [piece for piece in pieces if len(piece)]
        if len(pieces) < 2:
            return pieces[0] if pieces else cls.empty()
        widths = {None if piece.logits is None else piece.logits.shape[1] for piece in pieces}
        if len(widths) > 1:
            raise ValueError(
                f"Rows.concatenate: logits of {sorted(map(str, widths))} classes among the "
                "pieces, expected one number of classes or none"
            )
        joined = {
            field.name: np.concatenate([getattr(piece, field.name) for piece in pieces])
            for field in fields(cls)
            if field.name != "logits" or None not in widths
        }
        return cls(**joined)

    def take(self, index: Any) -> Rows:
        """The rows that `index` (integers, a mask or a slice) names, in its order."""
        logits = None if self.logits is None else self.logits[index]
        return Rows(**{name: getattr(self, name)[index] for name in DTYPES}, logits=logits)

    def once(self) -> Rows:
        """One row a sample, sorted by sample: the first presentation, `n_seen` summed."""
        steps = np.diff(self.sample)
        if (steps > 0).all():
            return self
        first, n_seen = first_of_each(self.sample, self.n_seen)
        return replace(self.take(first), n_seen=n_seen)

    @cached_property
    def gold_probability(self) -> NDArray[np.float32]:
        """(R,) float32 in 0..1, NaN where missing."""
        return gold_probability(self.loss)

    @cached_property
    def other_probability(self) -> NDArray[np.float32]:
        """(R,) float32 in 0..1, NaN where missing."""
        return other_probability(self.loss, self.margin)

    @cached_property
    def prediction(self) -> NDArray[np.int32]:
        """(R,) int32 class, -1 where missing."""
        return prediction(self.gold, self.margin, self.other_label)

    @cached_property
    def is_correct(self) -> NDArray[np.float32]:
        """(R,) float32, 1 right, 0 wrong, NaN where missing."""
        return is_correct(self.gold, self.margin, self.other_label)

    @cached_property
    def is_observed(self) -> NDArray[np.bool_]:
        """(R,) bool: the gold probability is a number."""
        return ~np.isnan(self.gold_probability)

    @cached_property
    def probability_16(self) -> NDArray[np.uint32]:
        """(R,) uint32 in 0..65535: the gold probability in 16 bits, 0 where missing."""
        scaled = self.gold_probability * np.float32(65535)
        scaled += np.float32(0.5)
        if not self.is_observed.all():
            scaled[~self.is_observed] = 0
        return scaled.astype(np.int32).view(np.uint32)


def first_of_each(
    key: NDArray[Any], n_seen: NDArray[np.uint32]
) -> tuple[NDArray[np.intp], NDArray[np.uint32]]:
    """Where each key comes first, in ascending order of keys, and its `n_seen` summed."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])[: len(key)]
    if not len(starts):
        return order, n_seen
    return order[starts], np.add.reduceat(n_seen[order], starts).astype(np.uint32)
