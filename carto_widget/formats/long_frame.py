"""Long tables, Parquet or CSV: a row a sample and epoch, columns `guid`, `epoch`, `gold`, signals.

Every other column of numbers is a signal; others are passed over. Of rows with the same guid and
epoch the first counts, and `n_seen` (1 where there is no such column) is added. Gold labels are
class numbers, or names, whose classes are the sorted names. Written are the rows that were
observed. Parquet keeps what a CSV cannot: split, mode, task and the names of the classes, and
whether guids are text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from carto_widget.formats.columns import (
    guids,
    integers,
    names_of,
    numbers,
    require_whole,
    table_of,
    texts,
)
from carto_widget.formats.spread import dynamics_of_rows
from carto_widget.store.arrays import codes
from carto_widget.store.chosen import require_series
from carto_widget.store.durable import write_file
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.parts import Series

TITLE = "a long table, Parquet or CSV, with the columns guid, epoch, gold and signals"
FORMATS = ("parquet", "csv")
_KEYS = ("guid", "epoch", "gold")
_WHOLE = ("other_label", "prediction", "n_seen")
_NOTE = b"carto_widget"
_KINDS = ("multiclass", "binary", "soft_labels")


def recognises(path: Path) -> bool:
    """Such a file, by its columns."""
    return set(_KEYS) <= set(names_of(path))


def read(
    path: Path, split: str, mode: str | None, task: str | None, running: bool
) -> TrainingDynamics:
    """Training dynamics of a long table; see `load`."""
    table = table_of(path)
    note = _note(path, table)
    series = Series(**{name: note[name] for name in ("split", "mode", "task") if name in note})
    require_series([series], split, mode, task)
    labels, label_names = _labels(path, table.column("gold"), note.get("label_names"))
    signals = {
        name: values
        for name in table.column_names
        if name not in _KEYS and (values := numbers(table.column(name))) is not None
    }
    if not signals:
        raise ValueError(f"{path}: no column of numbers beside guid, epoch and gold")
    guid, epoch = guids(path, table.column("guid")), integers(path, "epoch", table.column("epoch"))
    return dynamics_of_rows(
        path,
        guid,
        epoch,
        labels,
        _counted(path, signals),
        label_names=label_names,
        split=series.split,
        mode=series.mode,
        task=series.task,
        kind=note.get("kind", "multiclass"),
    )


def write(dynamics: TrainingDynamics, path: Path, how: str) -> None:
    """Write the observed rows as Parquet or CSV, an epoch at a time."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    if dynamics.kind not in _KINDS:
        raise ValueError(
            f"save: this is {dynamics.kind}; a long table is written of {', '.join(_KINDS)}"
        )
    described = {
        "split": dynamics.split,
        "mode": dynamics.mode,
        "task": dynamics.task,
        "kind": dynamics.kind,
        "label_names": dynamics.label_names,
    }
    pieces = _pieces(dynamics)
    first = next(pieces)
    schema = first.schema.with_metadata({_NOTE: json.dumps(described)})

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
            "gold": np.asarray(dynamics.gold[row], np.int32),
        }
        for name, values in found.items():
            column = pa.array(np.asarray(values, np.float32), from_pandas=True)
            columns[name] = column.cast(pa.int32()) if name in _WHOLE else column
        yield pa.table(columns)


def _labels(path: Path, column: Any, names: Any) -> tuple[Any, list[str] | None]:
    require_whole(path, "gold", column)
    named = texts(column)
    if named is not None:
        return codes(named, names)
    labels = integers(path, "gold", column)
    if len(labels) and labels.min() < 0:
        raise ValueError(f"{path}: gold label {labels.min()}, expected the number of a class")
    return labels.astype(np.int32), names


def _counted(path: Path, signals: dict[str, Any]) -> dict[str, Any]:
    counts = signals.get("n_seen")
    if counts is not None and not ((counts >= 0) & (counts < 2**31)).all():
        raise ValueError(f"{path}: n_seen must be a number of presentations in every row")
    return signals


def _note(path: Path, table: Any) -> dict[str, Any]:
    """What `write` noted beside the rows."""
    text = (table.schema.metadata or {}).get(_NOTE, b"{}")
    try:
        note = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: its note {text[:60]!r} is not JSON") from error
    names = note.get("label_names") if isinstance(note, dict) else 0
    is_named = isinstance(names, list) and all(isinstance(name, str) for name in names)
    if not (names is None or is_named) or note.get("kind", "binary") not in _KINDS:
        raise ValueError(f"{path}: its note {text[:60]!r} is not one that `save` writes")
    found: dict[str, Any] = note
    return found
