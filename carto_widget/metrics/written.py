"""The table of a run as a file, for more samples than memory holds."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.evaluation import evaluated
from carto_widget.metrics.ranges import (
    BLOCK,
    Names,
    Source,
    dynamics_of_range,
    metrics_of_range,
    parts_from,
    steps,
    why_not_by_range,
)
from carto_widget.metrics.registry import metric_named, metrics
from carto_widget.metrics.table import column, names_of
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.files.frames import read_frames, write_frames
from carto_widget.store.places.durable import make_folder
from carto_widget.store.places.place import path_here
from carto_widget.store.run.run_range import tables_of

if TYPE_CHECKING:
    import pandas as pd

TASK = 8 * BLOCK  # samples for which files are opened once
_NUMBERS = ("continuous", "steps", "count")

Columns = defaultdict[str, list[NDArray[Any]]]


def write_table(
    source: Source,
    path: str | os.PathLike[str],
    metrics: Names = None,
    *,
    map: Callable[..., Iterable[pd.DataFrame]] = map,  # noqa: A002  # it is called like that one
) -> None:
    """`table(source, metrics)` as a Parquet file, little of which is ever in memory.

    `pandas.read_parquet(path)` then gives what `table` does. Metrics that see all samples at once
    are there where they follow from columns (`region`, which takes 24 bytes of memory a sample);
    the others are left out with a warning.

    Args:
        source: a run's path, or `parts(run, split, mode=..., task=...)`.
        path: the file, put there when it is whole.
        metrics: as in `table`.
        map: calls a function with each of several arguments and gives the results in that order,
            as the builtin does: `ThreadPoolExecutor().map`, `ProcessPoolExecutor().map`, or a few
            lines for Ray or Dask.

    Raises:
        ValueError: an unknown metric, one whose signals were not recorded, or a URL as `path`.
    """
    file, parts = path_here(path), parts_from(source)
    dynamics = dynamics_of_range(parts, tables_of(parts), 0, 0)
    wanted = names_of(dynamics, metrics)
    by_range, by_column = _sorted(wanted, dynamics)
    needs = [need for name in by_column for need in metric_named(name).needs]
    firsts, lasts = zip(*steps(0, parts.n_samples, TASK), strict=True)
    names = list(dict.fromkeys([*by_range, *needs]))
    make_folder(file.absolute().parent)
    frames = map(metrics_of_range, repeat(parts), firsts, lasts, repeat(names))
    with tempfile.TemporaryDirectory(dir=file.absolute().parent) as folder:
        made, columns = Path(folder, "by-range.parquet"), Columns(list)
        write_frames(made, _passed(frames, needs, columns))
        if by_column:
            added = _of_columns(by_column, columns, dynamics)
            order = [name for name in wanted if name in (*by_range, *by_column)]
            pieces = _joined(read_frames(made), added, order)
            made = Path(folder, "whole.parquet")
            write_frames(made, pieces)
        os.replace(made, file)


def _sorted(names: list[str], dynamics: TrainingDynamics) -> tuple[list[str], list[str]]:
    """Metrics that ranges give, and those that follow from their columns."""
    by_range = [name for name in names if not why_not_by_range(name, dynamics)]
    by_column = [name for name in names if name not in by_range and _is_of_columns(name, dynamics)]
    left_out = [name for name in names if name not in (*by_range, *by_column)]
    if left_out:
        warnings.warn(
            f"left out: {', '.join(left_out)}, which see all samples at once or do not say "
            "scope='sample'; table(run) computes them in memory",
            stacklevel=3,
        )
    return by_range, by_column


def _is_of_columns(name: str, dynamics: TrainingDynamics) -> bool:
    every, needs = metrics(), metric_named(name).needs
    return all(
        need in every and every[need].kind in _NUMBERS and not why_not_by_range(need, dynamics)
        for need in needs
    )


def _passed(
    frames: Iterable[pd.DataFrame], names: Iterable[str], columns: Columns
) -> Iterator[pd.DataFrame]:
    """The frames; some of their columns are kept."""
    for frame in frames:
        for name in names:
            columns[name].append(frame[name].to_numpy())
        yield frame


def _of_columns(
    names: Iterable[str], columns: Columns, dynamics: TrainingDynamics
) -> dict[str, Any]:
    """Metric name -> its column of the table, from columns of all samples."""
    known = {name: np.concatenate(columns.pop(name)) for name in list(columns)}
    wanted = [metric_named(name) for name in names]
    found = evaluated(wanted, {"gold": next(iter(known.values())), **known}, ())  # gold: how many
    return {one.name: column(one, found[one.name], dynamics.label_names) for one in wanted}


def _joined(
    frames: Iterable[pd.DataFrame], added: Mapping[str, Any], order: Iterable[str]
) -> Iterator[pd.DataFrame]:
    """The frames with columns of all samples, without those that were only needed for them."""
    start = 0
    for frame in frames:
        stop = start + len(frame)
        more = {name: values[start:stop] for name, values in added.items()}
        labels = [name for name in ("gold", "prediction") if name in frame]
        yield frame.assign(**more)[[*labels, *order]]
        start = stop
