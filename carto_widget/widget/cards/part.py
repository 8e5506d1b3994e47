"""One piece of a card, as it travels."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol

import numpy as np

from carto_widget.widget.cards import kinds
from carto_widget.widget.wire import clean

LINE = 300  # letters of a value that is told in a line


@dataclass(frozen=True)
class Part:
    """Something to show of one value.

    Attributes:
        header: ``kind`` and what it needs.
        body: Bytes of an image or a sound; empty where it has none.
    """

    header: dict[str, Any]
    body: bytes = b""

    @property
    def n_bytes(self) -> int:
        """About how many bytes it takes in a message."""
        return len(self.body) + sum(_length(value) for value in self.header.values()) + 32


class Kind(Protocol):
    """A file of ``kinds``."""

    def fits(self, value: Any) -> bool:
        """Is this the kind of a value? Cheap, and by its looks alone."""

    def part(self, value: Any) -> Part:
        """What to show of it.

        Raises:
            ValueError, OSError: It cannot be shown; the words are for the user.
        """


@cache
def all_kinds() -> Mapping[str, Kind]:
    """The kinds by name, as their files are."""
    names = [module.name for module in pkgutil.iter_modules(kinds.__path__)]
    return {name: importlib.import_module(f"{kinds.__name__}.{name}") for name in names}


def fault(error: BaseException, whose: str = "") -> Part:
    """Why something cannot be shown, as a part of one line."""
    kind, words = type(error).__name__, str(error)
    text = words if type(error) is ValueError and words else ": ".join(filter(None, [kind, words]))
    return Part({"kind": "error", "text": clean((whose + text)[:LINE])})


def line(value: Any) -> str:
    """A value in a few words."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, (bool, np.bool_)):
        text = str(value).lower()  # as on axes and legends
    elif isinstance(value, (float, np.floating)):
        text = f"{value:.6g}"
    elif isinstance(value, (bytes, bytearray, memoryview)):
        text = f"{len(value):,} bytes"
    elif getattr(value, "shape", ()):
        text = f"{type(value).__name__} {tuple(value.shape)}"
    elif isinstance(value, (list, tuple, dict, set)):
        text = f"{type(value).__name__} of {len(value):,}"
    elif all(getattr(type(value), say) is getattr(object, say) for say in ("__str__", "__repr__")):
        text = type(value).__name__
    else:
        text = str(value)
        if isinstance(value, datetime):
            text = text.removesuffix(" 00:00:00")
    return clean(text if len(text) <= LINE else text[:LINE] + "…")


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode())
    return 8 + 12 * len(value) if isinstance(value, list) else 8
