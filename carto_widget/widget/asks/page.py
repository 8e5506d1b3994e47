"""Cards of single samples: what a page shows of rows that are clicked, or listed."""

from __future__ import annotations

from carto_widget.widget.asks import Answer, Parts
from carto_widget.widget.wire import Buffers, Header


def answer(parts: Parts, content: Header, buffers: Buffers) -> Answer:
    """``cards`` of the first of the ``rows`` asked for, with images and sounds in the buffers."""
    return parts.deck.page(content["rows"])
