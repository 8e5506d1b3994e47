"""Sums and means over the observed epochs of `(E, N)` signals, NaN being not observed.

Epochs are added one after the other in float64, so a sample's number does not depend on which
samples stand beside it, and constants have a spread of exactly zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def count(signal: NDArray[Any]) -> NDArray[np.float64]:
    """(N,) observed epochs of each sample."""
    total = np.zeros(signal.shape[1])
    for row in signal:
        total += ~np.isnan(row)
    return total


def total(signal: NDArray[Any]) -> NDArray[np.float64]:
    """(N,) sum over observed epochs; 0 where there is none."""
    with np.errstate(invalid="ignore"):
        summed = _plain_total(signal)
        if np.isnan(summed).any():
            summed = np.zeros(signal.shape[1])
            for row in signal:
                summed += np.where(np.isnan(row), 0, row)
    return summed


def mean(signal: NDArray[Any]) -> NDArray[np.float64]:
    """(N,) mean over observed epochs, NaN where there is none."""
    with np.errstate(invalid="ignore"):
        summed = _plain_total(signal)
        if len(signal) and not np.isnan(summed).any():
            return summed / len(signal)
        return total(signal) / count(signal)


def population_std(signal: NDArray[Any]) -> NDArray[np.float64]:
    """(N,) standard deviation (divisor: the number of observed epochs), NaN where there is none."""
    centre = mean(signal)
    squares = np.zeros(signal.shape[1])
    with np.errstate(invalid="ignore"):
        for row in signal:
            away = row - centre
            away *= away
            missing = np.isnan(away)
            squares += np.where(missing, 0, away) if missing.any() else away
        return np.sqrt(squares / count(signal))


def latest(signal: NDArray[Any]) -> NDArray[Any]:
    """(N,) value of the latest observed epoch, NaN where there is none."""
    newest = np.full(signal.shape[1], np.nan, signal.dtype)
    for row in signal:
        newest = np.where(np.isnan(row), newest, row)
    return newest


def _plain_total(signal: NDArray[Any]) -> NDArray[np.float64]:
    summed = np.zeros(signal.shape[1])
    for row in signal:
        summed += row
    return summed
