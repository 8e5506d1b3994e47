"""What `run.json` says of a run, read once and checked where it is opened."""

from __future__ import annotations

import json
from types import NoneType
from typing import Any

from carto_widget.store.places.place import Place

SCHEMA = 1


class NewerRun(ValueError):
    """A run that a later version wrote."""


_KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("schema", "session", "every", "skipped"), int),
    **dict.fromkeys(("run", "created", "code"), str),
    "checkpoint_every": (int, NoneType),
    "compact": bool,
    "fingerprint": dict,
    "label_names": (list, dict, NoneType),
    "launch": (str, NoneType),
    "parent": (dict, NoneType),
    "task": (str, dict, NoneType),
}
_LEAST = {"session": 0, "every": 1, "checkpoint_every": 1, "skipped": -1}


def read_description(place: Place) -> dict[str, Any]:
    """The fields of a run's `run.json`.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: not a run, written by a newer version, or a field that no recorder writes so.
    """
    try:
        text = place.read("run.json")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        text = b""
        if not place.exists():
            raise FileNotFoundError(f"{place}: no such run") from None
    try:
        found = json.loads(text)
        schema = int(found["schema"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{place} is not a run: expected a folder with a run.json that names its schema"
        ) from error
    if schema > SCHEMA:
        raise NewerRun(
            f"{place} was written with schema {schema} by carto-widget {found.get('code', '?')}; "
            f"this version reads up to schema {SCHEMA}. Install carto-widget "
            f">= {found.get('code', 'a newer version')}"
        )
    if "run" not in found:
        raise ValueError(f"{place} is not a run: its run.json has no id, run=")
    for name in filter(found.__contains__, _KINDS):  # nothing is known of others
        _require(place, name, found[name])
    described: dict[str, Any] = found
    return described


def _require(place: Place, name: str, value: object) -> None:
    """Raise unless a field is what a recorder writes."""
    kind = _KINDS[name]
    is_right = isinstance(value, kind) and isinstance(value, bool) == (kind is bool)
    if name in _LEAST and isinstance(value, int):
        is_right = is_right and value >= _LEAST[name]
    if name == "fingerprint" and isinstance(value, dict):
        is_right = all(isinstance(of_split, dict) for of_split in value.values())
    if name == "label_names" and isinstance(value, dict):
        is_right = all(isinstance(names, list) for names in value.values())
    if not is_right:
        raise ValueError(
            f"{place / 'run.json'} is damaged: its field {name!r} is {value!r:.60}; "
            "put back a copy of the file, or correct the field (docs/record.md says what it holds)"
        )
