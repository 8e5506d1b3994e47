"""What edits are applied to, as every kind of dataset has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Source:
    """The samples of a dataset.

    Attributes:
        what: The dataset in words, "this DataFrame".
        gold: Where the label is: a column, or a place in an item.
        guid: (N,) names of the samples, integers or texts.
        labels: Of some rows the gold labels, as they stand in the dataset.
        label_names: Names of the old classes in the order of their numbers; None where they have
            none.
        classes: Without names: the labels that there are; None where only reading all would tell.
        columns: The columns whose content can be compared, None where there are none.
        column: Of one of them the values of some rows.
        read: The dataset as it was read, where it lies in a file.
    """

    what: str
    gold: Any
    guid: Any
    labels: Callable[[Rows], Any]
    label_names: Sequence[str] | None = None
    classes: Callable[[], Sequence[Any]] | None = None
    columns: Sequence[str] = ()
    column: Callable[[str, Rows], Any] | None = None
    read: Any = None

    def __len__(self) -> int:
        return len(self.guid)
