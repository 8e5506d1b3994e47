"""Forgetting events, and when a sample is learned.

Toneva et al. 2019, "An Empirical Study of Example Forgetting during Deep Neural Network
Learning", ICLR.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.accumulators import accumulator
from carto_widget.metrics.registry import metric
from carto_widget.store.rows import Rows

SOURCE = "Toneva et al. 2019"


@accumulator(np.uint32)
def observations_to_learn(
    previous: NDArray[np.uint32], rows: Rows, observations: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """Observed epochs up to the last one predicted wrong."""
    return np.where(rows["is_correct"] == 0, observations + 1, previous)


@metric(
    domain=(0, np.inf),
    kind="count",
    direction="higher is harder",
    scope="sample",
    source=SOURCE,
    formula="number of epochs with argmax p != y that follow one with argmax p = y",
)
def forgetting_events(is_correct: NDArray[np.float64]) -> NDArray[np.float64]:
    """Times a sample was right at one epoch and wrong at the next observed one.

    0 where it was never right; `never_learned` tells those apart. Elsewhere such samples get a
    sentinel: the number of epochs (Toneva's code, when sorting), 1000 (allenai/cartography),
    infinity (data_diet), or 0 without a word (DeepCore, H-CAT, which also divides by the number of
    updates). Toneva's code skips samples whose ids are texts.
    """
    missing = np.isnan(is_correct)
    was_correct = is_correct == 1
    for e in range(1, len(was_correct)):
        was_correct[e] |= was_correct[e - 1] & missing[e]
    events = over_epochs.times(was_correct[:-1] & (is_correct[1:] == 0))
    events[missing.all(0)] = np.nan
    return events


@forgetting_events.running
def _(
    forgotten_count: NDArray[np.uint32], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return np.where(observations > 0, forgotten_count, np.float32(np.nan))


@metric(
    domain=(0, np.inf),
    kind="count",
    direction="higher is harder",
    scope="sample",
    source=SOURCE,
    formula="first epoch with argmax p = y",
)
def first_learned(
    is_correct: NDArray[np.float64], epochs: NDArray[np.int64]
) -> NDArray[np.float64]:
    """First epoch (its number) predicted right, NaN where there is none."""
    already = is_correct == 1
    for e in range(1, len(already)):
        already[e] |= already[e - 1]
    n_before = over_epochs.times(~already).astype(np.intp)
    learned: NDArray[np.float64] = np.append(epochs, np.nan)[n_before]
    return learned


@first_learned.running
def _(learned_epoch: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    return learned_epoch


@metric(
    kind="flag",
    direction="higher is harder",
    scope="sample",
    source=SOURCE,
    formula="argmax p != y in every epoch",
)
def never_learned(is_correct: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
    """Whether no observed epoch predicted the gold label."""
    best: NDArray[np.floating[Any]] = np.fmax.reduce(is_correct, axis=0, initial=np.nan)
    return 1 - best


@never_learned.running
def _(
    correct_count: NDArray[np.uint32], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return np.where(observations > 0, correct_count == 0, np.float32(np.nan))


@metric(
    domain=(0, np.inf),
    kind="count",
    direction="higher is harder",
    scope="sample",
    source=SOURCE,
    formula="1 + number of observed epochs before the last one with argmax p != y",
    core=False,
)
def epochs_to_learn(is_correct: NDArray[np.float64]) -> NDArray[np.float64]:
    """Observed epochs up to the last one predicted wrong; 0 where none was.

    All of them where the latest prediction is wrong. Toneva's code counts presentations.
    """
    seen = ~np.isnan(is_correct)
    not_yet = is_correct == 0
    for e in range(len(not_yet) - 1, 0, -1):
        not_yet[e - 1] |= not_yet[e]
    needed = over_epochs.times(not_yet & seen)
    needed[~seen.any(0)] = np.nan
    return needed


@epochs_to_learn.running
def _(
    observations_to_learn: NDArray[np.uint32], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return np.where(observations > 0, observations_to_learn, np.float32(np.nan))
