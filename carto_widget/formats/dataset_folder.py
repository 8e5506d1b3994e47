"""A Hugging Face dataset on disk, as `save_to_disk` leaves it: Arrow files by `state.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from carto_widget.formats.limits import require_rows
from carto_widget.formats.notes import with_note

_STATE, _INFO, _SPLITS = "state.json", "dataset_info.json", "dataset_dict.json"
_MAX_NOTE = 2**24  # bytes of a JSON file beside the data


def is_dataset(path: Path) -> bool:
    """A folder of one dataset."""
    return (path / _STATE).is_file() and (path / _INFO).is_file()


def splits_of(path: Path) -> list[str]:
    """The splits of a saved DatasetDict; none of anything else."""
    if not (path / _SPLITS).is_file():
        return []
    splits = _note(path / _SPLITS).get("splits")
    names = splits if isinstance(splits, list) else []
    return [str(name) for name in names if is_dataset(path / str(name))]


def schema_of_dataset(path: Path) -> Any:
    """Its `pyarrow.Schema`."""
    return _open(_files(path)[0]).schema


def table_of_dataset(path: Path) -> Any:
    """Its rows as one `pyarrow.Table`.

    Raises:
        ValueError: a damaged note, a file outside the folder, more rows than it can hold.
    """
    import pyarrow as pa

    pieces = []
    for file in _files(path):
        piece = _open(file).read_all()
        require_rows(file, len(piece), file.stat().st_size)
        pieces.append(piece)
    return with_note(pa.concat_tables(pieces), _note(path / _INFO).get("description"))


def _files(path: Path) -> list[Path]:
    state = _note(path / _STATE)
    if state.get("_indices_data_files"):
        raise ValueError(f"{path}: rows by an index; save it again after dataset.flatten_indices()")
    listed: Any = state.get("_data_files")
    names = [one.get("filename") for one in listed] if _are_notes(listed) else []
    if not names or not all(isinstance(name, str) and Path(name).name == name for name in names):
        raise ValueError(f"{path}: {_STATE} names no files of this folder")
    return [path / name for name in names]


def _are_notes(listed: Any) -> bool:
    return isinstance(listed, list) and all(isinstance(one, dict) for one in listed)


def _note(file: Path) -> dict[str, Any]:
    with open(file, "rb") as opened:
        text = opened.read(_MAX_NOTE)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file}: not JSON ({str(error)[:200]})") from error
    if not isinstance(found, dict):
        raise ValueError(f"{file}: not a JSON object")
    return found


def _open(file: Path) -> Any:
    import pyarrow as pa
    import pyarrow.ipc

    with open(file, "rb") as opened:
        is_file = opened.read(6) == b"ARROW1"
    source = pa.memory_map(str(file))
    return pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)
