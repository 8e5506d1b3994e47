"""Which dataset a map's rows belong to, worked out once."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from carto_widget.curation.dataset import Dataset
from carto_widget.views.preview import preview_name
from carto_widget.views.table import is_taken, readable
from carto_widget.widget.source import Source
from carto_widget.widget.wire import Header


class Whose:
    """The dataset of a source's rows; another one when rows have come, or labels are known."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._of: tuple[int, ...] = ()
        self._held: tuple[Any, ...] = ()  # so that no other gets their ids
        self._dataset: Dataset | None = None

    @property
    def dataset(self) -> Dataset:
        """Raises:
        TypeError: Guids that are neither integers alone nor texts alone.
        """
        seen, samples = self._source.seen, self._source.own.samples
        now = (id(seen.guid), id(samples), seen.since.sealed)
        if self._dataset is None or self._of != now:
            labels = _labels(self._source)
            origin = self._source.origin
            marks = (
                lambda rows: labels_mark(labels.iloc[:rows]),
                lambda rows: content_mark(samples.iloc[:rows]),
                lambda _: f"origin {origin}",
            )
            self._dataset = Dataset(seen.guid, seen.since.split, marks)
            self._of, self._held = now, (seen.guid, samples)
        return self._dataset

    @property
    def header(self) -> Header | None:
        """What a page needs to find other maps of the same samples."""
        try:
            dataset = self.dataset
        except TypeError:
            return None
        key = f"{dataset.split} {dataset.fingerprint}"
        return {"key": key, "guids": "text" if dataset.has_names else "int"}


def _labels(source: Source) -> pd.Series[Any]:
    """(N,) the gold labels, as a table of this run would have them."""
    own, seen = source.own.samples, source.seen
    if "gold" in own and not source.is_live and source.dynamics() is None:
        return own["gold"]
    return readable(seen.gold, seen.label_names)


def labels_mark(labels: pd.Series[Any]) -> str | None:
    """The same for the same gold labels; None where some are unknown, or all are alike."""
    if labels.isna().any():
        return None
    if pd.api.types.is_float_dtype(labels.dtype):
        labels = labels.astype(np.float32)
    codes, levels = pd.factorize(labels)
    names = np.array([str(level) for level in levels], object)
    if len(names) < 2:
        return None
    order = np.argsort(names)
    hashed = sha256("\n".join(names[order]).encode())
    hashed.update(np.argsort(order)[codes].astype("<i4").tobytes())
    return f"gold {hashed.hexdigest()}"


def content_mark(samples: pd.DataFrame) -> str | None:
    """The same for samples that read the same: by their text, else by all columns of their own."""
    name = preview_name(samples)
    own = [one for one in samples if isinstance(one, str) and not is_taken(one)]
    hashed, is_told = sha256(), False
    for column in [name] if name is not None else own:
        try:
            values = pd.util.hash_pandas_object(samples[column], index=False)
        except TypeError:  # lists, arrays, images
            continue
        if values.nunique() > 1:
            hashed.update(column.encode() + b"\n" + values.to_numpy("<u8").tobytes())
            is_told = True
    return f"samples {hashed.hexdigest()}" if is_told else None
