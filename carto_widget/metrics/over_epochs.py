"""Sums and means over the observed epochs of `(E, N)` signals, NaN being not observed.

Epochs are added one after the other in float64, so a sample's number does not depend on which
samples stand beside it, and constants have a spread of exactly zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Window(NamedTuple):
    """Some successive observed epochs of all samples.

    Attributes:
        is_whole: (N,) bool: the sample has this window; the rest says nothing of others.
        mean: (N,) of the window.
        squares: (N,) summed squares of the distances from that mean.
        width: epochs in it.
    """

    is_whole: NDArray[np.bool_]
    mean: NDArray[np.float64]
    squares: NDArray[np.float64]
    width: int


def times(holds: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(N,) epochs in which `holds` (E, N) is True."""
    found = np.zeros(holds.shape[1])
    for start in range(0, len(holds), 255):  # as many as bytes can count
        found += np.add.reduce(holds[start : start + 255].view(np.uint8), 0, np.uint8)
    return found


def count(signal: NDArray[Any]) -> NDArray[np.float64]:
    """(N,) observed epochs of each sample."""
    return times(~np.isnan(signal))


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
            squares += away
        if len(signal) and not np.isnan(squares).any():
            return np.sqrt(squares / len(signal))
        squares[:] = 0
        for row in signal:
            away = np.square(row - centre)
            squares += np.where(np.isnan(away), 0, away)
        return np.sqrt(squares / count(signal))


def latest(signal: NDArray[Any]) -> NDArray[Any]:
    """(N,) value of the latest observed epoch, NaN where there is none."""
    newest = np.full(signal.shape[1], np.nan, signal.dtype)
    for row in signal[::-1]:
        missing = np.isnan(newest)
        if not missing.any():
            break
        newest = np.where(missing, row, newest)
    return newest


def _plain_total(signal: NDArray[Any]) -> NDArray[np.float64]:
    if signal.shape[1] > 1 and signal.flags.c_contiguous:
        together: NDArray[np.float64] = np.add.reduce(signal, 0, np.float64, initial=0)
        return together
    summed = np.zeros(signal.shape[1])  # NumPy would add the epochs of one sample in pairs
    for row in signal:
        summed += row
    return summed


def packed(signal: NDArray[Any]) -> NDArray[Any]:
    """(E, N) with each sample's observed epochs first and NaN after them."""
    if not np.isnan(signal).any():
        return signal
    by_sample = np.ascontiguousarray(signal.T)
    seen = ~np.isnan(by_sample)
    pressed = np.full_like(by_sample, np.nan)
    pressed[np.arange(len(signal)) < seen.sum(1)[:, None]] = by_sample[seen]
    return np.ascontiguousarray(pressed.T)


def latest_few(signal: NDArray[Any], most: int) -> NDArray[Any]:
    """(min(most, E), N) of the latest observed epochs, in their order; NaN before them."""
    return packed(signal[::-1])[:most][::-1]


def windows(signal: NDArray[Any], size: int) -> Iterator[Window]:
    """Each window of `size` successive observed epochs; of fewer, one window of all of them."""
    values = packed(signal).astype(np.float64)
    n_observed = count(signal)
    fewest = n_observed.min(initial=size)
    start = values[:1].copy()
    values -= start  # so that a constant has a spread of exactly zero
    summed, squares = np.zeros(signal.shape[1]), np.zeros(signal.shape[1])
    for e, row in enumerate(values):
        summed += row
        squares += row * row
        if e >= size:
            summed -= values[e - size]
            squares -= values[e - size] ** 2
        if e + 1 < fewest:
            continue  # no sample's window ends here
        width = min(e + 1, size)
        is_whole = (e < n_observed) & ((e + 1 >= size) | (e + 1 == n_observed))
        away = np.maximum(squares - summed * summed / width, 0)
        yield Window(is_whole, summed / width + start[0], away, width)
