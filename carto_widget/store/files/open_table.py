"""A Parquet file of a run that stays open, of which row groups are read one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from carto_widget.store.files import parquet
from carto_widget.store.files.damage import named_damage, open_file, read_groups
from carto_widget.store.files.parquet import Table
from carto_widget.store.places.place import File, Place, opened

MOST_OPEN = 32
MOST_KNOWN = 5_000  # row groups, 6 kB each
_UNKNOWN = np.iinfo(np.int64).min, np.iinfo(np.int64).max


class Layout:
    """What the footer of a file says, which never changes: where each row group and sample is.

    Attributes:
        metadata: as pyarrow holds it.
        names: columns.
        footer: as in `Table`.
        n_rows: in all row groups.
        starts: (G + 1,) rows before each row group.
        bounds: (G, 2) lowest and highest sample of each.
        dense: row group -> its samples, where they are all between the two.
    """

    def __init__(self, file: pq.ParquetFile) -> None:
        self.metadata = held = file.metadata
        self.names: list[str] = list(file.schema_arrow.names)
        self.footer = parquet.footer_of(file.schema_arrow)
        self.n_rows: int = held.num_rows
        groups = [held.row_group(g) for g in range(held.num_row_groups)]
        bounds = [_bounds(group) for group in groups]
        self.starts = np.cumsum([0, *(group.num_rows for group in groups)])
        self.bounds = np.array(bounds, np.int64).reshape(-1, 2)
        # Samples of a part ascend without repeats: as many as between the ends are all of them.
        self.dense = {
            g: range(low, high + 1)
            for g, (low, high) in enumerate(bounds)
            if "sample" in self.names and high - low + 1 == groups[g].num_rows
        }


class OpenTable:
    """An open file; page checksums are verified where pages are read.

    Flat columns of the row groups that were read last are kept: the next range begins in them.

    Args:
        path: of the file.
        layout: of it, where it is known; else the footer is read and verified.

    Attributes:
        layout: of the file.
    """

    def __init__(self, path: File, layout: Layout | None = None) -> None:
        self._path = path
        with named_damage(path):
            self.layout = layout or _layout(path)
            self._file = pq.ParquetFile(
                opened(path),
                metadata=self.layout.metadata,
                page_checksum_verification=True,
                pre_buffer=not isinstance(path, Path),  # it spares requests; here it costs copies
            )
        self._kept: dict[int, dict[str, NDArray[Any]]] = {}

    def of_samples(self, names: Sequence[str] | None, first: int, last: int) -> Table:
        """Rows with `first <= sample < last`, in their order; columns that there are, None = all.

        `sample` must be among the names.
        """
        lowest, highest = self.layout.bounds.T
        groups = np.flatnonzero((highest >= first) & (lowest < last))
        columns = self._columns(names, groups)
        if ((lowest[groups] < first) | (highest[groups] >= last)).any():
            inside = (columns["sample"] >= first) & (columns["sample"] < last)
            columns = {name: values[inside] for name, values in columns.items()}
        return Table(columns, self.layout.footer)

    def dense(
        self, names: Sequence[str], first: int, last: int, within: tuple[int, int]
    ) -> dict[str, NDArray[Any]] | None:
        """Columns of the samples `first` to `last - 1`; None where not all are there, and no other.

        Args:
            names: columns.
            first, last: samples.
            within: from which to which there may be no other.
        """
        lowest, highest = self.layout.bounds.T
        groups = np.flatnonzero((highest >= within[0]) & (lowest < within[1]))
        samples = [self.layout.dense.get(int(group), range(0)) for group in groups]
        is_one_range = all(one.stop == next_.start for one, next_ in pairwise(samples))
        if not samples or not all(samples) or not is_one_range:
            return None
        start, stop = samples[0].start, samples[-1].stop
        if max(start, within[0]) != first or min(stop, within[1]) != last:
            return None
        columns = self._columns(names, groups)
        return {name: values[first - start : last - start] for name, values in columns.items()}

    def rows(self, start: int, stop: int) -> dict[str, NDArray[Any]]:
        """All columns of some rows by their number in the file."""
        groups = np.flatnonzero((self.layout.starts[1:] > start) & (self.layout.starts[:-1] < stop))
        before = int(self.layout.starts[groups[0]]) if len(groups) else 0
        columns = self._columns(None, groups)
        return {name: values[start - before : stop - before] for name, values in columns.items()}

    def _columns(
        self, names: Sequence[str] | None, groups: NDArray[np.intp]
    ) -> dict[str, NDArray[Any]]:
        wanted = [name for name in self.layout.names if names is None or name in names]
        if not len(groups):
            empty = self._file.schema_arrow.empty_table()
            return {name: parquet.column_values(empty.column(name)) for name in wanted}
        self._kept = {group: kept for group, kept in self._kept.items() if group in groups}
        pieces = [self._group(wanted, int(group)) for group in groups]
        return {name: joined([piece[name] for piece in pieces]) for name in wanted}

    def _group(self, names: Sequence[str], group: int) -> dict[str, NDArray[Any]]:
        kept = self._kept.setdefault(group, {})
        if group in self.layout.dense and "sample" in names:
            samples = self.layout.dense[group]
            kept.setdefault("sample", np.arange(samples.start, samples.stop))
        found = {name: kept[name] for name in names if name in kept}
        new = [name for name in names if name not in found]
        if new:
            with named_damage(self._path):
                table = read_groups(self._file, [group], new, use_threads=False)
            found |= {name: parquet.column_values(table.column(name)) for name in new}
        kept |= {name: values for name, values in found.items() if values.ndim == 1}
        return found


class OpenTables:
    """The files of a run by name: the first `MOST_OPEN` stay open, others are opened each time.

    Args:
        place: where the run lies.
        layouts: of files that were open before; others are added up to `MOST_KNOWN` row groups.

    Attributes:
        place: where the run lies.
    """

    def __init__(self, place: Place, layouts: dict[str, Layout] | None = None) -> None:
        self.place = place
        self._layouts = {} if layouts is None else layouts
        self._open: dict[str, OpenTable] = {}

    def __getitem__(self, name: str) -> OpenTable:
        found = self._open.get(name) or OpenTable(self.place / name, self._layouts.get(name))
        if len(self._open) < MOST_OPEN:
            self._open[name] = found
        if name not in self._layouts and self._n_known < MOST_KNOWN:
            self._layouts[name] = found.layout
        return found

    @property
    def _n_known(self) -> int:
        """Row groups of known layouts, to which other threads may be adding."""
        return sum(len(layout.bounds) for layout in [*self._layouts.values()])


def joined(pieces: list[NDArray[Any]]) -> NDArray[Any]:
    """Arrays one after the other; one alone is not copied."""
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _layout(path: File) -> Layout:
    with open_file(path) as file:
        return Layout(file)


def _bounds(group: Any) -> tuple[int, int]:
    """Lowest and highest sample of a row group; all there could be where none are noted."""
    for i in range(group.num_columns):
        column = group.column(i)
        if column.path_in_schema == "sample" and column.is_stats_set:
            noted = column.statistics
            return (noted.min, noted.max) if noted.has_min_max else _UNKNOWN
    return _UNKNOWN
