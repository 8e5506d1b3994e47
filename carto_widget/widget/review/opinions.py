"""What the model says of the samples that are reviewed, read from the sealed epochs."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from carto_widget.datawork.opinion import Opinion
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.widget.source import Source

WINDOW = 2_000  # samples of the queue of which it is kept


class Opinions:
    """Reads each sealed epoch once for a window of the queue, and the new ones as they come.

    Attributes:
        of: What was said of the samples of the window; None where nothing can be known.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._window: NDArray[np.int64] | None = None
        self._key: tuple[int, int] | None = None
        self._dynamics: TrainingDynamics | None = None
        self.of: Opinion | None = None

    def is_read(self, window: NDArray[np.int64], until: float) -> bool:
        """Read on, one epoch at least, until a moment of ``time.perf_counter``; True when done.

        Args:
            window: (W,) rows of which the opinion is asked.
            until: When to stop.
        """
        self._renew(window)
        if self.of is None or self._dynamics is None:
            return True
        for epoch in self._dynamics.epochs.tolist():
            if epoch in self.of.epochs:
                continue
            try:
                self.of.add(self._dynamics, epoch)
            except (ValueError, KeyError, OSError):  # damaged: the curves say so
                continue
            if time.perf_counter() >= until:
                return False
        return True

    def _renew(self, window: NDArray[np.int64]) -> None:
        since = self._source.seen.since
        key = (since.sealed, since.past)
        is_other = self._window is not window or self._key is None or self._key[1] != key[1]
        if key != self._key:
            self._dynamics = self._source.dynamics()
        self._window, self._key = window, key
        if self._dynamics is None or not _has_classes(self._dynamics):
            self.of = None
        elif is_other or self.of is None:
            n_classes = len(self._dynamics.label_names or ())
            self.of = Opinion(np.sort(window), self._dynamics.gold, n_classes)


def _has_classes(dynamics: TrainingDynamics) -> bool:
    gold = dynamics.gold
    return gold.ndim == 1 and gold.dtype.kind == "i" and "prediction" in dynamics.signals
