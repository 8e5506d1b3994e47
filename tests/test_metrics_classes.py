"""Metrics of all classes' probabilities, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import carto_widget as carto
from carto_widget.metrics.confident_learning import (
    confidence_weighted_entropy,
    confident_joint,
    confident_label,
    confident_thresholds,
)
from carto_widget.store.dynamics import TrainingDynamics

NAN, INF = np.nan, np.inf
LN2, LN3 = np.log(2), np.log(3)


def dynamics(probability: Any, gold: Any, **more: Any) -> TrainingDynamics:
    """Of probabilities (E, N, C); a row of NaN is a sample that was not seen."""
    with np.errstate(divide="ignore"):
        logits = np.log(np.array(probability, float))
    return TrainingDynamics.from_arrays(gold=gold, logits=logits, **more)


NOTHING = [NAN, NAN, NAN]
HALVES = [0.5, 0.5, 0.0]
RUN = [
    # sure and right      one observation   never seen
    [[1.0, 0.0, 0.0], [0.25, 0.5, 0.25], NOTHING],
    [HALVES, NOTHING, NOTHING],
    [[1.0, 0.0, 0.0], NOTHING, NOTHING],
]
BY_HAND = {
    "el2n": [0.5**0.5 / 3, (0.25**2 * 2 + 0.25) ** 0.5, NAN],
    "entropy_mean": [LN2 / 3, 1.5 * LN2, NAN],
    "last_entropy": [0, 1.5 * LN2, NAN],
    # m = 5/6, 1/6, 0
    "entropy_of_mean": [np.log(6) - 5 / 6 * np.log(5), 1.5 * LN2, NAN],
    "mean_probability_margin": [np.log(5), LN2, NAN],
    "suggested_label": [0, 1, NAN],
    # d = 0.5 |ln 0.5 - ln 1| + 0.5 |ln 0.5 - ln 1e-8|, then 1 x ln 2
    "tdds": [0.9 * abs(LN2 / 2 + 0.5 * np.log(0.5e8) - LN2) / 2**0.5, NAN, NAN],
}


@pytest.mark.parametrize("name", BY_HAND)
def test_three_samples_by_hand(name: str) -> None:
    found = carto.table(dynamics(RUN, [0, 1, 2]), name)[name]
    values = found.to_numpy("float64", na_value=NAN)
    np.testing.assert_allclose(values, BY_HAND[name], rtol=1e-6, atol=1e-7)


def test_the_sign_of_the_margin_is_a_flag_and_labels_have_names() -> None:
    made = dynamics([[[0.2, 0.8], [0.6, 0.4], [NAN, NAN]]], [0, 0, 1], label_names=["no", "yes"])
    found = carto.table(made, ["mean_disagrees", "suggested_label"])
    assert found["mean_disagrees"].dtype == "boolean"
    assert found["mean_disagrees"].tolist() == [True, False, pd.NA]
    assert len(found[found["mean_disagrees"]]) == 1
    assert found["suggested_label"].tolist()[:2] == ["yes", "no"]
    assert found["suggested_label"].isna().tolist() == [False, False, True]


def test_a_gold_logit_of_minus_infinity_is_as_far_behind_as_can_be() -> None:
    found = carto.table(dynamics([[[0.0, 0.3, 0.7]]], [0]), "all")
    assert found["mean_probability_margin"].tolist() == [-INF]
    assert found["el2n"].tolist() == pytest.approx([(1 + 0.09 + 0.49) ** 0.5])
    assert found["mean_disagrees"].tolist() == [True]


def test_uneven_changes_weigh_more_than_even_ones() -> None:
    # 12 epochs, 11 changes, 3 windows of 9: the only uneven one leaves the last window
    p = np.full((12, 1, 2), 0.5)
    p[0] = [0.8, 0.2]
    change = 0.5 * abs(np.log(0.5 / 0.8)) + 0.5 * abs(np.log(0.5 / 0.2))
    norm = ((change * 8 / 9) ** 2 + 8 * (change / 9) ** 2) ** 0.5
    found = carto.table(dynamics(p, [0]), "tdds")["tdds"]
    np.testing.assert_allclose(found, [0.01 * 0.9 * norm], rtol=1e-5)


def test_confidence_weighted_entropy_by_hand() -> None:
    p = np.array([[0.5, 0.5], [1.0, 0.0], [0.0, 1.0], [NAN, NAN]])
    found = confidence_weighted_entropy(p, np.array([0, 0, 0, 1]))
    # e = 1 / 0.5; certain and right; certain and wrong has no entropy either; not seen
    np.testing.assert_allclose(found, [np.log(3) / 2, 1, 1, NAN])


PROBABILITY = np.array(
    [[0.8, 0.1, 0.1], [0.6, 0.4, 0.0], [0.1, 0.9, 0.0], [0.5, 0.5, 0.0], [0.7, 0.2, 0.1], [NAN] * 3]
)
GOLD = np.array([0, 0, 1, 1, 1, 0])


def test_confident_thresholds_and_joint_by_hand() -> None:
    thresholds = confident_thresholds(PROBABILITY, GOLD)
    np.testing.assert_allclose(thresholds, [0.7, 1.6 / 3, INF])
    label = confident_label(PROBABILITY, GOLD)
    np.testing.assert_array_equal(label, [0, NAN, 1, NAN, 0, NAN])
    joint = confident_joint(GOLD, label, 3)
    assert joint.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]  # at least 1 on the diagonal


def test_of_several_confident_classes_the_most_probable_counts() -> None:
    p = np.array([[0.4, 0.35, 0.25], [0.2, 0.3, 0.5], [0.3, 0.3, 0.4]])
    # thresholds 0.4, 0.3, 0.4: the second reaches 0.3 and 0.4, the third 0.3 and 0.4
    np.testing.assert_array_equal(confident_label(p, np.array([0, 1, 2])), [0, 2, 2])


def test_logits_in_16_bits_are_good_to_a_thousandth() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(5, 200, 10))
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    gold = rng.integers(0, 10, 200)
    names = ["el2n", "entropy_mean", "mean_probability_margin", "tdds"]
    exact = carto.table(TrainingDynamics.from_arrays(gold=gold, logits=logits), names)
    kept = TrainingDynamics.from_arrays(gold=gold, logits=log_p.astype(np.float16))
    found = carto.table(kept, names)
    np.testing.assert_allclose(found[names], exact[names], rtol=2e-3, atol=2e-3)
