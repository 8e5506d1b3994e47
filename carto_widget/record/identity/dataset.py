"""What a split's samples are: their rows in the root dataset, their guids, their labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import IterableDataset, Subset

from carto_widget.store.rows import distinct
from carto_widget.store.run.ids import Ids, guid_array

Guids = NDArray[Any]  # (N,) int64, or str objects


def root_rows(dataset: Any) -> tuple[Any, NDArray[np.int64] | None]:
    """The dataset under all ``Subset`` layers, and the root row of each item (None: the same).

    The descent passes through ``Subset`` only: a ``ConcatDataset`` is itself a root.
    """
    rows: NDArray[np.int64] | None = None
    while isinstance(dataset, Subset):
        indices = np.array([int(i) for i in dataset.indices], dtype=np.int64)
        if (indices < 0).any():
            indices = np.where(indices < 0, indices + len(dataset.dataset), indices)  # type: ignore[arg-type]  # sized, as Subset wants
        rows = indices if rows is None else indices[rows]
        dataset = dataset.dataset
    return dataset, rows


def checked_length(root: Any, split: str) -> int:
    """Number of samples in a root dataset that items can be asked of by row."""
    if isinstance(root, IterableDataset):
        raise TypeError(f"split {split!r} is an IterableDataset, which has no items by row")
    if not hasattr(root, "__len__"):
        raise TypeError(
            f"track(split={split!r}) got a {type(root).__name__} without __len__: give the dataset "
            "a length, or log with recorder.log(logits, gold, guid=...)"
        )
    return len(root)


def stream_guid(guid: Any, split: str) -> Callable[[Any], Any]:
    """The function that tells the guid of an item of a stream.

    Raises:
        TypeError: There is none.
    """
    if not callable(guid):
        raise TypeError(
            f"track(split={split!r}) got an IterableDataset, whose samples have no row numbers: "
            "say how each item is named, track(loader, guid=lambda item: item['id'])"
        )
    told: Callable[[Any], Any] = guid
    return told


def unique_guids(values: Any) -> Guids:
    """Guids as an int64 array, or an object array of str; one kind, no doubles.

    Raises:
        TypeError: Another type than int or str, or both together.
        ValueError: A guid that comes twice.
    """
    guids = guid_array(values)
    unique, counts = np.unique(guids, return_counts=True)
    if len(unique) < len(guids):
        doubled = unique[counts > 1][:3].tolist()
        raise ValueError(f"guids must be unique; {doubled} come more than once")
    return guids


def logged_guids(values: Any) -> Guids:
    """The ``guid=`` of a ``log`` call (list, array or tensor) as an array; doubles are allowed."""
    return guid_array(values.cpu().numpy() if hasattr(values, "cpu") else values)


def guids_of(
    guid: str | Sequence[Any] | Callable[[int], Any] | None,
    samples: Any,
    rows: NDArray[np.int64],
    length: int,
) -> Guids:
    """The guids of the root rows ``rows``: a column of ``samples``, a sequence or a callable.

    Without ``guid`` they are the index of ``samples``; without ``samples`` the row numbers.
    """
    if callable(guid):
        return unique_guids([guid(int(row)) for row in rows])
    if isinstance(guid, str):
        return unique_guids(column_of(samples, guid, "guid").to_numpy())[rows]
    if guid is not None:
        if len(guid) != length:
            raise ValueError(f"guid= has {len(guid)} entries, the dataset {length}")
        return unique_guids(guid)[rows]
    return rows.copy() if samples is None else unique_guids(samples.index.to_numpy())[rows]


def naming(guid: Any, samples: Any) -> str:
    """From where `guids_of` takes the guids, in words."""
    if callable(guid):
        return "a function of the root row (guid=)"
    if isinstance(guid, str):
        return f"column {guid!r} of samples"
    if guid is not None:
        return "a sequence (guid=)"
    return "row numbers of the dataset" if samples is None else "the index of samples"


def column_of(samples: Any, name: str, keyword: str) -> Any:
    """A column of the user's samples."""
    if samples is None:
        raise ValueError(f"{keyword}={name!r} names a column, but there is no samples= to have it")
    if name not in samples.columns:
        raise ValueError(
            f"{keyword}={name!r} is no column of samples, which has {list(samples.columns)}"
        )
    return samples[name]


def frame_of(samples: Any, split: str) -> Any:
    """The DataFrame that describes this split's root dataset, or None."""
    return samples.get(split) if isinstance(samples, Mapping) else samples


def split_ids(
    dataset: Any,
    split: str,
    *,
    samples: Any,
    guid: str | Sequence[Any] | Callable[[int], Any] | None,
) -> tuple[Ids, NDArray[np.int64] | None, Any]:
    """Who a tracked dataset's samples are: ids, the root row of each item, the root dataset.

    Raises:
        ValueError: ``samples`` has another length than the root dataset.
    """
    root, item_rows = root_rows(dataset)
    length = checked_length(root, split)
    if samples is not None and len(samples) != length:
        raise ValueError(
            f"samples has {len(samples)} rows, the root dataset of split {split!r} {length}: row i "
            "of samples must describe item i; give samples={'train': frame, ...} where splits "
            "differ"
        )
    rows = np.arange(length, dtype=np.int64) if item_rows is None else distinct(item_rows)
    return Ids(guids_of(guid, samples, rows, length), rows), item_rows, root
