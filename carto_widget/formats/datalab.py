"""The issues of cleanlab's Datalab, `get_issues()` saved as Parquet or CSV with its index.

`given_label` is `gold`, `predicted_label` is `prediction`; flags and scores keep their names
(`is_label_issue`, `label_score`, ...; a low score is a bad one). guid is the column `guid` or the
nameless one that pandas writes of an index; without either the row number.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from carto_widget.formats.columns import names_of
from carto_widget.formats.wide import frame_of

TABLE_TITLE = "cleanlab's Datalab issues"
_NAMES = {"given_label": "gold", "predicted_label": "prediction"}
_GUIDS = ("guid", "", "__index_level_0__")


def recognises_table(path: Path) -> bool:
    """By the columns of label issues."""
    return {"is_label_issue", "label_score"} <= set(names_of(path))


def read_table(path: Path) -> Any:
    """As a DataFrame; see `carto_widget.read_table`."""
    name = next((name for name in _GUIDS if name in names_of(path)), None)
    return frame_of(path, guid=name, names=_NAMES, metrics=["label_score"])
