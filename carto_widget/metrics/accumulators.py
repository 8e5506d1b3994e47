"""Running sums over epochs, from which running forms of metrics are read.

Probabilities enter as 16-bit integers, so the sums are exact: they do not depend on the order or
the batches in which rows come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from carto_widget.metrics.registry import parameter_names
from carto_widget.store.rows import Rows

Update = Callable[..., NDArray[Any]]


@dataclass(frozen=True)
class Accumulator:
    """One number a sample, carried from epoch to epoch.

    Attributes:
        name: the function's name, by which running forms and other accumulators ask for it.
        update: `(previous (R,), rows)` -> `(R,)`, and by parameter name `epoch` and the values
            of other accumulators before these rows.
        needs: the update's parameter names.
        dtype: of the numbers.
        initial: the number of a sample without an observation.
    """

    name: str
    update: Update
    needs: tuple[str, ...]
    dtype: np.dtype[Any]
    initial: float = 0


accumulators: dict[str, Accumulator] = {}


def accumulator(dtype: DTypeLike, *, initial: float = 0) -> Callable[[Update], Accumulator]:
    """Make `update(previous, rows)` an accumulator; a NaN row must leave it as it was."""

    def define(update: Update) -> Accumulator:
        name = update.__name__
        made = Accumulator(name, update, parameter_names(update), np.dtype(dtype), initial)
        accumulators[name] = made
        return made

    return define


@accumulator(np.uint32)
def observations(previous: NDArray[np.uint32], rows: Rows) -> NDArray[np.uint32]:
    """Epochs in which the sample was seen with a number."""
    return previous + rows.is_observed


@accumulator(np.uint32)
def probability_sum(previous: NDArray[np.uint32], rows: Rows) -> NDArray[np.uint32]:
    """Sum of the 16-bit gold probabilities."""
    return previous + rows.probability_16


@accumulator(np.uint64)
def probability_square_sum(previous: NDArray[np.uint64], rows: Rows) -> NDArray[np.uint64]:
    """Sum of the squares of the 16-bit gold probabilities (each fits 32 bits)."""
    square: NDArray[np.uint32] = rows.probability_16 * rows.probability_16
    return previous + square


@accumulator(np.uint32)
def correct_count(previous: NDArray[np.uint32], rows: Rows) -> NDArray[np.uint32]:
    """Epochs predicted right."""
    right: NDArray[np.bool_] = rows["is_correct"] == 1
    return previous + right


@accumulator(np.bool_)
def was_correct(previous: NDArray[np.bool_], rows: Rows) -> NDArray[np.bool_]:
    """Whether the latest observed prediction was right."""
    return np.where(np.isnan(rows["is_correct"]), previous, rows["is_correct"] == 1)


@accumulator(np.uint32)
def forgotten_count(
    previous: NDArray[np.uint32], rows: Rows, was_correct: NDArray[np.bool_]
) -> NDArray[np.uint32]:
    """Times right was followed by wrong."""
    forgotten: NDArray[np.bool_] = was_correct & (rows["is_correct"] == 0)
    return previous + forgotten


@accumulator(np.float32, initial=np.nan)
def learned_epoch(previous: NDArray[np.float32], rows: Rows, epoch: int) -> NDArray[np.float32]:
    """First epoch predicted right."""
    return np.where(np.isnan(previous) & (rows["is_correct"] == 1), np.float32(epoch), previous)


@accumulator(np.float64)
def margin_sum(previous: NDArray[np.float64], rows: Rows) -> NDArray[np.float64]:
    """Sum of the margins."""
    with np.errstate(invalid="ignore"):
        return previous + np.where(np.isnan(rows["margin"]), 0, rows["margin"])


@accumulator(np.float32, initial=np.nan)
def latest_margin(previous: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
    """Margin of the latest observed epoch."""
    return np.where(np.isnan(rows["margin"]), previous, rows["margin"])


@accumulator(np.float64)
def loss_sum(previous: NDArray[np.float64], rows: Rows) -> NDArray[np.float64]:
    """Sum of the losses."""
    return previous + np.where(np.isnan(rows["loss"]), 0, rows["loss"])


@accumulator(np.float32, initial=np.nan)
def latest_loss(previous: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
    """Loss of the latest observed epoch."""
    return np.where(np.isnan(rows["loss"]), previous, rows["loss"])


@accumulator(np.float32, initial=np.nan)
def latest_probability(previous: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
    """Gold probability of the latest observed epoch."""
    return np.where(np.isnan(rows["gold_probability"]), previous, rows["gold_probability"])
