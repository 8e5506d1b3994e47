"""Tables of metrics, a row a sample, as DataFrames indexed by `guid`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carto_widget.formats.columns import guids, numbers, readable, table_of
from carto_widget.store.run.ids import require_unique

if TYPE_CHECKING:
    import pandas as pd


def frame_of(
    path: Path,
    *,
    guid: str | None = "guid",
    names: Mapping[str, str] | None = None,
    metrics: Iterable[str] = (),
) -> pd.DataFrame:
    """A Parquet, CSV or JSON-lines file as a DataFrame.

    Args:
        path: the file.
        guid: its column of guids; None: the row number.
        names: what its columns are called here.
        metrics: columns that must hold numbers, where there are such.

    Raises:
        ValueError: a damaged file, metrics that are no numbers, doubled guids or columns.
    """
    table = table_of(path)
    for name in sorted({*metrics} & {*table.column_names}):
        if numbers(table.column(name)) is None:
            raise ValueError(f"{path}: {name} is {table.column(name).type}, expected numbers")
    found = np.arange(len(table)) if guid is None else guids(path, table.column(guid))
    rest = table.drop_columns([] if guid is None else [guid]).replace_schema_metadata(None)
    with readable(path):
        frame: pd.DataFrame = rest.to_pandas().rename(columns=dict(names or {}))
    if not frame.columns.is_unique:
        raise ValueError(
            f"{path}: a column is there under two names: {', '.join(map(str, frame))[:300]}"
        )
    return indexed(path, frame, found)


def indexed(path: Path, frame: pd.DataFrame, guid: Any) -> pd.DataFrame:
    """The frame with these guids as its index."""
    import pandas as pd

    try:
        require_unique(guid)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return frame.set_axis(pd.Index(guid, name="guid"), axis=0)
