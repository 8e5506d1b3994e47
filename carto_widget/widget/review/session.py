"""One review: its samples, whose it is, and what a page is told of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from carto_widget.datawork.expected import expected_more
from carto_widget.widget.review.judged import Judged
from carto_widget.widget.review.queue import Queue
from carto_widget.widget.review.sheets import Sheets
from carto_widget.widget.review.standing import Standing
from carto_widget.widget.wire import PROTOCOL, Buffers, Header

_NEXT = 60  # samples ahead, of which is said how many are to be expected
_SEEN = 10  # decisions, before which nothing is expected


@dataclass(eq=False)
class Session:
    """One review.

    Attributes:
        queue: Its samples.
        reviewer: Whose.
        sheets: What a page shows of them.
        key: By which a page keeps what was not accepted: the same for the same ledger, samples
            and reviewer, also after a restart.
        changes: How often what was sent has become another by others.
        changed: The positions of which that is so since a page was told; None: any.
        is_told: Does a page know of it?
    """

    queue: Queue
    reviewer: str
    sheets: Sheets
    key: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    is_open: bool = True
    changes: int = 0
    changed: list[int] | None = field(default_factory=list)
    is_told: bool = True

    def renew(self, positions: list[int] | None) -> None:
        """The cards of these positions are others now; None: perhaps all."""
        before = [] if self.is_told else self.changed
        is_any = positions is None or before is None
        self.changed = None if is_any else [*(before or []), *(positions or [])]
        self.changes += 1
        self.is_told = False

    def judged(self, standing: Standing) -> Judged:
        """What its reviewer has decided."""
        return standing.of(self.reviewer)

    def counts(self, standing: Standing) -> dict[str, int]:
        """How many are decided, how, and left; blind: kept ones count as relabelled."""
        counts = self.judged(standing).counts(self.queue.rows)
        if self.queue.is_blind:
            counts["relabel"] += counts["keep"]
            counts["keep"] = 0
        return counts

    def message(self, standing: Standing) -> Header:
        """What a page knows of it."""
        counts, queue = self.counts(standing), self.queue
        left = np.flatnonzero(self.judged(standing).kind[queue.rows] < 0)
        told: Header = {
            "protocol": PROTOCOL,
            "kind": "review",
            "open": self.is_open,
            "id": self.id,
            "key": self.key,
            "size": len(queue.rows),
            "at": int(left[0]) if len(left) else len(queue.rows),
            "order": queue.order,
            "blind": queue.is_blind,
            "reviewer": self.reviewer,
            "reason": queue.reason,
            "classes": standing.class_headers(is_blind=queue.is_blind),
            "counts": counts,
            "changes": self.changes,
        }
        if self.changed is not None:
            told["changed"] = self.changed
        return told if queue.is_blind else told | {"estimate": _estimate(counts)}

    def cards(self, standing: Standing, start: Any, count: Any) -> tuple[Header, Buffers]:
        """Cards of some positions, with what was decided of each.

        Raises:
            ValueError: It has no such positions.
        """
        header, buffers = self.sheets.page(start, count, standing.classes)
        for card in header["cards"]:
            card |= standing.said(card["row"], self.reviewer, is_blind=self.queue.is_blind)
        return header, buffers


def _estimate(counts: dict[str, int]) -> str:
    """How many labels were wrong, and how many are to be expected among the next."""
    of, wrong, more = counts["decided"], counts["relabel"], min(counts["left"], _NEXT)
    if of < _SEEN or not more:
        return ""
    low, high = expected_more(wrong, of, more)
    were = "was" if wrong == 1 else "were"
    some = f"{low} to {high}" if low < high else f"{low}"
    return f"{wrong:,} of {of:,} {were} wrong; expect {some} more in the next {more}"
