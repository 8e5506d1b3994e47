"""Cards of the samples that are reviewed."""

from __future__ import annotations

from carto_widget.widget.asks import Answer, Parts
from carto_widget.widget.wire import Buffers, Header


def answer(parts: Parts, content: Header, buffers: Buffers) -> Answer:
    """``cards`` of the first of ``count`` positions, with images and sounds in the buffers."""
    return parts.desk.cards(content.get("review"), content.get("from"), content.get("count"))
