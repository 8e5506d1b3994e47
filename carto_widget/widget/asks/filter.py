"""Which rows a question of the page finds, of columns that it does not have."""

from __future__ import annotations

from carto_widget.views.filtered import checked, rows_of
from carto_widget.widget.asks import Answer, Parts
from carto_widget.widget.wire import Buffers, Header, bits_of


def answer(parts: Parts, content: Header, buffers: Buffers) -> Answer:
    """One bit a row, of the latest complete epoch."""
    tree, rows = checked(content.get("tree")), len(parts.source.own.columns)
    found = rows_of(tree, parts.asked.column, parts.asked.searched, rows)
    return {"rows": rows}, [bits_of(found)]
