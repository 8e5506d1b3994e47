"""The static columns that the pages know, told again where they are new or other than before."""

from __future__ import annotations

from collections.abc import Collection

from carto_widget.widget.source import Source
from carto_widget.widget.static import (
    StaticColumn,
    gold_column,
    restated_columns,
    static_columns,
    static_message,
)
from carto_widget.widget.whose import Whose
from carto_widget.widget.wire import Tell


class Known:
    """Guid, gold label and the user's columns, as far as pages have them.

    Args:
        source: Whose columns.
        whose: The dataset that is told with them.
    """

    def __init__(self, source: Source, whose: Whose) -> None:
        self._source, self._whose = source, whose
        self._told: dict[str, StaticColumn] = {}
        self._are_all_due = self._is_gold_due = True
        self._restated: set[str] = set()

    def forget(self) -> None:
        """A page has none of them."""
        self._told, self._are_all_due = {}, True

    def outdate(self) -> None:
        """All may be others now."""
        self._are_all_due = True

    def outdate_gold(self) -> None:
        """More labels are known, as the samples are seen."""
        self._is_gold_due = True

    def restate(self, names: Collection[str]) -> None:
        """Some of the user's columns are others now."""
        self._restated |= {*names}

    def tell(self, tell: Tell) -> None:
        """Send those that are new or other than before."""
        seen, own = self._source.seen, self._source.own.columns
        if self._are_all_due:
            columns = static_columns(seen.guid, seen.gold, seen.label_names, own)
        else:
            found = [*restated_columns(own, self._restated)]
            if self._is_gold_due:
                found.append(gold_column(seen.gold, seen.label_names))
            columns = [column for column in found if column]
        changed = [one for one in columns if self._told.get(one.header["name"]) != one]
        if changed:
            tell(*static_message(len(seen.guid), changed, self._whose.header))
        self._told |= {one.header["name"]: one for one in changed}
        self._are_all_due = self._is_gold_due = False
        self._restated = set()
