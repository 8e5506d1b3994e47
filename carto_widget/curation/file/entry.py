"""One thing that somebody has said of some samples: a line of the ledger."""

from __future__ import annotations

import getpass
import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from carto_widget.curation.samples.dataset import Dataset

DECISIONS = ("keep", "relabel", "drop", "unsure")  # what a sample's label shall be
OF_A_SAMPLE = (*DECISIONS, "note", "tag", "untag")
OF_CLASSES = ("class", "undo")  # by which classes come and go
EDITS = (*OF_A_SAMPLE, *OF_CLASSES)
NO_MORE = "3"  # what was said in the year 3000, or is no time, would outlast all that is said later

_TEXTS = ("id", "when", "who", "kind", "dataset", "split")


@dataclass(frozen=True, eq=False)
class Entry:
    """A line of the ledger; what it says beside these fields depends on its kind.

    Attributes:
        kind: "name" (these samples have a name), "unname" (no more), an edit (``EDITS``), or
            what a later version writes.
        id: Given once in the world.
        when: ISO 8601, UTC, in microseconds; what was said later counts.
        who: The user.
        dataset: Fingerprint of the guids.
        rows: How many guids that is.
        split: Whose they are.
        said: Everything else on the line: ``name``, ``guids``, ``count``; ``guid``, ``to``, ...
    """

    kind: str
    id: str
    when: str
    who: str
    dataset: str
    rows: int
    split: str
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> tuple[str, str]:
        """By which entries are ordered, wherever in the file they stand."""
        return self.when, self.id

    @property
    def line(self) -> bytes:
        """As it stands in the file, without its end."""
        own = {
            "id": self.id,
            "when": self.when,
            "who": self.who,
            "kind": self.kind,
            "dataset": self.dataset,
            "rows": self.rows,
            "split": self.split,
        }
        return json.dumps(own | self.said, ensure_ascii=False, allow_nan=False).encode()


def entry(kind: str, of: Dataset, **said: Any) -> Entry:
    """Something said now, by this user."""
    return entry_of(kind, of, said)


def entry_of(
    kind: str, of: Dataset, said: dict[str, Any], *, name: str | None = None, who: str | None = None
) -> Entry:
    """The same with what the line says in a dict; a writer and an id (``name``) may be given."""
    when = datetime.now(timezone.utc).isoformat(timespec="microseconds")
    by = user() if who is None else who
    return Entry(kind, name or uuid.uuid4().hex, when, by, of.fingerprint, len(of), of.split, said)


def parsed(line: bytes) -> Entry | None:
    """The entry of a line; None where it is none, as half a line of a writer that was killed."""
    try:
        held = json.loads(line)
        texts = {name: held.pop(name) for name in _TEXTS}
        rows = held.pop("rows")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not all(isinstance(text, str) for text in texts.values()) or not is_whole(rows):
        return None
    if texts["when"] >= NO_MORE:
        return None
    return Entry(**texts, rows=rows, said=held)


def is_whole(value: object) -> bool:
    """Is it a number that a column holds?"""
    return type(value) is int and -(2**63) <= value < 2**63


def user() -> str:
    """Who is at work here."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user may have no name
        return ""
