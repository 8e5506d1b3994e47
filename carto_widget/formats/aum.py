"""What the `aum` package writes: `full_aum_records.csv` and `aum_values.csv`.

The full records, a row a sample and measurement, are training dynamics: `margin`, `other_label`,
and epoch `num_measurements - 1` (the package counts presentations; where a loop shows each sample
once a pass, that is its epoch). Which of `target_logit` and `target_val` holds the class is told by
the margin, because released versions differ. The values alone are a table: `sample_id` and `aum`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.formats.columns import guids, integers, names_of, numbers, table_of
from carto_widget.formats.spread import dynamics_of_rows
from carto_widget.formats.wide import frame_of
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.run.chosen import require_series
from carto_widget.store.run.parts import Series

TITLE = "the aum package's full_aum_records.csv"
TABLE_TITLE = "the aum package's aum_values.csv"
_PAIRS = (("target_val", "other_val"), ("target_logit", "other_logit"))
_RECORDS = {"sample_id", "num_measurements", "margin", *_PAIRS[0], *_PAIRS[1]}


def recognises(path: Path) -> bool:
    """Full records, or the folder that they are in."""
    return set(names_of(_inside(path, "full_aum_records.csv"))) >= _RECORDS


def recognises_table(path: Path) -> bool:
    """Values alone, or the folder that they are in."""
    names = names_of(_inside(path, "aum_values.csv"))
    return {"sample_id", "aum"} <= set(names) and "num_measurements" not in names


def read(
    path: Path, split: str, mode: str | None, task: str | None, running: bool
) -> TrainingDynamics:
    """Training dynamics of full records; see `load`."""
    require_series([Series()], split, mode, task)
    path = _inside(path, "full_aum_records.csv")
    table = table_of(path)
    guid = guids(path, table.column("sample_id"))
    count = integers(path, "num_measurements", table.column("num_measurements"))
    if not len(guid) or count.min() < 1:
        raise ValueError(f"{path}: {len(guid)} rows; num_measurements must count from 1")
    margin = numbers(table.column("margin"))
    if margin is None:
        raise ValueError(f"{path}: margin is {table.column('margin').type}, expected numbers")
    gold, other = _classes(path, table, margin)
    columns = {"margin": margin, "other_label": other}
    return dynamics_of_rows(path, guid, count - 1, gold, columns)


def read_table(path: Path) -> Any:
    """The values alone; see `carto_widget.read_table`."""
    return frame_of(_inside(path, "aum_values.csv"), guid="sample_id", metrics=["aum"])


def _inside(path: Path, name: str) -> Path:
    return path / name if path.is_dir() else path


def _classes(
    path: Path, table: Any, margin: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Gold and largest other class: of the two pairs the one whose difference is not the margin."""
    for (target, other), classes in zip(_PAIRS, reversed(_PAIRS), strict=True):
        of_gold, of_other = numbers(table.column(target)), numbers(table.column(other))
        if of_gold is None or of_other is None:
            break
        with np.errstate(invalid="ignore", over="ignore"):
            is_same = np.isclose(of_gold - of_other, margin, rtol=1e-3, atol=1e-3)
        if (is_same | ~np.isfinite(of_gold - of_other)).all():
            gold, rest = (integers(path, name, table.column(name)) for name in classes)
            if min(gold.min(), rest.min()) < 0:
                raise ValueError(f"{path}: a class below 0 in {' or '.join(classes)}")
            return gold, rest
    raise ValueError(
        f"{path}: margin is neither target_val - other_val nor target_logit - other_logit"
    )
