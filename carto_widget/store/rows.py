"""Rows: what the model said of some samples, before it is spread over epochs and samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.signals import derivation

MOST_SPREAD = 8  # places a key up to which samples are put in order without sorting
DTYPES: dict[str, type[np.generic]] = {
    "loss": np.float32,
    "margin": np.float32,
    "other_label": np.int32,
}


@dataclass(frozen=True, eq=False)
class Rows:
    """R rows: presentations while an epoch is in flight, one row a sample once it is sealed.

    `rows["loss"]` is a stored column or the signal that follows from what is stored (see
    `store.signals`).

    Attributes:
        sample: (R,) int64, row of the root dataset; what `Run.read` gives has the position in
            the split's `Ids` here.
        n_seen: (R,) uint32, presentations behind the row.
        columns: name -> (R,) or (R, ...) what is stored; which there are depends on the task.
    """

    sample: NDArray[np.int64]
    n_seen: NDArray[np.uint32]
    columns: Mapping[str, NDArray[Any]]

    def __post_init__(self) -> None:
        columns = {
            name: np.asarray(values).astype(DTYPES.get(name, np.asarray(values).dtype), copy=False)
            for name, values in self.columns.items()
        }
        object.__setattr__(self, "sample", np.asarray(self.sample).astype(np.int64, copy=False))
        object.__setattr__(self, "n_seen", np.asarray(self.n_seen).astype(np.uint32, copy=False))
        object.__setattr__(self, "columns", columns)
        for name, values in {**columns, "n_seen": self.n_seen}.items():
            if values.shape[:1] != self.sample.shape:
                raise ValueError(
                    f"Rows: {name} has shape {values.shape}, expected ({len(self.sample)}, ...) "
                    "like sample"
                )

    @classmethod
    def of_classes(
        cls,
        sample: Any,
        gold: Any,
        loss: Any,
        margin: Any,
        other_label: Any,
        n_seen: Any = None,
        logits: Any = None,
    ) -> Rows:
        """Rows of a classification.

        Args:
            sample: (R,) as above.
            gold: (R,) int32, gold label.
            loss: (R,) float32, -log softmax of the gold class. NaN: seen, but a logit was NaN or
                +inf. +inf: the gold logit was -inf.
            margin: (R,) float32, gold logit minus largest other logit; NaN and +-inf as for `loss`.
            other_label: (R,) int32, class of the largest other logit, first index on a tie.
            n_seen: (R,) uint32; 1 each without it.
            logits: (R, C) float16 or float32 log-probabilities, or None where they are not kept.
        """
        classes = np.asarray(gold).astype(np.int32, copy=False)
        columns = {"gold": classes, "loss": loss, "margin": margin, "other_label": other_label}
        kept = {} if logits is None else {"logits": logits}
        counted = np.ones(len(sample), np.uint32) if n_seen is None else n_seen
        return cls(sample, counted, {**columns, **kept})

    def __len__(self) -> int:
        return len(self.sample)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """(R, ...) a stored column, or the signal that follows from them; computed once."""
        if name not in self._derived:
            sources, formula = derivation(name, self.columns)
            have = self.columns if formula is None else {one: self[one] for one in sources}
            self._derived[name] = self.columns[name] if formula is None else formula(have)
        return self._derived[name]

    @cached_property
    def _derived(self) -> dict[str, NDArray[Any]]:
        return {}

    @classmethod
    def empty(cls) -> Rows:
        """No rows, of no task."""
        return cls(np.empty(0, np.int64), np.empty(0, np.uint32), {})

    @classmethod
    def concatenate(cls, pieces: Sequence[Rows]) -> Rows:
        """The rows of all pieces, in that order.

        Raises:
            ValueError: the pieces have other columns, or columns of another width.
        """
        pieces = [piece for piece in pieces if len(piece)]
        if len(pieces) < 2:
            return pieces[0] if pieces else cls.empty()
        shapes = {tuple((n, v.shape[1:]) for n, v in sorted(p.columns.items())) for p in pieces}
        if len(shapes) > 1:
            raise ValueError(
                "Rows.concatenate: the pieces have other columns: " + "; ".join(map(str, shapes))
            )
        return cls(
            np.concatenate([piece.sample for piece in pieces]),
            np.concatenate([piece.n_seen for piece in pieces]),
            {
                name: np.concatenate([piece.columns[name] for piece in pieces])
                for name in pieces[0].columns
            },
        )

    def take(self, index: Any) -> Rows:
        """The rows that `index` (integers, a mask or a slice) names, in its order."""
        columns = {name: values[index] for name, values in self.columns.items()}
        return Rows(self.sample[index], self.n_seen[index], columns)

    def flat(self) -> Rows:
        """Without the columns that hold several values a row."""
        columns = {name: values for name, values in self.columns.items() if values.ndim == 1}
        return replace(self, columns=columns)

    def once(self) -> Rows:
        """One row a sample, sorted by sample: the first presentation, `n_seen` summed."""
        steps = np.diff(self.sample)
        if (steps > 0).all():
            return self
        first, n_seen = first_of_each(self.sample, self.n_seen)
        columns = {name: values.take(first, 0) for name, values in self.columns.items()}
        return Rows(self.sample.take(first), n_seen, columns)

    @cached_property
    def is_observed(self) -> NDArray[np.bool_]:
        """(R,) bool: the loss is a number."""
        observed: NDArray[np.bool_] = ~np.isnan(self["loss"])
        return observed

    @cached_property
    def probability_16(self) -> NDArray[np.uint32]:
        """(R,) uint32 in 0..65535: the gold probability in 16 bits, 0 where missing."""
        scaled = self["gold_probability"] * np.float32(65535)
        scaled += np.float32(0.5)
        if not self.is_observed.all():
            scaled[~self.is_observed] = 0
        return scaled.astype(np.int32).view(np.uint32)


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """(D,) the values, each once, ascending.

    By sorting: `np.unique` alone, which hashes from NumPy 2.3 on, takes 40 times as long where most
    values differ.
    """
    return np.asarray(np.unique(values, return_index=True)[0])


def first_of_each(
    key: NDArray[Any], n_seen: NDArray[np.uint32]
) -> tuple[NDArray[np.intp], NDArray[np.uint32]]:
    """Where each key comes first, in ascending order of keys, and its `n_seen` summed."""
    if not len(key):
        return np.empty(0, np.intp), n_seen
    lowest = key.min()
    span = int(key.max()) - int(lowest) + 1
    if span > MOST_SPREAD * len(key):
        return _first_of_sorted(key, n_seen)
    place, at = np.full(span, -1, np.intp), key - lowest
    place[at[::-1]] = np.arange(len(key) - 1, -1, -1)  # of equal keys the last written stays
    first = place[place >= 0]
    if len(first) == len(key):
        return first, n_seen[first].astype(np.uint32, copy=False)
    return first, np.bincount(at, n_seen, span)[place >= 0].astype(np.uint32)


def _first_of_sorted(
    key: NDArray[Any], n_seen: NDArray[np.uint32]
) -> tuple[NDArray[np.intp], NDArray[np.uint32]]:
    """The same for keys that lie far apart."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return order[starts], np.add.reduceat(n_seen[order], starts).astype(np.uint32)
