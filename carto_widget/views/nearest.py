"""Names that were meant when another was written."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """``names``, the one most like ``name`` first."""

    def likeness(other: str) -> float:
        return SequenceMatcher(None, name.lower(), other.lower()).ratio()

    return sorted(names, key=likeness, reverse=True)


def unknown_keyword(function: str, unknown: Iterable[str], known: Iterable[str]) -> TypeError:
    """The error for a keyword argument that ``function`` does not have."""
    name = min(unknown)
    return TypeError(
        f"{function}() has no argument {name!r}; did you mean {nearest(name, known)[0]!r}?"
    )
