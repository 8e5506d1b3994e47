"""What a labelling tool and a ledger tell each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MISSING = {"NoneType", "NAType", "NaTType"}


@dataclass(frozen=True)
class Names:
    """Under which names a tool's file holds what is meant; None: what is usual there.

    Attributes:
        guid: Of a sample's name.
        gold: Of the label: a question, a control, a field.
    """

    guid: str | None = None
    gold: str | None = None


@dataclass(frozen=True)
class Said:
    """A label that somebody gave a sample in another tool.

    Attributes:
        guid: The sample's name there.
        label: The class; None where it is not one.
        who: The annotator's name or number there, "" where it is not told.
        of: What tells this from the same said another time.
        edit: The id of the edit, where it was made here and nobody there has touched it; else "".
    """

    guid: Any
    label: Any
    who: str = ""
    of: str = ""
    edit: str = ""


@dataclass(frozen=True)
class Shown:
    """A sample, and what was decided of it here.

    Attributes:
        guid: Its name.
        fields: What one reads of it, by column.
        gold: Its label as it was.
        kind: Of the decision, "" where there is none.
        label: The class it shall have; None where it is dropped or unsure.
        who: The reviewer.
        note: Why.
        edit: The id of that edit.
    """

    guid: Any
    fields: Mapping[str, Any]
    gold: Any
    kind: str = ""
    label: Any = None
    who: str = ""
    note: str = ""
    edit: str = ""

    @property
    def filled(self) -> dict[str, Any]:
        """The fields with "" for what is missing: null is refused in what a tool shows."""
        return {name: "" if value is None else value for name, value in self.fields.items()}

    @property
    def told(self) -> dict[str, str]:
        """The decision in a tool's words that it does not know itself."""
        held = {"decision": self.kind, "reviewer": self.who, "note": self.note, "edit": self.edit}
        return {name: value for name, value in held.items() if value}


def text(held: Any) -> str:
    """A text; "" for anything else."""
    return held if isinstance(held, str) else ""


def mappings(held: Any) -> list[dict[str, Any]]:
    """The objects of a list; anything else has none."""
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []


def plain(value: Any) -> Any:
    """A value as JSON has it; what is missing is None, what has no such form a text."""
    if isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if type(value).__name__ in _MISSING:
        return None
    is_one = hasattr(value, "item") and not getattr(value, "ndim", 0)
    return plain(value.item()) if is_one else str(value)
