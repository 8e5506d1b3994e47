"""Hugging Face datasets: in memory, and the folder that `datasets.load_from_disk` opens.

Written is a row a sample, in the order of `guid`, samples never seen with empty lists: `guid`,
`gold` (a ClassLabel where the classes have names), `epoch`, and each signal as a list over the
epochs in which the sample was seen; `logits` as lists of lists. Such a folder is read as any other
table (`long_frame`).
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.formats.long_columns import dynamics_of_table
from carto_widget.formats.long_frame import gold_column
from carto_widget.formats.notes import KEY, note_text, with_note
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.kinds import WITHOUT_GOLD
from carto_widget.store.places.durable import write_file
from carto_widget.store.run.chosen import require_series
from carto_widget.store.run.parts import Series

FORMATS = ("huggingface",)
_DATA = "data-00000-of-00001.arrow"


def is_in_memory(source: Any) -> bool:
    """A `datasets.Dataset` or `DatasetDict`."""
    return type(source).__module__.partition(".")[0] == "datasets"


def dynamics_in_memory(
    source: Any, split: str, mode: str | None, task: str | None
) -> TrainingDynamics:
    """Training dynamics of a `datasets.Dataset`, or of one split of a `DatasetDict`.

    Raises:
        ValueError: no such split, or columns that are missing.
        TypeError: a dataset that is streamed.
    """
    said: dict[str, Any] = {}
    if isinstance(source, dict):
        require_series([Series(str(one)) for one in source], split, None, None)
        source, said = source[split], {"split": split}
    if not hasattr(source, "with_format") or not hasattr(source, "num_rows"):
        raise TypeError(f"load: {type(source).__name__}; a dataset in memory is read, not a stream")
    table = source.with_format("arrow")[:]
    table = table.replace_schema_metadata(source.features.arrow_schema.metadata)
    table = with_note(table, source.info.description)
    found = dynamics_of_table(Path(type(source).__name__), table, **said)
    require_series([Series(found.split, found.mode, found.task)], split, mode, task)
    return found


def write(dynamics: TrainingDynamics, path: Path, how: str) -> None:
    """Write the folder; `state.json`, without which it is none, last."""
    if path.exists() and any(path.iterdir()):
        raise ValueError(f"{path}: not empty; name a folder that is, or is not there yet")
    table, features = _table(dynamics)
    described = {"description": note_text(dynamics), "features": features}
    write_file(path / _DATA, lambda file: _fill(file, table))
    _write_note(
        path / "dataset_info.json", {**described, "citation": "", "homepage": "", "license": ""}
    )
    _write_note(
        path / "state.json",
        {
            "_data_files": [{"filename": _DATA}],
            "_fingerprint": uuid.uuid4().hex[:16],
            "_format_columns": None,
            "_format_kwargs": {},
            "_format_type": None,
            "_output_all_columns": False,
            "_split": dynamics.split,
        },
    )


def _table(dynamics: TrainingDynamics) -> tuple[Any, dict[str, Any]]:
    """The rows as a `pyarrow.Table`, and its features in the words of `datasets`."""
    import pyarrow as pa

    n_samples, names = len(dynamics.guid), list(dynamics.signals)
    is_seen = np.zeros((len(dynamics.epochs), n_samples), bool)
    for e, epoch in enumerate(dynamics.epochs.tolist()):
        is_seen[e, dynamics.rows(epoch)["row"]] = True
    counts = is_seen.sum(0)
    epochs = np.repeat(dynamics.epochs[:, None], n_samples, 1)
    guid_type = pa.int64() if dynamics.guid.dtype.kind == "i" else pa.string()
    columns = {
        "guid": pa.array(dynamics.guid, guid_type),
        "gold": gold_column(dynamics, np.arange(n_samples)),
        "epoch": _lists(_values(epochs, is_seen), counts),
    }
    for name in names:
        columns[name] = _lists(_values(dynamics.signals[name], is_seen), counts)
    features = {name: _feature(column.type) for name, column in columns.items()}
    if dynamics.label_names and dynamics.gold.ndim == 1 and dynamics.kind not in WITHOUT_GOLD:
        columns["gold"] = columns["gold"].cast(pa.int64())
        features["gold"] = {"names": dynamics.label_names, "_type": "ClassLabel"}
    noted = {KEY: note_text(dynamics), b"huggingface": json.dumps({"info": {"features": features}})}
    return pa.table(columns).replace_schema_metadata(noted), features


def _values(signal: NDArray[Any], is_seen: NDArray[np.bool_]) -> Any:
    """(R,), or lists of (R, C), of what was seen, sample by sample; NaN is null."""
    import pyarrow as pa

    found = signal.swapaxes(0, 1)[is_seen.T]
    flat = pa.array(found.ravel(), from_pandas=True)
    return flat if found.ndim == 1 else _lists(flat, np.full(len(found), found.shape[1]))


def _lists(values: Any, counts: NDArray[Any]) -> Any:
    import pyarrow as pa

    offsets = np.concatenate([[0], np.cumsum(counts)])
    is_small = offsets[-1] < 2**31
    kind = pa.ListArray if is_small else pa.LargeListArray
    return kind.from_arrays(pa.array(offsets, pa.int32() if is_small else pa.int64()), values)


def _feature(kind: Any) -> dict[str, Any]:
    import pyarrow as pa

    if pa.types.is_large_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "LargeList"}
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "Sequence"}
    return {
        "dtype": {"float": "float32", "double": "float64"}.get(str(kind), str(kind)),
        "_type": "Value",
    }


def _fill(file: Path, table: Any) -> None:
    import pyarrow as pa

    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table, max_chunksize=10_000)


def _write_note(file: Path, note: dict[str, Any]) -> None:
    text = json.dumps(note)
    write_file(file, lambda temporary: _fill_text(temporary, text))


def _fill_text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
