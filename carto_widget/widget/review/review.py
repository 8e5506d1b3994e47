"""A review as its user holds it."""

from __future__ import annotations

import pandas as pd

from carto_widget.widget.review.desk import Desk
from carto_widget.widget.review.session import Session


class Review:
    """Samples of a map that are looked at one by one: the page's panel, seen from Python.

    It goes on where it was left, whichever notebook shows it: every decision is a line of the
    ledger.
    """

    def __init__(self, desk: Desk, session: Session) -> None:
        self._desk, self._session = desk, session

    @property
    def is_open(self) -> bool:
        """Does the page show it?"""
        return self._session.is_open

    @property
    def reviewer(self) -> str:
        """Whose decisions these are."""
        return self._session.reviewer

    @property
    def queue(self) -> pd.DataFrame:
        """The samples in the order in which they are looked at, indexed by guid.

        Columns: ``position``, ``decided`` (keep, relabel, drop or unsure, missing where nothing
        is decided) and ``to``, the class of a relabel.
        """
        standing = self._desk.standing()
        return standing.decided(self._session.judged(standing), self._session.queue.rows)

    @property
    def counts(self) -> dict[str, int]:
        """Samples ``decided``, ``left``, and of each decision."""
        judged = self._session.judged(self._desk.standing())
        return judged.counts(self._session.queue.rows)

    @property
    def class_counts(self) -> pd.DataFrame:
        """Samples of the whole dataset by class, ``before`` and ``after`` the decisions."""
        return self._desk.standing().class_counts

    def close(self) -> None:
        """End it: the page's panel goes away. All decisions are in the ledger already."""
        self._desk.close(self._session)

    def __repr__(self) -> str:
        now, counts = self._session, self.counts
        kinds = [f"{counts[kind]:,} {kind}" for kind in ("keep", "relabel", "drop", "unsure")]
        n, blind = len(now.queue.rows), ", blind" if now.queue.is_blind else ""
        state = "open" if now.is_open else "closed"
        return (
            f"Review({n:,} sample{'' if n == 1 else 's'}, {now.queue.order}{blind}, "
            f"reviewer {now.reviewer!r}: "
            f"{counts['decided']:,} decided ({', '.join(kinds)}), {counts['left']:,} left; {state})"
        )
