"""What shall be done with which sample: the decisions that hold, one a sample."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.curation.file.entry import DECISIONS
from carto_widget.curation.held.held import Held, Rows, latest, outcomes

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
    if reviewer is not None:
        is_theirs = held.who[rows] == reviewer
        if not is_theirs.any():
            there = ", ".join(repr(one) for one in sorted(set(held.who[rows]))) or "nobody"
            raise ValueError(f"apply: {reviewer!r} has decided nothing; who has: {there}")
        rows = rows[is_theirs]
    rows, is_disputed = _agreed(held, rows, conflicts)
    return Decisions(
        guid=_narrow(held.guid[rows]),
        kind=held.kind[rows],
        old=held.classes("from", rows),
        new=held.classes("to", rows),
        who=held.who[rows],
        content=held.texts("content", rows),
        disputed=is_disputed,
    )


def _narrow(guid: NDArray[Any]) -> NDArray[Any]:
    """Numbers as int64."""
    are_numbers = all(type(one) is int for one in guid[:1]) and len(guid)
    try:
        return guid.astype(np.int64) if are_numbers else guid
    except ValueError:  # numbers and texts
        return guid


def _agreed(held: Held, rows: Rows, conflicts: str) -> tuple[Rows, NDArray[np.bool_]]:
    """Of each sample the row of the decision that counts, and whether that is disputed."""
    last = latest(held.guid.codes[rows])
    if len(last) == len(rows):
        return rows, np.zeros(len(rows), bool)
    said = outcomes(held, rows).codes
    whose = np.searchsorted(np.sort(held.guid.codes[rows[last]]), held.guid.codes[rows])
    chosen = np.zeros(len(last), np.int64)  # of each sample, a place in rows
    chosen[whose[last]] = last
    differs = np.zeros(len(last), bool)
    differs[whose[said != said[chosen[whose]]]] = conflicts != "latest"
    if conflicts == "majority":
        for one, votes in _by(whose, np.flatnonzero(differs[whose])).items():
            (top, count), *others = Counter(said[votes].tolist()).most_common(2)
            if not others or others[0][1] < count:
                chosen[one], differs[one] = votes[said[votes] == top][-1], False
    return rows[chosen], differs


def _by(whose: Rows, rows: Rows) -> dict[int, Rows]:
    """The rows of each sample."""
    if not len(rows):
        return {}
    order = np.argsort(whose[rows], kind="stable")
    samples, starts = np.unique(whose[rows[order]], return_index=True)
    return dict(zip(samples.tolist(), np.split(rows[order], starts[1:]), strict=True))
