"""What a ledger holds as DataFrames: edits, decisions, new classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from carto_widget.curation.file.entry import DECISIONS, OF_CLASSES
from carto_widget.curation.held.held import Held, Objects, Rows, latest, outcomes
from carto_widget.curation.samples.dataset import Dataset


def edits_frame(held: Held) -> pd.DataFrame:
    """One row an edit, oldest first; see ``Ledger.edits``."""
    every = np.arange(len(held.edits))
    told = {name: held.texts(name, every) for name in ("id", "when")}
    told |= {"who": held.who[:], "kind": held.kind[:], "split": held.coded("split", every)[:]}
    told["guid"] = held.guid[:]
    told |= {name: held.classes(name, every) for name in ("from", "to")}
    told |= {name: held.coded(name, every)[:] for name in ("reason", "note", "tag", "run")}
    epoch = held.edits["epoch"].to_pandas().astype("Int64")
    return pd.DataFrame(objects(told) | {"epoch": epoch, "holds": held.is_held})


def decisions(held: Held) -> pd.DataFrame:
    """One row a decided sample; see ``Ledger.decisions``."""
    rows = held.rows(*DECISIONS)
    shown = rows[latest(held.guid.codes[rows])]
    guid = held.guid.codes[shown]
    told = {
        "kind": held.kind[shown],
        "to": held.classes("to", shown),
        "from": held.classes("from", shown),
        "who": held.who[shown],
        "note": _notes(held, guid, shown),
        "tags": _tags(held, guid),
        "content": held.texts("content", shown),
    }
    index = pd.Index(held.guid.levels[guid], name="guid")
    found = pd.DataFrame(objects(told, index), index)
    found["conflict"] = _conflicts(held, guid, rows)
    return found


def is_change(found: pd.DataFrame) -> Any:
    """(D,) bool: which decisions make another dataset: relabelled or dropped, and undisputed."""
    is_relabelled = (found["kind"] == "relabel") & (found["to"] != found["from"])
    return (is_relabelled | (found["kind"] == "drop")) & ~found["conflict"]


def classes_frame(edits: pa.Table, of: Dataset | None) -> pd.DataFrame:
    """New classes in order of their creation: name, color, rule.

    Of one name the first line gives the place, the latest what is said of it. All splits of a
    dataset have the same classes; those of another dataset's same split are left out.

    Args:
        edits: In order.
        of: The dataset, where one is known.
    """
    held = Held(edits.filter(pc.is_in(edits["kind"], pa.array(OF_CLASSES))))
    found: dict[str, dict[str, Any]] = {}
    for row in held.rows("class").tolist():
        said = held.edits.slice(row, 1).to_pylist()[0]
        origin = said["dataset"], said["rows"], said["split"]
        if not said["name"] or (of and of.split == said["split"] and not of.holds(*origin)):
            continue
        before = found.setdefault(said["name"], {"name": said["name"], "color": None, "rule": ""})
        before |= {key: said[key] for key in ("color", "rule") if said[key]}
    return pd.DataFrame(list(found.values()), columns=["name", "color", "rule"], dtype=object)


def objects(told: dict[str, Objects], index: pd.Index[Any] | None = None) -> dict[str, Any]:
    """Columns in which what is missing is None, whatever the others are."""
    return {name: pd.Series(column, index, dtype=object) for name, column in told.items()}


def _conflicts(held: Held, guid: Rows, rows: Rows) -> Any:
    """(D,) bool: of each sample, do its reviewers differ?"""
    if len(rows) == len(guid):
        return np.zeros(len(guid), bool)
    outcome = outcomes(held, rows).codes
    low, high = (np.full(len(held.guid.levels), start) for start in (outcome.max(), -1))
    np.minimum.at(low, held.guid.codes[rows], outcome)
    np.maximum.at(high, held.guid.codes[rows], outcome)
    return (low < high)[guid]


def _notes(held: Held, guid: Rows, shown: Rows) -> Objects:
    """Of each sample the latest remark: a note of its own, or that of its decision; "" if none."""
    said = held.edits["note"].take(shown).fill_null("")
    found, own = np.array(said.to_pylist(), object), held.rows("note")
    place = _places(held, guid)[held.guid.codes[own]]
    for row, at, text in zip(own, place, held.texts("note", own), strict=True):
        if at >= 0 and (row > shown[at] or not found[at]):
            found[at] = text
    return found


def _tags(held: Held, guid: Rows) -> Objects:
    """Of each sample its tags in order, a tuple."""
    nothing = np.empty(1, object)
    nothing[0] = ()
    found, own = np.repeat(nothing, len(guid)), held.rows("tag")
    place = _places(held, guid)[held.guid.codes[own]]
    for at, tag in zip(place, held.texts("tag", own), strict=True):
        if at >= 0:
            found[at] = tuple(sorted({*found[at], tag}))
    return found


def _places(held: Held, guid: Rows) -> Rows:
    """By the code of a sample its row among these; -1 where it has none."""
    found = np.full(len(held.guid.levels), -1, np.int64)
    found[guid] = np.arange(len(guid))
    return found
