"""What holds of each sample: who decided what, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.curation.file.entry import DECISIONS
from carto_widget.curation.held.held import Held
from carto_widget.widget.review.classes import Classes

KEEP, RELABEL, DROP, UNSURE = range(len(DECISIONS))


@dataclass(frozen=True)
class Decision:
    """One that holds.

    Attributes:
        id: Of its edit.
        kind: Of `DECISIONS`.
        to: The class of a relabel, as text.
        who: Whose.
        note: That was said with it.
    """

    id: str
    kind: str
    to: str | None
    who: str
    note: str | None

    @property
    def header(self) -> dict[str, Any]:
        """As it travels."""
        told = {"id": self.id, "kind": self.kind, "who": self.who}
        return told | ({"to": self.to} if self.to is not None else {})


class Judged:
    """Decisions of one dataset, the latest of each row.

    Args:
        held: The edits, of all reviewers or of one.
        guid: (N,) of the dataset.
        classes: There are.

    Attributes:
        kind: (N,) int8 place in `DECISIONS`, -1 where nothing is decided.
        to: (N,) int32 place in the classes of a relabel, -1 elsewhere.
    """

    def __init__(self, held: Held, guid: pd.Index[Any], classes: Classes) -> None:
        self._held = held
        edits = held.rows(*DECISIONS)
        row = _rows(held, guid)[held.guid.codes[edits]]
        edits, row = edits[row >= 0], row[row >= 0]
        order = np.argsort(row, kind="stable")
        self._edits, self._rows = edits[order], row[order]  # of a row in the order of time
        self.kind = np.full(len(guid), -1, np.int8)
        self.to = np.full(len(guid), -1, np.int32)
        kinds = {kind: code for code, kind in enumerate(DECISIONS)}
        places = np.array([kinds.get(kind, -1) for kind in held.kind.levels], np.int8)
        self.kind[self._rows] = places[held.kind.codes[self._edits]]
        is_relabel = self.kind[self._rows] == RELABEL
        codes, levels = pd.factorize(held.classes("to", self._edits[is_relabel]))
        places = np.array([*map(classes.code, levels), -1], np.int32)
        self.to[self._rows[is_relabel]] = places[codes]

    def of(self, row: int) -> list[Decision]:
        """Those that hold of a row, the latest last."""
        first, last = np.searchsorted(self._rows, [row, row + 1])
        edits = self._edits[first:last]
        to, notes = self._held.classes("to", edits), self._held.texts("note", edits)
        ids = self._held.texts("id", edits)
        return [
            Decision(
                name,
                str(self._held.kind[edit]),
                None if label is None else str(label),
                str(self._held.who[edit]),
                note,
            )
            for edit, name, label, note in zip(edits, ids, to, notes, strict=True)
        ]

    def counts(self, rows: NDArray[np.int64]) -> dict[str, int]:
        """Of some rows how many are decided, how, and how many are left."""
        found = np.bincount(self.kind[rows] + 1, minlength=len(DECISIONS) + 1).tolist()
        left, *kinds = found
        return {"decided": len(rows) - left, "left": left} | dict(
            zip(DECISIONS, kinds, strict=True)
        )


class Remarks:
    """Notes and tags that hold, by row.

    Args:
        held: The edits of all reviewers.
        guid: (N,) of the dataset.
    """

    def __init__(self, held: Held, guid: pd.Index[Any]) -> None:
        self._notes = dict(_texts(held, guid, "note"))
        self._tags: dict[int, list[str]] = {}
        for row, tag in _texts(held, guid, "tag"):
            self._tags.setdefault(row, []).append(tag)

    def of(self, row: int) -> dict[str, Any]:
        """As they travel."""
        return {"note": self._notes.get(row, ""), "tags": self._tags.get(row, [])}


def _texts(held: Held, guid: pd.Index[Any], kind: str) -> Iterator[tuple[int, str]]:
    """Row and text of the edits of a kind, "note" or "tag", whose text has its name."""
    edits = held.rows(kind)
    if not len(edits):
        return
    rows = _rows(held, guid)[held.guid.codes[edits]].tolist()
    for row, text in zip(rows, held.texts(kind, edits), strict=True):
        if row >= 0 and text is not None:
            yield row, text


def _rows(held: Held, guid: pd.Index[Any]) -> NDArray[np.int64]:
    """Of each name that the edits know its row, -1 where it is none of this dataset."""
    names = pd.Index(held.guid.levels[:-1]).infer_objects()
    return np.append(guid.get_indexer(names), -1).astype(np.int64)
