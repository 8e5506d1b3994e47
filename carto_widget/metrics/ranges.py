"""The table of more samples than memory holds: a range of them at a time, by any worker."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

from carto_widget.metrics.registry import leaves, metric_named
from carto_widget.metrics.registry import metrics as all_metrics
from carto_widget.metrics.table import names_of, table
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.files.open_table import OpenTables
from carto_widget.store.run.run_range import Parts, RunRange, tables_of
from carto_widget.store.run.run_range import parts as parts_of

if TYPE_CHECKING:
    import pandas as pd

BLOCK = 65_536  # samples: a row group of the record
WIDEST = 2 * BLOCK  # samples that are read at once
AT_ONCE = 20 * BLOCK  # and those times epochs

Names = str | Iterable[str] | None
Source = Parts | str | os.PathLike[str]


def metrics_of_range(parts: Source, first: int, last: int, metrics: Names = None) -> pd.DataFrame:
    """Rows `first` to `last - 1` of `table(run, metrics)`, bit for bit.

    A pure function of plain values, for any worker that reaches the run's files. The row groups
    that hold these samples are read, a few at a time: what is in memory beside the result depends
    neither on the number of samples nor on that of epochs.

    Args:
        parts: `parts(run)`, which says what is read while the run still grows; or the run's path.
        first, last: rows of the table, 0 <= first <= last <= N.
        metrics: as in `table`. Without it, and of "all", those that can be computed so: a
            sample's number depends on that sample alone.

    Raises:
        ValueError: rows that there are not, or a metric that sees all samples at once.
    """
    import pandas as pd

    parts = parts_from(parts)
    if not 0 <= first <= last <= parts.n_samples:
        raise ValueError(
            f"rows {first} to {last}: expected 0 <= first <= last <= {parts.n_samples}"
        )
    tables = tables_of(parts)
    blocks = steps(first, last, _width(len(parts.epochs)))
    of_blocks = (dynamics_of_range(parts, tables, *block) for block in blocks)
    of_first = next(of_blocks)
    names = _by_range(of_first, metrics)
    return pd.concat([table(one, names) for one in chain([of_first], of_blocks)])


def parts_from(source: Source) -> Parts:
    """What a path or parts name."""
    return source if isinstance(source, Parts) else parts_of(source)


def dynamics_of_range(parts: Parts, tables: OpenTables, first: int, last: int) -> TrainingDynamics:
    """Training dynamics of some samples alone."""
    run = RunRange(parts, tables, first, last)
    return TrainingDynamics.of_run(run, parts.series, epochs=parts.epochs)


def steps(first: int, last: int, width: int) -> list[tuple[int, int]]:
    """Ranges that end at multiples of a width, as row groups do; one of no rows where none are."""
    ends = [*range(first - first % width + width, last, width), last]
    return list(zip([first, *ends[:-1]], ends, strict=True))


def _width(n_epochs: int) -> int:
    """Samples that are read at once."""
    width = WIDEST
    while width * n_epochs > AT_ONCE and width > 1:
        width //= 2
    return width


def _by_range(dynamics: TrainingDynamics, metrics: Names) -> list[str]:
    """Names of the metrics that are computed."""
    names = names_of(dynamics, metrics)
    reasons = {name: why_not_by_range(name, dynamics) for name in names}
    if metrics is None or metrics == "all":
        return [name for name in names if not reasons[name]]
    for name in names:
        if reasons[name]:
            raise ValueError(
                f"metric {name!r} {reasons[name]}, so no range of them has it. table(run) computes "
                "it in memory; write_table(run, path) does where it follows from columns"
            )
    return names


def why_not_by_range(name: str, dynamics: TrainingDynamics) -> str:
    """Why a metric cannot be computed of some samples alone; empty where it can."""
    if any(metric_named(one).scope == "dataset" for one in _asked(name, dynamics)):
        return "sees all samples at once (or does not say scope='sample')"
    if "n_classes" in leaves(name, dynamics.signals) and dynamics.label_names is None:
        return "asks how many classes there are, which without label_names all samples tell"
    return ""


def _asked(name: str, dynamics: TrainingDynamics) -> set[str]:
    """The metrics that a metric asks for, itself among them."""
    others = [need for need in metric_named(name).needs if need not in dynamics.signals]
    return {name}.union(*(_asked(need, dynamics) for need in others if need in all_metrics()))
