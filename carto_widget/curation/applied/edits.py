"""The edits that shall be applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from carto_widget.curation.applied.classes import ONE_CLASS, Classes, number_of
from carto_widget.curation.applied.decisions import decisions_of
from carto_widget.curation.applied.history import History
from carto_widget.curation.applied.plan import Plan
from carto_widget.curation.applied.source import Source
from carto_widget.curation.applied.way import Way
from carto_widget.curation.held.held import Held


@dataclass(frozen=True)
class Edits:
    """What a ledger says, to be applied to a dataset.

    Attributes:
        ledger: The path of its file.
        held: The edits of a split; of None those of the only one.
        splits: Which there are.
        new_classes: Names, in order.
        known_names: Names of the old classes of the samples that the ledger is bound to.
        way: In which way.
        split: Whose edits; None: of the only one.
    """

    ledger: str
    held: Callable[[str | None], Held]
    splits: Callable[[], list[str]]
    new_classes: Sequence[str]
    known_names: Sequence[str] | None
    way: Way
    split: str | None = None

    def of_split(self, split: str | None) -> Edits:
        """Those of one split."""
        return replace(self, split=split)

    def plan(self, source: Source) -> Plan:
        """What they would change, and which do not fit."""
        held = self.held(self.split)
        decisions = decisions_of(held, self.way.reviewer, self.way.conflicts)
        drops_unsure = self.way.unsure == "drop"
        classes = self._classes(source)
        history = History(held, classes)
        return Plan(source, decisions, classes, history, self.ledger, drops_unsure)

    def _classes(self, source: Source) -> Classes:
        if self.way.names is None and source.label_names is not None:
            return Classes(source.label_names, self.new_classes)
        known = self.known_names if self.way.names is None else self.way.names
        if source.classes is None:
            return Classes(known, self.new_classes)
        try:
            there = set(source.classes())
            are_texts = any(isinstance(one, str) for one in there)
            numbers = set() if are_texts else {int(one) for one in there}
        except (TypeError, ValueError, ArithmeticError, NotImplementedError) as error:  # no classes
            raise ValueError(ONE_CLASS) from error
        if are_texts:
            return self._of_texts({str(one) for one in there}, known)
        return self._of_numbers(numbers, known)

    def _of_texts(self, there: set[str], old: Sequence[str] | None) -> Classes:
        """The names that are given, or that the ledger's samples had, where they are these; else
        those that occur."""
        if old is None or (self.way.names is None and there - {*old, *self.new_classes}):
            old = sorted(there - set(self.new_classes))
        return Classes(old, self.new_classes)

    def _of_numbers(self, there: set[int], known: Sequence[str] | None) -> Classes:
        """Numbers are places among the names, or are the names.

        Raises:
            ValueError: They may be either.
        """
        names = [*(known or ()), *self.new_classes]
        spelt = {int(name) for name in names if number_of(name) is not None}
        are_places = known is not None and all(-1 <= one < len(names) for one in there)
        are_names = known is not None and there <= spelt
        if are_places and are_names and any(names[one] != str(one) for one in there):
            raise ValueError(
                f"apply: the labels are the numbers {sorted(there)[:10]}, the classes are called "
                f"{names[:10]}: these names, or places among them? Give the labels as texts, or "
                "all classes where they occur"
            )
        if are_places or (self.way.names is not None and not are_names):
            return Classes(known, self.new_classes)
        return Classes(None, self.new_classes, sorted(there | spelt))
