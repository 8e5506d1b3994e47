"""Classes as numbers: those of the dataset, as the ledger writes them, and new ones behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ONE_CLASS = "apply: the gold labels are expected to be one class a sample, a name or a number"
NONE = np.iinfo(np.int64).min  # has no label
UNKNOWN = NONE + 1  # a label that is no class


class Classes:
    """The classes of a dataset, old and new.

    Args:
        old: Names of the old classes, by number; None where they are bare numbers.
        new: Names of the classes that the ledger adds, in order.
        numbers: Where the old classes are bare numbers: those that there are; None if not known.

    Attributes:
        names: Old and new names; None where the classes are bare numbers.
    """

    def __init__(
        self, old: Sequence[str] | None, new: Sequence[str], numbers: Sequence[int] | None = None
    ) -> None:
        self.names = None if old is None else [*old, *(name for name in new if name not in old)]
        self.n_old = None if old is None else len(old)
        self._at = {name: number for number, name in enumerate(self.names or ())}
        self._numbers = None if numbers is None else set(numbers)

    def code(self, label: Any) -> int:
        """The number of a class, by its name or its number."""
        if isinstance(label, str):
            found = number_of(label) if self.names is None else self._at.get(label)
            return UNKNOWN if found is None else found
        if label is None or label is pd.NA or label != label:
            return NONE
        if not float(label).is_integer():
            return UNKNOWN
        number = int(label)
        if self.names is None or 0 <= number < len(self.names):
            return number
        return NONE if number == -1 else UNKNOWN  # as Hugging Face and pandas have it

    def codes(self, labels: Any) -> NDArray[np.int64]:
        """(R,) the numbers of (R,) classes.

        Raises:
            ValueError: Labels that are not one class a sample.
        """
        if isinstance(labels, list):
            labels = np.fromiter(labels, object, len(labels))
        try:
            at, levels = pd.factorize(labels)
            known = [self.code(level) for level in levels.tolist()]
        except (TypeError, ValueError) as error:
            raise ValueError(ONE_CLASS) from error
        return np.array([*known, NONE], np.int64)[at]

    def are_known(self, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(R,) whether each is a class."""
        if self.names is None and self._numbers is not None:
            return np.isin(codes, list(self._numbers))
        return np.asarray(codes > UNKNOWN)

    def shown(self, code: int) -> Any:
        """A class as the ledger writes it; None of no class."""
        if code in (NONE, UNKNOWN):
            return None
        return int(code) if self.names is None else self.names[code]

    @property
    def every(self) -> list[Any]:
        """All that are known."""
        return self.names if self.names is not None else sorted(self._numbers or ())


def number_of(name: str) -> int | None:
    """The number that a name is, as a file without types reads it; None where it is none."""
    return int(name) if name.isdecimal() and str(int(name)) == name else None
