"""How consistent the latest predictions are, and what they say.

Song, Kim and Lee 2019, "SELFIE: Refurbishing Unclean Samples for Robust Deep Learning", ICML.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.registry import metric

SOURCE = "Song et al. 2019"
HISTORY = 15  # the authors' length of it


@metric(
    title="SELFIE uncertainty",
    domain=(0, 1),
    defined_from=2,
    direction="higher is harder",
    scope="sample",
    source=SOURCE,
    formula="-sum_k f[k] ln f[k] / ln C, f[k] = share of the last 15 predictions that are k",
    core=False,
)
def selfie_uncertainty(
    prediction: NDArray[np.float64], n_classes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Entropy of the classes predicted in the latest 15 observed epochs, over ln C, 0..1.

    SELFIE refurbishes a label where this is at most 0.05. Fewer than 15 predictions are counted as
    they are; the authors' code fills the history with class 0 and divides by 15.
    """
    count = _times_said(over_epochs.latest_few(prediction, HISTORY))
    n = (count > 0).sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = count / n
        summed = np.where(count > 0, -np.log(share), 0).sum(0) / n
        uncertainty: NDArray[np.float64] = summed / np.log(n_classes)
    return np.clip(uncertainty, 0, 1)


@metric(
    title="SELFIE label",
    kind="label",
    scope="sample",
    source=SOURCE,
    formula="argmax_k f[k], f[k] = share of the last 15 predictions that are k",
    core=False,
)
def selfie_label(
    prediction: NDArray[np.float64], n_classes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The class predicted most often in the latest 15 observed epochs, the lower one on a tie."""
    few = over_epochs.latest_few(prediction, HISTORY)
    count = _times_said(few)
    order = np.where(count > 0, count * n_classes - few, -np.inf)
    best = order.max(0, initial=-np.inf)
    label = np.where(order == best, few, np.inf).min(0, initial=np.inf)
    return np.where(np.isfinite(best), label, np.nan)


def _times_said(few: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """(Q, N) how often each prediction stands among the sample's; 0 where it is missing."""
    times = np.zeros(few.shape, np.int64)
    for row in few:
        times += few == row
    return times
