"""A DataFrame that comes in pieces, as one Parquet file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def write_frames(path: str | os.PathLike[str], frames: Iterable[Any]) -> None:
    """Write DataFrames of the same columns one after the other; `read_parquet` gives them as one.

    Raises:
        ValueError: there is none.
    """
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise ValueError(f"{path}: no frame to write")
    schema = pa.Table.from_pandas(first, preserve_index=True).schema
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for frame in chain([first], frames):
            writer.write_table(pa.Table.from_pandas(frame, schema, preserve_index=True))


def read_frames(path: str | os.PathLike[str]) -> Iterator[Any]:
    """The DataFrames of a file's row groups, one at a time."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, use_threads=False).to_pandas()
