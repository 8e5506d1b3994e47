"""Area under the margin, and its form with probabilities.

Pleiss et al. 2020, "Identifying Mislabeled Data using the Area Under the Margin Ranking",
NeurIPS.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.accumulators import accumulator
from carto_widget.metrics.registry import metric
from carto_widget.store.rows import Rows

SOURCE = "Pleiss et al. 2020"


@accumulator(np.float64)
def probability_margin_sum(previous: NDArray[np.float64], rows: Rows) -> NDArray[np.float64]:
    """Sum of the probability margins."""
    margin = rows["gold_probability"] - rows["other_probability"]
    known: NDArray[np.float64] = np.nan_to_num(margin)
    return previous + known


@accumulator(np.uint32)
def probability_margin_count(previous: NDArray[np.uint32], rows: Rows) -> NDArray[np.uint32]:
    """Epochs in which both probabilities are known."""
    known: NDArray[np.bool_] = ~np.isnan(rows["other_probability"])
    return previous + known


@metric(
    title="AUM",
    direction="higher is easier",
    scope="sample",
    source=f"{SOURCE}, eq. 1-2",
    formula="mean over epochs of z[y] - max_{k != y} z[k]",
)
def aum(margin: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the observed epochs of the gold logit minus the largest other logit.

    The aum package averages over presentations rather than epochs; the paper's scripts leave the
    first epoch out and stop before the learning rate first drops (`epochs=` chooses them), with
    logits rounded to 16 bits. Zheng et al. 2023 call a sum of probability margins by this name.
    """
    return over_epochs.mean(margin)


@aum.running
def _(
    margin_sum: NDArray[np.float64], observations: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return margin_sum / observations


@metric(
    direction="higher is easier",
    scope="sample",
    source=SOURCE,
    formula="z[y] - max_{k != y} z[k] in the latest observed epoch",
)
def last_margin(margin: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
    """Gold logit minus largest other logit in the latest observed epoch.

    Toneva et al. 2019 record the same number at every presentation.
    """
    return over_epochs.latest(margin)


@last_margin.running
def _(latest_margin: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    return latest_margin


@metric(
    domain=(-1, 1),
    direction="higher is easier",
    scope="sample",
    source="Zheng et al. 2023, after Pleiss et al. 2020",
    formula="mean over epochs of p[y] - max_{k != y} p[k]",
)
def probability_margin(
    gold_probability: NDArray[np.float64], other_probability: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean over the observed epochs of the gold probability minus the largest other, -1..1.

    Zheng et al. (coverage-centric selection) take the sum, not the mean. The code of Cho et al.
    2025 adds up over epochs but starts anew in each, and so keeps the last one alone.
    """
    return over_epochs.mean(gold_probability - other_probability)


@probability_margin.running
def _(
    probability_margin_sum: NDArray[np.float64], probability_margin_count: NDArray[np.uint32]
) -> NDArray[np.floating[Any]]:
    return probability_margin_sum / probability_margin_count
