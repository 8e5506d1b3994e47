"""Metrics of all samples: as arrays, and as the table with the samples' labels."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.class_probabilities import BY_SAMPLE, of_logits
from carto_widget.metrics.labels import readable
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

BLOCK = 65_536

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
    """
    import pandas as pd

    dynamics = dynamics_of(source)
    names = names_of(dynamics, metrics)
    found = values(dynamics, names, epochs=epochs)
    columns: dict[str, Any] = {}
    if dynamics.kind not in WITHOUT_GOLD:
        columns["gold"] = readable(dynamics.gold, dynamics.label_names).array
    if "prediction" in dynamics.signals:
        newest = latest_prediction(dynamics, chosen_epochs(dynamics, epochs))
        columns["prediction"] = readable(newest, dynamics.label_names).array
    for name in names:
        columns[name] = _column(metric_named(name), found[name], dynamics.label_names)
    return pd.DataFrame(columns, index=pd.Index(dynamics.guid, name="guid"))


def names_of(dynamics: TrainingDynamics, metrics: str | Iterable[str] | None) -> list[str]:
    """Names of the metrics that `table` is asked for."""
    if metrics is None:
        return [name for name in supported(dynamics.signals) if metric_named(name).core]
    if metrics == "all":
        every = supported(dynamics.signals)
        return sorted(every, key=lambda name: not metric_named(name).core)
    return [metrics] if isinstance(metrics, str) else list(metrics)


def latest_prediction(dynamics: TrainingDynamics, chosen: Any = slice(None)) -> NDArray[Any]:
    """(N,) of the latest observed epoch: int32 classes, -1 where missing, else float numbers."""
    newest = over_epochs.latest(dynamics.signals["prediction"][chosen])
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
    names = list(names)
    available = list(dynamics.signals)
    for name in names:
        if name in available:
            raise ValueError(
                f"metric {name!r}: a signal of this source has the same name; define the metric "
                "under another one"
            )
    needed = {name: signals_needed(name, (*SIGNALS, *available)) for name in names}
    for name, signals in needed.items():
        absent = sorted(signals - {*available, *CONSTANTS})
        if absent:
            raise ValueError(
                f"metric {name!r} needs {', '.join(absent)}, which this source does not have; "
                f"it has {', '.join(available)}"
            )
    chosen = chosen_epochs(dynamics, epochs)
    asked = set().union(*(leaves(name, (*SIGNALS, *available)) for name in names))
    known: dict[str, NDArray[Any]] = {"gold": dynamics.gold, "epochs": dynamics.epochs[chosen]}
    wanted = sorted(asked - {*CONSTANTS, *INTERMEDIATES})
    for name, signal in dynamics.signals.several(wanted).items():
        known[name] = signal if chosen.all() else signal[chosen]
    known |= _intermediates(dynamics, chosen, asked & {*INTERMEDIATES})
    for name in names:
        _compute(metric_named(name), known)
    return {name: known[name] for name in names}


def _intermediates(
    dynamics: TrainingDynamics, chosen: NDArray[np.bool_], names: set[str]
) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    if "n_classes" in names:
        found["n_classes"] = np.array(_n_classes(dynamics))
    if of_all := names - {"n_classes"}:
        found |= of_logits(dynamics, dynamics.epochs[chosen], of_all)
    return found


def _n_classes(dynamics: TrainingDynamics) -> int:
    if dynamics.label_names is not None:
        return len(dynamics.label_names)
    other = np.fmax.reduce(dynamics.signals["other_label"], axis=None, initial=0)
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


def _compute(one: Metric, known: dict[str, NDArray[Any]]) -> None:
    """Put a metric, and those it asks for before it, among the known arrays."""
    if one.name in known:
        return
    for need in one.needs:
        if need not in known:
            _compute(metric_named(need), known)
    n = len(known["gold"])
    inputs = {need: known[need] for need in one.needs}
    if one.scope == "dataset" or n <= BLOCK:
        known[one.name] = _called(one, inputs, n)
        return
    pieces = []
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        block = {need: _block(need, array, start, stop) for need, array in inputs.items()}
        pieces.append(_called(one, block, stop - start))
    known[one.name] = np.concatenate(pieces)


def _block(name: str, array: NDArray[Any], start: int, stop: int) -> NDArray[Any]:
    if name in ("epochs", "n_classes"):
        return array
    if array.ndim == 1 or name in ("gold", *BY_SAMPLE):
        return array[start:stop]
    return array[:, start:stop]


def _called(one: Metric, inputs: dict[str, NDArray[Any]], n: int) -> NDArray[Any]:
    try:
        result = np.asarray(one.function(**inputs))
    except Exception as error:
        raise RuntimeError(
            f"metric {one.name!r} failed: {type(error).__name__}: {error}"
        ) from error
    if result.shape != (n,) or result.dtype.kind not in "fiub":
        raise ValueError(
            f"metric {one.name!r} gave {result.dtype} of shape {result.shape}, expected one "
            f"number a sample: ({n},)"
        )
    return result


def _column(one: Metric, values: NDArray[Any], label_names: Sequence[str] | None) -> Any:
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
