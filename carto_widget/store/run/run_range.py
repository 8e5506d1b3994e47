"""A run of which some successive samples are read, by any worker that reaches its files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.files.open_table import Layout, OpenTables, joined
from carto_widget.store.files.parquet import Table
from carto_widget.store.places.place import is_url, place_of
from carto_widget.store.run.chosen import chosen_series
from carto_widget.store.run.folder import RunFolder
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part, Series


@dataclass(frozen=True)
class Parts:
    """What training dynamics consisted of when they were looked at; plain values, to be sent.

    Attributes:
        path: of the run, absolute, or its URL.
        description: `run.json`.
        series: which split, mode and task.
        epochs: complete ones, ascending.
        files: of the split and mode.
        ids: names of the files of ids.
        n_samples: N of the split.
    """

    path: str
    description: Mapping[str, Any]
    series: Series
    epochs: tuple[int, ...]
    files: tuple[Part, ...]
    ids: tuple[str, ...]
    n_samples: int


def parts(
    run: str | os.PathLike[str],
    split: str = "train",
    *,
    mode: str | None = None,
    task: str | None = None,
) -> Parts:
    """The parts of a run's complete epochs that are there now, for `metrics_of_range`.

    Args:
        run: path or URL of the run folder.
        split: which split.
        mode: "online" or "eval"; None takes online where there is any.
        task: which task; None takes the only one.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: not a run; the split, mode or task is not there or not unique; or samples
            without an order (a stream), which no range can name.
    """
    folder = RunFolder.open(run)
    series = chosen_series(folder.series(), split, mode, task)
    names = folder.ids_names(series.split)
    tables = OpenTables(folder.place)
    if not names or "sample" not in tables[names[0]].layout.names:
        raise ValueError(
            f"{folder.path}: the samples of split {series.split!r} are known by their guids alone "
            "and have no order, so there are no ranges of them; carto.table reads them whole"
        )
    key = (series.split, series.mode)
    return Parts(
        path=folder.path if is_url(folder.path) else os.path.abspath(folder.path),
        description=folder.description,
        series=series,
        epochs=tuple(folder.epochs(series)),
        files=tuple(part for part in folder.parts() if (part.split, part.mode) == key),
        ids=tuple(names),
        n_samples=sum(tables[name].layout.n_rows for name in names),
    )


def tables_of(parts: Parts) -> OpenTables:
    """The files of a run, none of them open yet."""
    return OpenTables(place_of(parts.path), _layouts(parts.path, parts.description["run"]))


@lru_cache(maxsize=1)
def _layouts(path: str, run: str) -> dict[str, Layout]:
    """What is known of the files of a run, for whoever asks of one range after the other."""
    return {}


class RunRange(RunFolder):
    """A run as if its split had the samples `first` to `last - 1` alone.

    Args:
        parts: of which run, split and mode.
        tables: its files.
        first, last: rows of the split's ids.
    """

    def __init__(self, parts: Parts, tables: OpenTables, first: int, last: int) -> None:
        super().__init__(tables.place)
        self.description = dict(parts.description)
        self._of, self._tables = parts, tables
        files = [tables[name] for name in parts.ids]
        pieces, before = [], 0
        for file in files:
            pieces.append(file.rows(max(first - before, 0), max(last - before, 0)))
            before += file.layout.n_rows
        guid, sample = (joined([one[key] for one in pieces]) for key in ("guid", "sample"))
        hashes = [file.layout.footer["hash"] for file in files]
        self._ids[parts.series.split] = (len(files), Ids(guid, sample), hashes)
        self._samples = _samples(sample, first == 0, last == parts.n_samples)
        self._ends = _samples(sample, False, False)
        # Which rows the range has where all samples between its ends are in it; else none.
        is_dense = self._ends[1] - self._ends[0] == len(sample)
        self._everyone = np.arange(len(sample) if is_dense else 0)

    def parts(self, series: Series | None = None) -> list[Part]:
        """The parts that were there when the range was named."""
        return [part for part in self._of.files if series in (None, part.series)]

    def footer(self, part: Part) -> dict[str, str]:
        """What the writer noted with a part."""
        return self._tables[part.path].layout.footer

    def column_names(self, part: Part) -> list[str]:
        """Columns of a part that has rows."""
        layout = self._tables[part.path].layout
        return layout.names if layout.n_rows else []

    def stored_ids(self, split: str) -> Ids | None:
        """The ids of the range."""
        return self._ids[split][1]

    def columns(
        self, split: str, parts: Iterable[Part], names: Sequence[str] | None = None
    ) -> dict[str, NDArray[Any]]:
        """As ever; without a look at each sample where one part has them all and no other."""
        parts = [part for part in parts if self._tables[part.path].layout.n_rows]
        if len(parts) == 1 and names is not None and len(self._everyone):
            table = self._tables[parts[0].path]
            found = table.dense(names, *self._ends, self._samples)
            if found is not None:
                self._require_ours(parts[0], table.layout.footer, has_samples=True)
                return {**found, "sample": self._everyone}
        return super().columns(split, parts, names)

    def _table(self, part: Part, names: Sequence[str] | None) -> Table:
        return self._tables[part.path].of_samples(names, *self._samples)


def _samples(sample: NDArray[np.int64], is_first: bool, is_last: bool) -> tuple[int, int]:
    """From which to which the range's are; at the split's ends also those that it has not."""
    if not len(sample):
        return 0, 0
    ends = np.iinfo(np.int64)
    return ends.min if is_first else int(sample[0]), ends.max if is_last else int(sample[-1]) + 1
