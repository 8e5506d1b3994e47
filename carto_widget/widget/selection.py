"""A set of rows with a revision number, and what can be said to change it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

COMBINE = {
    "replace": lambda old, new: new.copy(),
    "add": lambda old, new: old | new,
    "subtract": lambda old, new: old & ~new,
    "intersect": lambda old, new: old & new,
}


@dataclass(frozen=True, eq=False)
class Selection:
    """The rows that are selected, and the picture they were chosen on.

    Attributes:
        mask: (N,) bool.
        revision: Operations applied so far.
        frame: Number of the frame the last operation was drawn on; None where there was none.
        epoch: That frame's epoch.
    """

    mask: Mask
    revision: int = 0
    frame: int | None = None
    epoch: int | None = None

    @property
    def count(self) -> int:
        """Selected rows."""
        return int(np.count_nonzero(self.mask))

    def after(
        self, how: str, operand: Mask, *, frame: int | None = None, epoch: int | None = None
    ) -> Selection:
        """The selection after one more operation.

        Raises:
            ValueError: ``how`` is none of replace, add, subtract, intersect.
        """
        if how not in COMBINE:
            raise ValueError(f"how={how!r}: expected one of {', '.join(COMBINE)}")
        grown = self.grown(len(operand)).mask
        return Selection(COMBINE[how](grown, operand), self.revision + 1, frame, epoch)

    def grown(self, rows: int) -> Selection:
        """The same rows of a split that has become longer."""
        more = rows - len(self.mask)
        return self if more <= 0 else replace(self, mask=np.pad(self.mask, (0, more)))


def mask_of_rows(what: Any, guid: pd.Index[Any]) -> Mask:
    """Which rows ``what`` names.

    Args:
        what: A bool array or list (one value a row), a bool Series (aligned by guid), a DataFrame
            (its index names guids), None (nothing), or guids.
        guid: (N,) the guids, unique.

    Returns:
        (N,) bool.

    Raises:
        ValueError: An unknown guid (the first three are named), or a mask of another length.
        TypeError: Something that names no rows.
    """
    if what is None:
        return np.zeros(len(guid), bool)
    if isinstance(what, pd.DataFrame):
        return _mask_of_guids(what.index, guid)
    if isinstance(what, pd.Series):
        if pd.api.types.is_bool_dtype(what.dtype):
            return _mask_of_guids(what.index[what.fillna(False).to_numpy(bool)], guid)
        return _mask_of_guids(what.to_numpy(), guid)
    if isinstance(what, str) or not isinstance(what, Iterable):
        raise TypeError(
            f"select({what!r}): expected guids, a bool mask, a DataFrame or None, "
            f"got {type(what).__name__}"
        )
    values = what if isinstance(what, (np.ndarray, pd.Index)) else list(what)
    found = np.asarray(values)
    if found.dtype == bool:
        if found.shape != (len(guid),):
            raise ValueError(
                f"select: a mask of shape {found.shape} for {len(guid):,} rows; "
                f"expected ({len(guid)},)"
            )
        return found.copy()
    return _mask_of_guids(values, guid)


def _mask_of_guids(wanted: Any, guid: pd.Index[Any]) -> Mask:
    index = pd.Index(wanted)
    mask = np.zeros(len(guid), bool)
    if not len(index):
        return mask
    rows = guid.get_indexer(index)
    if (rows < 0).any():
        unknown = index[rows < 0]
        raise ValueError(
            f"select: {len(unknown):,} unknown guid(s), the first: "
            f"{', '.join(repr(one) for one in unknown[:3].tolist())}"
        )
    mask[rows] = True
    return mask


def selected_rows(mask: Mask, samples: pd.DataFrame, numbers: pd.DataFrame) -> pd.DataFrame:
    """The selected rows in the dataset's order, the user's columns and then ours.

    Args:
        mask: (N,) bool.
        samples: (N, ...) the user's columns, indexed by guid.
        numbers: (N, ...) our columns, with the same index; one whose name the user has taken gets
            the prefix ``carto_``.
    """
    taken = set(samples.columns)
    ours = numbers.rename(columns={name: f"carto_{name}" for name in numbers if name in taken})
    return pd.concat([samples[mask], ours[mask]], axis=1)
