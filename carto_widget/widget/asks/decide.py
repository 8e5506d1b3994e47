"""What a person decided of samples."""

from __future__ import annotations

from carto_widget.widget.asks import Answer, Parts
from carto_widget.widget.wire import Buffers, Header


def answer(parts: Parts, content: Header, buffers: Buffers) -> Answer:
    """Ids that are ``accepted``: on disk; ``refused`` ones with the reason; and the ``counts``.

    ``key``, ``reviewer`` and ``reason`` come with those that a page kept when their kernel went.
    """
    kept = None
    if "key" in content:
        kept = {name: str(content.get(name) or "") for name in ("key", "reviewer", "reason")}
    return parts.desk.decide(content.get("review"), content.get("decisions"), kept), []
