"""Which dataset a guid belongs to: the same guids in the same order are the same dataset, and where
they are numbers, which every dataset has, what tells this one from others must be the same, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any

from numpy.typing import NDArray

from carto_widget.store.run.ids import Ids, guid_array
from carto_widget.store.run.ids_hash import chained_hash

Mark = Callable[[int], str | None]  # of the first so many rows


class Dataset:
    """The samples of one split, told from others by a hash of their guids.

    Args:
        guid: (N,) integers or texts.
        split: Whose.
        marks: What tells the dataset from others whose guids are the same numbers, the best first;
            None where it does not. Texts need none.

    Attributes:
        guid: (N,) int64 or str objects.

    Raises:
        TypeError: Guids of another kind.
    """

    def __init__(self, guid: NDArray[Any], split: str, marks: Sequence[Mark] = ()) -> None:
        self.guid, self.split = guid_array(guid), split
        self._marks = () if self.has_names else marks
        self._hashes: dict[int, str] = {}
        self._marked: dict[tuple[int, Mark], str | None] = {}

    def __len__(self) -> int:
        return len(self.guid)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of all guids, chained as those of a run's ids are, and of the best mark."""
        return next(self._fingerprints(len(self)))

    @property
    def has_names(self) -> bool:
        """Are the guids texts, which mean the same wherever they stand?"""
        return self.guid.dtype == object

    def holds(self, fingerprint: str, rows: int, split: str) -> bool:
        """Is that this dataset, by whichever mark, or was it before it grew?"""
        is_possible = split == self.split and rows <= len(self)
        return is_possible and fingerprint in self._fingerprints(rows)

    def _fingerprints(self, rows: int) -> Iterator[str]:
        """By one mark after the other; without any by the guids alone."""
        if rows not in self._hashes:
            self._hashes[rows] = chained_hash("", Ids(self.guid[:rows]))
        has_mark = False
        for mark in self._marks:
            if (rows, mark) not in self._marked:
                self._marked[rows, mark] = mark(rows)
            if (found := self._marked[rows, mark]) is not None:
                has_mark = True
                yield sha256(f"{self._hashes[rows]} {found}".encode()).hexdigest()
        if not has_mark:
            yield self._hashes[rows]
