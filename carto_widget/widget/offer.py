"""What the page is offered to draw."""

from __future__ import annotations

from carto_widget.views.offered import offered, presets
from carto_widget.widget.source import Source
from carto_widget.widget.wire import PROTOCOL, Header


def columns_message(source: Source) -> Header:
    """The columns that can be drawn of a source, and views that fit it."""
    names, kind = source.names(), source.seen.kind
    return {
        "protocol": PROTOCOL,
        "kind": "columns",
        "columns": offered(names, source.own.columns, kind),
        "presets": presets(kind, names),
    }
