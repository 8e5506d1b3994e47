"""A review that begins in the page."""

from __future__ import annotations

from carto_widget.widget.asks import Answer, Parts
from carto_widget.widget.reviews import begin, default_order
from carto_widget.widget.wire import Buffers, Header


def answer(parts: Parts, content: Header, buffers: Buffers) -> Answer:
    """Nothing but that it was done: the review is a message of its own.

    ``review`` is one that was left, and goes on; else ``rows`` are "selection" or "all",
    ``order`` and ``blind`` as ``DataMap.review`` has them.

    Raises:
        ValueError: Nothing is selected, or there is no such order.
    """
    if parts.desk.reopen(str(content.get("review"))):
        return {}, []
    rows, order = content.get("rows", "selection"), content.get("order")
    if rows not in ("selection", "all"):
        raise ValueError(f"review of {rows!r}: expected selection or all")
    named = parts.chosen.guid_of(parts.selection) if rows == "selection" else None
    order = default_order(parts.source) if order is None else order
    begin(parts.source, parts.desk, named, order, is_blind=content.get("blind") is True)
    return {}, []
