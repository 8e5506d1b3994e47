"""Cards by the page: as many as fit into its samples, bytes and milliseconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from carto_widget.views.table import readable
from carto_widget.widget.cards.columns import Columns
from carto_widget.widget.cards.curves import Curves
from carto_widget.widget.cards.gold import without_gold
from carto_widget.widget.cards.own import Renderers
from carto_widget.widget.cards.part import Part
from carto_widget.widget.source import Source
from carto_widget.widget.wire import Buffers, Header, clean

MOST = 50  # samples
BYTES = 1_000_000
SECONDS = 0.02


class Deck:
    """What a page may see of the samples of one map.

    Args:
        source: Whose samples.
        renderers: The user's own.
    """

    def __init__(self, source: Source, renderers: Renderers) -> None:
        self._source = source
        self.renderers = renderers
        self._curves = Curves(source)
        self._columns: Columns | None = None
        self._of: tuple[Any, ...] = ()  # what they were made of

    def page(self, rows: Sequence[int], *, is_blind: bool = False) -> tuple[Header, Buffers]:
        """The cards of the first of these rows that fit; fewer than asked: ask for the others.

        None at all: the curves are being read. ``is_blind``: what one reads, sees and hears alone,
        without guid, gold label, curve, prediction and whatever else may tell the label.

        Raises:
            ValueError: Too many rows, or some that do not exist.
        """
        self._check(rows)
        end = time.perf_counter() + SECONDS
        cards: list[Header] = []
        buffers: Buffers = []
        left = BYTES
        columns = self._look()
        columns = columns.blind if is_blind else columns
        if is_blind or self._curves.is_read(end - SECONDS / 2):
            for row in rows:
                card, bodies, n_bytes = self._card(row, columns, len(buffers), is_blind)
                if cards and n_bytes > left:
                    break
                cards.append(card)
                buffers += bodies
                left -= n_bytes
                if time.perf_counter() >= end:
                    break
        header = {"cards": cards, "curve": None if is_blind else self._curves.header()}
        return header | {"revision": self.renderers.revision}, buffers

    def _check(self, rows: Any) -> None:
        n = len(self._source.seen.guid)
        if not isinstance(rows, list) or len(rows) > MOST:
            some = f"{len(rows)} rows" if isinstance(rows, list) else repr(rows)
            raise ValueError(f"a page of {some}: expected a list of at most {MOST}")
        wrong = [row for row in rows if type(row) is not int or not 0 <= row < n]
        if wrong:
            raise ValueError(f"a page of row {wrong[0]!r}: expected rows 0 to {n - 1}")

    def _look(self) -> Columns:
        """The user's columns, as they are now."""
        seen, own = self._source.seen, self._source.own.given
        of = (own, self.renderers.revision, np.count_nonzero(seen.gold >= 0))
        if self._columns is None or self._of[0] is not own or self._of[1:] != of[1:]:
            kept = without_gold(own, seen.gold, seen.label_names, list(self.renderers))
            self._columns, self._of = Columns(kept), of
        return self._columns

    def _card(
        self, row: int, columns: Columns, n_buffers: int, is_blind: bool
    ) -> tuple[Header, Buffers, int]:
        """A card, its buffers and about how many bytes it takes."""
        seen = self._source.seen
        found = columns.parts(row, self.renderers) if row < len(columns.samples) else []
        left, parts, bodies = BYTES, list[Header](), list[bytes | memoryview]()
        for column, part in found:
            if part.n_bytes > left:
                part = Part({"kind": "error", "text": "left out: this card is full"})
            left -= part.n_bytes
            place = {"buffer": n_buffers + len(bodies)} if part.body else {}
            parts.append({"column": clean(column)} | part.header | place)
            bodies += [part.body] if part.body else []
        if is_blind:
            return {"row": row, "parts": parts}, bodies, BYTES - left + 200
        curve = self._curves.of(row)
        card = {
            "row": row,
            "guid": clean(str(seen.guid[row])),
            "gold": self.gold(row),
            "prediction": self._curves.prediction(row),
            "parts": parts,
            **curve,
        }
        return card, bodies, BYTES - left + 200 + 14 * len(curve.get("values", []))

    def gold(self, row: int) -> str | None:
        """The gold label in words; None where it is not known."""
        gold = self._source.seen.gold[row : row + 1]
        if gold.ndim == 1 and gold.dtype.kind != "f" and gold[0] < 0:
            return None
        label = readable(gold, self._source.seen.label_names).iloc[0]
        if gold.dtype.kind == "f":
            return None if label != label else f"{label:.4g}"
        return None if label is None or label != label else clean(str(label))
