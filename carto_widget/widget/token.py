"""A name for an object that nothing else names."""

from __future__ import annotations

import uuid
import weakref

_known: dict[int, tuple[weakref.ref[object], str]] = {}


def token_of(thing: object) -> str:
    """The same each time for one object, another for every other, also after it is gone."""
    known = _known.get(id(thing))
    if known is None or known[0]() is not thing:
        known = _known[id(thing)] = (weakref.ref(thing), uuid.uuid4().hex)
    return known[1]
