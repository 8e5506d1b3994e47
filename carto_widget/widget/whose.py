"""Which dataset a map's rows belong to, worked out once."""

from __future__ import annotations

from threading import RLock
from typing import Any

import pandas as pd

from carto_widget.curation.samples.dataset import Dataset
from carto_widget.curation.samples.marks import content_mark, labels_mark
from carto_widget.views.table import readable
from carto_widget.widget.source import Source
from carto_widget.widget.wire import Header


class Whose:
    """The dataset of a source's rows; another one when rows have come, or labels are known."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._of: tuple[int, ...] = ()
        self._held: tuple[Any, ...] = ()  # so that no other gets their ids
        self._dataset: Dataset | None = None
        self._lock = RLock()

    @property
    def dataset(self) -> Dataset:
        """Raises:
        TypeError: Guids that are neither integers alone nor texts alone.
        """
        with self._lock:
            seen, samples = self._source.seen, self._source.own.samples
            now = (id(seen.guid), id(samples), seen.since.sealed)
            if self._dataset is None or not self._holds(self._dataset, now):
                labels, origin = labels_of(self._source), self._source.origin
                marks = (
                    lambda rows: labels_mark(labels.iloc[:rows]),
                    lambda rows: content_mark(samples.iloc[:rows]),
                    lambda _: f"origin {origin}",
                )
                self._dataset = Dataset(seen.guid, seen.since.split, marks)
                self._of, self._held = now, (seen.guid, samples)
            return self._dataset

    def _holds(self, dataset: Dataset, now: tuple[int, ...]) -> bool:
        """Guids that are texts need nothing else to be told from others."""
        return self._of == now or (dataset.has_names and self._of[0] == now[0])

    @property
    def header(self) -> Header | None:
        """What a page needs to find other maps of the same samples."""
        try:
            dataset = self.dataset
        except TypeError:
            return None
        key = f"{dataset.split} {dataset.fingerprint}"
        return {"key": key, "guids": "text" if dataset.has_names else "int"}


def labels_of(source: Source) -> pd.Series[Any]:
    """(N,) the gold labels, as a table of this run would have them."""
    own, seen = source.own.samples, source.seen
    if "gold" in own and not source.is_live and source.dynamics() is None:
        return own["gold"]
    return readable(seen.gold, seen.label_names)
