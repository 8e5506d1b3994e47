"""Gold labels and predictions as a user reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


def readable(labels: NDArray[Any], label_names: Sequence[str] | None) -> pd.Series[Any]:
    """Labels as one column.

    Args:
        labels: classes (N,) (-1 missing): categories of ``label_names``, else nullable integers.
            Numbers (N,) of floats: as they are. Flags (N, L) (255 missing): the names of those
            that hold, "joy, anger"; "none" where none does.
        label_names: names of the C classes or L labels; None names them by number.
    """
    import pandas as pd

    if labels.ndim == 2:
        return pd.Series(_joined(labels, label_names), dtype="str")
    if labels.dtype.kind == "f":
        return pd.Series(labels.astype(np.float64))
    if label_names is None:
        return pd.Series(pd.arrays.IntegerArray(labels.astype(np.int64).clip(0), labels < 0))
    return pd.Series(pd.Categorical.from_codes(labels, categories=pd.Index(label_names)))


def _joined(flags: NDArray[np.uint8], label_names: Sequence[str] | None) -> list[str | None]:
    names = list(label_names or map(str, range(flags.shape[1])))
    patterns, which = np.unique(flags, axis=0, return_inverse=True)
    texts: list[str | None] = []
    for pattern in patterns:
        holding = [name for name, flag in zip(names, pattern, strict=True) if flag == 1]
        texts.append(None if (pattern == 255).any() else ", ".join(holding) or "none")
    return [texts[i] for i in which.reshape(-1)]
