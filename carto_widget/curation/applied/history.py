"""Edits that follow one another: one made after a dataset had got the labels of those before."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from carto_widget.curation.held import Held
from carto_widget.curation.kinds import DECISIONS


class History:
    """All decisions about samples, also those that another has followed.

    Args:
        held: The edits of one dataset.
    """

    def __init__(self, held: Held) -> None:
        self._held = held

    @cached_property
    def _rows(self) -> dict[Any, list[int]]:
        """Of samples with several decisions their rows in the ledger, oldest first."""
        held = self._held
        rows = np.flatnonzero(~held.is_undone & held.kind.is_in(*DECISIONS))
        rows = rows[np.bincount(held.guid.codes[rows])[held.guid.codes[rows]] > 1]
        found: dict[Any, list[int]] = {}
        for row, guid in zip(rows.tolist(), held.guid[rows].tolist(), strict=True):
            found.setdefault(guid, []).append(row)
        return found

    def leads(self, guid: Any, label: Any, to: Any) -> bool:
        """Do earlier edits make one class of a sample another, which the last one is about?"""
        rows = self._rows.get(guid)
        if rows is None:
            return False
        olds = self._held.classes("from", np.array(rows))
        news = self._held.classes("to", np.array(rows))
        kinds = self._held.kind[np.array(rows)] == "relabel"
        for is_new, old, new in zip(kinds, olds, news, strict=True):
            if label == to:
                return True
            if is_new and old == label:
                label = new
        return False
