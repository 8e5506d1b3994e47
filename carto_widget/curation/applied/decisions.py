"""What shall be done with which sample: the decisions that hold, one a sample."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.curation.decided import outcome
from carto_widget.curation.held import Held
from carto_widget.curation.kinds import DECISIONS

CONFLICTS = ("refuse", "majority", "latest")


@dataclass(frozen=True, eq=False)
class Decisions:
    """Decisions, oldest first.

    Attributes:
        guid: (K,) whose.
        kind: (K,) "keep", "relabel", "drop", "unsure".
        old, new: (K,) the class at that time, and the one it shall have; names or numbers.
        who: (K,) the reviewers.
        content: (K,) what `contents` gave then; None where it was not known.
        disputed: (K,) bool: others decided otherwise, and nobody says who is right.
    """

    guid: NDArray[Any]
    kind: NDArray[Any]
    old: NDArray[Any]
    new: NDArray[Any]
    who: NDArray[Any]
    content: NDArray[Any]
    disputed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.guid)

    def take(self, rows: NDArray[Any]) -> Decisions:
        return Decisions(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


def decisions_of(held: Held, reviewer: str | None, conflicts: str) -> Decisions:
    """One decision a sample.

    Args:
        held: The edits of one dataset.
        reviewer: Only theirs.
        conflicts: Where reviewers differ: "refuse" marks them as disputed, "majority" takes what
            most say (and marks where that is not one), "latest" what was said last.

    Raises:
        ValueError: A reviewer who decided nothing, or another word for ``conflicts``.
    """
    if conflicts not in CONFLICTS:
        raise ValueError(f"apply: conflicts={conflicts!r}, expected one of {', '.join(CONFLICTS)}")
    rows = held.rows(*DECISIONS)
    who = held.who[rows]
    if reviewer is not None:
        if not (who == reviewer).any():
            there = ", ".join(repr(one) for one in sorted(set(who.tolist()))) or "nobody"
            raise ValueError(f"apply: {reviewer!r} has decided nothing; who has: {there}")
        rows = rows[who == reviewer]
    found = Decisions(
        guid=held.guid[rows],
        kind=held.kind[rows],
        old=held.classes("from", rows),
        new=held.classes("to", rows),
        who=held.who[rows],
        content=held.texts("content", rows),
        disputed=np.zeros(len(rows), bool),
    )
    return _agreed(found, outcome(held, rows), conflicts)


def _agreed(found: Decisions, outcomes: NDArray[Any], conflicts: str) -> Decisions:
    """Of each sample the one decision that counts."""
    whose, guids = pd.factorize(found.guid)
    if len(guids) == len(found):
        return found
    said = pd.factorize(outcomes)[0]
    last = np.zeros(len(guids), np.int64)
    last[whose] = np.arange(len(found))
    differs = np.zeros(len(guids), bool)
    differs[whose[said != said[last[whose]]]] = True
    if conflicts == "latest" or not differs.any():
        return found.take(last)
    rows = np.flatnonzero(differs[whose]) if conflicts == "majority" else np.empty(0, np.int64)
    for one, votes in _by(whose, rows).items():
        (top, count), *others = Counter(said[votes].tolist()).most_common(2)
        if not others or others[0][1] < count:
            last[one], differs[one] = votes[said[votes] == top][-1], False
    chosen = found.take(last)
    return Decisions(**{**vars(chosen), "disputed": differs})


def _by(whose: NDArray[Any], rows: NDArray[np.int64]) -> dict[int, NDArray[np.int64]]:
    """The rows of each sample."""
    if not len(rows):
        return {}
    order = np.argsort(whose[rows], kind="stable")
    samples, starts = np.unique(whose[rows[order]], return_index=True)
    return dict(zip(samples.tolist(), np.split(rows[order], starts[1:]), strict=True))
