"""The user's own way to show a column."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from carto_widget.widget.cards.part import Part, all_kinds, fault

Renderer = Callable[[Any], Any]
_EXPECTED = "a text, an image, (samples, rate), a list of (token, weight), or a dict of these"


class Renderers(MutableMapping[str, Renderer]):
    """Column name -> function of its value, which gives what a card shows of it.

    It gives a text, an image, ``(samples, rate)``, a list of ``(token, weight)``, None (nothing),
    or a dict of these by name. It runs on a thread of the map; what it raises stands in the card.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._functions: dict[str, Renderer] = {}
        self._changed = changed
        self.revision = 0

    def __getitem__(self, column: str) -> Renderer:
        return self._functions[column]

    def __setitem__(self, column: str, function: Renderer) -> None:
        if not isinstance(column, str) or not callable(function):
            raise TypeError(
                f"renderers[{column!r}] = {function!r}: expected the name of a column and a "
                "function of its value"
            )
        self._put({**self._functions, column: function})

    def __delitem__(self, column: str) -> None:
        if column not in self._functions:
            raise KeyError(column)
        self._put({name: f for name, f in self._functions.items() if name != column})

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)

    def __repr__(self) -> str:
        return f"Renderers({self._functions})"

    def _put(self, functions: dict[str, Renderer]) -> None:
        self._functions = functions
        self.revision += 1
        self._changed()


def own_parts(column: str, function: Renderer, value: Any) -> list[tuple[str, Part]]:
    """What a user's function makes of a value; what it raises as a line."""
    try:
        given = function(value)
        named = given if isinstance(given, Mapping) and not _is_one(given) else {column: given}
        return [(str(name), _part(one)) for name, one in named.items() if one is not None]
    except (Exception, SystemExit) as error:
        name = getattr(function, "__name__", type(function).__name__)
        whose = f"renderer of {column!r}" + ("" if name == "<lambda>" else f", {name}")
        return [(column, fault(error, f"{whose}: "))]


def _is_one(given: Mapping[Any, Any]) -> bool:
    return any(kind.fits(given) for kind in all_kinds().values())


def _part(given: Any) -> Part:
    kinds = all_kinds()
    if isinstance(given, str):
        return kinds["text"].part(given)
    if isinstance(given, os.PathLike):
        given = str(os.fspath(given))
    found = next((kind for kind in kinds.values() if kind.fits(given)), None)
    if found is None:
        raise TypeError(f"it gave {type(given).__name__}; expected {_EXPECTED}")
    return found.part(given)
