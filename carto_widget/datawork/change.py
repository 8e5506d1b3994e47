"""What became of a sample from one run to the other, in one word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

CHANGES = (
    "fixed",
    "broken",
    "easier",
    "harder",
    "same",
    "relabelled",
    "not observed",
    "only before",
    "only after",
)
LEAST = 0.1  # of confidence: a smaller step is "same"
LEAST_LOSS = 0.2  # of the mean loss before, where there is no confidence


def changes(pair: pd.DataFrame, *, has_classes: bool) -> pd.Categorical:
    """(N,) what became of each sample: the first of these that holds, so that they partition.

    "only before", "only after": the other run does not have it. "not observed": one run never saw
    it. "relabelled": its gold label is another, so that its numbers are about another question.
    "fixed", "broken": the latest prediction was wrong and is right, or the other way round.
    "easier", "harder": confidence rose or fell by `LEAST` or more; without confidence the mean
    loss fell or rose by `LEAST_LOSS` of what it was. Else "same".

    Args:
        pair: (N, ...) `..._before` and `..._after` of gold, prediction, n_observed and confidence
            or loss_mean, with `is_before` and `is_after`.
        has_classes: whether gold labels and predictions are equal or not, as numbers are not.
    """
    is_easier, is_harder = _harder_or_easier(pair)
    was_right, is_right = _right(pair, "before", has_classes), _right(pair, "after", has_classes)
    seen = (pair["n_observed_before"] > 0) & (pair["n_observed_after"] > 0)
    rules = {
        "only before": ~pair["is_after"],
        "only after": ~pair["is_before"],
        "not observed": ~seen,
        "relabelled": is_other(pair, "gold"),
        "fixed": ~was_right & is_right,
        "broken": was_right & ~is_right,
        "easier": is_easier,
        "harder": is_harder,
    }
    found = np.select([np.asarray(rule, bool) for rule in rules.values()], [*rules], "same")
    return pd.Categorical(found, categories=CHANGES)


def moved(pair: pd.DataFrame) -> NDArray[np.float64]:
    """(N,) how far a sample went on the data map, in units of probability; of loss without one."""
    names = ("confidence", "variability") if "confidence_before" in pair else ("loss_mean",)
    steps = [_step(pair, name) for name in names]
    return np.asarray(np.sqrt(np.sum(np.square(steps), axis=0)), np.float64)


def is_other(pair: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """(N,) whether a label is known of both runs and another in the second."""
    if f"{name}_before" not in pair:
        return np.zeros(len(pair), bool)
    before, after = pair[f"{name}_before"].astype(object), pair[f"{name}_after"].astype(object)
    return np.asarray(before.notna() & after.notna() & (before != after), bool)


def _right(pair: pd.DataFrame, when: str, has_classes: bool) -> NDArray[np.bool_]:
    if not has_classes or f"prediction_{when}" not in pair:
        return np.zeros(len(pair), bool)
    gold = pair[f"gold_{when}"].astype(object)
    return np.asarray(gold.notna() & (gold == pair[f"prediction_{when}"].astype(object)), bool)


def _harder_or_easier(pair: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    if "confidence_before" in pair:
        step = np.round(_step(pair, "confidence"), 6)  # in float32 a step of 0.1 is not exact
        return step >= LEAST, step <= -LEAST
    step = np.round(_step(pair, "loss_mean"), 6)
    least = np.round(LEAST_LOSS * pair["loss_mean_before"].to_numpy(np.float64), 6)
    return (step <= -least) & (step < 0), (step >= least) & (step > 0)


def _step(pair: pd.DataFrame, name: str) -> NDArray[Any]:
    after, before = (pair[f"{name}_{when}"].to_numpy(np.float64) for when in ("after", "before"))
    return np.asarray(after - before)
