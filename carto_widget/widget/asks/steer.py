"""An order to the training: pause, resume, stop, or set a number that it reads."""

from __future__ import annotations

from carto_widget.widget.asks import Answer, Parts
from carto_widget.widget.wire import Buffers, Header

IS_QUICK = True


def answer(parts: Parts, content: Header, buffers: Buffers) -> Answer:
    """Nothing but that it was obeyed; the status line shows how things are now."""
    parts.source.steer(content["order"], content.get("name"), content.get("value"))
    parts.projector.look_now()
    return {}, []
