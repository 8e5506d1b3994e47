"""Edits that follow one another: one made after a dataset had got the labels of those before."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

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
    def _rows(self) -> dict[Any, Any]:
        """Of samples with several decisions their rows in the ledger, oldest first."""
        held = self._held
        rows = np.flatnonzero(~held.is_undone & np.isin(held.kind, DECISIONS))
        is_repeated = pd.Series(held.guid[rows]).duplicated(keep=False).to_numpy()
        rows = rows[is_repeated]
        return pd.Series(rows).groupby(held.guid[rows], sort=False).agg(list).to_dict()

    def leads(self, guid: Any, label: Any, to: Any) -> bool:
        """Do earlier edits make one class of a sample another, which the last one is about?"""
        rows = self._rows.get(guid)
        if rows is None:
            return False
        olds = self._held.classes("from", np.array(rows))
        news = self._held.classes("to", np.array(rows))
        for row, old, new in zip(rows, olds, news, strict=True):
            if label == to:
                return True
            if self._held.kind[row] == "relabel" and old == label:
                label = new
        return False
