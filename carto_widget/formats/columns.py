"""Columns of a Parquet, CSV or JSON file or a saved dataset, told apart by content, not by name.

A CSV has no types: guids and gold labels are integers where every one is a plain decimal number
(no leading zero), else text. A number that is missing is empty, `NA`, `nan` or `null`.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.formats.dataset_folder import is_dataset, schema_of_dataset, table_of_dataset
from carto_widget.formats.limits import require_rows
from carto_widget.formats.roles import KEYS
from carto_widget.formats.whole_json import is_whole, names_of_whole, table_of_whole
from carto_widget.store.run.ids import guid_array

TEXT = {*KEYS["guid"], *KEYS["gold"], "predicted_label"}  # never guessed at in a CSV
_HEAD = 2**20  # bytes in which a header must end
_INTEGER = r"^(0|-?[1-9][0-9]{0,17})$"


def kind_of(path: Path) -> str | None:
    """ "parquet", "csv", "json" (lines), "whole" (JSON), "dataset"; None for anything else."""
    if is_dataset(path):
        return "dataset"
    if not path.is_file():
        return None
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    if head[:4] == b"PAR1":
        return "parquet"
    first = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0]
    if first[:1] in (b"{", b"[") and is_whole(head.decode("utf-8-sig", "replace")):
        return "whole"
    if first[:1] == b"{":
        return "json"
    return None if b"," not in first or b"\x00" in first else "csv"


def names_of(path: Path) -> list[str]:
    """The columns of such a file; none of anything else, and of one that is damaged."""
    return list(depths_of(path))


def depths_of(path: Path) -> dict[str, int]:
    """The columns, and how deep their values are lists: 0 a value, 1 a list, 2 lists of lists."""
    try:
        kind = kind_of(path)
        with readable(path):
            if kind == "parquet":
                import pyarrow.parquet as pq

                return depths_of_schema(pq.read_schema(path))
            if kind == "dataset":
                return depths_of_schema(schema_of_dataset(path))
        return _depths_of_text(path, kind) if kind else {}
    except (ValueError, TypeError, RecursionError):
        return {}


def depths_of_schema(schema: Any) -> dict[str, int]:
    """`depths_of` of a `pyarrow.Schema`."""
    return {str(field.name): _depth(field.type) for field in schema}


def _depth(kind: Any) -> int:
    import pyarrow as pa

    depth = 0
    while (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    ):
        kind, depth = kind.value_type, depth + 1
    return depth


def _depth_of_value(value: Any) -> int:
    return 1 + _depth_of_value(value[0] if value else None) if isinstance(value, list) else 0


def _depths_of_text(path: Path, kind: str) -> dict[str, int]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        if kind == "whole":
            return dict.fromkeys(names_of_whole(file.read(_HEAD)), 0)
        line = ""
        while not line.strip():
            line = file.readline(_HEAD)
            if not line:
                return {}
    if kind == "csv":
        return dict.fromkeys(next(csv.reader([line]), []), 0)
    return {name: _depth_of_value(value) for name, value in json.loads(line).items()}


def table_of(path: Path) -> Any:
    """The file as a `pyarrow.Table`.

    Raises:
        ValueError: a damaged file, doubled columns, more rows than it can hold.
    """
    with readable(path):
        table = _READERS[kind_of(path) or "csv"](path)
        table.validate(full=True)
    names = table.column_names
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"{path}: the column {doubled[0]!r} is there twice")
    return table


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """What a reader outside says of a damaged file, as a `ValueError` that names it."""
    import pyarrow as pa

    try:
        yield
    except (FileNotFoundError, PermissionError):
        raise
    except (pa.ArrowException, OSError, UnicodeError, OverflowError, MemoryError) as error:
        said = str(error).strip().partition("\n")[0][:300]
        raise ValueError(f"{path}: damaged, or not what it looks like: {said}") from error


def _parquet(path: Path) -> Any:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        require_rows(path, file.metadata.num_rows, path.stat().st_size)
        return file.read()


def _csv(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.csv

    n_bytes = path.stat().st_size
    texts = [name for name in names_of(path) if name.lower() in TEXT]
    table = pyarrow.csv.read_csv(
        path,
        # One block: the type of a column is that of all its rows.
        read_options=pyarrow.csv.ReadOptions(block_size=min(n_bytes + 1, 2**30)),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(texts, pa.string())),
    )
    for i, name in enumerate(table.column_names):
        if name in texts:
            table = table.set_column(i, name, _integers_where_all_are(table.column(i)))
    return table


def are_integers(values: Iterable[str]) -> bool:
    """Whether every text is a plain decimal number, and there are any."""
    found = [re.match(_INTEGER, value) is not None for value in values]
    return bool(found) and all(found)


def _integers_where_all_are(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    is_integer = pc.all(pc.match_substring_regex(column, _INTEGER)).as_py()
    return column.cast(pa.int64()) if is_integer and len(column) else column


def _json(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.json

    guid = {"guid": pa.string()} if _first_guid_is_text(path) else {}
    options = pyarrow.json.ParseOptions(pa.schema(guid), unexpected_field_behavior="infer")
    return pyarrow.json.read_json(path, parse_options=options)


def _first_guid_is_text(path: Path) -> bool:
    with open(path, encoding="utf-8-sig") as file:
        line = next((line for line in iter(lambda: file.readline(_HEAD), "") if line.strip()), "{}")
    try:
        return isinstance(json.loads(line).get("guid"), str)
    except (ValueError, RecursionError):
        return False


_READERS = {
    "parquet": _parquet,
    "csv": _csv,
    "json": _json,
    "whole": table_of_whole,
    "dataset": table_of_dataset,
}


def guids(path: Path, column: Any) -> NDArray[Any]:
    """Guids of a column, (R,) int64 or str objects.

    Raises:
        ValueError: a missing one, or neither integers nor text.
    """
    require_whole(path, "guid", column)
    try:
        return guid_array(_decoded(column).to_pylist())
    except (TypeError, OverflowError) as error:
        raise ValueError(f"{path}: {error}") from error


def integers(path: Path, name: str, column: Any) -> NDArray[np.int64]:
    """A column of whole numbers, (R,) int64.

    Raises:
        ValueError: a missing or a fractional one, or no numbers.
    """
    require_whole(path, name, column)
    found = numbers(column)
    if found is None or not (np.isfinite(found).all() and (found == np.round(found)).all()):
        raise ValueError(f"{path}: the column {name!r} is {column.type}, expected whole numbers")
    if len(found) and np.abs(found).max() >= 2**31:
        raise ValueError(f"{path}: {name} {found[np.abs(found).argmax()]:.0f}, expected below 2^31")
    return found.astype(np.int64)


def numbers(column: Any) -> NDArray[np.float64] | None:
    """(R,) float64, NaN where missing; None of a column that holds no numbers."""
    import pyarrow as pa

    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        return np.full(len(column), np.nan) if pa.types.is_null(kind) else None
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    found: NDArray[np.float64] = np.asarray(
        column.cast(pa.float64(), safe=False).to_numpy(), np.float64
    )
    return found


def texts(column: Any) -> NDArray[Any] | None:
    """(R,) objects; None of a column that holds no text."""
    import pyarrow as pa

    column = _decoded(column)
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    return np.array([*column.to_pylist()], object) if is_text else None


def _decoded(column: Any) -> Any:
    import pyarrow as pa

    is_coded = pa.types.is_dictionary(column.type)
    return column.cast(column.type.value_type) if is_coded else column


def require_whole(path: Path, name: str, column: Any) -> None:
    """Refuse a column in which a value is missing."""
    if column.null_count:
        raise ValueError(f"{path}: {column.null_count:,} rows without {name!r}")


def require_columns(path: Path, wanted: Sequence[str], names: Sequence[str]) -> None:
    """Refuse a table without one of the columns wanted."""
    for name in wanted:
        if name not in names:
            raise ValueError(f"{path}: no column {name!r}; there are {', '.join(names)[:300]}")
