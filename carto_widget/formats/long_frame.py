"""Tables of training dynamics: Parquet, CSV, JSON, saved Hugging Face datasets.

A row a sample and epoch, or a row a sample with lists over its epochs; `long_columns` says which
column is which. Of rows with the same guid and epoch the first counts, and `n_seen` (1 where there
is no such column) is added. Gold labels are class numbers, or names, whose classes are the sorted
names. Written are the rows that were observed, as Parquet or CSV. Parquet keeps what a CSV cannot:
split, mode, task, kind and the names of the classes, whether guids are text, labels of any kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from carto_widget.formats.columns import depths_of, table_of
from carto_widget.formats.dataset_folder import splits_of
from carto_widget.formats.long_columns import dynamics_of_table, holds_dynamics
from carto_widget.formats.notes import KEY, KINDS, OF_CLASSES, note_text, require_kind
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.kinds import WITHOUT_GOLD
from carto_widget.store.places.durable import write_file
from carto_widget.store.run.chosen import require_series
from carto_widget.store.run.parts import Series

TITLE = (
    "a table with the columns guid, epoch, gold and signals, or lists over epochs (docs/formats)"
)
FORMATS = ("parquet", "csv")
_WHOLE = ("other_label", "prediction", "n_seen", "weakest_label", "n_tokens")


def recognises(path: Path) -> bool:
    """Such a file or folder, by its columns."""
    splits = splits_of(path)
    return holds_dynamics(depths_of(path / splits[0] if splits else path))


def read(
    path: Path, split: str, mode: str | None, task: str | None, running: bool
) -> TrainingDynamics:
    """Training dynamics of a table; see `load`."""
    splits = splits_of(path)
    said: dict[str, Any] = {}
    if splits:
        require_series([Series(one) for one in splits], split, None, None)
        path, said = path / split, {"split": split}
    found = dynamics_of_table(path, table_of(path), _size(path), **said)
    try:
        require_series([Series(found.split, found.mode, found.task)], split, mode, task)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return found


def _size(path: Path) -> int:
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)


def write(dynamics: TrainingDynamics, path: Path, how: str) -> None:
    """Write the observed rows as Parquet or CSV, an epoch at a time."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    require_kind(dynamics, f"{how} is written", KINDS if how == "parquet" else OF_CLASSES)
    pieces = _pieces(dynamics)
    first = next(pieces)
    schema = first.schema.with_metadata({KEY: note_text(dynamics)})

    def fill(temporary: Path) -> None:
        opened = (
            pq.ParquetWriter(temporary, schema, compression="zstd", write_page_checksum=True)
            if how == "parquet"
            else pyarrow.csv.CSVWriter(temporary, schema)
        )
        with opened as file:
            for piece in (first, *pieces):
                file.write_table(pa.table(piece.columns, schema))

    write_file(path, fill)


def gold_column(dynamics: TrainingDynamics, row: Any) -> Any:
    """Gold labels of some rows: class numbers, numbers, lists of flags, null of sequences."""
    import pyarrow as pa

    if dynamics.kind in WITHOUT_GOLD:
        return pa.nulls(len(row), pa.int32())
    gold = dynamics.gold[row]
    if gold.ndim == 2:
        return pa.array(gold.tolist(), pa.list_(pa.uint8()))
    return pa.array(gold, pa.float32() if gold.dtype.kind == "f" else pa.int32())


def _pieces(dynamics: TrainingDynamics) -> Iterator[Any]:
    """The observed rows of one epoch after the other, as tables."""
    import pyarrow as pa

    flat = [name for name in dynamics.signals if name not in ("logits", "label_margin")]
    kind = pa.int64() if dynamics.guid.dtype.kind == "i" else pa.string()
    for epoch in dynamics.epochs.tolist():
        found = dynamics.rows(epoch, flat)
        row = found.pop("row")
        columns = {
            "guid": pa.array(dynamics.guid[row], kind),
            "epoch": np.full(len(row), epoch, np.int64),
            "gold": gold_column(dynamics, row),
        }
        for name, values in found.items():
            column = pa.array(np.asarray(values, np.float32), from_pandas=True)
            is_whole = name in _WHOLE and (name, dynamics.kind) != ("prediction", "regression")
            columns[name] = column.cast(pa.int32()) if is_whole else column
        yield pa.table(columns)
