"""Columns of training dynamics, complete or running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.labels import readable
from carto_widget.metrics.registry import metrics
from carto_widget.metrics.table import chosen_epochs, computed_of, latest_prediction
from carto_widget.views.described import TITLES, Description, own_column
from carto_widget.views.frame import Column, Domain
from carto_widget.views.table import LABELS


def label_column(name: str, labels: NDArray[Any], label_names: Sequence[str] | None) -> Column:
    """Labels (N, ...) as a category of ``label_names``; of a regression as numbers."""
    if labels.dtype.kind == "f" or labels.ndim == 2:
        return own_column(name, readable(labels, label_names))
    numbers = labels.astype(np.float32)
    numbers[numbers < 0] = np.nan
    known = np.fmax.reduce(numbers, initial=-1)
    names = list(label_names or [])
    names += [str(label) for label in range(len(names), int(known) + 1)]
    title = TITLES[name] if name in TITLES else metrics()[name].title
    return Description(title, "category", categories=tuple(names)).column(name, numbers)


def complete_columns(
    dynamics: Any,
    names: Sequence[str],
    own: pd.DataFrame,
    before: Mapping[str, Domain],
    epochs: slice | None = None,
) -> tuple[dict[str, Column], NDArray[Any]]:
    """The columns of these names, and how often each sample was observed.

    Args:
        dynamics: Training dynamics.
        names: Of metrics, labels or the user's columns.
        own: (N, ...) the user's columns.
        before: Axes until now.
        epochs: Of which epochs; None: all.

    Returns:
        Name to column, and (N,) observed epochs.
    """
    known = metrics()
    ours = [name for name in names if name in known]
    has_labels = "loss" in dynamics.signals
    needed = list(dict.fromkeys([*ours, *["n_observed"] * has_labels]))
    done = computed_of(dynamics, needed, epochs=epochs)
    found = done.values
    n_observed = found["n_observed"] if has_labels else _times_seen(dynamics, epochs)
    for name in done.failed:  # a user's: the others are drawn all the same
        found[name] = np.full(len(dynamics.guid), np.nan)
    columns = {
        name: Description.of_metric(known[name], dynamics.kind).column(
            name, found[name], n_observed, before.get(name)
        )
        for name in ours
    }
    for name in names:
        if name in known and known[name].kind == "label":
            classes = np.nan_to_num(found[name], nan=-1).astype(np.int32)
            columns[name] = label_column(name, classes, dynamics.label_names)
        elif name in LABELS:
            columns[name] = label_column(
                name, _labels(name, dynamics, epochs), dynamics.label_names
            )
        elif name not in columns:
            columns[name] = own_column(name, own[name], before.get(name))
    for name, note in done.notes.items():
        columns[name] = replace(columns[name], note=note)
    return columns, n_observed


def _times_seen(dynamics: Any, epochs: slice | None) -> NDArray[Any]:
    """(N,) epochs in which each sample was seen, where nothing is known of labels."""
    seen = "n_seen" if "n_seen" in dynamics.signals else next(iter(dynamics.signals))
    return over_epochs.count(dynamics.signals[seen][chosen_epochs(dynamics, epochs)])


def _labels(name: str, dynamics: Any, epochs: slice | None) -> NDArray[Any]:
    if name == "gold":
        return np.asarray(dynamics.gold)
    return latest_prediction(dynamics, epochs)
