"""The user's samples beside a run: a hash of each row's content, on request the rows themselves.

Row i of both is row i of the split's ids.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carto_widget.store.files import parquet
from carto_widget.store.files.damage import named_damage, open_file, read_groups
from carto_widget.store.run.ids import first_three
from carto_widget.store.run.run import Run, RunFolder

FOLDERS = ("samples", "hashes")
_BETWEEN, _MISSING = b"\x1f", b"\x00"


def store(run: Run, split: str, samples: Any) -> None:
    """Put a split's samples on record, where they are not yet.

    Raises:
        ValueError: a column that Parquet cannot hold; names it.
    """
    if not isinstance(run, RunFolder) or run.place.exists(_name("samples", split)):
        return
    for name in samples.columns:
        try:
            if samples[name].ndim > 1:
                raise TypeError("several columns have that name")
            pa.array(samples[name], from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise ValueError(
                f"store_samples=True: column {name!r} of samples holds what Parquet cannot "
                f"({str(error).splitlines()[0]}). Convert it, or leave it out: "
                f"samples.drop(columns=[{name!r}])"
            ) from error
    name, table = _name("samples", split), pa.Table.from_pandas(samples)
    run.place.replace(name, parquet.encoded_table(table, run.noted(name)))


def stored(run: Run, split: str) -> Any:
    """The DataFrame of a split's samples as they were recorded; None where they are not kept.

    Raises:
        ValueError: the file is damaged.
    """
    if not isinstance(run, RunFolder) or not run.place.exists(_name("samples", split)):
        return None
    file, ids = run.place / _name("samples", split), run.ids(split)
    with named_damage(file), open_file(file) as opened:
        if ids is None or opened.metadata.num_rows != len(ids):  # of ids that are damaged
            return None
        groups, names = range(opened.num_row_groups), opened.schema_arrow.names
        return read_groups(opened, groups, names).to_pandas()


def note_hashes(run: Run, split: str, samples: Any, rows: NDArray[np.int64]) -> None:
    """Put a hash of each sample's content on record: of these rows of the user's DataFrame."""
    if not isinstance(run, RunFolder):
        return
    columns, hashes = hashes_of(samples.iloc[rows], list(samples.columns))
    name = _name("hashes", split)
    if columns and not run.place.exists(name):
        footer = run.noted(name) | {"columns": json.dumps(columns)}
        run.place.replace(name, parquet.encoded({"hash": hashes}, footer))


def difference(run: Run, split: str, samples: Any) -> str:
    """In what a DataFrame is not what was recorded, in a sentence; "" where nothing differs.

    Args:
        run: the run.
        split: whose samples.
        samples: row i is row i of the split's ids, the index their guids; a column that was
            recorded may be the index now.

    Raises:
        ValueError: the file of hashes is damaged.
    """
    ids = run.ids(split)
    is_noted = isinstance(run, RunFolder) and run.place.exists(_name("hashes", split))
    if ids is None or not isinstance(run, RunFolder) or not is_noted:
        return ""
    table = parquet.read_table(run.place / _name("hashes", split))
    columns, before = json.loads(table.footer["columns"]), table.columns["hash"]
    is_column = samples.index.name in (None, *samples.columns)
    here = samples if is_column else samples.reset_index()
    here = here.set_axis([str(name) for name in here.columns], axis=1)
    absent = [name for name in columns if name not in here.columns]
    if absent:
        return f"samples have no column {absent[0]!r}: nobody can tell whether they have changed"
    known, now = hashes_of(here, columns)
    if known != columns:
        name = next(name for name in columns if name not in known)
        return f"samples: column {name!r} holds other things than when it was recorded"
    differ = np.flatnonzero(before != now) if len(now) == len(before) else np.arange(len(now))
    if not len(differ):
        return ""
    return (
        f"{len(differ):,} of {len(now):,} samples have changed since they were recorded: "
        f"{first_three(ids.guid[differ])}"
    )


def hashes_of(samples: Any, names: Sequence[Any]) -> tuple[list[str], NDArray[np.uint64]]:
    """Which of some columns can be hashed, and (N,) the hash of each row's values in them.

    It is that of the values, not of how they are held: 1 and 1.0, a category and its name, texts of
    whatever type are the same. Columns of other things than numbers, texts, bytes, truth values and
    times are left out, and columns of one name.
    """
    texts = {str(name): text for name in names if (text := _texts(samples[name])) is not None}
    if not texts:
        return [], np.zeros(len(samples), np.uint64)
    between = pa.scalar(_BETWEEN, pa.large_binary())
    joined = pc.binary_join_element_wise(
        *texts.values(), between, null_handling="replace", null_replacement=_MISSING
    )
    _, ends, content = joined.buffers()
    at = np.frombuffer(ends, np.int64)[joined.offset : joined.offset + len(joined) + 1].tolist()
    held = memoryview(content if content is not None else b"")
    hashes = [blake2b(held[a:b], digest_size=8).digest() for a, b in pairwise(at)]
    return list(texts), np.frombuffer(b"".join(hashes), "<u8").astype(np.uint64)


def _texts(values: Any) -> pa.Array | None:
    """A column as bytes, null where missing; None where it holds other things, or is several."""
    if values.ndim > 1:
        return None
    try:
        array = pa.array(values, from_pandas=True)
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
            array = array.cast(pa.float64(), safe=False)
        elif pa.types.is_timestamp(array.type):
            array = array.cast(pa.timestamp("us", array.type.tz), safe=False)
        if not _is_bytes(array.type):
            array = array.cast(pa.large_string()) if _is_plain(array.type) else None
        return None if array is None else array.cast(pa.large_binary())
    except (pa.ArrowException, TypeError, ValueError):
        return None


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _is_plain(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_float64(kind)
        or pa.types.is_temporal(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    )


def _name(folder: str, split: str) -> str:
    return f"{folder}/split={quote(split, safe='')}/part=00000.parquet"
