"""Which rows of a dataset are meant by guids: a few among many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

MISSING, DOUBLED = -1, -2


def rows_of(guid: Any, wanted: NDArray[Any]) -> NDArray[np.int64]:
    """(K,) the row of each of K guids, ``MISSING`` or ``DOUBLED`` where it has not just one.

    Args:
        guid: (N,) integers or texts: an array, Index, Series or Arrow array.
        wanted: (K,) unique, int64 or objects.
    """
    if isinstance(guid, pd.RangeIndex) and wanted.dtype.kind == "i":
        return guid.get_indexer(pd.Index(wanted)).astype(np.int64)
    place = _places(guid, wanted)
    at = np.flatnonzero(place >= 0)
    found = np.full(len(wanted), MISSING, np.int64)
    found[place[at]] = at
    found[np.bincount(place[at], minlength=len(wanted)) > 1] = DOUBLED
    return found


def _places(guid: Any, wanted: NDArray[Any]) -> NDArray[Any]:
    """(N,) which of the wanted each is, -1 none: the few are hashed, not the many."""
    kind = getattr(getattr(guid, "dtype", None), "kind", "O")
    if kind in "iu" and wanted.dtype.kind == "i":
        return np.asarray(pd.Index(wanted).get_indexer(pd.Index(guid)))
    if isinstance(guid, (pa.ChunkedArray, pa.Array)) and pa.types.is_integer(guid.type):
        return _places(guid.to_numpy(), wanted)
    if all(isinstance(one, str) for one in wanted.tolist()):
        try:
            held = guid if isinstance(guid, (pa.ChunkedArray, pa.Array)) else pa.array(guid)
            if pa.types.is_string(held.type) or pa.types.is_large_string(held.type):
                asked = pa.array(wanted, held.type)
                return np.asarray(pc.fill_null(pc.index_in(held, value_set=asked), -1))
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # texts and numbers together
            pass
    many = pd.Index(guid.to_pylist() if hasattr(guid, "to_pylist") else guid, dtype=object)
    return np.asarray(pd.Index(wanted, dtype=object).get_indexer(many))
