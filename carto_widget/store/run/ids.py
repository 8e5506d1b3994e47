"""Which samples a split has, and under what lasting names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


def guid_array(values: Sequence[Any] | NDArray[Any]) -> NDArray[Any]:
    """Guids as int64, or as an object array of str.

    Raises:
        TypeError: anything but integers alone or str alone (a bool is no integer), or integers of
            more than 63 bits.
    """
    found = np.asarray(values)
    if found.ndim != 1:
        raise TypeError(f"guid: an array of shape {found.shape}, expected one dimension")
    if not len(found):
        return found.astype(np.int64)
    if found.dtype.kind in "iu":
        return _whole(found)
    objects = np.asarray(values, dtype=object)
    kinds = {type(value) for value in objects.tolist()}
    if all(issubclass(kind, str) for kind in kinds):
        return objects
    if all(issubclass(kind, (int, np.integer)) and kind is not bool for kind in kinds):
        return _whole(objects)
    names = ", ".join(sorted(kind.__name__ for kind in kinds))
    raise TypeError(
        f"guid: values of type {names}; expected integers alone or str alone in a run. "
        "Convert them first, for example with .astype(str)"
    )


def _whole(numbers: NDArray[Any]) -> NDArray[np.int64]:
    largest = max(int(numbers.max()), int(numbers.min()), key=abs)
    if not -(2**63) <= largest < 2**63:
        raise TypeError(
            f"guid: {largest} is too large for a 64-bit integer with a sign. Convert them to "
            "texts, for example with .astype(str)"
        )
    return numbers.astype(np.int64)


def first_three(values: NDArray[Any]) -> str:
    """The first three values, for an error message."""
    shown = ", ".join(repr(value) for value in values[:3].tolist())
    return shown + (f" and {len(values) - 3:,} more" if len(values) > 3 else "")


def require_unique(guid: NDArray[Any]) -> None:
    """Refuse doubled guids; names the first three."""
    is_doubled = (
        bool((np.diff(np.sort(guid)) == 0).any())
        if guid.dtype.kind == "i"
        else len(set(guid.tolist())) < len(guid)
    )
    if is_doubled:
        values, counts = np.unique(guid, return_counts=True)
        raise ValueError(f"guids must be unique, these repeat: {first_three(values[counts > 1])}")


@dataclass(frozen=True, eq=False)
class Ids:
    """The samples of a split: row i of everything is row i here.

    Attributes:
        guid: (N,) int64 or str objects, unique.
        sample: (N,) int64 ascending rows of the root dataset, or None where the parts carry
            guids themselves (streams, loops without a tracked loader).
    """

    guid: NDArray[Any]
    sample: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "guid", guid_array(self.guid))
        if self.sample is None:
            return
        sample = np.asarray(self.sample, dtype=np.int64)
        if sample.shape != self.guid.shape:
            raise ValueError(f"Ids: {len(self.guid):,} guids for {len(sample):,} samples")
        if len(sample) > 1 and not (np.diff(sample) > 0).all():
            raise ValueError("Ids: sample must ascend without repeats")
        object.__setattr__(self, "sample", sample)

    def __len__(self) -> int:
        return len(self.guid)

    def position(self, key: Sequence[Any] | NDArray[Any]) -> NDArray[np.int64]:
        """Rows of this split for samples, or for guids where `sample` is None.

        Raises:
            ValueError: a key that the split does not have; names the first three.
        """
        if self.sample is None:
            return self.position_of_guid(key)
        wanted = np.asarray(key, dtype=np.int64)
        if self._is_dense:
            found = wanted - int(self.sample[:1].sum())
            known = found.view(np.uint64) < len(self)  # below 0 is far above
        else:
            found = np.searchsorted(self.sample, wanted).astype(np.int64, copy=False)
            inside = np.minimum(found, max(len(self) - 1, 0))
            known = self.sample[inside] == wanted if len(self) else np.zeros(len(wanted), bool)
        self._require(known, wanted, "sample")
        return found

    def position_of_guid(self, guid: Sequence[Any] | NDArray[Any]) -> NDArray[np.int64]:
        """Rows of this split for guids.

        Raises:
            ValueError: a guid that the split does not have; names the first three.
            TypeError: guids that are neither integers alone nor str alone.
        """
        wanted = guid_array(guid)
        known = np.fromiter((one in self._row for one in wanted.tolist()), bool, len(wanted))
        self._require(known, wanted, "guid")
        return np.fromiter((self._row[one] for one in wanted.tolist()), np.int64, len(wanted))

    def _require(self, known: NDArray[np.bool_], wanted: NDArray[Any], what: str) -> None:
        if not known.all():
            raise ValueError(
                f"unknown {what}: {first_three(wanted[~known])}; this split has "
                f"{len(self):,} samples"
            )

    @cached_property
    def _is_dense(self) -> bool:
        sample = self.sample
        return sample is not None and (
            not len(sample) or int(sample[-1]) - int(sample[0]) == len(sample) - 1
        )

    @cached_property
    def _row(self) -> dict[Any, int]:
        return {guid: row for row, guid in enumerate(self.guid.tolist())}


def growth(old: Ids | None, new: Ids) -> Ids | None:
    """What `new` adds behind `old`, or None where it adds nothing.

    Raises:
        ValueError: `new` does not begin with the rows of `old`, or a guid occurs twice.
    """
    if old is new:
        return None
    require_unique(new.guid)
    if old is None:
        return new
    n = len(old)
    same_kind = (old.sample is None) == (new.sample is None) and old.guid.dtype == new.guid.dtype
    if (
        not same_kind
        or not np.array_equal(old.guid, new.guid[:n])
        or (old.sample is not None and not np.array_equal(old.sample, new.sample[:n]))  # type: ignore[index]  # same kind
    ):
        raise ValueError(
            f"these {len(new):,} samples do not begin with the {n:,} that the run has on record; "
            "a dataset may only grow at its end. Record other samples in a new run"
        )
    if len(new) == n:
        return None
    return Ids(new.guid[n:], None if new.sample is None else new.sample[n:])
