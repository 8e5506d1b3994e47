"""What the pages are offered to draw."""

from __future__ import annotations

from collections.abc import Collection

from carto_widget.views.offered import offered, presets
from carto_widget.widget.source import Source
from carto_widget.widget.wire import PROTOCOL, Header, Tell


class Offer:
    """The columns that can be drawn of a source, and views that fit it.

    Args:
        source: Whose.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._told: Header = {}
        self._is_due = True

    def forget(self) -> None:
        """A page has not been told."""
        self._told, self._is_due = {}, True

    def outdate(self) -> None:
        """There may be others now."""
        self._is_due = True

    def has(self, names: Collection[str]) -> bool:
        """Are all of these offered?"""
        return {*names} <= {one["name"] for one in self._told.get("columns", [])}

    def tell(self, tell: Tell) -> None:
        """Send it, where it is another than before."""
        if not self._is_due:
            return
        message = self._message()
        if message != self._told:
            tell(message, [])
        self._told, self._is_due = message, False

    def _message(self) -> Header:
        names, kind = self._source.names(), self._source.seen.kind
        return {
            "protocol": PROTOCOL,
            "kind": "columns",
            "columns": offered(names, self._source.own.columns, kind),
            "presets": presets(kind, names),
        }
