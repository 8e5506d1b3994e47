"""Compiled: several metrics in one pass over `(E, N)` float32 signals, NaN being not observed.

Each does what its formulas in `metrics/` do, epoch after epoch in float64, so that not a bit
differs. `WIDTH` samples are taken at a time, whose sums stay in the cache, and of them four epochs,
since sums that wait in memory cost more than adding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from carto_widget.kernels.compiled import compiled

WIDTH = 4_096
WINDOW = 10

Signal = NDArray[np.float32]
Numbers = NDArray[np.float64]
Counts = NDArray[np.int32]


def mean(signal: Signal) -> tuple[Numbers]:
    """(N,) mean over the observed epochs."""
    found = np.empty(signal.shape[1])
    for where in _blocks(signal):
        _mean(signal, where, found[where])
    return (found,)


def mean_and_spread(signal: Signal) -> tuple[Numbers, Numbers]:
    """(N,) mean and population standard deviation over the observed epochs."""
    centre, spread = np.empty((2, signal.shape[1]))
    for where in _blocks(signal):
        _mean_and_spread(signal, where, centre[where], spread[where])
    return centre, spread


def times_right(is_correct: Signal) -> tuple[Numbers, Numbers, Numbers]:
    """(N,) share of the observed epochs that are right, their number, and times forgotten."""
    share, number, forgotten = np.empty((3, is_correct.shape[1]))
    for where in _blocks(is_correct):
        _times_right(is_correct, where, share[where], number[where], forgotten[where])
    return share, number, forgotten


def window_spread(signal: Signal) -> tuple[Numbers, Numbers]:
    """(N,) mean over windows of the sample deviation, and of it times one minus the mean."""
    spread, weighted = np.empty((2, signal.shape[1]))
    for where in _blocks(signal):
        block = np.ascontiguousarray(signal[:, where])
        _window_spread(block, spread[where], weighted[where])
    return spread, weighted


def _blocks(signal: Signal) -> Iterator[slice]:
    n = signal.shape[1]
    return (slice(start, min(start + WIDTH, n)) for start in range(0, n, WIDTH))


@compiled
def _known(value: float) -> float:
    return np.float64(value) if value == value else 0.0


@compiled
def _seen(value: float) -> np.int32:
    return np.int32(value == value)


@compiled
def _away(value: float, centre: float) -> float:
    """Squared distance; 0 where there is none."""
    distance = np.float64(value) - centre
    square = distance * distance
    return square if square == square else 0.0


@compiled
def _add_all(signal: Signal, where: slice, summed: Numbers, count: Counts) -> None:
    n_epochs, n = len(signal), len(summed)
    by_four = n_epochs - n_epochs % 4
    for e in range(0, by_four, 4):
        a, b = signal[e, where], signal[e + 1, where]
        c, d = signal[e + 2, where], signal[e + 3, where]
        for j in range(n):
            three = ((summed[j] + _known(a[j])) + _known(b[j])) + _known(c[j])
            summed[j] = three + _known(d[j])
            count[j] += _seen(a[j]) + _seen(b[j]) + _seen(c[j]) + _seen(d[j])
    for e in range(by_four, n_epochs):
        a = signal[e, where]
        for j in range(n):
            summed[j] += _known(a[j])
            count[j] += _seen(a[j])


@compiled
def _add_squares(signal: Signal, where: slice, centre: Numbers, squares: Numbers) -> None:
    n_epochs, n = len(signal), len(centre)
    by_four = n_epochs - n_epochs % 4
    for e in range(0, by_four, 4):
        a, b = signal[e, where], signal[e + 1, where]
        c, d = signal[e + 2, where], signal[e + 3, where]
        for j in range(n):
            m = centre[j]
            three = ((squares[j] + _away(a[j], m)) + _away(b[j], m)) + _away(c[j], m)
            squares[j] = three + _away(d[j], m)
    for e in range(by_four, n_epochs):
        a = signal[e, where]
        for j in range(n):
            squares[j] += _away(a[j], centre[j])


@compiled
def _mean(signal: Signal, where: slice, mean: Numbers) -> None:
    count = np.zeros(len(mean), np.int32)
    mean[:] = 0
    _add_all(signal, where, mean, count)
    for j in range(len(mean)):
        mean[j] /= count[j]


@compiled
def _mean_and_spread(signal: Signal, where: slice, mean: Numbers, spread: Numbers) -> None:
    count = np.zeros(len(mean), np.int32)
    mean[:] = 0
    _add_all(signal, where, mean, count)
    for j in range(len(mean)):
        mean[j] /= count[j]
    spread[:] = 0
    _add_squares(signal, where, mean, spread)
    for j in range(len(mean)):
        spread[j] = math.sqrt(spread[j] / count[j])


@compiled
def _is_right(value: float, was_right: bool) -> bool:
    """Right now, or, where it is missing, right before."""
    return (value == 1) | ((value != value) & was_right)


@compiled
def _times_right(
    is_correct: Signal, where: slice, share: Numbers, number: Numbers, forgotten: Numbers
) -> None:
    n_epochs, n = len(is_correct), len(share)
    seen, right, lost = np.zeros((3, n), np.int32)
    was_right = np.zeros(n, np.bool_)
    by_three = n_epochs - n_epochs % 3
    for e in range(0, by_three, 3):
        a, b = is_correct[e, where], is_correct[e + 1, where]
        c = is_correct[e + 2, where]
        for j in range(n):
            before = was_right[j]
            of_a = _is_right(a[j], before)
            of_b = _is_right(b[j], of_a)
            was_right[j] = _is_right(c[j], of_b)
            seen[j] += _seen(a[j]) + _seen(b[j]) + _seen(c[j])
            right[j] += np.int32(a[j] == 1) + np.int32(b[j] == 1) + np.int32(c[j] == 1)
            lost_two = np.int32(before & (a[j] == 0)) + np.int32(of_a & (b[j] == 0))
            lost[j] += lost_two + np.int32(of_b & (c[j] == 0))
    for e in range(by_three, n_epochs):
        a = is_correct[e, where]
        for j in range(n):
            seen[j] += _seen(a[j])
            right[j] += np.int32(a[j] == 1)
            lost[j] += np.int32(was_right[j] & (a[j] == 0))
            was_right[j] = _is_right(a[j], was_right[j])
    for j in range(n):
        is_known = seen[j] > 0
        share[j] = right[j] / seen[j]
        number[j] = right[j] if is_known else np.nan
        forgotten[j] = lost[j] if is_known else np.nan


@compiled
def _observed(signal: Signal) -> Counts:
    """(N,) observed epochs."""
    count = np.zeros(signal.shape[1], np.int32)
    for e in range(len(signal)):
        row = signal[e]
        for j in range(len(count)):
            count[j] += _seen(row[j])
    return count


@compiled
def _packed(signal: Signal, count: Counts) -> Signal:
    """(E, N) observed epochs first."""
    if count.sum() == signal.size:
        return signal
    packed = np.full(signal.shape, np.float32(np.nan))
    place = np.zeros(len(count), np.int32)
    for e in range(len(signal)):
        row = signal[e]
        for j in range(len(count)):
            if row[j] == row[j]:
                packed[place[j], j] = row[j]
                place[j] += 1
    return packed


@compiled
def _window_spread(signal: Signal, spread: Numbers, weighted: Numbers) -> None:
    n_epochs, n = signal.shape
    count = _observed(signal)
    fewest = count.min() if n else 0
    values = _packed(signal, count)
    n_windows = np.zeros(n, np.int32)
    summed, squares = np.zeros((2, n))
    spread[:] = 0
    weighted[:] = 0
    for e in range(n_epochs):
        first, row, gone = values[0], values[e], values[max(e - WINDOW, 0)]
        width = min(e + 1, WINDOW)
        for j in range(n):
            away = np.float64(row[j]) - np.float64(first[j])
            summed[j] += away
            squares[j] += away * away
        if e >= WINDOW:
            for j in range(n):
                away = np.float64(gone[j]) - np.float64(first[j])
                summed[j] -= away
                squares[j] -= away * away
        if e + 1 < min(WINDOW, fewest):
            continue  # no sample's window ends here
        for j in range(n):
            left = squares[j] - summed[j] * summed[j] / width
            deviation = math.sqrt((left if left > 0 else 0.0) / (width - 1))
            mean = summed[j] / width + np.float64(first[j])
            is_whole = (e < count[j]) & ((e + 1 >= WINDOW) | (e + 1 == count[j]))
            spread[j] += deviation if is_whole else 0.0
            weighted[j] += (1 - mean) * deviation if is_whole else 0.0
            n_windows[j] += np.int32(is_whole)
    for j in range(n):
        spread[j] /= n_windows[j]
        weighted[j] /= n_windows[j]
