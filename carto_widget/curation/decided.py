"""Edits and decisions as DataFrames."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.curation.held import Held, Rows
from carto_widget.curation.kinds import DECISIONS

_TEXTS = ("id", "when", "reason", "note", "tag", "run")


def edits_frame(held: Held) -> pd.DataFrame:
    """One row an edit, oldest first; see ``Ledger.edits``."""
    every = np.arange(len(held.edits))
    told: dict[str, Any] = {name: held.texts(name, every) for name in ("id", "when")}
    told |= {"who": held.who, "kind": held.kind, "split": held.texts("split", every)}
    told["guid"] = held.guid
    told |= {name: held.classes(name, every) for name in ("from", "to")}
    told |= {name: held.texts(name, every) for name in _TEXTS[2:]}
    epoch = held.edits["epoch"].to_pandas().astype("Int64")
    return pd.DataFrame(objects(told) | {"epoch": epoch, "holds": held.is_held})


def decisions(held: Held) -> pd.DataFrame:
    """One row a decided sample; see ``Ledger.decisions``."""
    rows = held.rows(*DECISIONS)
    guid, levels = pd.factorize(held.guid[rows])
    last = np.zeros(len(levels), np.int64)
    last[guid] = np.arange(len(rows))  # of a repeated place the last value stays
    outcomes = pd.factorize(outcome(held, rows))[0]
    is_conflict = np.zeros(len(levels), bool)
    is_conflict[guid[outcomes != outcomes[last][guid]]] = True
    shown = rows[last]
    told = {
        "kind": held.kind[shown],
        "to": held.classes("to", shown),
        "from": held.classes("from", shown),
        "who": held.who[shown],
        "note": notes(held, levels, shown),
        "tags": tags(held, levels),
        "content": held.texts("content", shown),
    }
    index = pd.Index(levels, name="guid")
    return pd.DataFrame(objects(told, index) | {"conflict": is_conflict}, index)


def objects(told: dict[str, Any], index: pd.Index[Any] | None = None) -> dict[str, Any]:
    """Columns in which what is missing is None, whatever the others are."""
    return {name: pd.Series(column, index, dtype=object) for name, column in told.items()}


def outcome(held: Held, rows: Rows) -> NDArray[Any]:
    """What each decision comes to, (R,) objects that are alike where it is the same: the class
    that the sample shall have, as JSON, else "drop" or "unsure"."""
    kind = held.kind[rows]
    found: NDArray[Any] = np.where(kind == "relabel", held.texts("to", rows), kind)
    return np.where(kind == "keep", held.texts("from", rows), found)


def notes(held: Held, guids: Any, shown: Rows) -> NDArray[Any]:
    """Of each sample the latest remark: a note of its own, or that of its decision; "" if none."""
    found, own = held.texts("note", shown), held.rows("note")
    found[pd.isna(found)] = ""
    if len(own):
        at = pd.Index(guids).get_indexer(pd.Index(held.guid[own]))
        for row, place in zip(own.tolist(), at.tolist(), strict=True):
            if place >= 0 and (row > shown[place] or not found[place]):
                found[place] = held.edits["note"][row].as_py()
    return found


def tags(held: Held, guids: Any) -> NDArray[Any]:
    """Of each sample its tags in order, a tuple."""
    found = np.empty(len(guids), object)
    found[:] = [()] * len(guids)
    own = held.rows("tag")
    at = pd.Index(guids).get_indexer(pd.Index(held.guid[own])) if len(own) else own
    for tag, place in zip(held.texts("tag", own).tolist(), at.tolist(), strict=True):
        if place >= 0:
            found[place] = tuple(sorted({*found[place], tag}))
    return found
