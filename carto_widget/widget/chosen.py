"""What is selected on a map: the page's operations and the user's, in the order they come."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from carto_widget.widget.drawing import Drawing
from carto_widget.widget.selection import Mask, Selection, mask_of_rows, selected_rows
from carto_widget.widget.source import Source
from carto_widget.widget.wire import PROTOCOL, Buffers, Header, Tell, bits_of, mask_of

Operation = str | int | None


@dataclass
class Moment:
    """A place among the operations as they come, and what is selected there."""

    selection: Selection


class Chosen:
    """The selection of one map; any thread may ask for it and change it.

    Operations of the page are put into a queue by whoever hears them, and applied by whoever
    comes next: the map's thread, or the user who reads the selection.

    Attributes:
        lock: To be held while several things are done that belong together.
        now: The selection without what still waits.
    """

    def __init__(self, source: Source, drawing: Drawing) -> None:
        self._source, self._drawing = source, drawing
        self._waiting: deque[tuple[Header, Buffers] | Moment] = deque()
        self.lock = threading.RLock()
        self.now = Selection(np.zeros(len(source.seen.guid), bool))

    def put(self, content: Header, buffers: Buffers) -> None:
        """An operation of the page has come."""
        self._waiting.append((content, buffers))

    def moment(self) -> Moment:
        """Between what has come and what will; it is known when all before it is applied."""
        self._waiting.append(moment := Moment(self.now))
        return moment

    def apply(self, tell: Tell, report: Callable[[Exception], None]) -> None:
        """Apply what waits, and tell the page of it; the page's faults are reported."""
        with self.lock:
            while self._waiting:
                one = self._waiting.popleft()
                if isinstance(one, Moment):
                    one.selection = self.now
                    continue
                try:
                    self._apply_one(*one, tell)
                except Exception as error:  # is not raised in the user's cell
                    report(error)

    def select(self, what: Any, how: str, tell: Tell) -> None:
        """The user's own operation, on what the page has selected until now.

        Raises:
            ValueError: As ``mask_of_rows`` and ``Selection.after``.
        """
        with self.lock:
            mask = mask_of_rows(what, self._source.own.columns.index)
            self._operate(how, mask, self._drawing.newest, None, tell)

    def rows(self, selected: Selection) -> pd.DataFrame:
        """These rows in the dataset's order, the user's columns and our numbers."""
        rows = self.rows_of(selected.mask)
        rows.attrs = {"frame": selected.frame, "epoch": selected.epoch}
        return rows

    def guid_of(self, selected: Selection) -> pd.Index[Any]:
        """Of these rows."""
        index = self._source.own.columns.index
        rows = np.flatnonzero(selected.mask)
        return index[rows[rows < len(index)]]

    def rows_of(self, mask: Mask) -> pd.DataFrame:
        """Those of a mask likewise; samples that came after them are not among them."""
        columns = self._source.own.columns
        numbers = self._source.numbers().reindex(columns.index)
        known = np.pad(mask, (0, max(0, len(columns) - len(mask))))[: len(columns)]
        return selected_rows(known, columns, numbers)

    def show(self, tell: Tell, operation: Operation = None, *, known: bool = False) -> None:
        """Tell the page what is selected; ``known``: it needs no bits to know."""
        with self.lock:  # revisions leave in their order
            header = {
                "protocol": PROTOCOL,
                "kind": "selection",
                "revision": self.now.revision,
                "count": self.now.count,
                "operation": operation,
            }
            tell(header, [] if known else [bits_of(self.now.mask)])

    def _apply_one(self, content: Header, buffers: Buffers, tell: Tell) -> None:
        frame, n_bytes = content["frame"], len(buffers[0])
        drawn = self._drawing.drawn.of(frame)
        expected = n_bytes if drawn is None else (drawn[1] + 7) // 8
        if n_bytes != expected:  # a saved map may show a sample of the rows
            raise ValueError(
                f"a selection of {n_bytes} bytes came for frame {frame}, expected {expected}: "
                "draw it again on the whole map"
            )
        mask = mask_of(buffers[0], max(len(self._source.seen.guid), len(self.now.mask)))
        self._operate(content["how"], mask, frame, content["operation"], tell)

    def _operate(
        self, how: str, mask: Mask, frame: int | None, operation: Operation, tell: Tell
    ) -> None:
        epoch, _ = self._drawing.drawn.of(frame) or (None, 0)
        self.now = self.now.after(how, mask, frame=frame, epoch=epoch)
        self.show(tell, operation, known=operation is not None and how == "replace")
