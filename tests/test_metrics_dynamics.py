"""Metrics of a sample's course over epochs, by hand. Rows are epochs, columns are samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans

from carto_widget.metrics import over_epochs
from carto_widget.metrics.aum import probability_margin
from carto_widget.metrics.cartography import ambiguous_third, correctness_count, easy_third
from carto_widget.metrics.cartography import hard_third as hardest
from carto_widget.metrics.confident_learning import normalized_margin, self_confidence
from carto_widget.metrics.ctrl import ctrl_noisy
from carto_widget.metrics.data_iq import aleatoric, data_iq_group
from carto_widget.metrics.dual import dual
from carto_widget.metrics.dynamic_uncertainty import dynamic_uncertainty
from carto_widget.metrics.flips import prediction_flips
from carto_widget.metrics.forgetting import epochs_to_learn, never_learned
from carto_widget.metrics.likelihood_ratio import likelihood_ratio
from carto_widget.metrics.loss import last_loss, moving_loss
from carto_widget.metrics.registry import Metric, metric_named
from carto_widget.metrics.selfie import selfie_label, selfie_uncertainty
from carto_widget.metrics.table import supported, values
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.signals import signal_names

NAN, INF = np.nan, np.inf


def column(*values: float) -> np.ndarray[Any, Any]:
    """One sample over epochs, `(E, 1)`."""
    return np.array(values, np.float32)[:, None]


@pytest.mark.parametrize(
    ("metric", "over_epochs", "expected"),
    [
        (correctness_count, (1, NAN, 0, 1), 2),
        (correctness_count, (NAN,), NAN),
        (never_learned, (0, NAN, 0), 1),
        (never_learned, (0, 1, 0), 0),
        (never_learned, (NAN, NAN), NAN),
        (epochs_to_learn, (1, 0, NAN, 1, 1), 2),  # wrong in the second observed epoch
        (epochs_to_learn, (1, 1), 0),
        (epochs_to_learn, (0, NAN, 0), 2),
        (epochs_to_learn, (NAN,), NAN),
        (last_loss, (0.5, 2.0, NAN), 2.0),
        (last_loss, (NAN,), NAN),
        (moving_loss, (2.0,), 2.0),
        (moving_loss, (2.0, NAN, 1.0), 2.8 / 1.9),  # (0.9 x 2 + 1) / (0.9 + 1)
        (moving_loss, (1.0, INF), INF),
        (self_confidence, (0.2, 0.9, NAN), 0.9),
        (aleatoric, (0.5, NAN, 0.9), 0.17),  # (0.25 + 0.09) / 2
        (aleatoric, (1.0, 0.0), 0.0),
        (likelihood_ratio, (9.0, -np.log(4), NAN), 0.25),
        (likelihood_ratio, (-9.0, 3.0), 1.0),
        (likelihood_ratio, (-INF,), 0.0),
        (dynamic_uncertainty, (0.2, 0.6), 0.08**0.5),  # squares .04 + .04 over 2 - 1
        (dynamic_uncertainty, (0.2, NAN, 0.6), 0.08**0.5),
        (dynamic_uncertainty, (0.7, 0.7, 0.7), 0.0),
        (dynamic_uncertainty, (0.7,), NAN),
        (dual, (0.2, 0.6), 0.6 * 0.08**0.5),
        (dual, (1.0, 1.0), 0.0),
    ],
)
def test_one_sample_over_epochs(
    metric: Metric, over_epochs: tuple[float, ...], expected: float
) -> None:
    np.testing.assert_allclose(metric(column(*over_epochs)), [expected], rtol=1e-6, atol=1e-7)


def test_windows_of_ten_epochs_by_hand() -> None:
    # two windows, of the epochs 0..9 and 1..10: one 1 among nine 0, then only 0
    falling = column(1, *[0] * 10)
    spread = (0.9 / 9) ** 0.5  # squares .81 + 9 x .01 = .9
    np.testing.assert_allclose(dynamic_uncertainty(falling), [spread / 2], rtol=1e-6)
    np.testing.assert_allclose(dual(falling), [0.9 * spread / 2], rtol=1e-6)


def test_windows_agree_with_numpy_on_each_window_and_leave_gaps_out() -> None:
    p = np.random.default_rng(0).random((23, 6)).astype(np.float32)
    p[3:7, 1] = p[5, 2] = p[:15, 3] = p[:, 4] = NAN
    for i in range(6):
        seen = p[:, i][~np.isnan(p[:, i])]
        windows = [seen[k : k + 10] for k in range(max(len(seen) - 9, 1))]
        expected = np.mean([np.std(one, ddof=1) for one in windows]) if len(seen) else NAN
        found = dynamic_uncertainty(p)[i]
        np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [((0, 0, 1, 1, 0), 2), ((2, NAN, 1), 1), ((2, NAN, 2), 0), ((1,), 0), ((NAN, NAN), NAN)],
)
def test_flips_are_counted_between_observed_epochs(
    predicted: tuple[float, ...], expected: float
) -> None:
    said = column(*predicted)
    right = np.where(np.isnan(said), NAN, said == 0)
    np.testing.assert_array_equal(prediction_flips(said, right), [expected])


def test_probability_margins_by_hand() -> None:
    own, other = column(0.7, 0.2, NAN), column(0.1, 0.6, NAN)
    np.testing.assert_allclose(probability_margin(own, other), [0.1], atol=1e-7)  # (.6 - .4) / 2
    np.testing.assert_allclose(normalized_margin(own, other), [0.3], atol=1e-7)  # (-.4 + 1) / 2


@pytest.mark.parametrize(
    ("predicted", "uncertainty", "label"),
    [
        ((0, 1, 0, 1), np.log(2) / np.log(3), 0),  # halves of three classes; the lower on a tie
        ((0, 1, 2), 1.0, 0),
        ((2, 2, 2), 0.0, 2),
        ((2, NAN, 1, 2), (np.log(3) - 2 / 3 * np.log(2)) / np.log(3), 2),
        ((0, *[1] * 15), 0.0, 1),  # the sixteenth from the end is forgotten
        ((NAN, NAN), NAN, NAN),
    ],
)
def test_selfie_by_hand(predicted: tuple[float, ...], uncertainty: float, label: float) -> None:
    said, n_classes = column(*predicted), np.array(3)
    np.testing.assert_allclose(selfie_uncertainty(said, n_classes), [uncertainty], atol=1e-12)
    np.testing.assert_array_equal(selfie_label(said, said * 0), [label])


def test_what_learns_numbers_has_no_label() -> None:
    found = supported(signal_names(["error"]))
    assert "error_mean" in found
    assert not [name for name in found if metric_named(name).kind == "label"]


@pytest.mark.parametrize(
    ("name", "probabilities"),
    [
        ("dual", (0, 0, 1)),
        ("dynamic_uncertainty", (0, 1)),
        ("variability_with_interval", (0, 1)),
        ("variability", (0, 1)),
        ("aleatoric", (0.5,)),
    ],
)
def test_the_highest_that_is_possible_is_reached(
    name: str, probabilities: tuple[float, ...]
) -> None:
    made = TrainingDynamics.from_arrays(gold=[0], gold_probability=column(*probabilities))
    domain = metric_named(name).domain
    assert domain is not None
    np.testing.assert_allclose(values(made, [name])[name], domain[1], rtol=1e-6)


def test_the_latest_few_are_those_of_each_sample() -> None:
    few = over_epochs.latest_few(np.array([[1, 5], [2, NAN], [3, NAN]]), 2)
    np.testing.assert_array_equal(few, [[2, NAN], [3, 5]])


def test_loss_curves_of_a_class_fall_into_an_upper_and_a_lower_cluster() -> None:
    loss = np.array(
        [
            [1.0, 1.1, 1.0, 2.0, 0.1, 0.9, 9.0, 0.5],
            [0.5, 0.6, NAN, 1.9, 0.1, 0.8, 8.0, 0.5],
            [0.1, 0.2, 0.2, 2.1, NAN, 0.9, NAN, 0.5],
        ]
    )
    gold = np.array([0, 0, 0, 0, 1, 1, 1, 2])
    expected = [0, 0, 0, 1, 0, 0, 1, 0]  # a class of one has no upper cluster
    assert ctrl_noisy(loss, gold, np.array(3)).tolist() == expected
    loss[:, 3] = NAN
    assert np.isnan(ctrl_noisy(loss, gold, np.array(3))[3])


def test_the_clusters_are_those_of_k_means() -> None:
    rng = np.random.default_rng(1)
    for seed in range(5):
        falling = np.exp(-np.arange(8) / 3)[:, None] + rng.normal(0, 0.2, (8, 80))
        stuck = 1.2 + rng.normal(0, 0.3, (8, 20))
        loss = np.abs(np.concatenate([falling, stuck], 1))
        found = ctrl_noisy(loss, np.zeros(100, int), np.array(4))
        fitted = KMeans(2, n_init=10, random_state=seed).fit(np.minimum(loss, 2 * np.log(4)).T)
        upper = fitted.cluster_centers_.sum(1).argmax()
        np.testing.assert_array_equal(found, fitted.labels_ == upper)


def test_data_iq_groups_by_hand() -> None:
    # the median of the aleatoric uncertainties is 0.1
    confidence = np.array([0.9, 0.8, 0.75, 0.5, 0.1, 0.2, NAN])
    uncertainty = np.array([0.05, 0.2, 0.1, 0.05, 0.1, 0.24, NAN])
    easy, ambiguous, hard = 0.0, 1.0, 2.0
    expected = [easy, ambiguous, easy, ambiguous, hard, ambiguous, NAN]
    np.testing.assert_array_equal(data_iq_group(confidence, uncertainty), expected)


def test_thirds_overlap_and_ties_go_to_the_lower_row() -> None:
    mean = np.array([0.9, 0.2, 0.9, 0.9, 0.2, 0.5, NAN, 0.3])
    spread = np.array([0.0, 0.3, 0.0, 0.0, 0.0, 0.0, NAN, 0.0])
    np.testing.assert_array_equal(easy_third(mean), [1, 0, 1, 0, 0, 0, NAN, 0])
    np.testing.assert_array_equal(hardest(mean), [0, 1, 0, 0, 1, 0, NAN, 0])
    # only one of the seven varies at all
    np.testing.assert_array_equal(ambiguous_third(mean, spread), [0, 1, 0, 0, 0, 0, NAN, 0])
