"""The columns of a map that questions were asked of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.views.asked import Values
from carto_widget.views.nearest import nearest
from carto_widget.views.preview import preview_name
from carto_widget.views.table import LABELS, is_taken, numbers_named, state_of
from carto_widget.widget.source import Source


class Asked:
    """Columns of the latest complete state, each kept until it may be another."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._own: pd.DataFrame | None = None
        self._state: tuple[Any, ...] = ()
        self._kept: dict[str, Values] = {}

    def column(self, name: str) -> Values:
        """The values of one of our numbers, or of the user's columns.

        Raises:
            ValueError: There is none of this name; the nearest ones are named.
        """
        own, dynamics = self._source.own.columns, self._source.dynamics()
        state = state_of(dynamics) if dynamics is not None else ()
        if own is not self._own or state != self._state:
            self._own, self._state, self._kept = own, state, {}
        if name not in self._kept:
            self._kept[name] = self._made(name, own, dynamics)
        return self._kept[name]

    def searched(self) -> Sequence[Values]:
        """Where words are looked for: the text to preview, and the guid."""
        preview = preview_name(self._source.own.columns)
        return [self.column(name) for name in (preview, "guid") if name is not None]

    def _made(self, name: str, own: pd.DataFrame, dynamics: TrainingDynamics | None) -> Values:
        if name == "guid":
            return Values(name, own.index.to_series(), as_texts=True)
        if dynamics is not None and is_taken(name):
            values = numbers_named(dynamics, name).reindex(own.index)
            is_class = name in LABELS and pd.api.types.is_integer_dtype(values.dtype)
            return Values(name, values.astype("category") if is_class else values)
        if name in own.columns:
            return Values(name, own[name])
        names = self._source.names()
        if name in names:  # no epoch has ended yet
            return Values(name, pd.Series(float("nan"), own.index))
        close = nearest(name, dict.fromkeys([*names, *map(str, own.columns), "guid"]))[:3]
        raise ValueError(f"no column {name!r}; did you mean {' or '.join(map(repr, close))}?")
