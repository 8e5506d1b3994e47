"""What holds of a dataset now: its classes, who decided what, how many samples have which label."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.curation.file.entry import DECISIONS
from carto_widget.curation.held.held import Held
from carto_widget.curation.ledger import Ledger
from carto_widget.curation.samples.samples import Samples
from carto_widget.widget.review.classes import Classes
from carto_widget.widget.review.judged import DROP, RELABEL, Judged, Remarks
from carto_widget.widget.wire import Header


class Standing:
    """One state of the ledger, as a map shows it.

    Args:
        ledger: Bound to the samples.
        held: Its edits, of all reviewers.
        samples: The samples.

    Attributes:
        all: What was decided last of each, whoever said it.
    """

    def __init__(self, ledger: Ledger, held: Held, samples: Samples) -> None:
        self._ledger, self.held, self.samples = ledger, held, samples
        new: list[Any] = ledger.classes.to_dict("records")
        self.classes = Classes(samples.known, new)
        self.all = Judged(held, samples.index, self.classes)
        self._remarks = Remarks(held, samples.index)
        self._of: dict[str, Judged] = {}

    def of(self, reviewer: str) -> Judged:
        """What one reviewer decided."""
        if reviewer not in self._of:
            held = self._ledger.held(reviewer)
            self._of[reviewer] = Judged(held, self.samples.index, self.classes)
        return self._of[reviewer]

    @cached_property
    def gold(self) -> NDArray[np.int32]:
        """(N,) place of each gold label among the classes, -1 where it is none."""
        if self.samples.gold is None:
            return np.full(len(self.samples), -1, np.int32)
        codes, levels = pd.factorize(self.samples.gold.astype(object))
        places = np.array([*map(self.classes.code, levels), -1], np.int32)
        return np.asarray(places[codes])

    @property
    def label(self) -> NDArray[np.int32]:
        """(N,) the same with relabelled ones at their new place."""
        return np.where(self.all.kind == RELABEL, self.all.to, self.gold)

    @property
    def colors(self) -> dict[str, dict[str, str]]:
        """Of the new classes those that have a colour."""
        chosen = {one["name"]: one["color"] for one in self.classes.new if one["color"]}
        return {"label": chosen} if chosen else {}

    @property
    def is_empty(self) -> bool:
        """Was nothing decided?"""
        return not (self.all.kind >= 0).any()

    def columns(self) -> dict[str, pd.Series[Any]]:
        """``decision`` and ``label`` of each sample, a category each."""
        index, names = self.samples.index, self.classes.names
        decision = pd.Categorical.from_codes(self.all.kind, categories=pd.Index(DECISIONS))
        found = {"decision": pd.Series(decision, index)}
        if names:
            label = pd.Categorical.from_codes(self.label, categories=pd.Index(names))
            found["label"] = pd.Series(label, index)
        return found

    def decided(self, judged: Judged, rows: NDArray[np.int64]) -> pd.DataFrame:
        """What was decided of some rows, in their order."""
        decision = pd.Categorical.from_codes(judged.kind[rows], categories=pd.Index(DECISIONS))
        to = np.array([*self.classes.names, None], object)[judged.to[rows]]
        index = self.samples.index[rows].rename("guid")
        columns = {"position": np.arange(len(rows)), "decided": decision}
        return pd.DataFrame(columns, index).assign(to=pd.Series(to, index, dtype=object))

    @property
    def class_counts(self) -> pd.DataFrame:
        """Samples of each class ``before`` and ``after`` the decisions, dropped ones left out."""
        n = len(self.classes.names)
        before = _counted(self.gold, n)
        after = _counted(self.label[self.all.kind != DROP], n)
        index = pd.Index(self.classes.names, name="class")
        return pd.DataFrame({"before": before, "after": after}, index)

    def class_headers(self, *, is_blind: bool) -> list[Header]:
        """The classes as they travel; blind: without counts, whose change would tell a label."""
        told = [{"name": str(name), "color": None, "is_new": False} for name in self.classes.old]
        for one in self.classes.new:
            rule = {"rule": one["rule"]} if one.get("rule") else {}
            told.append({"name": one["name"], "color": one["color"], "is_new": True} | rule)
        if is_blind:
            return told
        counts: list[Any] = self.class_counts.to_dict("records")
        return [header | count for header, count in zip(told, counts, strict=True)]

    def said(self, row: int, reviewer: str, *, is_blind: bool) -> Header:
        """What was said of a sample: the reviewer's decision, notes, tags, what others differ in.

        Blind: the reviewer's own alone, and keeping is told as what it means, the class.
        """
        decided = next(iter(self.of(reviewer).of(row)), None)
        own = None if decided is None else decided.header
        if is_blind:
            if own is not None and own["kind"] == "keep":
                own |= {"kind": "relabel", "to": self.classes.names[self.gold[row]]}
            return {"decided": own}
        all_of_it = self.all.of(row)
        told = {"decided": own} | self._remarks.of(row)
        if self.gold[row] >= 0:  # of a table, too, whose label is a column
            told["gold"] = self.classes.names[self.gold[row]]
        if len({(one.kind, one.to) for one in all_of_it}) > 1:
            told["conflict"] = [one.header for one in all_of_it]
        return told


def _counted(codes: NDArray[np.int32], n: int) -> list[int]:
    counts: list[int] = np.bincount(codes[codes >= 0], minlength=n).tolist()
    return counts
