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
    gold: NDArray[np.integer[Any]],
    columns: Mapping[str, NDArray[Any]],
    **more: Any,
) -> TrainingDynamics:
    """Training dynamics of columns (R,), `logits` (R, C), in any order; see `spread_rows`.

    Numbers beyond 32-bit floats are infinite.

    Args:
        path: named in errors.
        guid, epoch, gold, columns: what `spread_rows` takes.
        **more: what else `TrainingDynamics.from_arrays` takes.

    Raises:
        ValueError: no rows, rows too scattered, a gold label that changes within a guid.
    """
    if not len(guid):
        raise ValueError(f"{path}: no rows")
    require_dense(path, len(np.unique(epoch)), len(set(guid.tolist())), len(guid))
    try:
        with np.errstate(over="ignore"):
            arrays = spread_rows(guid, epoch, gold.astype(np.int32), columns)
            return TrainingDynamics.from_arrays(**arrays, **more)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
