"""Functions of the user's own that a run was recorded with: their source texts, in `run.json`.

They are kept to be read by people and compared by hash, and are never executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

FIELD = "own"
Version = dict[str, Any]
Versions = dict[str, list[Version]]
OwnKind = Literal["signals", "metrics"]


def own_functions(description: Mapping[str, Any], kind: OwnKind) -> Versions:
    """Name -> what `run.json` says of the function, the newest version last.

    What no recorder writes is passed over.
    """
    own = description.get(FIELD)
    of_kind = own.get(kind) if isinstance(own, dict) else None
    if not isinstance(of_kind, dict):
        return {}
    return {
        name: [version for version in versions if isinstance(version, dict)]
        for name, versions in of_kind.items()
        if isinstance(versions, list)
    }


def with_newest(
    description: Mapping[str, Any], now: Mapping[OwnKind, Mapping[str, Version]], session: int
) -> dict[str, Any]:
    """The field of `run.json` after these functions were registered; nothing where none ever was.

    Args:
        description: the other fields, and this one as it was.
        now: name -> version as it is now; one with another `sha256` than the newest is added.
        session: which session that is.
    """
    field: dict[OwnKind, Versions] = {}
    for kind, functions in now.items():
        versions = own_functions(description, kind)
        for name, version in functions.items():
            past = versions.get(name, [])
            if past and past[-1].get("sha256") == version["sha256"]:
                versions[name] = [*past[:-1], {**past[-1], **version}]
            else:
                versions[name] = [*past, {"session": session, **version}]
        field[kind] = versions
    return {FIELD: field} if any(field.values()) else {}


def sentences(description: Mapping[str, Any]) -> list[str]:
    """Which functions there are, and what failed."""
    found = []
    kinds: dict[OwnKind, str] = {"signals": "Signals computed", "metrics": "Metrics defined"}
    for kind, what in kinds.items():
        versions = own_functions(description, kind)
        names = ", ".join(f"{name}{_note(of_name)}" for name, of_name in sorted(versions.items()))
        found += [f"{what} by functions of its own: {names}."] * bool(names)
        newest = [of_name[-1] for of_name in versions.values() if of_name]
        found += [f"{one['failed']}." for one in newest if isinstance(one.get("failed"), str)]
    return found


def _note(versions: list[Version]) -> str:
    if versions and versions[-1].get("source") is None:
        return " (no source text)"
    return f" ({len(versions)} versions)" if len(versions) > 1 else ""
