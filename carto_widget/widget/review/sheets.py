"""What a page shows of each sample of a review."""

from __future__ import annotations

import time

import pandas as pd

from carto_widget.views.preview import preview_name
from carto_widget.widget.cards.columns import is_missing
from carto_widget.widget.cards.deck import Deck
from carto_widget.widget.review.classes import Classes
from carto_widget.widget.review.likeness import Likeness
from carto_widget.widget.review.opinions import WINDOW, Opinions
from carto_widget.widget.review.queue import Queue, Rows
from carto_widget.widget.source import Source
from carto_widget.widget.wire import Buffers, Header, clean

MOST = 20  # samples in one answer
_READING = 0.02  # s of one answer in which opinions and neighbours are read
_LETTERS = 240  # of a neighbour's text
_BY = {"probability": "mean probability", "other_label": "the other class of most epochs"}


class Sheets:
    """Cards with what the model says and what a sample is like; blind: without both labels.

    Args:
        source: Whose samples.
        deck: Shows a sample's content.
        queue: Which samples, in which order.
    """

    def __init__(self, source: Source, deck: Deck, queue: Queue) -> None:
        self._source, self._deck, self._queue = source, deck, queue
        self._opinions, self._likeness = Opinions(source), Likeness(source)
        self._windows: dict[int, Rows] = {}  # by number, the same object each time
        self._at = 0  # the window in hand
        self._early: list[int] = []  # positions that were sent before all was read
        self._read_by: tuple[pd.DataFrame, str | None] | None = None

    def page(self, start: int, count: int, classes: Classes) -> tuple[Header, Buffers]:
        """The cards of some positions: fewer than asked for, ask for the others.

        Raises:
            ValueError: No positions of the queue.
        """
        rows = self._rows(start, count)
        self._at = start // WINDOW
        is_whole, is_alike = self._are_read()
        header, buffers = self._deck.page(rows, is_blind=self._queue.is_blind)
        for position, card in enumerate(header["cards"], start):
            card["position"] = position
            if not self._queue.is_blind:
                card |= self._opinion(card["row"], classes)
            card |= self._neighbours(card["row"], is_known=is_alike)
            if not (is_whole and is_alike):
                self._early.append(position)
        return header, buffers

    @property
    def is_pending(self) -> bool:
        """Were cards sent before all was read?"""
        return bool(self._early)

    def read(self) -> tuple[bool, list[int]]:
        """Read on for a moment; True when done, and the positions whose cards came too early."""
        is_done, changed = all(self._are_read()), list[int]()
        if is_done:
            changed, self._early = self._early, []
        return is_done, changed

    def _are_read(self) -> tuple[bool, bool]:
        """Opinions and neighbours."""
        end = time.perf_counter() + _READING
        window = self._window(self._at)
        is_whole = self._queue.is_blind or self._opinions.is_read(window, end - _READING / 2)
        return is_whole, self._likeness.is_read(end)

    def _rows(self, start: int, count: int) -> list[int]:
        n = len(self._queue.rows)
        if type(start) is not int or type(count) is not int or not 0 <= start < max(1, n):
            raise ValueError(f"{count!r} samples from {start!r}: expected positions 0 to {n - 1}")
        last = min(start + min(max(count, 1), MOST), (start // WINDOW + 1) * WINDOW)
        found: list[int] = self._queue.rows[start:last].tolist()
        return found

    def _window(self, number: int) -> Rows:
        if number not in self._windows:
            self._windows = {number: self._queue.rows[number * WINDOW : (number + 1) * WINDOW]}
        return self._windows[number]

    def _opinion(self, row: int, classes: Classes) -> Header:
        of, names = self._opinions.of, classes.names
        if of is None:
            return {"suggested": None, "said": []}

        def name(label: int) -> str:
            return names[label] if label < len(classes.old) else str(label)

        found = of.suggested(row)
        said = [
            [name(one.label), _rounded(one.probability), round(one.share, 4)]
            for one in of.said(row)
        ]
        if found is None:
            return {"suggested": None, "said": said}
        return {"suggested": name(found[0]), "suggested_by": _BY[found[1]], "said": said}

    def _neighbours(self, row: int, *, is_known: bool) -> Header:
        if not is_known:
            return {"neighbours": None, "neighbours_note": "being looked for"}
        near = [self._neighbour(one) for one in self._likeness.neighbours(row)]
        if self._likeness.by is None:
            return {"neighbours": None, "neighbours_note": self._likeness.note}
        return {"neighbours": near, "neighbours_by": self._likeness.by}

    def _neighbour(self, row: int) -> Header:
        samples = self._source.own.samples
        text = self._preview(samples)
        told: Header = {"row": row}
        if text is not None and not is_missing(value := samples[text].iloc[row]):
            told["text"] = clean(str(value)[:_LETTERS])
        if self._queue.is_blind:
            return told
        return told | {
            "guid": clean(str(self._source.seen.guid[row])),
            "gold": self._deck.gold(row),
        }

    def _preview(self, samples: pd.DataFrame) -> str | None:
        """By which column of these samples one reads them, looked for once."""
        if self._read_by is None or self._read_by[0] is not samples:
            self._read_by = samples, preview_name(samples)
        return self._read_by[1]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
