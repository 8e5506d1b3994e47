"""What a ledger says, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from carto_widget.curation.file.entry import DECISIONS, EDITS
from carto_widget.curation.held.frames import decisions, is_change
from carto_widget.curation.held.held import Held
from carto_widget.curation.reports.audit import Audit, audited
from carto_widget.store.account.sentences import counted

SHOWN = 20  # rows of each table


@dataclass(frozen=True, eq=False)
class Summary:
    """What is on record of some samples.

    Attributes:
        path: Of the file.
        split, samples: Of the dataset: which split, how many there are.
        kinds: By kind of edit: how many there are (``edits``) and how many ``hold``.
        changes: By class ``from`` and ``to``: how many ``samples`` go there; "(dropped)" for those
            that leave; without those on which reviewers differ.
        reviewers: By reviewer: their ``edits``, samples that they ``decided``, how many of each
            decision, and when they wrote ``last``.
        conflicts: Samples on which reviewers differ.
        classes: New ones, in order.
        audit: What audited samples say of all.
        notes: What is wrong with the file, and how much in it is about other samples.
    """

    path: str
    split: str
    samples: int
    kinds: pd.DataFrame
    changes: pd.DataFrame
    reviewers: pd.DataFrame
    conflicts: int
    classes: list[str]
    audit: Audit
    notes: list[str]

    def __repr__(self) -> str:
        tables = [f"{title}\n{shown.to_string()}" for title, shown in self._tables()]
        return "\n\n".join(["\n".join(self._lines()), *tables])

    def _repr_html_(self) -> str:
        lines = "<br>".join(escape(line) for line in self._lines())
        tables = [f"<b>{title}</b>{shown.to_html()}" for title, shown in self._tables()]
        return f"<div><p>{lines}</p>{''.join(tables)}</div>"

    def _lines(self) -> list[str]:
        n = int(self.kinds["edits"].sum())
        whose = f" of {self.split}, {counted(self.samples, 'sample')}" if self.split else ""
        told = [f"{self.path}: {counted(n, 'edit')}{whose}"]
        if self.classes:
            told.append(f"new classes: {', '.join(self.classes)}")
        if self.conflicts:
            told.append(
                f"reviewers differ on {counted(self.conflicts, 'sample')}: ledger.conflicts()"
            )
        return [*told, repr(self.audit), *self.notes]

    def _tables(self) -> list[tuple[str, pd.DataFrame]]:
        titled = {"edits": self.kinds, "changes": self.changes, "reviewers": self.reviewers}
        return [
            (
                name if len(one) <= SHOWN else f"{name}, the first {SHOWN} of {len(one):,}",
                one[:SHOWN],
            )
            for name, one in titled.items()
            if len(one)
        ]


def summary_of(
    path: str, held: Held, classes: list[str], notes: list[str], of: tuple[str, int]
) -> Summary:
    """What is on record of the samples that the edits are about."""
    found = decisions(held)
    return Summary(
        path,
        *of,
        _kinds(held),
        _changes(found),
        _reviewers(held),
        int(found["conflict"].sum()),
        classes,
        audited(held),
        notes,
    )


def _kinds(held: Held) -> pd.DataFrame:
    counts = {kind: held.kind.is_in(kind) for kind in EDITS}
    told = {kind: (int(of.sum()), int((of & held.is_held).sum())) for kind, of in counts.items()}
    table = pd.DataFrame.from_dict(told, orient="index", columns=["edits", "hold"])
    return table[table["edits"] > 0].rename_axis("kind")


def _changes(found: pd.DataFrame) -> pd.DataFrame:
    changed = found[is_change(found)]
    to = changed["to"].where(changed["kind"] == "relabel", "(dropped)")
    table = pd.DataFrame({"from": changed["from"], "to": to})
    counted = table.groupby(["from", "to"], dropna=False, sort=False).size()
    return counted.sort_values(ascending=False, kind="stable").rename("samples").reset_index()


def _reviewers(held: Held) -> pd.DataFrame:
    decided = np.isin(np.arange(len(held.edits)), held.rows(*DECISIONS))
    told = {"edits": np.ones(len(held.edits), int), "decided": decided.astype(int)}
    told |= {kind: (decided & held.kind.is_in(kind)).astype(int) for kind in DECISIONS}
    table = pd.DataFrame(told).groupby(pd.Series(held.who[:], name="reviewer")).sum()
    when = pd.Series(held.texts("when", np.arange(len(held.edits))), dtype=object)
    table["last"] = when.groupby(pd.Series(held.who[:])).last().str[:16].str.replace("T", " ")
    return table
