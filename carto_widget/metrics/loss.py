"""The loss: its mean, its latest value, and its moving average."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.accumulators import accumulator
from carto_widget.metrics.registry import metric
from carto_widget.store.rows import Rows

KEPT = 0.9  # of the moving average's weight from one observed epoch to the next


@accumulator(np.float64)
def moving_loss_sum(previous: NDArray[np.float64], rows: Rows) -> NDArray[np.float64]:
    """Sum of the losses with weights that fall by a tenth from epoch to epoch."""
    loss = rows["loss"]
    return np.where(np.isnan(loss), previous, KEPT * previous + loss)


@metric(
    title="mean loss",
    domain=(0, np.inf),
    direction="higher is harder",
    scope="sample",
    formula="mean over epochs of -log p[y]",
)
def loss_mean(loss: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean cross-entropy (natural logarithm) over the observed epochs."""
    return over_epochs.mean(loss)


@loss_mean.running
def _(loss_sum: NDArray[np.float64], observations: NDArray[np.uint32]) -> NDArray[np.floating[Any]]:
    return loss_sum / observations


@metric(
    domain=(0, np.inf),
    direction="higher is harder",
    scope="sample",
    formula="-log p[y] in the latest observed epoch",
    core=False,
)
def last_loss(loss: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
    """Loss in the latest observed epoch."""
    return over_epochs.latest(loss)


@last_loss.running
def _(latest_loss: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    return latest_loss


@metric(
    title="moving loss",
    domain=(0, np.inf),
    direction="higher is harder",
    scope="sample",
    source="Zhou et al. 2021, as in Datumaro",
    formula="sum_i 0.9^i l[i] / sum_i 0.9^i, i observed epochs before the latest",
    core=False,
)
def moving_loss(loss: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exponential moving average of the loss: an epoch weighs 0.9 of the next observed one.

    Datumaro keeps 0.999 and starts at 0, so that after few epochs its number is in effect the sum
    of the losses; here the weights are divided by their sum.
    """
    summed, weight = np.zeros(loss.shape[1]), np.zeros(loss.shape[1])
    for row in loss:
        seen = ~np.isnan(row)
        summed = np.where(seen, KEPT * summed + row, summed)
        weight = np.where(seen, KEPT * weight + 1, weight)
    with np.errstate(invalid="ignore"):
        return summed / weight


@moving_loss.running
def _(
    moving_loss_sum: NDArray[np.float64], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    weight = (1 - KEPT**observations) / (1 - KEPT)
    moving: NDArray[np.float64] = moving_loss_sum / weight
    return moving
