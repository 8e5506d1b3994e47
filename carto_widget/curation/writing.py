"""Saying something of samples: every edit is checked whole before a line is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carto_widget.curation.bound import Bound
from carto_widget.curation.file.checked import (
    LONGEST_TEXT,
    checked_class,
    checked_color,
    checked_ids,
    checked_kind,
    checked_text,
)
from carto_widget.curation.file.entry import DECISIONS, Entry, entry_of, user
from carto_widget.curation.samples.samples import Samples


class Writing(Bound):
    """A ledger in which somebody writes."""

    def relabel(self, what: Any, to: Any, *, reason: str = "", note: str = "") -> list[str]:
        """Samples belong to another class.

        Args:
            what: As ``DataMap.select`` takes it, or one guid.
            to: The class: its name, or its number where classes have no names.
            reason: How they were found: "aum", "lasso", "audit", ...
            note: Why.

        Returns:
            The ids of the edits, one a sample.

        Raises:
            ValueError: An unknown guid or class, or no samples; nothing is written.
            OSError: The file cannot be written; the edits are kept in memory and written with the
                next that can be.
        """
        return self.write("relabel", what, to=to, reason=reason, note=note)

    def keep(self, what: Any, *, reason: str = "", note: str = "") -> list[str]:
        """Samples are labelled rightly; arguments and errors as `relabel`."""
        return self.write("keep", what, reason=reason, note=note)

    def drop(self, what: Any, *, reason: str = "", note: str = "") -> list[str]:
        """Samples do not belong in the dataset; arguments and errors as `relabel`."""
        return self.write("drop", what, reason=reason, note=note)

    def unsure(self, what: Any, *, reason: str = "", note: str = "") -> list[str]:
        """Nobody can tell the class of these; arguments and errors as `relabel`."""
        return self.write("unsure", what, reason=reason, note=note)

    def note(self, what: Any, text: str) -> list[str]:
        """A remark, which takes the place of the one before; errors as `relabel`."""
        return self.write("note", what, note=checked_text("a note", text, LONGEST_TEXT))

    def tag(self, what: Any, tag: str) -> list[str]:
        """One tag more; errors as `relabel`."""
        return self.write("tag", what, tag=tag)

    def untag(self, what: Any, tag: str) -> list[str]:
        """One tag less; errors as `relabel`."""
        return self.write("untag", what, tag=tag)

    def add_class(
        self, name: str, *, color: str | None = None, rule: str = "", ids: Any = None
    ) -> list[str]:
        """A class that the dataset does not have yet, behind those it has.

        The same name again changes colour and rule, and nothing where they are the same.

        Args:
            name: Its name.
            color: "#rrggbb".
            rule: When does a sample belong here?
            ids: As of `write`.

        Raises:
            ValueError: The dataset has a class of that name.
        """
        checked_text("a class's name", name)
        known = self.classes.set_index("name")
        if name in map(str, self.samples.known):
            raise ValueError(f"add_class({name!r}): the dataset has this class already")
        said: dict[str, Any] = {"name": name}
        said |= {} if color is None else {"color": checked_color(color)}
        said |= {"rule": checked_text("a rule", rule, LONGEST_TEXT)} if rule else {}
        if name in known.index and said.items() <= {"name": name, **known.loc[name]}.items():
            return []
        return self._put(self._entries("class", [said], checked_ids(ids, 1)), is_new=ids is None)

    def undo(self, edit: str | Iterable[str] | None = None, *, ids: Any = None) -> list[str]:
        """Take an edit back; an undo, too, can be taken back.

        Args:
            edit: What a method above returned, or an ``id`` of `edits`; several at once; None: this
                reviewer's latest edit that is not taken back.
            ids: As of `write`.

        Raises:
            ValueError: There is no such edit, or it is taken back already.
            OSError: As `relabel`.
        """
        held = self.held()
        wanted = (
            [self._latest()] if edit is None else [edit] if isinstance(edit, str) else list(edit)
        )
        rows = pc.index_in(pa.array(wanted, pa.string()), held.edits["id"].combine_chunks())
        given = checked_ids(ids, len(wanted))
        for one, row in zip(wanted, rows.to_pylist(), strict=True):
            if row is None:
                raise ValueError(f"undo: there is no edit {one!r} of these samples in {self.path}")
            if held.is_undone[row] and not (given and self.has(given[0])):
                raise ValueError(f"undo: the edit {one!r} is taken back already")
        return self._put(
            self._entries("undo", [{"of": one} for one in wanted], given), is_new=ids is None
        )

    def write(
        self,
        kind: str,
        what: Any,
        *,
        to: Any = None,
        reason: str = "",
        note: str = "",
        tag: str | None = None,
        ids: Sequence[str] | None = None,
    ) -> list[str]:
        """One edit a sample; the methods above in one.

        Args:
            kind: A decision, "note", "tag" or "untag".
            ids: Made elsewhere, one a sample in the dataset's order; one that the ledger has is not
                written a second time.
        """
        samples = self.samples
        rows = samples.rows(what, verb=checked_kind(kind))
        given = checked_ids(ids, len(rows))
        said: dict[str, Any] = {}
        if kind == "relabel":
            said["to"] = checked_class(to, self.label_names(samples.known))
        if kind in ("tag", "untag"):
            said["tag"] = checked_text("a tag", tag)
        said |= {"reason": checked_text("a reason", reason)} if reason else {}
        said |= {"note": checked_text("a note", note, LONGEST_TEXT)} if note else {}
        told = [{"guid": guid} for guid in samples.dataset.guid[rows].tolist()]
        if kind in DECISIONS:
            seen = _seen(samples, rows)
            told = [
                one | {"from": old.pop("from")} | said | old
                for one, old in zip(told, seen, strict=True)
            ]
        else:
            told = [one | said for one in told]
        return self._put(self._entries(kind, told, given), is_new=ids is None)

    # ---- inside ----

    def _put(self, new: list[Entry], *, is_new: bool) -> list[str]:
        if not self.append(*[one for one in new if is_new or not self.has(one.id)]):
            raise OSError(self.notes[-1])
        return [one.id for one in new]

    def _entries(
        self, kind: str, said: list[dict[str, Any]], ids: Sequence[str] | None
    ) -> list[Entry]:
        given = [None] * len(said) if ids is None else ids
        of, who = self.samples.dataset, self._who
        return [
            entry_of(kind, of, one, name=name, who=who)
            for one, name in zip(said, given, strict=True)
        ]

    @property
    def _who(self) -> str:
        return user() if self.reviewer is None else self.reviewer

    def _latest(self) -> str:
        held, who = self.held(), self._who
        mine = np.flatnonzero(held.who.is_in(who) & ~held.kind.is_in("undo") & ~held.is_undone)
        if not len(mine):
            raise ValueError(f"undo: {who or 'nobody'} said nothing of these samples that holds")
        found: str = held.edits["id"][int(mine[-1])].as_py()
        return found


def _seen(samples: Samples, rows: Any) -> list[dict[str, Any]]:
    """What each sample was when it was decided on: its class, its content, of which run."""
    on: dict[str, Any] = {"run": samples.run} if samples.run else {}
    on |= {} if samples.epoch is None else {"epoch": samples.epoch}
    return [
        {"from": old, **on, **({} if content is None else {"content": content})}
        for old, content in zip(samples.classes(rows), samples.contents(rows), strict=True)
    ]
