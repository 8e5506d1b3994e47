"""Rows in fewer bytes: digits that nobody can see are zeros, which zstd takes away.

The columns stay what they are, 32-bit floats, so that whatever reads the one reads the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.rows import Rows
from carto_widget.store.signals import gold_probability

KINDS = ("multiclass", "binary")  # whose rows can be made compact
PLACES = 16  # binary places of a probability,
PROBABILITY_BITS = 11  # and of a small one at least so many significant bits
MARGIN_BITS = 9
SMALLEST = np.float32(2.0**-126)  # probability that is not 0: a loss of 87.3


def compacted(rows: Rows) -> Rows:
    """Rows with `gold_probability` instead of `loss`, and margins of 9 significant bits.

    A probability is off by at most 2^-17 = 7.7e-6, a margin by 1/512 of itself. Nothing changes its
    kind: NaN and infinities stay, a margin of 0 stays 0 and no other becomes 0, so predictions are
    those of the exact rows. Rows without a loss and a margin (signals of the loop's own) are given
    back as they are.
    """
    if not {"loss", "margin"} <= rows.columns.keys():
        return rows
    columns = {}
    for name, values in rows.columns.items():
        if name == "loss":
            columns["gold_probability"] = _probability_of(values)
        else:
            columns[name] = _of_bits(values, MARGIN_BITS) if name == "margin" else values
    return Rows(rows.sample, rows.n_seen, columns)


def _probability_of(loss: NDArray[np.float32]) -> NDArray[np.float32]:
    probability = gold_probability(loss)
    exponent = np.frexp(probability)[1]  # of values in [0.5, 1): the last place is exponent - 24
    places = np.clip(24 - PLACES - exponent, 0, 24 - PROBABILITY_BITS)
    rounded = _without(probability, places.astype(np.uint32))
    # A loss is infinite where the gold logit was -inf, and there alone.
    return np.where(loss < np.inf, np.maximum(rounded, SMALLEST), rounded)


def _of_bits(values: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    return _without(values, np.uint32(24 - bits))


def _without(
    values: NDArray[np.float32], places: np.uint32 | NDArray[np.uint32]
) -> NDArray[np.float32]:
    """Values rounded to have so many zeros at the end; those that would not be finite or are too
    small to have all their bits stay as they are."""
    bits = values.view(np.uint32)
    half = (np.uint32(1) << places) >> np.uint32(1)
    rounded = (((bits + half) >> places) << places).view(np.float32)
    return np.where(np.isfinite(rounded) & (np.abs(values) >= SMALLEST), rounded, values)
