"""Which of the user's columns say what the gold label says: cards have it once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_FIRST = 50  # rows, by which most columns are told apart


def without_gold(
    samples: pd.DataFrame,
    gold: NDArray[Any],
    label_names: Sequence[str] | None,
    shown: Sequence[str],
) -> pd.DataFrame:
    """The columns but those that hold each sample's class, by name or by number.

    Args:
        samples: (N, ...)
        gold: (N,) classes, -1 where not known; of other labels no column is left out.
        label_names: Of the classes.
        shown: Names of columns that stay.
    """
    n = min(len(samples), len(gold))
    if gold.ndim != 1 or gold.dtype.kind not in "iu" or not (gold[:n] >= 0).any():
        return samples
    rows = np.flatnonzero(gold[:n] >= 0)
    there = [
        place
        for place, name in enumerate(samples.columns)
        if str(name) in shown
        or not all(
            _is_label(samples.iloc[some, place], gold[some], label_names)
            for some in (rows[:_FIRST], rows)
        )
    ]
    return samples if len(there) == samples.shape[1] else samples.iloc[:, there]


def _is_label(values: pd.Series[Any], gold: NDArray[Any], names: Sequence[str] | None) -> bool:
    try:
        codes, levels = pd.factorize(values)
    except TypeError:  # what cannot be hashed is no label
        return False
    pairs = pd.DataFrame({"code": codes, "gold": gold}).drop_duplicates().to_numpy()
    return all(code >= 0 and _says(levels[code], label, names) for code, label in pairs)


def _says(value: Any, label: int, names: Sequence[str] | None) -> bool:
    if not isinstance(value, (str, int, np.integer)):
        return False
    return str(value) in (str(label), str(label if names is None else names[label]))
