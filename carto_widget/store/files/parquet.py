"""Parquet as the record uses it: explicit encodings, page checksums, nothing guessed."""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401  # pyarrow's first use is too late at exit
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from carto_widget.store.files import checksum
from carto_widget.store.files.damage import PREFIX, named_damage, open_file, read_groups
from carto_widget.store.places.place import File

ROW_GROUP = 65_536

_LABELS = ("gold", "other_label", "weakest_label")


@dataclass(frozen=True)
class Table:
    """Columns of a file, NaN where null, and its footer without the `carto.` prefix."""

    columns: dict[str, NDArray[Any]]
    footer: dict[str, str]


def encoded(columns: Mapping[str, NDArray[Any]], footer: Mapping[str, str]) -> pa.Buffer:
    """A file of columns, (R,) or (R, C) each: explicit encodings, checksums, NaN is null."""
    arrays = {name: _arrow(values) for name, values in columns.items()}
    fields = [pa.field(name, a.type, pa.types.is_floating(a.type)) for name, a in arrays.items()]
    table = pa.Table.from_arrays(list(arrays.values()), schema=pa.schema(fields))
    coded = [name for name in _LABELS if name in columns and _is_small(columns[name])]
    return encoded_table(
        table,
        footer,
        use_dictionary=coded,
        column_encoding={
            _leaf(field): _encoding(field.type) for field in fields if field.name not in coded
        },
        write_statistics=[name for name in ("sample", "guid") if name in columns],
    )


def encoded_table(table: pa.Table, footer: Mapping[str, str], **how: Any) -> pa.Buffer:
    """A file of any table, with checksums."""
    noted = {PREFIX + name: text for name, text in footer.items()}
    noted[PREFIX + checksum.ENTRY] = checksum.EMPTY
    file = pa.BufferOutputStream()
    pq.write_table(
        table.replace_schema_metadata({**(table.schema.metadata or {}), **noted}),
        file,
        row_group_size=ROW_GROUP,
        compression="zstd",
        compression_level=1,
        write_page_checksum=True,
        **how,
    )
    content = file.getvalue()
    checksum.sign(memoryview(content).cast("B"))
    return content


def read_table(
    path: File, names: Sequence[str] | None = None, groups: Sequence[int] | None = None
) -> Table:
    """Columns that exist among `names` and row groups (None = all), checksums verified.

    Raises:
        ValueError: the file is damaged; names it.
        FileNotFoundError: there is none.
    """
    with named_damage(path), open_file(path) as file:
        schema = file.schema_arrow
        wanted = [name for name in schema.names if names is None or name in names]
        rows = range(file.num_row_groups) if groups is None else groups
        table = read_groups(file, rows, wanted)
        columns = {name: column_values(table.column(name)) for name in wanted}
        return Table(columns, footer_of(schema))


def read_footer(path: File) -> dict[str, str]:
    """The footer alone; raises as `read_table` does."""
    with named_damage(path), open_file(path) as file:
        return footer_of(file.schema_arrow)


def column_names(path: File) -> list[str]:
    """Columns of a file that has rows; raises as `read_table` does."""
    with named_damage(path), open_file(path) as file:
        return list(file.schema_arrow.names) if file.metadata.num_rows else []


def footer_of(schema: pa.Schema) -> dict[str, str]:
    """What the writer noted with a file, but for its checksum."""
    texts = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
    known = {key.removeprefix(PREFIX): text for key, text in texts.items() if _is_ours(key)}
    known.pop(checksum.ENTRY, None)
    return known


def _is_ours(key: str) -> bool:
    return key.startswith(PREFIX)


def _arrow(values: NDArray[Any]) -> pa.Array:
    if values.ndim == 2:
        flat = pa.array(np.ascontiguousarray(values).reshape(-1))
        item = pa.field("item", flat.type, nullable=False)
        return pa.FixedSizeListArray.from_arrays(flat, type=pa.list_(item, values.shape[1]))
    if values.dtype.kind == "f":
        return pa.array(values, from_pandas=True)
    if values.dtype == object:
        return pa.array(values.tolist(), pa.string())
    return pa.array(values)


def _is_small(labels: NDArray[Any]) -> bool:
    """A dictionary of few labels takes less room than their differences."""
    return labels.dtype.kind == "i" and bool(len(labels) == 0 or labels.max() < 256)


def _leaf(field: pa.Field) -> str:
    return f"{field.name}.list.element" if pa.types.is_fixed_size_list(field.type) else field.name


def _encoding(kind: pa.DataType) -> str:
    if pa.types.is_fixed_size_list(kind):
        kind = kind.value_type
    if pa.types.is_floating(kind):
        return "BYTE_STREAM_SPLIT"
    if pa.types.is_uint8(kind):
        return "PLAIN"
    return "DELTA_LENGTH_BYTE_ARRAY" if pa.types.is_string(kind) else "DELTA_BINARY_PACKED"


def column_values(column: pa.ChunkedArray) -> NDArray[Any]:
    """(R,) or (R, C) of a column, NaN where null."""
    if pa.types.is_fixed_size_list(column.type):
        width = column.type.list_size
        flat = column.combine_chunks().flatten() if len(column) else pa.array([])
        dtype = column.type.value_type.to_pandas_dtype()
        values: NDArray[Any] = np.asarray(flat.to_numpy(zero_copy_only=False), dtype)
        return values.reshape(len(column), width)
    if pa.types.is_string(column.type):
        return np.asarray(column.to_pylist(), dtype=object)
    found: NDArray[Any] = column.to_numpy()
    return found
