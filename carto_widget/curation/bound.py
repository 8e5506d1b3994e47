"""A ledger's file, and the samples that it is asked about."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from carto_widget.curation.file.checked import checked_text
from carto_widget.curation.file.entry import Entry
from carto_widget.curation.file.lines import Lines, Stamp
from carto_widget.curation.held.alone import Origin, alone, origins, ours
from carto_widget.curation.held.frames import classes_frame
from carto_widget.curation.held.held import Held
from carto_widget.curation.samples.dataset import Dataset
from carto_widget.curation.samples.samples import Samples, samples_of

B = TypeVar("B", bound="Bound")


class Bound:
    """A ledger, bound to samples or to none.

    Args:
        path: Of the file; it is made with the first entry.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._lines = Lines(path)
        self._given: Callable[[], Samples] | None = None
        self.reviewer: str | None = None
        self.listeners: list[Callable[[], object]] = []  # called after each append
        self._held: dict[str | None, tuple[Any, Any, Held]] = {}
        self._alone: tuple[pa.Table, Samples] | None = None
        self._known_classes: tuple[Any, pd.DataFrame] | None = None

    def of(
        self: B,
        source: Any,
        *,
        guid: str | None = None,
        gold: str | None = None,
        split: str = "train",
    ) -> B:
        """The same ledger, bound to samples.

        Args:
            source: Training dynamics, a DataFrame, a ``Samples``, or a function that gives one.
            guid: Of a DataFrame: the column that names the samples; without it the index does.
            gold: Of a DataFrame: the column of their classes.
            split: Of a DataFrame: which split its rows are.

        Raises:
            TypeError, ValueError: A source that holds no samples.
        """
        bound = copy.copy(self)
        bound._held, bound._known_classes = {}, None
        if isinstance(source, Samples) or not callable(source):
            is_made = isinstance(source, Samples)
            found = source if is_made else samples_of(source, guid=guid, gold=gold, split=split)
            bound._given = lambda: found
        else:
            bound._given = source
        return bound

    def by(self: B, reviewer: str) -> B:
        """The same ledger, in which this reviewer writes.

        Raises:
            TypeError, ValueError: No name.
        """
        theirs = copy.copy(self)
        theirs.reviewer = checked_text("a reviewer's name", reviewer)
        return theirs

    # ---- the file ----

    @property
    def path(self) -> Path:
        """Of the file."""
        return self._lines.path

    @property
    def stamp(self) -> Stamp | None:
        """Another one whenever the file is another; cheap to ask."""
        return self._lines.stamp

    @property
    def entries(self) -> list[Entry]:
        """What is no edit (named selections, what later versions write), oldest first; the same
        list until there is another."""
        return self._lines.others

    @property
    def notes(self) -> list[str]:
        """What is wrong with the file."""
        return self._lines.notes

    def has(self, edit: str) -> bool:
        """Is there an edit with this id?"""
        return self._lines.has(edit)

    def append(self, *entries: Entry) -> bool:
        """Put entries on record together; True when they are on disk.

        Where the file cannot be written they are kept in memory, `notes` says why, and the next
        entry tries again for all.
        """
        is_written = self._lines.append(*entries)
        for heard in list(self.listeners):
            heard()
        return is_written

    # ---- what it is about ----

    @property
    def samples(self) -> Samples:
        """What the ledger is bound to: by ``of``, else the samples that its own edits name.

        Raises:
            ValueError: It holds edits of several datasets or splits, or of none.
        """
        if self._given is not None:
            return self._given()
        edits = self._lines.edits
        if self._alone is None or self._alone[0] is not edits:
            self._alone = edits, alone(edits, self._origin(origins(edits)))
        return self._alone[1]

    @property
    def classes(self) -> pd.DataFrame:
        """The new classes in order of their creation: ``name``, ``color``, ``rule``."""
        return self._classes().copy()

    def label_names(self, old: Iterable[Any]) -> list[Any]:
        """The names of all classes: the old ones, then the new ones that are not among them."""
        known = list(old)
        return known + [name for name in self._classes()["name"] if name not in known]

    def apart(self: B) -> list[B]:
        """One ledger for each dataset and split that edits are about; where bound, this one."""
        if self._given is not None:
            return [self]
        edits = self._lines.edits
        return [self.of(alone(ours(edits, [one]), one)) for one in origins(edits)]

    def held(self, reviewer: str | None = None) -> Held:
        """The edits of these samples, and which of them hold.

        Args:
            reviewer: Whose; without it all.

        Raises:
            ValueError: As `samples`.
        """
        edits = self._lines.edits
        of = None if self._given is None else self._given().dataset
        known = self._held.get(reviewer)
        if known is None or known[0] is not edits or known[1] is not of:
            known = self._held[reviewer] = edits, of, Held(self._ours(edits, of, reviewer))
        return known[2]

    def _classes(self) -> pd.DataFrame:
        of = None if self._given is None else self._given().dataset
        key = self._lines.n_structural, id(of)
        if self._known_classes is None or self._known_classes[0] != key:
            found = classes_frame(self._lines.edits, of)
            self._known_classes = key, found
        return self._known_classes[1]

    def _ours(self, edits: pa.Table, of: Dataset | None, reviewer: str | None) -> pa.Table:
        found = origins(edits)
        if of is None and found:
            self._origin(found)
        if of is not None:
            edits = ours(edits, [one for one in found if of.holds(*one)])
        if reviewer is None:
            return edits
        is_theirs = pc.equal(edits["who"], reviewer)
        return edits.filter(pc.or_(is_theirs, pc.equal(edits["kind"], "undo")))  # by whomever

    def _origin(self, found: dict[Origin, int]) -> Origin:
        """The only dataset that edits are about."""
        if len(found) == 1:
            return next(iter(found))
        there = [
            f"{count:,} of {split}, {rows:,} samples (dataset {dataset[:8]})"
            for (dataset, rows, split), count in found.items()
        ]
        told = f"edits of several datasets: {'; '.join(there)}" if there else "no edits yet"
        raise ValueError(
            f"{self.path} holds {told}. Say which samples are meant: ledger.of(samples)"
        )
