"""Clusters of whole loss curves.

Yue and Jha 2022, "CTRL: Clustering Training Losses for Label Error Detection", arXiv 2208.08464.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics import over_epochs
from carto_widget.metrics.registry import metric

MOST_ROUNDS = 50
STILL = 1000  # k-means ends where fewer than one curve in this many moves


@metric(
    title="in the cluster of high loss curves",
    kind="flag",
    defined_from=2,
    direction="higher is harder",
    scope="dataset",
    source="Yue and Jha 2022",
    formula="upper of two k-means clusters of the loss curves of a gold class, cut at 2 ln C",
    core=False,
)
def ctrl_noisy(
    loss: NDArray[np.float64], gold: NDArray[np.int32], n_classes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Whether the sample's loss curve is in the upper of its gold class's two clusters.

    Two clusters, one of them noisy, one window of all epochs. The authors' code smooths curves over
    five epochs, tries several numbers of clusters and windows and keeps what has the best
    silhouette and accuracy, and starts k-means at seeded random; here it starts from the curves
    above and below their mean. Of missing epochs nothing is assumed. There is no "none is noisy":
    a class has an upper cluster unless all its curves are as high.
    """
    flag = np.full(len(gold), np.nan)
    observed = np.flatnonzero(~np.isnan(loss).all(0)) if len(loss) else np.zeros(0, np.intp)
    order = observed[np.argsort(gold[observed], kind="stable")]
    for rows in np.split(order, np.flatnonzero(np.diff(gold[order])) + 1):
        if len(rows):
            curves = loss.take(rows, 1).astype(np.float64)
            flag[rows] = _upper_cluster(np.minimum(curves, 2 * np.log(n_classes), out=curves))
    return flag


def _upper_cluster(curves: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) bool: which of the curves (E, n) are in the upper of two clusters (Lloyd)."""
    height = over_epochs.mean(curves)
    is_upper: NDArray[np.bool_] = height > height.mean()
    missing = np.isnan(curves)
    seen = (~missing).astype(np.float64) if missing.any() else None
    known = curves if seen is None else np.nan_to_num(curves)
    everyone = _sums(known, seen, np.ones(len(height)))
    of_upper = _sums(known, seen, is_upper.astype(np.float64))
    for _ in range(MOST_ROUNDS):
        if is_upper.all() or not is_upper.any():
            break
        upper, lower = _centre(*of_upper), _centre(*(everyone - of_upper))
        apart = np.nan_to_num(upper - lower)
        between = np.nan_to_num((upper**2 - lower**2) / 2)
        # einsum, not @: the same bits whatever the number of threads
        bound = between.sum() if seen is None else np.einsum("e,en->n", between, seen)
        closer = np.einsum("e,en->n", apart, known) > bound
        moved = np.flatnonzero(closer != is_upper)
        is_upper = closer
        if len(moved) * STILL < len(height):
            break
        seen_of_moved = None if seen is None else seen.take(moved, 1)
        came = np.where(closer[moved], 1.0, -1.0)
        of_upper += _sums(known.take(moved, 1), seen_of_moved, came)
    if is_upper.all() or not is_upper.any():
        return np.zeros(len(height), bool)
    is_turned = height[is_upper].mean() < height[~is_upper].mean()
    return ~is_upper if is_turned else is_upper


def _sums(
    known: NDArray[Any], seen: NDArray[Any] | None, weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(2, E) the weighted sum of the curves at each epoch, and how many of them have it."""
    summed = np.einsum("en,n->e", known, weight)
    n = np.full(len(summed), weight.sum()) if seen is None else np.einsum("en,n->e", seen, weight)
    return np.array([summed, n])


def _centre(summed: NDArray[np.float64], n: NDArray[np.float64]) -> NDArray[np.float64]:
    """(E,) mean at each epoch, NaN where no curve has it."""
    centre = np.full(len(n), np.nan)
    np.divide(summed, n, out=centre, where=n > 0)
    return centre
