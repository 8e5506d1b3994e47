"""What holds of a dataset's edits: the latest that is not taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carto_widget.curation.file.entry import DECISIONS

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]
Objects = NDArray[Any]  # (N,) objects, None where there is none


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of which many values are the same.

    Attributes:
        codes: (N,) int64, places in ``levels``.
        levels: The values, each once, and None at the end.
    """

    codes: Rows
    levels: Objects

    def __getitem__(self, rows: Rows | Flags | slice) -> Objects:
        found: Objects = self.levels[self.codes[rows]]
        return found

    def is_in(self, *values: Any) -> Flags:
        """(N,) bool: which are one of these."""
        wanted = [place for place, level in enumerate(self.levels.tolist()) if level in values]
        return np.isin(self.codes, wanted)


class Held:
    """The edits of one dataset, or of some reviewers of it.

    Args:
        edits: In order, with the columns of ``file.columns.SCHEMA``.

    Attributes:
        kind, who, guid: Of each edit.
        is_undone: (N,) bool.
        is_held: (N,) bool: neither taken back nor followed by another that takes its place: of a
            reviewer's decisions about a sample the latest, of a sample's notes, of its tags each.
    """

    def __init__(self, edits: pa.Table) -> None:
        self.edits = edits
        self.kind, self.who = coded(edits["kind"]), coded(edits["who"])
        self.guid = named(edits, "guid")
        self.is_undone = _undone(edits, np.flatnonzero(self.kind.is_in("undo")))
        self.is_held = ~self.is_undone
        self._outdate(self.is_held & self.kind.is_in(*DECISIONS), self.who)
        self._outdate(self.is_held & self.kind.is_in("note"))
        self._outdate(self.is_held & self.kind.is_in("tag", "untag"), coded(edits["tag"]))

    def rows(self, *kinds: str) -> Rows:
        """Which hold, of these kinds."""
        return np.flatnonzero(self.is_held & self.kind.is_in(*kinds))

    def place(self, edit: str) -> int | None:
        """Where the edit with an id is; None where there is none."""
        found: int | None = self.edits["id"].index(edit).as_py()
        return None if found is None or found < 0 else found

    def classes(self, name: str, rows: Rows) -> Objects:
        """The classes under ``from`` or ``to``, (R,) names or numbers."""
        return self.labels(name, rows)[:]

    def labels(self, name: str, rows: Rows) -> Coded:
        """The same as codes and levels."""
        return named(self.edits.select([name, f"{name}_number"]).take(rows), name)

    def coded(self, name: str, rows: Rows) -> Coded:
        """A column of few texts."""
        return coded(self.edits[name].take(rows))

    def texts(self, name: str, rows: Rows) -> Objects:
        """A column of texts."""
        found: Objects = self.edits[name].take(rows).to_numpy(zero_copy_only=False)
        return np.asarray(found, object)

    def _outdate(self, of: Flags, by: Coded | None = None) -> None:
        """Of those about one sample, and alike in another column, the last alone holds."""
        rows = np.flatnonzero(of)
        key = self.guid.codes[rows]
        if by is not None:
            key = key * len(by.levels) + by.codes[rows]
        self.is_held[rows] = False
        self.is_held[rows[latest(key)]] = True


def latest(key: Rows) -> Rows:
    """Of each value the last place at which it stands, ascending."""
    if not len(key):
        return key
    low, high = int(key.min()), int(key.max())
    if high - low > 4 * len(key) + 1000:
        key = np.unique(key, return_inverse=True)[1].reshape(-1)
        low, high = 0, int(key.max())
    last = np.full(high - low + 1, -1, np.int64)
    last[key - low] = np.arange(len(key))  # of a repeated place the last value stays
    is_last = np.zeros(len(key), bool)
    is_last[last[last >= 0]] = True
    return np.flatnonzero(is_last)


def outcomes(held: Held, rows: Rows) -> Coded:
    """What each decision comes to, alike where it is the same: the class that the sample shall
    have, else its kind in a tuple, ("drop",) or ("unsure",)."""
    to, old, kind = held.labels("to", rows), held.labels("from", rows), held.kind
    kinds = [(one,) for one in kind.levels.tolist()]
    levels = [*to.levels.tolist(), *old.levels.tolist(), *kinds]
    first = {level: place for place, level in reversed([*enumerate(levels)])}
    alike = np.array([first[level] for level in levels], np.int64)
    codes = kind.codes[rows] + len(to.levels) + len(old.levels)
    codes = np.where(kind.is_in("keep")[rows], old.codes + len(to.levels), codes)
    codes = np.where(kind.is_in("relabel")[rows], to.codes, codes)
    return Coded(alike[codes], np.fromiter(levels, object, len(levels)))


def coded(column: pa.ChunkedArray | pa.Array) -> Coded:
    """A column as codes and levels."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    found = whole.dictionary_encode()
    levels = found.dictionary.to_numpy(zero_copy_only=False)
    codes = pc.fill_null(found.indices, len(levels)).to_numpy()
    return Coded(codes.astype(np.int64), _objects(levels))


def _objects(levels: Any) -> Objects:
    """The values as objects, and None behind them if they have none yet."""
    found = np.empty(len(levels) + 1, object)
    found[:-1] = levels
    return found


def named(edits: pa.Table, name: str) -> Coded:
    """Names of samples or classes: texts, numbers, or in a ledger of several datasets both."""
    texts = coded(edits[name])
    if edits[f"{name}_number"].null_count == len(edits):
        return texts
    numbers = coded(edits[f"{name}_number"])
    levels = [*texts.levels[:-1].tolist(), *[int(one) for one in numbers.levels[:-1]]]
    is_text = texts.codes < len(texts.levels) - 1
    codes = np.where(is_text, texts.codes, numbers.codes + len(texts.levels) - 1)
    return Coded(codes, _objects(levels))


def _undone(edits: pa.Table, undos: Rows) -> Flags:
    """(N,) bool: which are taken back, by an undo that is not."""
    found = np.zeros(len(edits), bool)
    if not len(undos):
        return found
    at = pc.index_in(edits["of"].take(undos), edits["id"].combine_chunks()).to_pylist()
    for undo, target in zip(undos.tolist()[::-1], at[::-1], strict=True):
        if target is not None and target < undo and not found[undo]:
            found[target] = True
    return found
