"""Which samples have a name now."""

from __future__ import annotations

from collections.abc import Sequence

from carto_widget.curation.file.entry import Entry
from carto_widget.curation.samples.dataset import Dataset

LONGEST = 100  # letters of a name


def named(entries: Sequence[Entry], of: Dataset) -> dict[str, Entry]:
    """Of each name the entry that holds, the one given last at the end.

    Args:
        entries: Oldest first.
        of: Entries of other datasets and splits are left out.
    """
    found: dict[str, Entry] = {}
    for one in entries:
        name = one.said.get("name")
        if one.kind not in ("name", "unname") or not isinstance(name, str):
            continue
        if not of.holds(one.dataset, one.rows, one.split):
            continue
        found.pop(name, None)
        if one.kind == "name" and isinstance(one.said.get("guids"), list):
            found[name] = one
    return found


def strangers(entries: Sequence[Entry], of: Dataset) -> list[str]:
    """Names that samples of other datasets have, of the same split."""
    found: dict[tuple[str, str], str] = {}
    for one in entries:
        name = one.said.get("name")
        if one.split != of.split or of.holds(one.dataset, one.rows, one.split):
            continue
        if one.kind == "unname":
            found.pop((one.dataset, str(name)), None)
        elif one.kind == "name" and isinstance(name, str):
            found[one.dataset, name] = name
    return list(dict.fromkeys(found.values()))


def checked_name(name: object) -> str:
    """The name, as it may be given.

    Raises:
        TypeError: No string.
        ValueError: Empty, or too long.
    """
    if not isinstance(name, str):
        raise TypeError(f"a selection's name is a string, got {name!r}")
    if not name.strip() or len(name) > LONGEST:
        raise ValueError(
            f"a selection's name has 1 to {LONGEST} letters, got {len(name)}: {name[:20]!r}"
        )
    return name
