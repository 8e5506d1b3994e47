"""Where a map's samples are reviewed: which review is open, its cards, the decisions that come."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from threading import RLock
from typing import Any

import pandas as pd

from carto_widget.curation.file.entry import user
from carto_widget.curation.ledger import Ledger
from carto_widget.widget.cards.deck import Deck
from carto_widget.widget.review.batch import Batch
from carto_widget.widget.review.queue import Queue
from carto_widget.widget.review.session import Session
from carto_widget.widget.review.sheets import Sheets
from carto_widget.widget.review.standing import Standing
from carto_widget.widget.source import Source
from carto_widget.widget.wire import Buffers, Header

MOST = 200  # decisions in one message


class Desk:
    """The reviews of one map, of which one is open at a time; any thread may come.

    Args:
        source: Whose samples.
        deck: Shows a sample's content.
        ledger: Bound to the samples.
        post: Wakes the map's thread with a message of this kind.
    """

    def __init__(
        self, source: Source, deck: Deck, ledger: Ledger, post: Callable[[str], None]
    ) -> None:
        self._source, self._deck, self._ledger, self._post = source, deck, ledger, post
        self._lock = RLock()
        self._sessions: dict[str, Session] = {}
        self._unwritten: set[str] = set()
        self._n_edits = 0  # that the page knows of
        self._standing: Standing | None = None
        self._shown: Standing | None = None  # in the columns
        self._restated: set[str] = set()
        self.session: Session | None = None

    # ---- any thread ----

    def open(self, queue: Queue, reviewer: str | None) -> Session:
        """Begin a review; the one before is closed."""
        with self._lock:
            self.close()
            who = user() if reviewer is None else reviewer
            self.session = Session(queue, who, self._sheets(queue), self._key(who))
            self._sessions[self.session.id] = self.session
            self._n_edits = len(self.standing().held.edits)
        self._post("review")
        self._post("read")
        return self.session

    def reopen(self, review: str) -> bool:
        """Open one of the reviews again; False where there is none of this id."""
        with self._lock:
            if (session := self._sessions.get(review)) is None:
                return False
            self.close()
            session.is_open, self.session = True, session
            session.renew(None)
        self._post("review")
        self._post("read")
        return True

    def close(self, session: Session | None = None) -> None:
        """End the review, or this one where it is open; what was decided is in the ledger."""
        with self._lock:
            if self.session is not None and session in (None, self.session):
                self.session.is_open = False
                self.session.sheets = self._sheets(self.session.queue)  # without what was read
                self._post("review")

    def _sheets(self, queue: Queue) -> Sheets:
        return Sheets(self._source, self._deck, queue)

    def standing(self) -> Standing:
        """What holds now."""
        with self._lock:
            held, samples = self._ledger.held(), self._ledger.samples
            known = self._standing
            if known is None or known.held is not held or known.samples is not samples:
                known = self._standing = Standing(self._ledger, held, samples)
            return known

    @property
    def has_something(self) -> bool:
        """May there be a review, or decisions?"""
        return self.session is not None or self._ledger.path.exists()

    @property
    def is_blind(self) -> bool:
        """Is a review open that hides the labels?"""
        now = self.session
        return now is not None and now.is_open and now.queue.is_blind

    def look(self) -> None:
        """Bring the columns of the ledger up to date.

        While a blind review is open they stand still: they would tell the labels.
        """
        with self._lock:
            try:
                standing = self.standing()
            except TypeError:  # guids that no ledger can hold
                return
            is_new = standing is not self._shown and not self.is_blind
            if is_new and not (self._shown is None and standing.is_empty):
                self._shown = standing
                self._restated |= {*self._source.own.judge(standing.columns(), standing.colors)}

    # ---- the map's thread ----

    def restated(self) -> set[str]:
        """Columns of the ledger that are others since this was asked last."""
        with self._lock:
            names, self._restated = self._restated, set()
            return names

    @property
    def message(self) -> Header | None:
        """What a page knows of the review; None where there was none."""
        with self._lock:
            now = self.session
            if now is None:
                return None
            self._hear_others(now)
            told = now.message(self.standing())
            now.is_told = True
            return told

    def cards(self, review: Any, start: Any, count: Any) -> tuple[Header, Buffers]:
        """Cards of the open review, with what was decided of each.

        Raises:
            ValueError: It is not open, or it has no such positions.
        """
        with self._lock:
            now = self._sessions.get(review)
            if now is None or now is not self.session or not now.is_open:
                raise ValueError("this review is not open any more")
            header, buffers = now.cards(self.standing(), start, count)
            if now.sheets.is_pending:
                self._post("read")
            return header, buffers

    def read(self) -> bool:
        """Read on what cards show; True when there is no more to be read."""
        with self._lock:
            now = self.session
            if now is None or not now.is_open:
                return True
            is_done, changed = now.sheets.read()
            if changed:
                now.renew(changed)
                self._post("review")
            return is_done

    def decide(self, review: Any, decisions: Any, kept: Header | None = None) -> Header:
        """Take decisions, each id once: those that are on disk are accepted.

        Args:
            review: The id of theirs.
            decisions: As `Batch.add` takes them.
            kept: Of decisions that a page kept when their kernel went: the ``key`` and the
                ``reviewer`` of their review, and its ``reason``. Those of another ledger, or of
                other samples, are neither accepted nor refused.

        Raises:
            ValueError: No list of decisions.
        """
        if not isinstance(decisions, list) or len(decisions) > MOST:
            raise ValueError(f"expected a list of at most {MOST} decisions")
        with self._lock:
            of = self._sessions.get(review)
            if kept is None:
                of = of or self.session
            elif kept["key"] != self._key(kept["reviewer"]):
                return {"accepted": [], "refused": []}
            told = kept or {"reviewer": user(), "reason": ""}
            standing = self.standing()
            batch = Batch(
                standing.samples,
                standing.held,
                standing.classes,
                who=of.reviewer if of else told["reviewer"],
                reason=of.queue.reason if of else told["reason"],
                is_blind=of is not None and of.queue.is_blind,
            )
            accepted, refused = self._taken(batch, decisions)
            answer: Header = {"accepted": accepted, "refused": refused}
            if batch.entries:
                self._post("review")
            if of is None:
                return answer
            standing = self.standing()
            classes = standing.class_headers(is_blind=of.queue.is_blind)
            return answer | {"counts": of.counts(standing), "classes": classes}

    def _taken(self, batch: Batch, decisions: list[Any]) -> tuple[list[str], list[Header]]:
        accepted, refused = list[str](), list[Header]()
        for one in decisions:
            said = one if isinstance(one, dict) else {}
            known = said.get("id")
            try:
                if not isinstance(known, str) or not 0 < len(known) <= 100:
                    raise ValueError(f"a decision of the id {known!r}: expected a text")
                if known not in batch.entries and not self._ledger.has(known):
                    batch.add(said)
                accepted.append(known)
            except (ValueError, TypeError) as error:
                refused.append({"id": known, "why": str(error)})
        is_due = batch.entries or self._unwritten.intersection(accepted)
        if not is_due or self._ledger.append(*batch.entries.values()):
            self._unwritten.clear()
            self._n_edits += len(batch.entries)
            return accepted, refused
        self._unwritten |= batch.entries.keys()
        raise OSError(self._ledger.notes[-1])

    def _hear_others(self, session: Session) -> None:
        """Edits that did not come from the page may be of any card that it has."""
        n_edits = len(self.standing().held.edits)
        if n_edits != self._n_edits:
            self._n_edits = n_edits
            session.renew(None)

    def _key(self, reviewer: str) -> str:
        guids = pd.util.hash_array(self.standing().samples.dataset.guid).tobytes()
        told = f"{self._ledger.path.resolve()} {self._source.seen.since.split} {reviewer} "
        return sha256(told.encode("utf-8", "replace") + guids).hexdigest()[:32]
