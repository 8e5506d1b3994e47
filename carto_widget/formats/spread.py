"""Long columns, a row a sample and epoch, as training dynamics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.formats.limits import require_dense
from carto_widget.store.arrays import spread_rows
from carto_widget.store.dynamics import TrainingDynamics


def dynamics_of_rows(
    path: Path,
    guid: NDArray[Any],
    epoch: NDArray[np.int64],
    gold: NDArray[Any],
    columns: Mapping[str, NDArray[Any]],
    **more: Any,
) -> TrainingDynamics:
    """Training dynamics of columns (R,), `logits` (R, C), in any order; see `spread_rows`.

    Numbers beyond 32-bit floats are infinite.

    Args:
        path: named in errors.
        guid, epoch, columns: what `spread_rows` takes.
        gold: (R,) class numbers, (R,) floats, or (R, L) flags.
        **more: what else `TrainingDynamics.from_arrays` takes.

    Raises:
        ValueError: no rows, rows too scattered, a gold label that changes within a guid.
    """
    if not len(guid):
        raise ValueError(f"{path}: no rows")
    require_dense(path, len(np.unique(epoch)), len(set(guid.tolist())), len(guid))
    try:
        with np.errstate(over="ignore"):
            if gold.ndim == 1 and gold.dtype.kind != "f":
                arrays = spread_rows(guid, epoch, gold.astype(np.int32), columns)
            else:
                arrays = spread_rows(guid, epoch, np.zeros(len(guid), np.int32), columns)
                arrays["gold"] = _first_of_each(guid, gold)
            return TrainingDynamics.from_arrays(**arrays, **more)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _first_of_each(guid: NDArray[Any], gold: NDArray[Any]) -> NDArray[Any]:
    """The gold label of each guid in order of appearance; refuses another one later."""
    first: dict[Any, int] = {}
    known = np.array([first.setdefault(one, i) for i, one in enumerate(guid.tolist())])
    is_same = (gold[known] == gold) | (gold[known] != gold[known])  # NaN: not known
    changed = np.flatnonzero(~is_same.reshape(len(gold), -1).all(1))
    if len(changed):
        raise ValueError(
            f"the gold label of guid {guid[changed[0]]!r} changes from {gold[known[changed[0]]]} "
            f"to {gold[changed[0]]}; a sample has one gold label"
        )
    return gold[list(first.values())]
