"""Each metric against numbers worked out by hand. Rows are epochs, columns are samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carto_widget.metrics.active_bias import threshold_closeness
from carto_widget.metrics.aum import aum, last_margin
from carto_widget.metrics.cartography import confidence, correctness, region, variability
from carto_widget.metrics.forgetting import first_learned, forgetting_events
from carto_widget.metrics.loss import loss_mean
from carto_widget.metrics.observed import n_observed
from carto_widget.metrics.registry import Metric
from carto_widget.metrics.regression import error_mean, error_std, loss_rank, same_sign
from carto_widget.metrics.several_labels import label_accuracy, lowest_confidence

NAN, INF = np.nan, np.inf


def column(*values: float) -> np.ndarray[Any, Any]:
    """One sample over epochs, `(E, 1)`."""
    return np.array(values, np.float32)[:, None]


@pytest.mark.parametrize(
    ("metric", "over_epochs", "expected"),
    [
        (confidence, (0.2, 0.4, 0.9), 0.5),
        (confidence, (0.2, NAN, 0.4), 0.3),
        (confidence, (0.7,), 0.7),
        (confidence, (NAN, NAN), NAN),
        (variability, (0.0, 1.0), 0.5),
        (variability, (0.2, 0.4, 0.9), 0.2943920),  # sqrt((.09 + .01 + .16) / 3)
        (variability, (0.2, NAN, 0.4), 0.1),
        (variability, (0.7,), 0.0),
        (variability, (NAN, 0.7, NAN), 0.0),
        (variability, (NAN,), NAN),
        (correctness, (1, 0, 0, 1), 0.5),
        (correctness, (NAN, 0, 1, 1), 2 / 3),
        (correctness, (NAN,), NAN),
        (forgetting_events, (1, 0, 1, 0), 2),
        (forgetting_events, (0, 0, 0), 0),
        (forgetting_events, (0, 1, 1), 0),
        (forgetting_events, (1, NAN, 0), 1),  # the next observed epoch counts
        (forgetting_events, (1, NAN), 0),
        (forgetting_events, (NAN, NAN), NAN),
        (aum, (1.0, -2.0, 4.0), 1.0),
        (aum, (1.0, NAN, 4.0), 2.5),
        (aum, (1.0, -INF), -INF),
        (aum, (INF, -INF), NAN),
        (last_margin, (1.0, 3.0, NAN), 3.0),
        (last_margin, (NAN, NAN), NAN),
        (loss_mean, (0.5, NAN, 1.0), 0.75),
        (loss_mean, (0.5, INF), INF),
        (n_observed, (0.5, NAN, 0.0), 2),
        (n_observed, (NAN,), 0),
    ],
)
def test_one_sample_over_epochs(
    metric: Metric, over_epochs: tuple[float, ...], expected: float
) -> None:
    found = metric(column(*over_epochs))
    assert found.shape == (1,)
    np.testing.assert_allclose(found, [expected], atol=1e-7)


@pytest.mark.parametrize(
    ("is_correct", "expected"),
    [((0, 1, 0), 13), ((1, 1, 1), 11), ((NAN, NAN, 1), 20), ((0, NAN, 0), NAN)],
)
def test_first_learned_is_the_number_of_the_epoch(
    is_correct: tuple[float, ...], expected: float
) -> None:
    found = first_learned(column(*is_correct), np.array([11, 13, 20]))
    np.testing.assert_array_equal(found, [expected])


def test_threshold_closeness_is_of_the_mean_probability() -> None:
    found = threshold_closeness(np.array([0.0, 0.5, 0.9, NAN]))
    np.testing.assert_allclose(found, [0, 0.25, 0.09, NAN], atol=1e-12)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 0.7, 0.99999994, 1e-30])
@pytest.mark.parametrize("n_epochs", [2, 3, 7, 31])
def test_a_constant_probability_has_a_spread_of_exactly_zero(value: float, n_epochs: int) -> None:
    assert variability(np.full((n_epochs, 3), value, np.float32)).tolist() == [0.0] * 3


def test_regions_by_hand() -> None:
    # seven vary and were observed twice or more: floor(7 / 3) = 2 are ambiguous
    spread = np.array([0.3, 0.1, 0.4, 0.2, 0.1, 0.05, 0.01, 0.0, 0.5, NAN])
    mean = np.array([0.9, 0.5, 0.1, 0.4999, 0.6, 0.2, 0.7, 1.0, 0.3, NAN])
    count = np.array([2, 2, 5, 2, 3, 2, 2, 2, 1, 0])
    easy, ambiguous, hard = 0.0, 1.0, 2.0
    expected = [ambiguous, easy, ambiguous, hard, easy, hard, easy, easy, hard, NAN]
    np.testing.assert_array_equal(region(mean, spread, count), expected)


def test_ties_for_ambiguous_go_to_the_lower_row() -> None:
    spread, mean, count = np.full(8, 0.2), np.full(8, 0.9), np.full(8, 3)
    assert region(mean, spread, count).tolist() == [1, 1, 0, 0, 0, 0, 0, 0]
    spread[5] = 0.3
    assert region(mean, spread, count).tolist() == [1, 0, 0, 0, 0, 1, 0, 0]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_that_vary_leave_none_ambiguous(n: int) -> None:
    found = region(np.full(n, 0.4), np.full(n, 0.2), np.full(n, 3))
    assert found.tolist() == [2.0] * n


def test_errors_of_a_regression_by_hand() -> None:
    error = np.array([[1, -1, 0, NAN], [3, 1, -2, NAN], [2, NAN, -2, NAN]])
    np.testing.assert_allclose(error_mean(error), [2, 0, -4 / 3, NAN])
    # squares round the mean: 1 + 1 + 0; 1 + 1; 16/9 + 4/9 + 4/9
    np.testing.assert_allclose(error_std(error), [(2 / 3) ** 0.5, 1, (8 / 9) ** 0.5, NAN])
    np.testing.assert_allclose(same_sign(error), [1, 0.5, 1, NAN])  # an error of 0 is on both sides


def test_ranks_of_losses_by_hand() -> None:
    # of four others two are smaller and one is equal: (2 + 1/2) / 4
    np.testing.assert_allclose(
        loss_rank(np.array([3.0, 1.0, NAN, 3.0, 2.0, 9.0])), [0.625, 0, NAN, 0.625, 0.25, 1]
    )
    assert loss_rank(np.array([5.0])).tolist() == [0]


def test_shares_and_lowest_probabilities_are_means_over_observed_epochs() -> None:
    values = np.array([[0.5, NAN], [1.0, 0.25], [NAN, 0.75]])
    assert label_accuracy(values).tolist() == [0.75, 0.5]
    assert lowest_confidence(values).tolist() == [0.75, 0.5]
