"""Metrics of all samples: as arrays, and as the table with the samples' labels."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.class_probabilities import of_logits
from carto_widget.metrics.labels import readable
from carto_widget.metrics.own_metrics import Computed, computed, others_on_record
from carto_widget.metrics.registry import (
    CONSTANTS,
    INTERMEDIATES,
    SIGNALS,
    Metric,
    leaves,
    metric_named,
    metrics,
    signals_needed,
)
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.kinds import WITHOUT_GOLD

if TYPE_CHECKING:
    import pandas as pd

Epochs = slice | Sequence[int] | None


def table(
    source: Any, metrics: str | Iterable[str] | None = None, *, epochs: Epochs = None
) -> pd.DataFrame:
    """Metrics of every sample as a DataFrame indexed by `guid`, N rows in the dataset's order.

    Columns: `gold`; `prediction` of the latest observed epoch (both categories named by
    `label_names` where given, else nullable integers; of a regression numbers; of several labels
    the names of those that hold; sequences have no `gold`); one column a metric, numbers with NaN
    for a sample never observed; categories (`region`) as categoricals, flags as nullable bools,
    labels as `gold`.

    Args:
        source: training dynamics, a recorder, or whatever `load` reads from a path.
        metrics: names of the metrics; "all" that this source has the signals for; without it the
            core ones of those and one's own (`list_metrics(source)` says which they are).
        epochs: a list of epoch numbers, or a slice of them (`slice(0, 3)`: epochs 0 to 2;
            negative bounds count epochs from the end); without it all.

    Raises:
        ValueError: an unknown metric or epoch, or a metric whose signals were not recorded.
        RuntimeError: a metric asked for by name that failed. Without names one's own that fail
            are left out, with a warning that names them.
    """
    import pandas as pd

    dynamics = dynamics_of(source)
    names = names_of(dynamics, metrics)
    done = computed_of(dynamics, names, epochs=epochs)
    is_named = metrics is not None and not (isinstance(metrics, str) and metrics == "all")
    found = done.whole if is_named else done.values
    for note in [*done.notes.values(), *others_on_record(dynamics, names)]:
        warnings.warn(note, stacklevel=2)
    columns: dict[str, Any] = {}
    if dynamics.kind not in WITHOUT_GOLD:
        columns["gold"] = readable(dynamics.gold, dynamics.label_names).array
    if "prediction" in dynamics.signals:
        newest = latest_prediction(dynamics, epochs)
        columns["prediction"] = readable(newest, dynamics.label_names).array
    for name in [name for name in names if name in found]:
        columns[name] = column(metric_named(name), found.pop(name), dynamics.label_names)
    return pd.DataFrame(columns, index=pd.Index(dynamics.guid, name="guid"), copy=False)


def names_of(dynamics: TrainingDynamics, metrics: str | Iterable[str] | None) -> list[str]:
    """Names of the metrics that `table` is asked for."""
    if metrics is None:
        return [name for name in supported(dynamics.signals) if metric_named(name).core]
    if metrics == "all":
        every = supported(dynamics.signals)
        return sorted(every, key=lambda name: not metric_named(name).core)
    return [metrics] if isinstance(metrics, str) else list(dict.fromkeys(metrics))


def latest_prediction(dynamics: TrainingDynamics, epochs: Epochs = None) -> NDArray[Any]:
    """(N,) of the latest observed epoch: int32 classes, -1 where missing, else float numbers."""
    newest = dynamics.newest("prediction", np.flatnonzero(chosen_epochs(dynamics, epochs)))
    is_class = dynamics.gold.dtype.kind == "i"
    return np.nan_to_num(newest, nan=-1).astype(np.int32) if is_class else newest


def values(
    dynamics: TrainingDynamics, names: Iterable[str], *, epochs: Epochs = None
) -> dict[str, NDArray[Any]]:
    """Metric name -> `(N,)`, NaN where missing; a category's codes are floats.

    Raises:
        ValueError: an unknown metric or epoch, a metric whose signals were not recorded, one that
            has the name of a signal, or one that gave another shape than `(N,)`.
        RuntimeError: a metric that failed, from its error.
    """
    return computed_of(dynamics, names, epochs=epochs).whole


def computed_of(
    dynamics: TrainingDynamics, names: Iterable[str], *, epochs: Epochs = None
) -> Computed:
    """As `values`, without an error for metrics of the user's own that failed."""
    names, chosen = list(names), chosen_epochs(dynamics, epochs)
    available = list(dynamics.signals)
    _require_signals(names, available)
    asked = set().union(*(leaves(name, (*SIGNALS, *available)) for name in names))
    known: dict[str, NDArray[Any]] = {"gold": dynamics.gold, "epochs": dynamics.epochs[chosen]}
    if "n_classes" in asked and dynamics.label_names is None:
        asked.add("other_label")
    sources = dynamics.signals.sources(asked - {*CONSTANTS, *INTERMEDIATES})
    signals = dynamics.signals.several(sources)
    if "n_classes" in asked:
        known["n_classes"] = np.array(_n_classes(dynamics, signals))
    for name in sources:
        known[name] = signals.pop(name) if chosen.all() else signals.pop(name)[chosen]
    if of_all := asked & {*INTERMEDIATES} - {"n_classes"}:
        known |= of_logits(dynamics, dynamics.epochs[chosen], of_all)
    n_labels = len(dynamics.label_names or ()) or np.inf
    return computed(map(metric_named, names), known, dynamics.signals.stored, n_labels=n_labels)


