"""A table as one JSON value: `{"columns": [...], "data": [[...], ...]}`, or a list of objects.

The first is what Weights & Biases writes of a `wandb.Table` and pandas as `orient="split"`, the
second what `orient="records"` and an export of a run's history are.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from carto_widget.formats.limits import MAX_LINE

_SPLIT = re.compile(
    r'\s*\{(?:\s*"(?:_type|ncols|nrows|log_mode)"\s*:[^,\[{]{1,80},)*\s*"columns"\s*:\s*\['
)
_RECORDS = re.compile(r"\s*\[\s*\{")


def is_whole(head: str) -> bool:
    """By the beginning of the file."""
    return bool(_SPLIT.match(head) or _RECORDS.match(head))


def names_of_whole(head: str) -> list[str]:
    """The columns, as far as the beginning of the file has them."""
    decoder = json.JSONDecoder()
    if split := _SPLIT.match(head):
        names, _ = decoder.raw_decode(head, split.end() - 1)
        return [str(name) for name in names]
    first, _ = decoder.raw_decode(head, head.index("{"))
    return list(first)


def table_of_whole(path: Path) -> Any:
    """The rows as a `pyarrow.Table`.

    Raises:
        ValueError: not JSON, over 67 million characters, rows of different lengths.
    """
    import pyarrow as pa

    if path.stat().st_size > MAX_LINE:
        raise ValueError(
            f"{path}: one JSON value of over {MAX_LINE:,} bytes; export it as Parquet or CSV"
        )
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not JSON ({str(error)[:200]})") from error
    if isinstance(found, dict):
        names: Any = found.get("columns")
        rows: Any = found.get("data")
        if not _are_rows(names, rows):
            raise ValueError(f"{path}: expected columns, and data with as many values a row")
        return pa.Table.from_arrays(
            [pa.array([row[i] for row in rows]) for i in range(len(names))], [str(n) for n in names]
        )
    if not all(isinstance(row, dict) for row in found):
        raise ValueError(f"{path}: expected a list of objects")
    names = list(dict.fromkeys(name for row in found for name in row))
    return pa.Table.from_arrays([pa.array([row.get(n) for row in found]) for n in names], names)


def _are_rows(names: Any, rows: Any) -> bool:
    return (
        isinstance(names, list)
        and isinstance(rows, list)
        and all(isinstance(row, list) and len(row) == len(names) for row in rows)
    )
