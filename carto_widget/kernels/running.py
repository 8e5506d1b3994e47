"""Compiled: the running sums of a data map, and what is drawn from them.

Each does what its accumulators or its running form in `metrics/` do; not a bit differs but this: a
16-bit probability that lies halfway between two steps may be rounded the other way, since `exp` is
the loop's own. Such a step is less than what these sums are good to, 8e-6.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.kernels.compiled import compiled

ACCUMULATORS = ("observations", "probability_sum", "probability_square_sum", "correct_count")
SOURCES = {"gold_probability": ("loss",), "is_correct": ("gold", "margin", "other_label")}
"""Signal -> the columns from which the loop derives it."""

Column = NDArray[np.float32]
Classes = NDArray[np.int32]
Counts = NDArray[np.uint32]
Sums = tuple[Counts, Counts, NDArray[np.uint64], Counts]


def count(
    loss: Column, gold: Classes, margin: Column, other_label: Classes, before: Sums, after: Sums
) -> None:
    """Write `ACCUMULATORS` with one row a sample counted to `after`, arrays of their own."""
    _count(loss, gold, margin, other_label, *before, *after)


@compiled
def are_everyone(position: NDArray[np.int64]) -> bool:
    """Whether these are 0, 1, 2, ..."""
    n_others = 0
    for i in range(len(position)):
        n_others += int(position[i] != i)
    return n_others == 0


@compiled
def probability(loss: float) -> np.float32:
    """`exp(-loss)` to two units in the last place; 1 where the loss is negative or NaN.

    Powers of two times the polynomial of Cephes (Moshier 1989, `expf`).
    """
    x = -(loss if loss < np.float32(87) else np.float32(87)) if loss > 0 else np.float32(0)
    power = np.floor(x * np.float32(1.44269504) + np.float32(0.5))
    x = (x - power * np.float32(0.693359375)) + power * np.float32(2.12194440e-4)
    series = np.float32(1.9875691500e-4) * x + np.float32(1.3981999507e-3)
    series = series * x + np.float32(8.3334519073e-3)
    series = series * x + np.float32(4.1665795894e-2)
    series = series * x + np.float32(1.6666665459e-1)
    series = series * x + np.float32(5.0000001201e-1)
    factor = np.int32((np.int32(power) + np.int32(127)) << np.int32(23)).view(np.float32)
    return min(factor * (series * x * x + x + np.float32(1)), np.float32(1))


@compiled
def _count(
    loss: Column,
    gold: Classes,
    margin: Column,
    other_label: Classes,
    n: Counts,
    summed: Counts,
    squares: NDArray[np.uint64],
    right: Counts,
    new_n: Counts,
    new_summed: Counts,
    new_squares: NDArray[np.uint64],
    new_right: Counts,
) -> None:
    for i in range(len(n)):
        seen = loss[i] == loss[i]
        scaled = probability(loss[i]) * np.float32(65535) + np.float32(0.5)
        code = np.uint32(np.int32(scaled if seen else np.float32(0)))
        is_right = (margin[i] > 0) | ((margin[i] == 0) & (gold[i] <= other_label[i]))
        new_n[i] = n[i] + np.uint32(seen)
        new_summed[i] = summed[i] + code
        new_squares[i] = squares[i] + np.uint64(code * code)
        new_right[i] = right[i] + np.uint32(is_right)


@compiled
def confidence(out: Column, probability_sum: Counts, observations: Counts) -> None:
    """Running form of `confidence`."""
    for i in range(len(out)):
        out[i] = np.float32(probability_sum[i]) / (np.float32(observations[i]) * np.float32(65535))


@compiled
def variability(
    out: Column,
    probability_sum: Counts,
    probability_square_sum: NDArray[np.uint64],
    observations: Counts,
) -> None:
    """Running form of `variability`."""
    for i in range(len(out)):
        n, summed = np.uint64(observations[i]), np.uint64(probability_sum[i])
        spread = math.sqrt(np.float32(n * probability_square_sum[i] - summed * summed))
        out[i] = spread / (np.float32(observations[i]) * np.float32(65535))


@compiled
def correctness(out: Column, correct_count: Counts, observations: Counts) -> None:
    """Running form of `correctness`."""
    for i in range(len(out)):
        out[i] = np.float32(correct_count[i]) / np.float32(observations[i])


FORMS: dict[str, Any] = {
    "confidence": confidence,
    "variability": variability,
    "correctness": correctness,
}
"""Metric -> its running form, which writes to `out` (N,)."""
