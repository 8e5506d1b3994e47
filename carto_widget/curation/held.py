"""What holds of a dataset's edits: the latest that is not taken back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carto_widget.curation.kinds import DECISIONS

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]

_GROUPS = {**dict.fromkeys(DECISIONS, 0), "note": 1, "tag": 2, "untag": 2}


class Held:
    """The edits of one dataset, or of some reviewers of it.

    Args:
        edits: In order, with the columns of ``columns.SCHEMA``.

    Attributes:
        kind, who, guid: (N,) objects.
        is_undone: (N,) bool.
        is_held: (N,) bool: neither taken back nor followed by another that takes its place: of a
            reviewer's decisions about a sample the latest, of a sample's notes, of its tags each.
    """

    def __init__(self, edits: pa.Table) -> None:
        self.edits = edits
        self.kind, self.who = (texts(edits[name]) for name in ("kind", "who"))
        self.guid = guids(edits)
        self.is_undone = undone(edits, self.kind)
        self.is_held = ~self.is_undone
        about = np.flatnonzero(self.is_held & np.isin(self.kind, list(_GROUPS)))
        self.is_held[about] = False
        self.is_held[about[self._latest(about)]] = True

    def rows(self, *kinds: str) -> Rows:
        """Which hold, of these kinds."""
        return np.flatnonzero(self.is_held & np.isin(self.kind, kinds))

    def classes(self, name: str, rows: Rows) -> NDArray[Any]:
        """The classes under ``from`` or ``to``, (R,) objects: names or numbers, None where none."""
        coded = self.edits[name].take(rows).combine_chunks().dictionary_encode()
        return _spread([json.loads(text) for text in coded.dictionary.to_pylist()], coded.indices)

    def texts(self, name: str, rows: Rows) -> NDArray[Any]:
        """A column of texts, (R,) objects, None where there is none."""
        return texts(self.edits[name].take(rows))

    def _latest(self, rows: Rows) -> Rows:
        """Of the rows about one thing the last, places in ``rows``."""
        group = np.array([_GROUPS[kind] for kind in self.kind[rows]], np.int64)
        tag, by = self.texts("tag", rows), self.who[rows]
        tag[group != 2] = by[group != 0] = None
        key = group
        for column in (by, tag, self.guid[rows]):
            codes, levels = pd.factorize(column, use_na_sentinel=False)
            key = pd.factorize(key * len(levels) + codes)[0]
        last = np.zeros(int(key.max(initial=-1)) + 1, np.int64)
        last[key] = np.arange(len(rows))
        return np.sort(last)


def guids(edits: pa.Table) -> NDArray[Any]:
    """(N,) the samples' names, int64 where they are all numbers, else objects; None where none."""
    if edits["guid"].null_count == len(edits) and not edits["guid_number"].null_count:
        return np.asarray(edits["guid_number"].to_numpy())
    found = np.asarray(edits["guid"].to_numpy(zero_copy_only=False), object)
    has_number = edits["guid_number"].is_valid().to_numpy()
    found[has_number] = edits["guid_number"].drop_null().to_pylist()
    return found


def texts(column: pa.ChunkedArray | pa.Array) -> NDArray[Any]:
    """(N,) objects, the same object for the same text; None where there is none."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    coded = whole.dictionary_encode()
    return _spread(coded.dictionary.to_pylist(), coded.indices)


def _spread(levels: list[Any], codes: pa.Array) -> NDArray[Any]:
    held = np.empty(len(levels) + 1, object)  # the last is None
    held[: len(levels)] = levels
    found: NDArray[Any] = held[pc.fill_null(codes, len(levels)).to_numpy()]
    return found


def undone(edits: pa.Table, kind: NDArray[Any]) -> Flags:
    """(N,) bool: which are taken back, by an undo that is not."""
    found = np.zeros(len(edits), bool)
    undos = np.flatnonzero(kind == "undo")
    if not len(undos):
        return found
    of = edits["of"].take(undos)
    at = pc.index_in(of, edits["id"].combine_chunks()).to_pylist()
    for undo, target in zip(undos.tolist()[::-1], at[::-1], strict=True):
        if target is not None and target < undo and not found[undo]:
            found[target] = True
    return found
