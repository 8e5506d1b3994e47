"""Which run a run was trained after, and which edits lie between them."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from carto_widget.datawork.comparison import counted
from carto_widget.store.places.place import place_of
from carto_widget.store.run.description import read_description

KINDS = ("keep", "relabel", "drop", "unsure")


def edits_between(
    a: Any, b: Any, ledger: Any, guid: pd.Index[Any], split: str
) -> tuple[pd.Categorical | None, list[str]]:
    """(N,) the decision about each sample, None where no ledger is known; and what to say of it.

    Args:
        a: the run before.
        b: the run after.
        ledger: the edits, or the path of their file; None: what `again` noted in b.
        guid: whose decisions.
        split: of which split they are, where the ledger holds edits of several.
    """
    parent, notes = _described(b).get("parent") or {}, []
    if ledger is None and parent:
        if parent.get("run") != _described(a).get("run"):
            notes.append("b says that it was trained after another run than a.")
            return None, notes
        ledger = parent.get("ledger")
        if ledger is not None and not Path(ledger).is_file():
            notes.append(f"The edits between the runs are not known: {ledger} is not there.")
            return None, notes
    if ledger is None:
        return None, notes
    if isinstance(ledger, (str, os.PathLike)):
        if not os.path.exists(ledger):
            raise FileNotFoundError(f"compare: {os.fspath(ledger)}: there is no such ledger")
        ledger = import_module("carto_widget").ledger(ledger)
    ours = [one for one in ledger.apart() if one.samples.dataset.split == split]
    ledger = ours[0] if len(ours) == 1 else ledger
    decisions = ledger.decisions()
    more = len(ledger.edits) - int(parent.get("edits", len(ledger.edits)))
    if more > 0:
        notes.append(f"The ledger has {counted(more, 'edit')} made after b began.")
    strangers = int((~decisions.index.isin(guid)).sum())
    if strangers:
        notes.append(f"{counted(strangers, 'decision')} about samples that neither run has.")
    kinds = decisions["kind"].reindex(guid)
    return pd.Categorical(kinds, categories=KINDS), notes


def _described(source: Any) -> dict[str, Any]:
    """`run.json` of a source that is a run; nothing of others."""
    held = getattr(getattr(source, "run", None), "description", None)
    if isinstance(held, dict):
        return held
    if isinstance(source, (str, os.PathLike)):
        try:
            return read_description(place_of(source))
        except (OSError, ValueError):
            return {}
    return {}
