"""Which dataset a guid belongs to: the same guids in the same order are the same dataset."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from carto_widget.store.run.ids import Ids, guid_array
from carto_widget.store.run.ids_hash import chained_hash


class Dataset:
    """The samples of one split, told from others by a hash of their guids.

    Args:
        guid: (N,) integers or texts.
        split: Whose.

    Attributes:
        guid: (N,) int64 or str objects.

    Raises:
        TypeError: Guids of another kind.
    """

    def __init__(self, guid: NDArray[Any], split: str) -> None:
        self.guid, self.split = guid_array(guid), split
        self._hashes: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.guid)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of all guids, chained as those of a run's ids are."""
        return self._hash(len(self))

    @property
    def has_names(self) -> bool:
        """Are the guids texts, which mean the same wherever they stand?"""
        return self.guid.dtype == object

    def holds(self, fingerprint: str, rows: int, split: str) -> bool:
        """Is that this dataset, or was it before it grew?"""
        return split == self.split and rows <= len(self) and self._hash(rows) == fingerprint

    def _hash(self, rows: int) -> str:
        if rows not in self._hashes:
            self._hashes[rows] = chained_hash("", Ids(self.guid[:rows]))
        return self._hashes[rows]
