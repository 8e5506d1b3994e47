"""Looking at samples one by one, and saying what is wrong with them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from carto_widget.curation.ledger import Ledger
from carto_widget.widget.asked import Asked
from carto_widget.widget.chosen import Chosen
from carto_widget.widget.review.desk import Desk
from carto_widget.widget.review.queue import queue_of
from carto_widget.widget.review.review import Review
from carto_widget.widget.source import Source

_DEFAULT = "aum"


class Reviews:
    """Methods of `DataMap`."""

    _source: Source
    _chosen: Chosen
    _desk: Desk
    _ledger: Ledger

    def review(
        self,
        rows: Any = None,
        *,
        order: str | None = _DEFAULT,
        blind: bool = False,
        reviewer: str | None = None,
        seed: int = 0,
    ) -> Review:
        """Look at samples one by one in the map's panel, and decide on each.

        Every decision is a line of the ledger at once; a second review of this map closes the
        first.

        Args:
            rows: As ``select`` takes them; without them the selection, and where nothing is
                selected all samples.
            order: A metric: its suspicious end first, as the metric declares it (low ``aum``, high
                loss); a column of numbers: its low end first; "-" before either: the other end;
                "random"; None: the order of ``rows``, as a ranking has it.
            blind: Gold label and model are hidden from the page, and the order is a shuffle.
            reviewer: Whose decisions these are; without it this user's.
            seed: Of the shuffle.

        Raises:
            ValueError: An unknown guid, no samples, or an order that this map does not have.
        """
        self._apply()
        if rows is None:
            now = self._chosen.now
            rows = self._chosen.guid_of(now) if now.count else None
        return begin(
            self._source, self._desk, rows, order, is_blind=blind, reviewer=reviewer, seed=seed
        )

    @property
    def ledger(self) -> Ledger:
        """What was said of the map's samples: the file beside the run, bound to them."""
        return self._ledger

    @property
    def edits(self) -> pd.DataFrame:
        """One row an edit of the map's samples, oldest first: ``ledger.edits``."""
        return self._ledger.edits

    def _apply(self) -> None:
        raise NotImplementedError


def default_order(source: Source) -> str | None:
    """The order of a review for which none was named: by AUM, where the source has it."""
    return _DEFAULT if _DEFAULT in source.names() else None


def begin(
    source: Source,
    desk: Desk,
    rows: Any,
    order: str | None,
    *,
    is_blind: bool = False,
    reviewer: str | None = None,
    seed: int = 0,
) -> Review:
    """Begin a review of some rows; None: of all.

    Raises:
        ValueError: As ``DataMap.review``.
    """
    guid = source.own.columns.index
    named = guid if rows is None else rows
    queue = queue_of(named, guid, Asked(source), order, is_blind=is_blind, seed=seed)
    if not len(guid):
        raise ValueError("review: the map has no samples yet; they come with the first batch")
    if not len(queue.rows):
        raise ValueError("review: no samples are named; select some first")
    return Review(desk, desk.open(queue, reviewer))
