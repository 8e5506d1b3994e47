"""The original paper's `td_metrics.jsonl` and `<task>_<model>_0_<E>_data_map_coordinates.jsonl`.

As JSON lines, Parquet, CSV or a saved Hugging Face dataset. In our names: `correctness` is a count
there, `correctness_count` here; `correctness`, the fraction, is added where the number of epochs is
known (from the name of the file, or the folder `training_dynamics/` beside it) and no count is
above it. A `forgetfulness` of 1000 is `never_learned`, with `forgetting_events` 0. `index`, the
position in the first epoch's file, is left out; the rows keep their order.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from carto_widget.formats.columns import names_of
from carto_widget.formats.dataset_folder import is_dataset
from carto_widget.formats.wide import frame_of

TABLE_TITLE = "the original paper's td_metrics.jsonl and data_map_coordinates.jsonl"
_NAMES = {
    "correctness": "correctness_count",
    "forgetfulness": "forgetting_events",
    "forgotfulness": "forgetting_events",  # so spelled by an older notebook
}
_NEVER_LEARNED = 1000
_EPOCHS = re.compile(r"_0_(\d{1,4})_data_map_coordinates")


def recognises_table(path: Path) -> bool:
    """By columns; `td_metrics.jsonl` also by the folder that it is in."""
    return {"guid", "confidence", "variability"} <= set(names_of(_file(path)))


def read_table(path: Path) -> Any:
    """As a DataFrame; see `carto_widget.read_table`."""
    path = _file(path)
    frame = frame_of(path, metrics=["confidence", "variability", "threshold_closeness", *_NAMES])
    is_fraction = "correctness" in frame and (frame["correctness"] % 1 > 0).any()
    names = {
        name: ours for name, ours in _NAMES.items() if name != "correctness" or not is_fraction
    }
    frame = frame.rename(columns=names).drop(columns="index", errors="ignore")
    if not frame.columns.is_unique:
        raise ValueError(
            f"{path}: a metric is there under two names: {', '.join(map(str, frame))[:300]}"
        )
    if "forgetting_events" in frame:
        is_never = frame["forgetting_events"] == _NEVER_LEARNED
        frame["forgetting_events"] = frame["forgetting_events"].mask(is_never, 0)
        frame["never_learned"] = is_never.astype("boolean")
    elif "correctness_count" in frame:
        frame["never_learned"] = (frame["correctness_count"] == 0).astype("boolean")
    n_epochs = _n_epochs(path)
    counts = frame.get("correctness_count")
    if n_epochs and counts is not None and not (counts > n_epochs).any():
        frame["correctness"] = counts / np.float64(n_epochs)
    return frame


def _file(path: Path) -> Path:
    return path / "td_metrics.jsonl" if path.is_dir() and not is_dataset(path) else path


def _n_epochs(path: Path) -> int:
    """Epochs that the counts are out of, 0 where that cannot be known."""
    if named := _EPOCHS.search(path.name):
        return int(named[1])
    beside = (path.parent / "training_dynamics").glob("dynamics_epoch_*.jsonl")
    return sum(file.stat().st_size > 0 for file in beside)
