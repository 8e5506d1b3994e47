"""The samples of a map as the ledger knows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from carto_widget.curation.samples.dataset import Dataset
from carto_widget.curation.samples.samples import Samples
from carto_widget.widget.cards.columns import image_name
from carto_widget.widget.source import Source
from carto_widget.widget.whose import Whose, labels_of


class Curated:
    """A source's samples, another object when they are others."""

    def __init__(self, source: Source, whose: Whose) -> None:
        self._source, self._whose = source, whose
        self._of: tuple[int, ...] = ()
        self._held: tuple[Any, ...] = ()  # so that no other gets their ids
        self._samples: Samples | None = None

    def __call__(self) -> Samples:
        """Raises:
        TypeError: Guids that no ledger can hold.
        """
        source, dataset = self._source, self._whose.dataset
        now = (id(dataset), id(source.own.samples), source.seen.since.sealed)
        if self._samples is None or self._of != now:
            held = (dataset, source.own.samples)
            self._samples = self._made(source, dataset)
            self._of, self._held = now, held  # last: another thread takes only what is finished
        return self._samples

    def _made(self, source: Source, dataset: Dataset) -> Samples:
        gold, epochs = labels_of(source), source.past.on_record()
        frame, run = source.own.samples.drop(columns="gold", errors="ignore"), source.path
        image = image_name(frame)
        return Samples(
            dataset,
            gold.reset_index(drop=True),
            _names(source, gold),
            frame,
            None if image is None else [image],
            Path(run).name if run else "",
            epochs[-1] if epochs else None,
        )


def _names(source: Source, gold: pd.Series[Any]) -> list[str] | None:
    """Of the classes; none where labels are no classes."""
    if gold.dtype.kind == "f" or source.seen.kind not in ("multiclass", "binary"):
        return []
    if source.seen.label_names is not None:
        return source.seen.label_names
    if not isinstance(gold.dtype, pd.CategoricalDtype):
        return None
    names = gold.cat.categories.tolist()
    return names if all(isinstance(name, str) for name in names) else None
