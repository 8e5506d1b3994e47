"""The running state: first come, NaN rows, growth, copies."""

from __future__ import annotations

import numpy as np
import pytest

from carto_widget.metrics.running import RunningState, running_state
from carto_widget.store.rows import Rows

NAN = np.nan
NAMES = ("confidence", "n_observed", "correctness", "forgetting_events", "last_margin")


def rows(positions: list[int], probability: list[float], margin: list[float] | None = None) -> Rows:
    n = len(positions)
    with np.errstate(divide="ignore"):
        loss = -np.log(np.array(probability, np.float32))
    return Rows.of_classes(
        np.array(positions, np.int64),
        np.zeros(n, np.int32),
        loss,
        np.array(margin if margin is not None else np.where(np.isnan(loss), NAN, 1.0), np.float32),
        np.ones(n, np.int32),
        np.ones(n, np.uint32),
    )


def confidence(state: RunningState) -> list[float]:
    return [round(float(value), 4) for value in state.values("confidence")]


def test_of_a_sample_the_first_row_of_an_epoch_counts() -> None:
    state = running_state(3, NAMES)
    state.update(rows([1, 1, 0], [0.2, 0.9, 0.5]), 0)
    state.update(rows([0, 1], [0.9, 0.9]), 0)
    np.testing.assert_array_equal(state.values("n_observed"), [1, 1, 0])
    assert confidence(state)[:2] == [0.5, 0.2]
    assert np.isnan(state.values("confidence")[2])
    assert state.is_counted.tolist() == [True, True, False]


def test_a_row_without_a_number_is_a_row_that_nothing_replaces() -> None:
    state = running_state(1, NAMES)
    state.update(rows([0], [NAN]), 0)
    state.update(rows([0], [0.9]), 0)
    assert state.values("n_observed").tolist() == [0]
    assert np.isnan(state.values("confidence")[0])
    state.update(rows([0], [0.9]), 1)
    assert confidence(state) == [0.9]


def test_a_new_epoch_counts_every_sample_again() -> None:
    state = running_state(2, NAMES)
    for epoch, probability in enumerate([0.2, 0.4, 0.9]):
        state.update(rows([0, 1], [probability, probability], [1 - epoch, epoch]), epoch)
    assert confidence(state) == [0.5, 0.5]
    # margins 1, 0, -1 and 0, 1, 2 against the other label 1: right, right (tie), wrong; all right
    np.testing.assert_allclose(state.values("correctness"), [2 / 3, 1], rtol=1e-6)
    assert state.values("forgetting_events").tolist() == [1, 0]
    assert state.values("last_margin").tolist() == [-1, 2]


def test_the_epoch_in_flight_is_a_copy_that_leaves_the_sealed_one_alone() -> None:
    sealed = running_state(2, NAMES)
    sealed.update(rows([0, 1], [0.5, 0.5]), 0)
    in_flight = sealed.copy()
    in_flight.update(rows([1], [0.9]), 1)
    assert (confidence(sealed), confidence(in_flight)) == ([0.5, 0.5], [0.5, 0.7])
    sealed.update(rows([0, 1], [0.7, 0.1]), 1)
    again = sealed.copy(into=in_flight)
    assert again is in_flight
    assert confidence(again) == [0.6, 0.3]
    again.update(rows([0], [0.1]), 1)
    assert confidence(again) == [0.6, 0.3]


def test_new_samples_join_at_the_end() -> None:
    state = running_state(1, NAMES)
    state.update(rows([0], [0.5]), 0)
    state.grow(3)
    state.update(rows([2], [0.1]), 0)
    np.testing.assert_array_equal(state.values("n_observed"), [1, 0, 1])
    assert confidence(state)[0::2] == [0.5, 0.1]
    assert state.values("last_margin").tolist()[0::2] == [1.0, 1.0]
    assert np.isnan(state.values("last_margin")[1])
    state.grow(2)
    assert state.n == 3
    small = running_state(1, NAMES)
    assert state.copy(into=small).values("n_observed").tolist() == [1, 0, 1]


def test_all_rows_in_order_give_what_they_give_in_pieces() -> None:
    n = 200_000  # more than a block
    probability = np.random.default_rng(0).random(n)
    probability[::11] = NAN
    whole, pieces = running_state(n, NAMES), running_state(n, NAMES)
    made = rows(list(range(n)), probability.tolist())
    whole.update(made, 0)
    for piece in np.array_split(np.random.default_rng(1).permutation(n), 9):
        pieces.update(made.take(piece), 0)
    for name in NAMES:
        np.testing.assert_array_equal(whole.values(name), pieces.values(name))


def test_no_rows_and_no_samples_are_fine() -> None:
    state = running_state(0, NAMES)
    state.update(Rows.empty(), 0)
    assert state.values("confidence").shape == (0,)
    state.grow(2)
    state.update(Rows.empty(), 0)
    assert state.values("n_observed").tolist() == [0, 0]


def test_rows_beyond_the_samples_are_refused() -> None:
    state = running_state(2, NAMES)
    with pytest.raises(ValueError, match="positions 0 to 2: this state has 2 samples"):
        state.update(rows([0, 2], [0.5, 0.5]), 0)
    with pytest.raises(ValueError, match="positions -1 to -1"):
        state.update(rows([-1], [0.5]), 0)


def test_a_metric_without_a_running_form_is_refused() -> None:
    with pytest.raises(ValueError, match="'region' has no running form"):
        running_state(2, ["region"])


def test_what_soft_labels_record_as_the_gold_probability_is_what_counts() -> None:
    state = running_state(2, ["self_confidence", "confidence", "aleatoric"])
    one = np.arange(2)
    for epoch, probability in enumerate(([0.25, 0.5], [0.75, NAN])):
        loss = np.where(np.isnan(probability), NAN, 9.0)  # says something else
        columns = {"loss": loss, "gold_probability": np.array(probability, np.float32)}
        state.update(Rows(one, np.ones(2, np.uint32), columns), epoch)
    assert state.values("self_confidence").tolist() == [0.75, 0.5]
    np.testing.assert_allclose(state.values("confidence"), [0.5, 0.5], atol=8e-6)
    np.testing.assert_allclose(state.values("aleatoric"), [0.1875, 0.25], atol=8e-6)


@pytest.mark.parametrize("positions", [[0, 1], [1]])
def test_a_state_that_is_updated_leaves_the_one_it_came_from_alone(positions: list[int]) -> None:
    first = running_state(2, NAMES)
    first.update(rows([0, 1], [0.5, 0.5]), 0)
    spare = running_state(1, NAMES)
    second = first.updated(rows(positions, [0.9] * len(positions)), 1, spare)
    assert second is spare
    assert confidence(first) == [0.5, 0.5]
    assert confidence(second) == [0.7 if i in positions else 0.5 for i in range(2)]
    third = second.updated(rows([1], [0.1]), 1)  # the same epoch: what was counted stays
    assert confidence(third) == confidence(second)
    assert (
        second.columns(["confidence"])["confidence"].tolist()
        == second.values("confidence").tolist()
    )


def test_a_sample_takes_21_bytes_of_a_data_map() -> None:
    assert running_state(3, ["confidence", "variability", "correctness"]).n_bytes == 21
