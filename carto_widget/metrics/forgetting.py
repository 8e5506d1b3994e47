"""Forgetting events and the epoch first learned.

Toneva et al. 2019, "An Empirical Study of Example Forgetting during Deep Neural Network
Learning", ICLR.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.registry import metric

SOURCE = "Toneva et al. 2019"


@metric(
    domain=(0, np.inf), kind="count", direction="higher is harder", scope="sample", source=SOURCE
)
def forgetting_events(is_correct: NDArray[np.float64]) -> NDArray[np.float64]:
    """Times a sample was right at one epoch and wrong at the next observed one.

    0 where it was never right: `first_learned` tells those apart, no sentinel does.
    """
    events = np.full(is_correct.shape[1], np.nan)
    was_correct = np.zeros(is_correct.shape[1], bool)
    for row in is_correct:
        seen = ~np.isnan(row)
        events[seen & np.isnan(events)] = 0
        events += was_correct & (row == 0)
        was_correct = np.where(seen, row == 1, was_correct)
    return events


@forgetting_events.running
def _(
    forgotten_count: NDArray[np.uint32], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return np.where(observations > 0, forgotten_count, np.float32(np.nan))


@metric(
    domain=(0, np.inf), kind="count", direction="higher is harder", scope="sample", source=SOURCE
)
def first_learned(
    is_correct: NDArray[np.float64], epochs: NDArray[np.int64]
) -> NDArray[np.float64]:
    """First epoch (its number) predicted right, NaN where there is none."""
    learned = np.full(is_correct.shape[1], np.nan)
    for number, row in zip(epochs.tolist(), is_correct, strict=True):
        learned[np.isnan(learned) & (row == 1)] = number
    return learned


@first_learned.running
def _(learned_epoch: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    return learned_epoch