def _require_signals(names: Iterable[str], available: Sequence[str]) -> None:
    for name in names:
        if name in available:
            raise ValueError(
                f"metric {name!r}: a signal of this source has the same name; define the metric "
                "under another one"
            )
    for name in names:
        absent = sorted(signals_needed(name, (*SIGNALS, *available)) - {*available, *CONSTANTS})
        if absent:
            raise ValueError(
                f"metric {name!r} needs {', '.join(absent)}, which this source does not have; "
                f"it has {', '.join(available)}"
            )


def _n_classes(dynamics: TrainingDynamics, signals: Mapping[str, NDArray[Any]]) -> int:
    if dynamics.label_names is not None:
        return len(dynamics.label_names)
    other = np.fmax.reduce(signals["other_label"], axis=None, initial=0)
    return int(max(other, dynamics.gold.max(initial=0))) + 1


def supported(signals: Iterable[str], *, may_grow: bool = False) -> list[str]:
    """Names of the metrics that can be computed from these signals.

    Args:
        signals: that there are.
        may_grow: signals of the user's own may still come.
    """
    have = {*signals, *CONSTANTS}
    absent = {name: signals_needed(name, (*SIGNALS, *have)) - have for name in metrics()}
    if may_grow:
        absent = {name: signals & {*SIGNALS} for name, signals in absent.items()}
    return [name for name, signals in absent.items() if not signals and name not in have]


def chosen_epochs(dynamics: TrainingDynamics, epochs: Epochs) -> NDArray[np.bool_]:
    """(E,) bool: which epochs `epochs` means.

    Raises:
        ValueError: an epoch that is not on record, or a slice with a step.
    """
    numbers = dynamics.epochs
    if epochs is None:
        return np.ones(len(numbers), bool)
    if not isinstance(epochs, slice):
        if not isinstance(epochs, Iterable):
            raise TypeError(f"epochs={epochs!r}, expected a list or a slice: [3], slice(0, 3)")
        absent = sorted(set(epochs) - set(numbers.tolist()))
        if absent:
            raise ValueError(f"epoch {absent[0]} is not on record; there are {numbers.tolist()}")
        return np.isin(numbers, list(epochs))
    if epochs.step not in (None, 1):
        raise ValueError(f"epochs={epochs}: a slice of epochs has no step; give a list")
    chosen = np.ones(len(numbers), bool)
    if epochs.start is not None:
        chosen &= numbers >= _bound(epochs.start, numbers)
    if epochs.stop is not None:
        chosen &= numbers < _bound(epochs.stop, numbers)
    return chosen


def dynamics_of(source: Any) -> TrainingDynamics:
    """The training dynamics that a source stands for.

    Raises:
        TypeError: neither dynamics, nor something with `.dynamics`, nor a path.
    """
    if isinstance(source, TrainingDynamics):
        return source
    held = getattr(source, "dynamics", None)
    if isinstance(held, TrainingDynamics):
        return held
    if isinstance(source, (str, os.PathLike)):
        # Only the front door knows both this room and the formats.
        loaded: TrainingDynamics = import_module("carto_widget").load(source)
        return loaded
    raise TypeError(f"{type(source).__name__}: expected training dynamics, a recorder or a path")


def _bound(bound: int, numbers: NDArray[np.int64]) -> int:
    if bound >= 0:
        return bound
    return int(numbers[bound]) if -bound <= len(numbers) else 0


def column(one: Metric, values: NDArray[Any], label_names: Sequence[str] | None) -> Any:
    """Numbers as they are, codes as what they stand for."""
    import pandas as pd

    if one.kind not in ("category", "flag", "label"):
        return values
    codes = np.nan_to_num(values, nan=-1).astype(np.int32)
    if one.kind == "label":
        return readable(codes, label_names).array
    if one.kind == "flag":
        return pd.arrays.BooleanArray(codes == 1, codes < 0)
    return pd.Categorical.from_codes(codes, categories=pd.Index(one.categories))
