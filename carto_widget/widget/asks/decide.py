"""What a person decided of samples."""

from __future__ import annotations

from carto_widget.widget.asks import Answer, Parts
from carto_widget.widget.wire import Buffers, Header


def answer(parts: Parts, content: Header, buffers: Buffers) -> Answer:
    """Ids that are ``accepted``: on disk; ``refused`` ones with the reason; and the ``counts``."""
    return parts.desk.decide(content.get("review"), content.get("decisions")), []
