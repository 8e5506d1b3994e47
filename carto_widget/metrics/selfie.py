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
    n = over_epochs.times(count > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        surprise = np.where(count > 0, -np.log(count / n), 0)
        # row after row: what `sum(0)` does with a single sample is another order
        uncertainty = sum(surprise, np.zeros(surprise.shape[1])) / n / np.log(n_classes)
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
    prediction: NDArray[np.float64], is_correct: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The class predicted most often in the latest 15 observed epochs, the lower one on a tie."""
    said = np.where(np.isnan(is_correct), np.nan, prediction)  # what is right or wrong is a class
    few = over_epochs.latest_few(said, HISTORY)
    count = _times_said(few)
    is_most = (count == count.max(0, initial=0)) & (count > 0)
    label: NDArray[np.float64] = np.fmin.reduce(np.where(is_most, few, np.nan), 0, initial=np.nan)
    return label


def _times_said(few: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """(Q, N) how often each prediction stands among the sample's; 0 where it is missing."""
    times = np.zeros(few.shape, np.uint8)
    for row in few:
        times += (few == row).view(np.uint8)
    return times
