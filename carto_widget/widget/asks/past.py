"""Frames of epochs that are over, for a page that does not have them."""

from __future__ import annotations

from carto_widget.widget.asks import Answer, Parts
from carto_widget.widget.wire import Buffers, Header

IS_QUICK = True


def answer(parts: Parts, content: Header, buffers: Buffers) -> Answer:
    """Which of them come: frames marked `past`, one after the other, as the pace allows."""
    return {"epochs": parts.projector.want_past(content["epochs"])}, []
