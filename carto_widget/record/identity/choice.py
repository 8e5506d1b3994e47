"""Which samples of a split are recorded: those of a mask, or a fair share of them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.run.ids import Ids, guid_array

Only = Any  # a fraction, (N,) bools, or bools by guid
SEED = 0x9E3779B97F4A7C15  # the share is the same in every process and every session


def share(guids: Sequence[Any] | NDArray[Any], fraction: float) -> NDArray[np.bool_]:
    """(R,) bool: a fair choice that depends on each guid alone; a larger fraction has it, too."""
    guid = guid_array(guids)
    if guid.dtype == object:
        words = [blake2b(one.encode(), digest_size=8).digest() for one in guid]
        guid = np.frombuffer(b"".join(words), "<i8")
    drawn = _mixed(guid.astype(np.int64).view(np.uint64)) >> np.uint64(11)
    is_in: NDArray[np.bool_] = drawn < fraction * 2.0**53
    return is_in


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """As if drawn at random (Steele et al. 2014, SplitMix64)."""
    z = words * np.uint64(SEED) + np.uint64(SEED)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def checked_fraction(only: Only) -> float | None:
    """The fraction that is meant, or None where it is a mask.

    Raises:
        ValueError: Not within 0..1.
    """
    if getattr(only, "shape", None) == () and hasattr(only, "item"):
        only = only.item()  # of a tensor or an array
    if isinstance(only, bool) or not isinstance(only, Real):
        return None
    fraction = float(only)
    if not 0 < fraction <= 1:
        raise ValueError(f"only={only!r}, expected a fraction above 0 and up to 1, or a mask")
    return fraction


def chosen(only: Only, ids: Ids, split: str) -> NDArray[np.bool_]:
    """(N,) bool: which samples of a split are recorded.

    Args:
        only: A fraction; (N,) bools, row i being the split's sample i; or a Series of bools whose
            index holds the guids.
        ids: Who the samples are.
        split: Its name.

    Raises:
        ValueError: A mask of another length, or without some guids.
        TypeError: Something else.
    """
    fraction = checked_fraction(only)
    if fraction is not None:
        return share(ids.guid, fraction)
    if hasattr(only, "reindex"):
        only = _by_guid(only, ids, split)
    mask = np.asarray(only.cpu() if hasattr(only, "cpu") else only)
    if mask.dtype != bool:
        raise TypeError(f"only= got {mask.dtype} values, expected a fraction or a mask of bools")
    if mask.shape != (len(ids),):
        raise ValueError(
            f"only= got a mask of shape {mask.shape}, split {split!r} has {len(ids)} samples: "
            f"expected ({len(ids)},)"
        )
    return mask.copy()


def name_of(fraction: float | None, mask: NDArray[np.bool_] | None) -> str:
    """A choice in a word that no other has: "all", a stream's fraction, else the mask's hash."""
    if fraction is not None:
        return "all" if fraction == 1 else f"{fraction!r}"
    if mask is None or mask.all():
        return "all"
    return blake2b(np.packbits(mask).tobytes(), digest_size=16).hexdigest()


def _by_guid(only: Any, ids: Ids, split: str) -> NDArray[Any]:
    """The values of a Series in the order of the split's samples."""
    absent = only.index.unique().get_indexer(ids.guid) < 0  # by hash: isin compares texts in pairs
    if absent.any():
        raise ValueError(
            f"only= got a Series without {int(absent.sum())} guids of split {split!r}, the first "
            f"is {ids.guid[absent][0]!r}: its index must hold the guids; for a mask by row give "
            "only=series.to_numpy()"
        )
    values: NDArray[Any] = only.reindex(ids.guid).to_numpy()
    return values
