"""Texts."""

from __future__ import annotations

from typing import Any

from carto_widget.widget.cards.part import Part
from carto_widget.widget.wire import clean

LONGEST = 20_000  # letters
SHORT = 60  # letters of what is a name rather than a text


def fits(value: Any) -> bool:
    """A text of more than a few words."""
    return isinstance(value, str) and (len(value) > SHORT or "\n" in value)


def part(value: Any) -> Part:
    """The text, and its whole length where it was cut."""
    text = str(value)
    header: dict[str, Any] = {"kind": "text", "text": clean(text[:LONGEST])}
    if len(text) > LONGEST:
        header["of"] = len(text)
    return Part(header)
