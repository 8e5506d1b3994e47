"""Which samples a figure has as points, where it has not room for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.cartography import REGIONS
from carto_widget.pictures.picture import Picture
from carto_widget.pictures.told import golds, regions

MOST = 200_000
SEED = 0
_EASY = REGIONS.index("easy-to-learn")
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Sampled:
    """The samples that are points.

    Attributes:
        rows: In the order in which they lie over each other, which no file gave them.
        said: How they were chosen; empty where all are there.
    """

    rows: Rows
    said: str = ""


def sampled(picture: Picture, most: int = MOST) -> Sampled:
    """Of at most ``most`` samples all; of more every hard-to-learn and ambiguous one, and of the
    others as many as there is room for, of each gold label its share.

    Where those alone are too many, a fair part of them; where nothing tells regions, of all.
    """
    random = np.random.default_rng(SEED)
    rows = random.permutation(np.flatnonzero(picture.is_drawn))
    if len(rows) <= most:
        return Sampled(rows)
    region = regions(picture)
    if region is None:
        chosen, whose = rows[:most], f"{most:,}, chosen at random (seed {SEED})"
        return Sampled(chosen, _said(whose))
    is_kept = region[rows] > _EASY
    kept, others = rows[is_kept], rows[~is_kept]
    if len(kept) > most:
        whose = f"{most:,} of the {len(kept):,} hard-to-learn and ambiguous (seed {SEED})"
        return Sampled(kept[:most], _said(whose))
    some = _share_of_each(others, _strata(picture)[others], most - len(kept))
    whose = f"all {len(kept):,} hard-to-learn and ambiguous, {len(some):,} others (seed {SEED})"
    return Sampled(random.permutation(np.concatenate([kept, some])), _said(whose))


def _said(whose: str) -> str:
    return f" · points: {whose}; beneath: all"


def _strata(picture: Picture) -> Rows:
    """(N,) the same number for the same gold label."""
    labels = golds(picture)
    if labels is None:
        return np.zeros(len(picture.frame), np.int64)
    return np.unique(np.array(labels), return_inverse=True)[1]


def _share_of_each(rows: Rows, strata: Rows, n: int) -> Rows:
    """``n`` of the rows, of each stratum its share to within one: every so many-th, in a row."""
    in_a_row = rows[np.argsort(strata, kind="stable")]
    return in_a_row[((np.arange(n) + 0.5) * (len(rows) / max(1, n))).astype(np.int64)]
