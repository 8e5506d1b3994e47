"""Which rows somebody means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def mask_of_rows(what: Any, guid: pd.Index[Any], *, verb: str = "select") -> Mask:
    """Which rows ``what`` names.

    Args:
        what: A bool array or list (one value a row), a bool Series (aligned by guid), a DataFrame
            (its index names guids), None (nothing), or guids.
        guid: (N,) the guids, unique.
        verb: What is to be done with them, for an error.

    Returns:
        (N,) bool.

    Raises:
        ValueError: An unknown guid (the first three are named), or a mask of another length.
        TypeError: Something that names no rows.
    """
    if what is None:
        return np.zeros(len(guid), bool)
    if isinstance(what, pd.DataFrame):
        return _mask_of_guids(what.index, guid, verb)
    if isinstance(what, pd.Series):
        if pd.api.types.is_bool_dtype(what.dtype):
            return _mask_of_guids(what.index[what.fillna(False).to_numpy(bool)], guid, verb)
        return _mask_of_guids(what.to_numpy(), guid, verb)
    if isinstance(what, str) or not isinstance(what, Iterable):
        raise TypeError(
            f"{verb}({what!r}): expected guids, a bool mask, a DataFrame or None, "
            f"got {type(what).__name__}"
        )
    values = what if isinstance(what, (np.ndarray, pd.Index)) else list(what)
    if isinstance(values, list) and values and not pd.api.types.is_scalar(values[0]):
        raise TypeError(
            f"{verb}: expected guids or bools, got a {type(values[0]).__name__} among them"
        )
    found = np.asarray(values)
    if found.dtype == bool:
        if found.shape != (len(guid),):
            raise ValueError(
                f"{verb}: a mask of shape {found.shape} for {len(guid):,} rows; "
                f"expected ({len(guid)},)"
            )
        return found.copy()
    return _mask_of_guids(values, guid, verb)


def _mask_of_guids(wanted: Any, guid: pd.Index[Any], verb: str) -> Mask:
    index = pd.Index(wanted)
    mask = np.zeros(len(guid), bool)
    if not len(index):
        return mask
    rows = guid.get_indexer(index)
    if (rows < 0).any():
        unknown = index[rows < 0]
        raise ValueError(
            f"{verb}: {len(unknown):,} unknown guid(s), the first: {_first(unknown)}"
            f"{'' if _are_alike(index, guid) else f'; guids here are like {_first(guid)}'}"
        )
    mask[rows] = True
    return mask


def _first(guids: pd.Index[Any]) -> str:
    return ", ".join(repr(one) for one in guids[:3].tolist())


def _are_alike(some: pd.Index[Any], guid: pd.Index[Any]) -> bool:
    """Are both numbers, or both texts?"""
    return bool(
        pd.api.types.is_integer_dtype(some.dtype) == pd.api.types.is_integer_dtype(guid.dtype)
    )
