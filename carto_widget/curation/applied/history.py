"""Edits that follow one another: one made after a dataset had got the labels of those before."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from carto_widget.curation.applied.classes import Classes
from carto_widget.curation.file.entry import DECISIONS
from carto_widget.curation.held.held import Held


class History:
    """All decisions about samples, also those that another has followed.

    Args:
        held: The edits of one dataset.
        classes: By which their classes are numbers.
    """

    def __init__(self, held: Held, classes: Classes) -> None:
        self._held, self._classes = held, classes

    @cached_property
    def _steps(self) -> dict[Any, list[tuple[int, int]]]:
        """Of samples with several decisions the old and new class of each relabel, oldest first."""
        held = self._held
        rows = np.flatnonzero(~held.is_undone & held.kind.is_in(*DECISIONS))
        rows = rows[np.bincount(held.guid.codes[rows])[held.guid.codes[rows]] > 1]
        rows = rows[held.kind.is_in("relabel")[rows]]
        old, new = (self._classes.codes(held.classes(name, rows)) for name in ("from", "to"))
        found: dict[Any, list[tuple[int, int]]] = {}
        for guid, *step in zip(held.guid[rows].tolist(), old.tolist(), new.tolist(), strict=True):
            found.setdefault(guid, []).append((step[0], step[1]))
        return found

    def leads(self, guid: Any, label: int, to: int) -> bool:
        """Do edits make one class of a sample another, which a later one is about?"""
        for old, new in self._steps.get(guid, ()):
            label = new if old == label else label
            if label == to:
                return True
        return False
