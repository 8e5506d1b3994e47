"""Arrays by dataset index: what data_diet writes, and example_forgetting's order as an `.npz`.

data_diet: `error_l2_norm_scores/ckpt_<step>.npy` is `el2n`, `grad_norm_scores/` is `grand`,
`forget_scores/` is `forgetting_events` (infinite where never right: 0 here, and `never_learned`).
One file, or the run's folder: then each score of its only checkpoint, or `el2n_<step>` of several.

example_forgetting's sorted `indices` and `forgetting counts`, pickled there, from an `.npz`:
`forgetting_count`, in their order, easiest first (a sample never learned counts every epoch, and
several runs are added up: not the metric `forgetting_events`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.formats import arrays
from carto_widget.formats.wide import indexed
from carto_widget.store.run.ids import guid_array

TABLE_TITLE = "data_diet's *_scores/ckpt_<step>.npy, example_forgetting's order as an .npz"
_SCORES = {
    "error_l2_norm_scores": "el2n",
    "grad_norm_scores": "grand",
    "forget_scores": "forgetting_events",
}
_STEP = re.compile(r"ckpt_(\d{1,18})\.npy")
_ORDER = {"indices", "forgetting counts"}


def recognises_table(path: Path) -> bool:
    """By folder and file names, and by the names of arrays."""
    return bool(_files(path)) or _is_order(path)


def read_table(path: Path) -> Any:
    """As a DataFrame; see `carto_widget.read_table`."""
    import pandas as pd

    if _is_order(path):
        found = {name.replace(" ", "_"): a for name, a in arrays.arrays_of(path).items()}
        guid, counts = found["indices"], _flat(path, found["forgetting_counts"])
        if guid.shape != counts.shape or guid.dtype.kind not in "iu":
            raise ValueError(f"{path}: indices {guid.dtype} {guid.shape}, counts {counts.shape}")
        return indexed(path, pd.DataFrame({"forgetting_count": counts}), guid_array(guid))
    files = _files(path)
    steps = {step for _, step in files}
    columns: dict[str, Any] = {}
    for (name, step), file in files.items():
        values = _flat(file, arrays.array_of(file))
        end = f"_{step}" if len(steps) > 1 else ""
        if name == "forgetting_events":
            columns[f"never_learned{end}"] = pd.array(np.isposinf(values), "boolean")
            values = np.where(np.isposinf(values), 0, values)
        columns[name + end] = values
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"{path}: scores of different numbers of samples: {lengths}")
    n_samples = next(iter(lengths.values()))
    return indexed(path, pd.DataFrame(columns), np.arange(n_samples))


def _is_order(path: Path) -> bool:
    return {name.replace("_", " ") for name in arrays.names_of(path)} >= _ORDER


def _files(path: Path) -> dict[tuple[str, int], Path]:
    """(our name, step) -> file."""
    if path.is_file():
        files = [path]
    else:
        folders = [path] if path.name in _SCORES else [path / name for name in _SCORES]
        files = [file for folder in folders for file in sorted(folder.glob("*.npy"))]
    return {
        (_SCORES[file.absolute().parent.name], int(match[1])): file
        for file in files
        if (match := _STEP.fullmatch(file.name)) and file.absolute().parent.name in _SCORES
    }


def _flat(path: Path, values: NDArray[Any]) -> NDArray[np.float64]:
    if values.ndim != 1 or values.dtype.kind not in "iuf":
        raise ValueError(f"{path}: {values.dtype} {values.shape}, expected numbers (N,)")
    return values.astype(np.float64)
