"""What a model said of samples, by numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from carto_widget.datawork.expected import expected_more
from carto_widget.datawork.opinion import Opinion
from carto_widget.datawork.order import suspicious_first
from carto_widget.store.dynamics import TrainingDynamics

NAN = np.nan
LOG = np.log

# probabilities of three classes of two samples in three epochs; the second was missed in the last
PROBABILITIES = np.array(
    [
        [[0.6, 0.3, 0.1], [0.2, 0.5, 0.3]],
        [[0.2, 0.7, 0.1], [0.1, 0.3, 0.6]],
        [[0.1, 0.8, 0.1], [NAN, NAN, NAN]],
    ]
)
# means: (0.3, 0.6, 0.1) over three epochs, and (0.15, 0.4, 0.45) over two
WITH_LOGITS = TrainingDynamics.from_arrays(gold=[0, 1], logits=LOG(PROBABILITIES))


def opinion(dynamics: TrainingDynamics, rows: list[int]) -> Opinion:
    made = Opinion(np.array(rows), dynamics.gold)
    for epoch in dynamics.epochs.tolist():
        made.add(dynamics, epoch)
    return made


def said(of: Opinion, row: int) -> list[tuple[int, float | None, float]]:
    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 6)

    return [(one.label, rounded(one.probability), round(one.share, 6)) for one in of.said(row)]


def test_the_largest_mean_probability_is_suggested_where_logits_are_stored() -> None:
    both = opinion(WITH_LOGITS, [0, 1])
    assert both.suggested(0) == (1, "probability")
    assert both.suggested(1) == (2, "probability")


def test_classes_are_told_with_mean_probability_and_share_of_the_observed_epochs() -> None:
    both = opinion(WITH_LOGITS, [0, 1])
    # predicted 0, 1, 1 and 1, 2, not seen
    assert said(both, 0) == [(1, 0.6, 0.666667), (0, 0.3, 0.333333), (2, 0.1, 0.0)]
    assert said(both, 1) == [(2, 0.45, 0.5), (1, 0.4, 0.5), (0, 0.15, 0.0)]


def test_some_rows_are_told_as_all_are() -> None:
    assert said(opinion(WITH_LOGITS, [1]), 1) == said(opinion(WITH_LOGITS, [0, 1]), 1)


def without_logits(n_epochs: int = 3) -> TrainingDynamics:
    return TrainingDynamics.from_arrays(
        gold=[0, 0],
        loss=np.array([[-LOG(0.5), NAN], [-LOG(0.25), NAN], [-LOG(0.75), NAN]])[:n_epochs],
        margin=np.array([[1.0, NAN], [-2.0, NAN], [0.5, NAN]])[:n_epochs],
        other_label=np.array([[2.0, NAN], [1.0, NAN], [2.0, NAN]])[:n_epochs],
    )


def test_without_logits_the_other_class_of_most_epochs_is_suggested() -> None:
    assert opinion(without_logits(), [0]).suggested(0) == (2, "other_label")
    assert opinion(without_logits(2), [0]).suggested(0) == (1, "other_label")  # a tie: the lower


def test_without_logits_the_gold_class_alone_has_a_mean_probability() -> None:
    # predicted 0, 1, 0; the gold probabilities 0.5, 0.25, 0.75 have the mean 0.5
    found = said(opinion(without_logits(), [0]), 0)
    assert found == [(0, 0.5, 0.666667), (1, None, 0.333333)]


def test_of_two_classes_the_other_one_has_the_rest() -> None:
    dynamics = TrainingDynamics.from_arrays(
        gold=[1], loss=[[-LOG(0.3)]], margin=[[-0.8]], other_label=[[0]]
    )
    assert said(opinion(dynamics, [0]), 0) == [(0, 0.7, 1.0), (1, 0.3, 0.0)]


def test_of_a_sample_never_seen_nothing_is_said() -> None:
    nothing = opinion(without_logits(), [1])
    assert nothing.said(1) == []
    assert nothing.suggested(1) is None


def test_a_class_beyond_the_known_ones_makes_room() -> None:
    logits = LOG(np.array([[[0.1, 0.2, 0.3, 0.4]]]))
    one = Opinion(np.array([0]), np.array([0]), n_classes=2)
    one.add(TrainingDynamics.from_arrays(gold=[0], logits=logits), 0)
    assert one.suggested(0) == (3, "probability")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("aum", [2, 0, 3, 1]),  # higher is easier: the low end
        ("loss_mean", [3, 0, 2, 1]),  # higher is harder
        ("variability", [3, 0, 2, 1]),  # no direction: the high end
        ("length", [2, 0, 3, 1]),  # no metric
    ],
)
def test_the_suspicious_end_comes_first_and_the_missing_last(
    name: str, expected: list[int]
) -> None:
    values = np.array([0.5, NAN, 0.1, 0.9])
    assert suspicious_first(name, values).tolist() == expected


def test_of_equal_ones_the_first_comes_first() -> None:
    assert suspicious_first("loss_mean", np.array([1.0, 2.0, 1.0, 2.0])).tolist() == [1, 3, 0, 2]


@pytest.mark.parametrize(
    ("found", "of", "among"), [(14, 40, 60), (0, 10, 10), (10, 10, 10), (0, 0, 1), (3, 200, 500)]
)
def test_more_are_expected_as_scipy_has_it(found: int, of: int, among: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    known = stats.betabinom(among, found + 0.5, of - found + 0.5)
    assert expected_more(found, of, among) == (known.ppf(0.05), known.ppf(0.95))


def test_nothing_more_is_expected_among_none() -> None:
    assert expected_more(3, 10, 0) == (0, 0)
