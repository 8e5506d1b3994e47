"""`read_table`: metrics that another tool computed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from carto_widget.formats.recognise import layouts, tables

if TYPE_CHECKING:
    import pandas as pd


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """A table of metrics that another tool wrote, in our names: what `table` gives of a run.

    Read are the original paper's `td_metrics.jsonl` and `data_map_coordinates.jsonl`, the `aum`
    package's `aum_values.csv`, data_diet's `.npy` scores, cleanlab's Datalab issues, and as the
    rows of a subset the paper's filtering folders;
    docs/formats.md says how their columns become ours. `DataMap` draws it as any other DataFrame.

    Args:
        path: a file or folder, recognised by what lies there.

    Returns:
        One row a sample, indexed by `guid`, in the file's order.

    Raises:
        FileNotFoundError: nothing lies at the path.
        ValueError: nothing there is recognised, it is damaged, or holds training dynamics.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file or folder")
    for one in tables():
        if one.recognises_table(path):
            return one.read_table(path)
    if any(layout.recognises(path) for layout in layouts()):
        raise ValueError(f"{path}: training dynamics; carto.table(path) computes the metrics")
    known = "; ".join(one.TABLE_TITLE for one in tables() if one.TABLE_TITLE)
    raise ValueError(f"{path}: no table of metrics that can be read. Known: {known}")
