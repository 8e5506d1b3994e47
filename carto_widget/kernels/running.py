"""Compiled: the running sums of a data map, and what is drawn from them.

Each does what its accumulators or its running form in `metrics/` do; not a bit differs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.kernels.compiled import compiled

ACCUMULATORS = ("observations", "probability_sum", "probability_square_sum", "correct_count")

Column = NDArray[np.float32]
Counts = NDArray[np.uint32]
Sums = tuple[Counts, Counts, NDArray[np.uint64], Counts]


def count(gold_probability: Column, is_correct: Column, before: Sums, after: Sums) -> None:
    """Write `ACCUMULATORS` with one row a sample counted to `after`, arrays of their own."""
    _count(gold_probability, is_correct, *before, *after)


@compiled
def are_everyone(position: NDArray[np.int64]) -> bool:
    """Whether these are 0, 1, 2, ..."""
    n_others = 0
    for i in range(len(position)):
        n_others += int(position[i] != i)
    return n_others == 0


@compiled
def _count(
    probability: Column,
    is_correct: Column,
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
        seen = probability[i] == probability[i]
        scaled = probability[i] * np.float32(65535) + np.float32(0.5)
        code = np.uint32(np.int32(scaled if seen else np.float32(0)))
        new_n[i] = n[i] + np.uint32(seen)
        new_summed[i] = summed[i] + code
        new_squares[i] = squares[i] + np.uint64(code * code)
        new_right[i] = right[i] + np.uint32(is_correct[i] == 1)


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
