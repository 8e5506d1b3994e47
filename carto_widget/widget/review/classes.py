"""The classes of a dataset as a page writes them: by name, a number as its digits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

Label = str | int


class Classes:
    """Old classes and new ones, in order.

    Args:
        old: Names, or numbers where the run has no names.
        new: Of each its name, colour and rule, in order of creation.
    """

    def __init__(self, old: Sequence[Label], new: Sequence[dict[str, Any]] = ()) -> None:
        self.old = list(old)
        self.new = [
            one | {"color": _color(one.get("color"))} for one in new if one["name"] not in self.old
        ]
        labels: list[Label] = [*self.old, *(one["name"] for one in self.new)]
        self._labels = {str(label): label for label in labels}

    @property
    def names(self) -> list[str]:
        """All, as text."""
        return list(self._labels)

    def __contains__(self, name: object) -> bool:
        return name in self._labels

    def label(self, name: str) -> Label:
        """The class as the ledger writes it."""
        return self._labels[name]

    def code(self, label: Label | None) -> int:
        """Its place among all; -1 where it is none."""
        return self.names.index(str(label)) if str(label) in self._labels else -1

    def added(self, name: str, color: str | None, rule: str) -> Classes:
        """With one more new class."""
        return Classes(self.old, [*self.new, {"name": name, "color": color, "rule": rule}])


def _color(color: object) -> str | None:
    """The colour; None where it is none, whoever wrote it into the file."""
    is_one = isinstance(color, str) and re.fullmatch("#[0-9a-fA-F]{6}", color)
    return color if is_one and isinstance(color, str) else None
