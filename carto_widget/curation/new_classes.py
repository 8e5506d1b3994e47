"""Classes that the dataset did not have."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from carto_widget.curation.dataset import Dataset
from carto_widget.curation.held import Held


def classes_frame(edits: pa.Table, of: Dataset | None) -> pd.DataFrame:
    """New classes in order of their creation: name, color, rule.

    Of one name the first line gives the place, the latest what is said of it. All splits of a
    dataset have the same classes; those of another dataset's same split are left out.

    Args:
        edits: In order; "class" and "undo" are enough.
        of: The dataset, where one is known.
    """
    held, found = Held(edits), dict[str, dict[str, Any]]()
    for row in held.rows("class").tolist():
        said = held.edits.slice(row, 1).to_pylist()[0]
        origin = said["dataset"], said["rows"], said["split"]
        if not said["name"] or (of and of.split == said["split"] and not of.holds(*origin)):
            continue
        before = found.setdefault(said["name"], {"name": said["name"], "color": None, "rule": ""})
        before |= {key: said[key] for key in ("color", "rule") if said[key]}
    return pd.DataFrame(list(found.values()), columns=["name", "color", "rule"], dtype=object)


def structural(edits: pa.Table) -> pa.Table:
    """The edits by which classes come and go."""
    return edits.filter(pc.is_in(edits["kind"], pa.array(["class", "undo"])))
