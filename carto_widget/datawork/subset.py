"""The samples at one end of a metric, the hardest first: what the paper trains on."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.registry import Metric, metric_named
from carto_widget.metrics.table import Epochs, chosen_epochs, dynamics_of, supported, table

if TYPE_CHECKING:
    import pandas as pd

THIRD = 1 / 3
FROM_THE_TOP = 0.7  # of a subset of both ends, as in the original
TINY = 0.17  # an all-ambiguous share of WinoGrande that no longer trained
NEVER = ("forgetting_events", "first_learned")  # a sample never learned is the hardest of these


def subset(
    source: Any,
    *,
    metric: str = "variability",
    fraction: float | None = None,
    threshold: float | None = None,
    worst: bool = False,
    both_ends: bool = False,
    epochs: Epochs = None,
    compat: bool = False,
) -> pd.DataFrame:
    """The samples that a metric ranks first, best first, as a DataFrame indexed by guid.

    First is hardest: the highest variability, the lowest confidence, the most forgetting events
    with those never learned before all others. Ties go to the lower row, so that the same
    recording always gives the same subset. The paper's ambiguous, hard-to-learn and easy-to-learn
    thirds are `metric="variability"`, `metric="confidence"` and `metric="confidence", worst=True`.

    Columns: `gold`, `prediction`, the metric, and `reason` (value and rank in words); `.attrs`
    holds what was asked for.

    Args:
        source: training dynamics, a recorder, or whatever `load` reads from a path.
        metric: one whose values have an order.
        fraction: of the observed samples, above 0 and at most 1; without it and `threshold` a
            third.
        threshold: instead: all samples whose value is this one or beyond it on the first side.
        worst: the other end: the easiest first.
        both_ends: seven tenths of the fraction from the first end, the rest from the other.
        epochs: which epochs count, as in `table`. Only the first three (the original's "burn
            out"): `slice(0, 3)`. All but the first three, while the model warms up: `slice(3,
            None)`.
        compat: as many rows as the original takes: one more than the fraction of all samples,
            seen or not, unless `both_ends`. `datawork.original.write_filtered` writes its files.

    Raises:
        ValueError: a fraction out of range, fraction with threshold, threshold with both ends, a
            metric without an order or whose signals were not recorded.

    Warns:
        UserWarning: a subset so small and so ambiguous that training on it alone may fail.
    """
    _check(fraction, threshold, both_ends)
    one = _ordered(metric)
    dynamics = dynamics_of(source)
    guards = [name for name in ("never_learned", "region") if name in supported(dynamics.signals)]
    frame = table(dynamics, list(dict.fromkeys([metric, *guards])), epochs=epochs)
    is_downward = (one.direction != "higher is easier") != worst
    value = _ranked_by(frame, metric)
    order = _order(value, is_downward)
    if threshold is None:
        fraction = THIRD if fraction is None else fraction
        n = int(fraction * len(frame)) if compat else math.floor(round(fraction * len(order), 9))
        rank = _ranks(n, len(order), both_ends, n_more=int(compat))
    else:
        ranked, bound = value[order].astype(np.float32), np.float32(threshold)  # as recorded
        rank = np.flatnonzero(ranked >= bound if is_downward else ranked <= bound)
    chosen = frame.iloc[order[rank]]
    _warn_if_too_ambiguous(chosen, len(order))
    columns = [name for name in ("gold", "prediction", metric) if name in chosen]
    found = chosen[columns].assign(reason=_reasons(chosen[metric], rank, len(order), is_downward))
    found.attrs |= {
        "metric": metric,
        "fraction": fraction,
        "threshold": threshold,
        "worst": worst,
        "both_ends": both_ends,
        "epochs": dynamics.epochs[chosen_epochs(dynamics, epochs)].tolist(),
        "compat": compat,
    }
    return found


def _check(fraction: float | None, threshold: float | None, both_ends: bool) -> None:
    if fraction is not None and not 0 < fraction <= 1:
        raise ValueError(f"subset: fraction={fraction}, expected a number above 0 and at most 1")
    if threshold is not None and math.isnan(threshold):
        raise ValueError("subset: threshold=nan, expected a number")
    if threshold is not None and (fraction is not None or both_ends):
        other = "both_ends" if both_ends else "fraction"
        raise ValueError(f"subset: threshold and {other} exclude each other; give one of them")


def _ordered(name: str) -> Metric:
    one = metric_named(name)
    if one.kind in ("category", "flag", "label"):
        raise ValueError(
            f"subset: metric {name!r} is a {one.kind}, which has no order; expected one of "
            "numbers, such as 'variability'"
        )
    return one


def _ranked_by(frame: pd.DataFrame, metric: str) -> NDArray[np.float64]:
    """(N,) the metric, infinite where a sample was never learned and that says most."""
    value = frame[metric].to_numpy(np.float64, copy=True)
    if metric in NEVER:
        value[frame["never_learned"].fillna(False).to_numpy(bool)] = np.inf
    return value


def _order(value: NDArray[np.float64], is_downward: bool) -> NDArray[np.intp]:
    """Rows of the observed samples, first come first, ties by row."""
    rows = np.flatnonzero(~np.isnan(value))
    key = -value[rows] if is_downward else value[rows]
    return rows[np.argsort(key, kind="stable")]


def _ranks(n: int, n_all: int, both_ends: bool, n_more: int) -> NDArray[np.intp]:
    """Places in the order: the first n and n_more, or the ends of it."""
    if not both_ends:
        return np.arange(min(n + n_more, n_all))
    n_first = int(n * FROM_THE_TOP)
    return np.concatenate([np.arange(n_first), np.arange(n_all - (n - n_first), n_all)])


def _reasons(
    values: pd.Series[Any], rank: NDArray[np.intp], n_all: int, is_downward: bool
) -> list[str]:
    side = "highest" if is_downward else "lowest"
    return [
        f"{values.name} {value:.4g}: {place + 1:,} of {n_all:,}, {side} first"
        for value, place in zip(values, rank, strict=True)
    ]


def _warn_if_too_ambiguous(chosen: pd.DataFrame, n_all: int) -> None:
    if not 0 < len(chosen) <= TINY * n_all or "region" not in chosen:
        return
    if (chosen["region"] == "ambiguous").all():
        warnings.warn(
            f"subset: all {len(chosen):,} of {n_all:,} samples are ambiguous; training on so few "
            "of these alone can fail to learn at all. Take more, or some easy-to-learn ones with "
            "them: both_ends=True on confidence, or a second subset with worst=True",
            UserWarning,
            stacklevel=3,
        )
