from __future__ import annotations

import numpy as np
import pytest

from carto_widget.store.rows import Rows, first_of_each
from carto_widget.store.signals import from_logits

INF, NAN = np.inf, np.nan


def rows(
    sample: list[int], loss: list[float], margin: list[float] | None = None, **more: object
) -> Rows:
    n = len(sample)
    columns = {
        "gold": [1] * n,
        "other_label": [0] * n,
        "n_seen": [1] * n,
        "margin": loss if margin is None else margin,
        "loss": loss,
        "sample": sample,
        **more,
    }
    return Rows.of_classes(**columns)


def test_columns_take_their_dtypes_from_whatever_is_given() -> None:
    made = rows([3, 1], [0.5, 2.0])
    assert [made.sample.dtype, made["gold"].dtype, made["loss"].dtype, made.n_seen.dtype] == [
        np.int64,
        np.int32,
        np.float32,
        np.uint32,
    ]


def test_a_column_of_another_length_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"margin has shape \(1,\), expected \(2, \.\.\.\)"):
        rows([3, 1], [0.5, 2.0], [1.0])


def test_logits_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"logits has shape \(3, 2\)"):
        rows([3, 1], [0.5, 2.0], logits=np.zeros((3, 2)))


def test_probabilities_follow_from_loss_and_margin() -> None:
    # logits (2, 0): p = e^2 / (e^2 + 1) = 0.880797, other 0.119203, loss 0.126928, margin 2
    made = rows([0], [0.126928], [2.0])
    assert made["gold_probability"][0] == pytest.approx(0.880797, abs=1e-6)
    assert made["other_probability"][0] == pytest.approx(0.119203, abs=1e-6)


def test_prediction_is_gold_above_the_margin_the_lower_index_at_it_else_the_other() -> None:
    made = rows(
        [0, 1, 2, 3, 4],
        [1.0] * 5,
        [0.1, 0.0, 0.0, -0.1, NAN],
        gold=[2] * 5,
        other_label=[1, 1, 3, 1, 1],
    )
    assert made["prediction"].tolist()[:4] == [2, 1, 2, 1]
    assert np.isnan(made["prediction"][4])
    np.testing.assert_array_equal(made["is_correct"], np.array([1, 0, 1, 0, NAN]))


def test_a_gold_logit_of_minus_infinity_is_a_fact_not_a_gap() -> None:
    made = rows([0], [INF], [-INF], gold=[2], other_label=[5])
    assert made["gold_probability"].tolist() == [0.0]
    assert made["prediction"].tolist() == [5]
    assert made["is_correct"].tolist() == [0.0]
    assert np.isnan(made["other_probability"][0])
    assert made.is_observed.tolist() == [True]


def test_all_other_logits_of_minus_infinity_leave_no_probability_to_them() -> None:
    assert rows([0], [0.0], [INF])["other_probability"].tolist() == [0.0]


def test_a_loss_that_rounding_made_negative_is_no_probability_above_one() -> None:
    made = rows([0], [-1e-7], [0.0])
    assert made["gold_probability"].tolist() == [1.0]
    assert made["other_probability"].tolist() == [1.0]


def test_probabilities_in_16_bits_are_rounded_and_zero_where_missing() -> None:
    made = rows([0, 1, 2, 3], [0.0, INF, -np.log(0.5), NAN])
    assert made.probability_16.tolist() == [65535, 0, 32768, 0]  # 0.5 * 65535 = 32767.5, up
    assert made.is_observed.tolist() == [True, True, True, False]


def test_once_keeps_the_first_presentation_and_adds_the_counts() -> None:
    made = rows([7, 2, 7, 2, 9], [NAN, 2.0, 3.0, 4.0, 5.0], n_seen=[1, 2, 3, 4, 5]).once()
    assert made.sample.tolist() == [2, 7, 9]
    np.testing.assert_array_equal(made["loss"], np.array([2.0, NAN, 5.0]))
    assert made.n_seen.tolist() == [6, 4, 5]


@pytest.mark.parametrize("distance", [1, 1000], ids=["near", "far apart"])
def test_first_of_each_is_the_same_however_far_keys_lie_apart(distance: int) -> None:
    chance = np.random.default_rng(0)
    key, n_seen = chance.integers(-20, 60, 200), chance.integers(1, 9, 200).astype(np.uint32)
    first, total = first_of_each(key * distance, n_seen)
    expected = sorted(set(key.tolist()))
    assert first.tolist() == [key.tolist().index(one) for one in expected]
    assert total.tolist() == [int(n_seen[key == one].sum()) for one in expected]
    assert total.dtype == np.uint32


def test_once_of_rows_in_order_is_themselves() -> None:
    made = rows([1, 2, 3], [1.0, 2.0, 3.0])
    assert made.once() is made
    assert len(Rows.empty().once()) == 0
    assert rows([5], [1.0]).once().sample.tolist() == [5]


def test_concatenate_keeps_order_and_logits() -> None:
    first = rows([5], [1.0], logits=np.array([[0, -1]], np.float16))
    second = rows([2, 3], [2.0, 3.0], logits=np.array([[-1, 0], [-2, 0]], np.float16))
    joined = Rows.concatenate([first, Rows.empty(), second])
    assert joined.sample.tolist() == [5, 2, 3]
    assert joined["logits"].dtype == np.float16
    assert joined["logits"][:, 0].tolist() == [0, -1, -2]
    assert len(Rows.concatenate([])) == 0


def test_concatenate_refuses_logits_beside_none() -> None:
    with pytest.raises(ValueError, match="have other columns"):
        Rows.concatenate([rows([5], [1.0]), rows([2], [2.0], logits=np.zeros((1, 3)))])


def test_signals_of_logits_by_hand() -> None:
    logits = np.array([[2.0, 0.0, 0.0], [0.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
    found = from_logits(logits, np.array([0, 0, 1]))
    # row 0: -ln(e^2 / (e^2 + 2)) = 0.2395448; row 1: ln(1 + 2e) = 1.8619; row 2: ln 3
    np.testing.assert_allclose(found["loss"], [0.2395448, 1.8619948, 1.0986123], atol=1e-6)
    assert found["margin"].tolist() == [2.0, -1.0, 0.0]
    assert found["other_label"].tolist() == [1.0, 1.0, 0.0]


def test_signals_of_logits_that_are_not_finite() -> None:
    logits = np.array([[NAN, 0.0], [INF, 0.0], [-INF, 0.0], [0.0, -INF]])
    found = from_logits(logits, np.zeros(4, int))
    np.testing.assert_array_equal(found["loss"], np.array([NAN, NAN, INF, 0.0]))
    np.testing.assert_array_equal(found["margin"], np.array([NAN, NAN, -INF, INF]))
    np.testing.assert_array_equal(found["other_label"], np.array([NAN, NAN, 1, 1]))


@pytest.mark.parametrize("gold", [-1, 2])
def test_gold_labels_outside_the_logits_are_refused(gold: int) -> None:
    with pytest.raises(ValueError, match=f"gold label {gold} for logits of 2 classes"):
        from_logits(np.zeros((1, 2)), np.array([gold]))


def test_a_single_logit_is_refused() -> None:
    with pytest.raises(ValueError, match="single logit"):
        from_logits(np.zeros((1, 1)), np.array([0]))
