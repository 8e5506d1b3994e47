"""A set of rows with a revision number, and what can be said to change it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from carto_widget.curation.samples.rows import Mask, mask_of_rows

__all__ = ["COMBINE", "Mask", "Selection", "mask_of_rows", "selected_rows"]

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
