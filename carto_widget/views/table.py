"""Our numbers as a DataFrame, and which of them there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from carto_widget.metrics.labels import readable
from carto_widget.metrics.registry import metrics
from carto_widget.metrics.table import supported, table

__all__ = [
    "LABELS",
    "Numbers",
    "is_taken",
    "names_of_dynamics",
    "numbers_named",
    "numbers_of",
    "readable",
    "state_of",
]

LABELS = ("gold", "prediction")


def numbers_of(dynamics: Any) -> pd.DataFrame:
    """(N, ...) gold label, prediction and every metric that training dynamics give, by guid."""
    return table(dynamics)


def numbers_named(dynamics: Any, name: str) -> pd.Series[Any]:
    """(N,) one of ours, by guid: the gold label, the prediction or any metric.

    Raises:
        ValueError: A metric whose signals were not recorded.
    """
    found: pd.Series[Any] = table(dynamics, [] if name in LABELS else [name])[name]
    return found


def state_of(dynamics: Any) -> tuple[Any, ...]:
    """What numbers of training dynamics depend on: epochs, samples, and the metrics there are."""
    return dynamics.epochs.tolist(), len(dynamics.guid), list(metrics().values())


class Numbers:
    """``numbers_of``, computed again only where epochs, samples or metrics are others."""

    def __init__(self) -> None:
        self._key: tuple[Any, ...] = ()
        self._table = pd.DataFrame()

    def of(self, dynamics: Any) -> pd.DataFrame:
        """The table of these dynamics; whoever changes it takes a copy."""
        key = state_of(dynamics)
        if key != self._key:
            self._table, self._key = numbers_of(dynamics), key
        return self._table


def is_taken(name: str) -> bool:
    """Is this the name of a column of ours?"""
    return name in LABELS or name in metrics()


def names_of_dynamics(
    signals: Iterable[str], own: pd.DataFrame, *, may_grow: bool = False
) -> list[str]:
    """What a view of training dynamics can draw: metrics, labels and the user's columns.

    Args:
        signals: That are recorded.
        may_grow: Signals of the user's own may still come.
        own: (N, ...) the user's columns; one whose name we have taken cannot be drawn.
    """
    names = [*supported(signals, may_grow=may_grow), *LABELS]
    return names + [name for name in own.columns if isinstance(name, str) and name not in names]
