"""In which way edits are applied: what a user may say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Way:
    """What ``Ledger.apply`` and ``Ledger.preview`` are told besides the dataset.

    Attributes:
        guid, gold: Where in the dataset names and labels are; what that means, its kind says.
        reviewer, conflicts: As for `decisions_of`.
        label_names: Names of the old classes, where the dataset does not know them itself.
        unsure: "keep" or "drop".

    Raises:
        ValueError: Another word for ``unsure``.
    """

    guid: Any
    gold: Any
    reviewer: str | None
    conflicts: str
    label_names: Sequence[str] | None
    unsure: str

    def __post_init__(self) -> None:
        if self.unsure not in ("keep", "drop"):
            raise ValueError(f"apply: unsure={self.unsure!r}, expected 'keep' or 'drop'")

    @cached_property
    def names(self) -> list[str] | None:
        """``label_names`` as texts."""
        return None if self.label_names is None else [str(name) for name in self.label_names]
