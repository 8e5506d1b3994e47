"""What edits would change in a dataset, and which of them do not fit it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.curation.applied.classes import NONE, UNKNOWN, Classes
from carto_widget.curation.applied.decisions import Decisions
from carto_widget.curation.applied.history import History
from carto_widget.curation.applied.matching import rows_of
from carto_widget.curation.applied.source import Rows, Source
from carto_widget.curation.samples.content import contents, covered

FITS = ("relabel", "drop", "kept", "unsure", "applied already")
FAULTS = (
    "not in the dataset",
    "in the dataset more than once",
    "content changed",
    "label differs",
    "class unknown",
    "reviewers disagree",
)
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Plan:
    """Each decision beside the sample it is about.

    Args:
        source: The dataset.
        decisions: One a sample.
        classes: Old and new.
        history: What was decided of the samples before.
        ledger: The path of its file.
        drops_unsure: Samples of which nobody is sure go, too.
    """

    source: Source
    decisions: Decisions
    classes: Classes
    history: History
    ledger: str = ""
    drops_unsure: bool = False

    @cached_property
    def row(self) -> Rows:
        """(K,) the rows; -1 where there is none, -2 where several have the guid."""
        return rows_of(self.source.guid, self.decisions.guid)

    @cached_property
    def state(self) -> NDArray[Any]:
        """(K,) objects: what comes of each, one of ``FITS`` or ``FAULTS``."""
        made, kind, old = self.decisions, self.decisions.kind, self.old
        found = np.where(kind == "keep", "kept", kind).astype(object)
        if self.drops_unsure:
            found[kind == "unsure"] = "drop"
        found[(kind == "keep") & self._is_led] = "relabel"
        is_relabel = found == "relabel"
        changes = is_relabel | (found == "drop")
        is_class = self.classes.are_known(self.new)
        is_there = is_relabel & is_class & (self.now == self.new)
        is_other = (old != NONE) & (self.now != old)  # where a label was known
        found[changes & (self.row >= 0) & is_other & ~self._is_led] = "label differs"
        found[is_relabel & ~is_class] = "class unknown"
        is_bare = self.classes.names is None  # and the ledger knows names
        found[changes & (old == UNKNOWN) & ((self.now == UNKNOWN) | is_bare)] = "class unknown"
        found[is_there] = "applied already"
        found[changes & self._has_changed] = "content changed"
        found[made.disputed] = "reviewers disagree"
        found[changes & (self.row == -2)] = "in the dataset more than once"
        found[changes & (self.row == -1)] = "not in the dataset"
        return found

    @cached_property
    def old(self) -> NDArray[np.int64]:
        """(K,) the classes they had when they were decided on, as numbers."""
        return self.classes.codes(self.decisions.old)

    @cached_property
    def new(self) -> NDArray[np.int64]:
        """(K,) the classes they shall have; of those kept the one that they had."""
        is_kept = self.decisions.kind == "keep"
        return np.where(is_kept, self.old, self.classes.codes(self.decisions.new))

    @cached_property
    def _is_led(self) -> Flags:
        """(K,) to which of those with another label now earlier edits led."""
        found = np.zeros(len(self.row), bool)
        for at in np.flatnonzero((self.row >= 0) & (self.now != self.old)):
            guid, now, old = self.decisions.guid[at], int(self.now[at]), int(self.old[at])
            found[at] = self.history.leads(guid, now, old)
        return found

    @cached_property
    def labels(self) -> NDArray[Any]:
        """(K,) objects: the labels they have in the dataset; None where there is no sample."""
        found = np.full(len(self.row), None, object)
        found[self.row >= 0] = np.fromiter(self._labels, object, len(self._labels))
        return found

    @cached_property
    def now(self) -> NDArray[np.int64]:
        """(K,) the same as numbers."""
        found = np.full(len(self.row), NONE, np.int64)
        found[self.row >= 0] = self.classes.codes(self._labels)
        return found

    @cached_property
    def _labels(self) -> Any:
        return self.source.labels(self.row[self.row >= 0])

    @cached_property
    def is_compared(self) -> Flags:
        """(K,) whether the content at the time of the decision can be compared."""
        return self._content[0]

    @property
    def _has_changed(self) -> Flags:
        return self._content[1]

    @cached_property
    def _content(self) -> tuple[Flags, Flags]:
        """(K,) which can be compared, and which differ."""
        stored = self.decisions.content
        compared, differs = (np.zeros(len(stored), bool) for _ in range(2))
        names = [None if one is None else one.partition(" ")[2] for one in stored.tolist()]
        group, levels = pd.factorize(np.array(names, object))
        for number in range(len(levels)):
            at = np.flatnonzero((group == number) & (self.row >= 0))
            if not len(at):
                continue
            columns = covered(stored[at[0]])
            if self.source.column is None or set(columns) - set(self.source.columns):
                continue
            held = {name: self.source.column(name, self.row[at]) for name in columns}
            compared[at] = True
            differs[at] = np.array(contents(held), object) != stored[at]
        return compared, differs

    # ---- what changes ----

    @property
    def relabelled(self) -> tuple[Rows, NDArray[np.int64]]:
        """(R,) rows, ascending, and the numbers of their new classes."""
        at = np.flatnonzero(self.state == "relabel")
        at = at[np.argsort(self.row[at])]
        return self.row[at], self.new[at]

    @property
    def dropped(self) -> Rows:
        """(D,) rows, ascending."""
        return np.sort(self.row[self.state == "drop"])

    @property
    def kept(self) -> Flags | None:
        """(N,) which rows stay; None where all do."""
        dropped = self.dropped
        if not len(dropped):
            return None
        found = np.ones(len(self.source), bool)
        found[dropped] = False
        return found

    @property
    def frame(self) -> pd.DataFrame:
        """The decisions, one row a sample, with the label now and what comes of it."""
        made = self.decisions
        return pd.DataFrame(
            {"kind": made.kind, "from": made.old, "to": made.new, "label": self.labels}
            | {"who": made.who, "state": self.state},
            index=pd.Index(made.guid, name="guid"),
        )

    @property
    def account(self) -> dict[str, Any]:
        """What is done, in plain values."""
        state, shown = self.state, self.classes.shown
        is_new = state == "relabel"
        moves = Counter(zip(self.now[is_new].tolist(), self.new[is_new].tolist(), strict=True))
        changes = is_new | (state == "drop")
        return {
            "ledger": self.ledger,
            "samples": len(self.source),
            "relabelled": int(is_new.sum()),
            "dropped": int((state == "drop").sum()),
            "kept": int((state == "kept").sum()),
            "unsure": int((state == "unsure").sum()),
            "already": int((state == "applied already").sum()),
            "content_not_compared": int((changes & ~self.is_compared).sum()),
            "moves": {f"{shown(old)} -> {shown(new)}": n for (old, new), n in moves.most_common()},
            "label_names": self.classes.names,
        }
