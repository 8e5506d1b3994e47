"""A page leaves the review."""

from __future__ import annotations

from carto_widget.widget.asks import Answer, Parts
from carto_widget.widget.wire import Buffers, Header


def answer(parts: Parts, content: Header, buffers: Buffers) -> Answer:
    """Nothing but that it was done."""
    now = parts.desk.session
    if now is not None and now.id == content.get("review"):
        parts.desk.close(now)
    return {}, []
