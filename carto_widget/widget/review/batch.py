"""Decisions as a page sends them: each one checked, and turned into a line of the ledger."""

from __future__ import annotations

from typing import Any

import numpy as np

from carto_widget.curation.file.checked import LONGEST_TEXT, checked_color, checked_text
from carto_widget.curation.file.entry import DECISIONS, Entry, entry_of
from carto_widget.curation.held.held import Held
from carto_widget.curation.samples.samples import Samples
from carto_widget.widget.review.classes import Classes
from carto_widget.widget.wire import Header


class Batch:
    """Makes entries of what comes in one message; what comes later may build on what came before.

    Args:
        samples: That are decided on.
        held: All edits of them.
        classes: There are.
        who: Whose decisions they are.
        reason: How the samples were found.
        is_blind: The page does not know the gold label.
    """

    def __init__(
        self,
        samples: Samples,
        held: Held,
        classes: Classes,
        *,
        who: str,
        reason: str,
        is_blind: bool,
    ) -> None:
        self._samples, self._held, self._classes = samples, held, classes
        self._who, self._reason, self._is_blind = who, reason, is_blind
        self.entries: dict[str, Entry] = {}

    def add(self, said: Header) -> None:
        """One more.

        Raises:
            ValueError, TypeError: It cannot be taken; why.
        """
        kind = said.get("kind")
        make = {"class": self._class, "undo": self._undo, "note": self._note}.get(str(kind))
        if kind in ("tag", "untag"):
            told = self._about(said) | {"tag": checked_text("a tag", said.get("tag"))}
        elif kind in DECISIONS:
            kind, told = self._decision(str(kind), said)
        elif make is not None:
            told = make(said)
        else:
            raise ValueError(f"a decision of the kind {kind!r}: expected one of {DECISIONS}")
        made = entry_of(str(kind), self._samples.dataset, told, name=said["id"], who=self._who)
        self.entries[made.id] = made

    def _decision(self, kind: str, said: Header) -> tuple[str, dict[str, Any]]:
        """Relabelling to the gold class is keeping; who is blind cannot say which of the two."""
        row = self._row(said)
        gold = self._samples.classes(row)[0]
        told = {"guid": self._samples.dataset.guid[row].tolist()[0], "from": gold}
        if kind == "keep" and self._is_blind:
            raise ValueError("keep: the label is hidden in a blind review; choose a class")
        if kind == "relabel":
            name = said.get("to")
            if name not in self._classes:
                there = ", ".join(self._classes.names[:10]) or "none"
                raise ValueError(f"relabel to {name!r}: there is no such class; there are {there}")
            label = self._classes.label(str(name))
            kind, told = ("keep", told) if label == gold else (kind, told | {"to": label})
        if said.get("note"):
            told["note"] = checked_text("a note", said["note"], LONGEST_TEXT)
        on = {"reason": self._reason, "run": self._samples.run, "epoch": self._samples.epoch}
        on["content"] = self._samples.contents(row)[0]
        return kind, told | {name: value for name, value in on.items() if value not in (None, "")}

    def _note(self, said: Header) -> dict[str, Any]:
        text = said.get("note")
        return self._about(said) | {"note": text and checked_text("a note", text, LONGEST_TEXT)}

    def _class(self, said: Header) -> dict[str, Any]:
        name = checked_text("a class's name", said.get("name"))
        if name in self._classes:
            raise ValueError(f"there is a class {name!r} already")
        told = {"name": name}
        if said.get("color"):
            told["color"] = checked_color(said["color"])
        if said.get("rule"):
            told["rule"] = checked_text("a rule", said["rule"], LONGEST_TEXT)
        self._classes = self._classes.added(name, told.get("color"), told.get("rule", ""))
        return told

    def _undo(self, said: Header) -> dict[str, Any]:
        of = said.get("of")
        if of in self.entries:
            return {"of": of}
        at = self._held.place(of) if isinstance(of, str) else None
        if at is None or self._held.who.levels[self._held.who.codes[at]] != self._who:
            raise ValueError("undo: it is none of your own edits")
        if self._held.is_undone[at]:
            raise ValueError("undo: it is taken back already")
        return {"of": of}

    def _about(self, said: Header) -> dict[str, Any]:
        return {"guid": self._samples.dataset.guid[self._row(said)].tolist()[0]}

    def _row(self, said: Header) -> Any:
        """(1,) the row, which must be the one that the page has seen."""
        row, guid = said.get("row"), said.get("guid")
        if type(row) is not int or not 0 <= row < len(self._samples):
            raise ValueError(f"row {row!r}: expected 0 to {len(self._samples) - 1}")
        if guid and str(guid) != str(self._samples.dataset.guid[row]):
            raise ValueError(f"row {row} is not the sample {guid!r} any more")
        return np.array([row])
