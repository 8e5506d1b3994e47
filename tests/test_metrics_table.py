"""The table, and metrics that a user defines in a cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import carto_widget as carto
from carto_widget.metrics import registry
from carto_widget.metrics.running import running_state
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.rows import Rows

NAN = np.nan


@pytest.fixture(autouse=True)
def only_this_tests_metrics() -> Iterator[None]:
    before = dict(registry.metrics())
    yield
    registry._metrics.clear()
    registry._metrics.update(before)


def dynamics(**more: Any) -> TrainingDynamics:
    """Three epochs (2, 3, 5) of four samples: learnt, forgotten, seen once, never seen."""
    p = [[0.2, 0.9, NAN, NAN], [0.6, 0.8, NAN, NAN], [0.7, 0.1, 0.5, NAN]]
    right = [[0, 1, NAN, NAN], [1, 1, NAN, NAN], [1, 0, 1, NAN]]
    said = [[1, 1, NAN, NAN], [0, 1, NAN, NAN], [0, 0, 1, NAN]]
    return TrainingDynamics.from_arrays(
        guid=["a", "b", "c", "d"],
        gold=[0, 1, 1, 0],
        epochs=[2, 3, 5],
        gold_probability=p,
        is_correct=right,
        prediction=said,
        **more,
    )


def test_the_table_has_every_sample_and_every_metric_that_can_be() -> None:
    found = carto.table(dynamics())
    assert found.index.tolist() == ["a", "b", "c", "d"]
    assert found.index.name == "guid"
    assert found.columns[:6].tolist() == [
        "gold",
        "prediction",
        "confidence",
        "variability",
        "correctness",
        "region",
    ]
    assert "aum" not in found
    np.testing.assert_allclose(found["confidence"], [0.5, 0.6, 0.5, NAN], atol=1e-7)
    np.testing.assert_array_equal(found["forgetting_events"], [0, 1, 0, NAN])
    np.testing.assert_array_equal(found["first_learned"], [3, 2, 5, NAN])
    np.testing.assert_array_equal(found["n_observed"], [3, 3, 1, 0])
    assert found["region"].cat.categories.tolist() == [
        "easy-to-learn",
        "ambiguous",
        "hard-to-learn",
    ]
    assert found["region"].tolist()[:3] == ["easy-to-learn", "easy-to-learn", "easy-to-learn"]
    assert found["region"].isna().tolist() == [False, False, False, True]


def test_labels_are_integers_or_the_names_given() -> None:
    plain = carto.table(dynamics())
    assert (str(plain["gold"].dtype), str(plain["prediction"].dtype)) == ("Int64", "Int64")
    assert plain["prediction"].tolist()[:3] == [0, 0, 1]
    assert plain["prediction"].isna().tolist() == [False, False, False, True]
    named = carto.table(dynamics(label_names=["no", "yes"]))
    assert named["gold"].tolist() == ["no", "yes", "yes", "no"]
    assert named["prediction"].cat.categories.tolist() == ["no", "yes"]
    assert named["prediction"].tolist()[:3] == ["no", "no", "yes"]


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [
        (None, [0.5, 0.6, 0.5, NAN]),
        (slice(0, 3), [0.2, 0.9, NAN, NAN]),
        (slice(3, None), [0.65, 0.45, 0.5, NAN]),
        (slice(-2, None), [0.65, 0.45, 0.5, NAN]),
        (slice(None, -1), [0.4, 0.85, NAN, NAN]),
        (slice(-9, None), [0.5, 0.6, 0.5, NAN]),
        ([2, 5], [0.45, 0.5, 0.5, NAN]),
        ([], [NAN] * 4),
    ],
)
def test_epochs_are_chosen_by_number(epochs: Any, expected: list[float]) -> None:
    found = carto.table(dynamics(), ["confidence"], epochs=epochs)
    assert found.columns.tolist() == ["gold", "prediction", "confidence"]
    np.testing.assert_allclose(found["confidence"], expected, atol=1e-7)


def test_the_prediction_is_that_of_the_latest_chosen_epoch() -> None:
    assert carto.table(dynamics(), [], epochs=[2])["prediction"].tolist()[:2] == [1, 1]


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match=r"epoch 4 is not on record; there are \[2, 3, 5\]"):
        carto.table(dynamics(), epochs=[4])
    with pytest.raises(ValueError, match="no step"):
        carto.table(dynamics(), epochs=slice(0, 9, 2))
    with pytest.raises(TypeError, match=r"epochs=2, expected a list or a slice: \[3\], slice"):
        carto.table(dynamics(), epochs=2)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ValueError, match="no metric 'confidense'; did you mean 'confidence'"):
        carto.table(dynamics(), ["confidense"])
    with pytest.raises(ValueError, match=r"'aum' needs margin, which this source does not have"):
        carto.table(dynamics(), ["aum"])
    with pytest.raises(TypeError, match="int: expected training dynamics, a recorder or a path"):
        carto.table(3)


def test_whatever_holds_dynamics_has_a_table() -> None:
    class Held:
        dynamics: TrainingDynamics

    held = Held()
    held.dynamics = dynamics()
    pd.testing.assert_frame_equal(carto.table(held), carto.table(dynamics()))


def test_a_metric_from_a_cell_is_a_function_and_a_column() -> None:
    @carto.metric
    def best(gold_probability):  # type: ignore[no-untyped-def]  # as in a notebook
        """Highest probability."""
        return np.fmax.reduce(gold_probability)

    assert best(np.array([[1, 2], [3, 1]])).tolist() == [3, 2]
    assert best.__doc__ == "Highest probability."
    np.testing.assert_allclose(carto.table(dynamics())["best"], [0.7, 0.9, 0.5, NAN], rtol=1e-6)
    listed = carto.list_metrics().loc["best"]
    assert not listed["is_built_in"]
    assert (listed["needs"], listed["description"]) == ("gold_probability", "Highest probability.")


def test_a_cell_run_again_replaces_its_metric() -> None:
    for k in (1, 2):

        @carto.metric(title=f"take {k}")
        def scaled(confidence, k=k):  # type: ignore[no-untyped-def]  # as in a notebook
            return confidence * k

    assert carto.list_metrics().loc["scaled", "title"] == "take 2"


def test_a_metric_may_ask_for_metrics_gold_and_epochs() -> None:
    @carto.metric(kind="category", categories=["early", "late"])
    def when(first_learned, gold, epochs):  # type: ignore[no-untyped-def]  # as in a notebook
        assert gold.tolist() == [0, 1, 1, 0]
        assert epochs.tolist() == [2, 3, 5]
        return np.where(np.isnan(first_learned), np.nan, first_learned >= 3)

    found = carto.table(dynamics(), ["when"])["when"]
    assert found.tolist()[:3] == ["late", "early", "late"]
    assert found.isna().tolist() == [False, False, False, True]


def test_a_signal_of_ones_own_is_asked_for_by_name() -> None:
    @carto.metric
    def total_length(length):  # type: ignore[no-untyped-def]  # as in a notebook
        return length.sum(axis=0)

    made = TrainingDynamics.from_arrays(gold=[0, 1], length=[[1, 2], [3, 4]])
    assert carto.table(made)["total_length"].tolist() == [4, 6]
    assert "total_length" not in carto.table(dynamics())


def test_a_metric_with_the_name_of_a_signal_of_ones_own_is_refused_by_name() -> None:
    source = dynamics(mask_loss=np.ones((3, 4)))

    @carto.metric
    def mask_loss(loss: Any) -> Any:
        return loss[0]

    with pytest.raises(
        ValueError, match="metric 'mask_loss': a signal of this source has the same"
    ):
        carto.table(source, ["mask_loss"])
    assert "mask_loss" not in carto.table(source)
    assert "mask_loss" not in carto.table(source, "all")


def test_a_metric_that_fails_is_reported_by_name() -> None:
    @carto.metric
    def broken(gold_probability):  # type: ignore[no-untyped-def]  # as in a notebook
        return gold_probability / "two"

    with pytest.raises(RuntimeError, match="metric 'broken' failed: ") as caught:
        carto.table(dynamics(), ["broken"])
    assert isinstance(caught.value.__cause__, TypeError)


@pytest.mark.parametrize("result", [0.5, np.zeros(3), np.zeros((3, 4)), np.array(["a"] * 4)])
def test_a_metric_of_another_shape_is_reported_by_name(result: Any) -> None:
    @carto.metric
    def odd(gold_probability):  # type: ignore[no-untyped-def]  # as in a notebook
        return result

    with pytest.raises(ValueError, match=r"'odd' gave .* expected one number a sample: \(4,\)"):
        carto.table(dynamics(), ["odd"])


def test_names_that_are_taken_and_unknown_keywords_are_refused() -> None:
    def confidence(loss):  # type: ignore[no-untyped-def]  # as in a notebook
        return loss[0]

    def loss(margin):  # type: ignore[no-untyped-def]  # as in a notebook
        return margin[0]

    def anything(*signals):  # type: ignore[no-untyped-def]  # as in a notebook
        return signals[0][0]

    with pytest.raises(ValueError, match="a built-in metric has this name"):
        carto.metric(confidence)
    with pytest.raises(ValueError, match="the name of a signal"):
        carto.metric(loss)
    with pytest.raises(TypeError, match="ask for signals by name"):
        carto.metric(anything)
    with pytest.raises(TypeError, match="unknown keyword 'titel'"):
        carto.metric(titel="x")(anything)  # type: ignore[call-overload]  # wrong on purpose


def test_metrics_that_ask_for_each_other_are_refused_where_they_are_defined() -> None:
    @carto.metric
    def hen(egg):  # type: ignore[no-untyped-def]  # as in a notebook
        return egg

    with pytest.raises(ValueError, match="asks for itself: egg -> hen -> egg"):

        @carto.metric
        def egg(hen):  # type: ignore[no-untyped-def]  # as in a notebook
            return hen

    assert "egg" not in registry.metrics()
    assert "hen" not in carto.table(dynamics())


def test_the_list_says_what_each_metric_is() -> None:
    listed = carto.list_metrics()
    assert listed.index[:4].tolist() == ["confidence", "variability", "correctness", "region"]
    assert set(listed.index) >= {
        "threshold_closeness",
        "forgetting_events",
        "first_learned",
        "aum",
        "last_margin",
        "loss_mean",
        "n_observed",
    }
    assert [listed.at["variability", name] for name in ("low", "high", "defined_from")] == [
        0,
        0.5,
        2,
    ]
    assert listed.query("is_built_in and is_core and not is_live").index.tolist() == ["region"]


def test_a_users_running_form_asks_for_accumulators_by_name() -> None:
    @carto.metric
    def times_right(is_correct):  # type: ignore[no-untyped-def]  # as in a notebook
        return np.nansum(is_correct, axis=0)

    @times_right.running
    def _(correct_count):  # type: ignore[no-untyped-def]  # as in a notebook
        return correct_count

    state = running_state(2, ["times_right"])
    two, one = np.arange(2), np.ones(2, np.float32)
    count = np.ones(2, np.uint32)
    margin = np.array([1, -1], np.float32)
    state.update(Rows.of_classes(two, count * 0, one, margin, count, count), 0)
    assert state.values("times_right").tolist() == [1, 0]

    @times_right.running
    def _(correct_sum):  # type: ignore[no-untyped-def]  # as in a notebook
        return correct_sum

    with pytest.raises(ValueError, match="no accumulator 'correct_sum'; there are observations"):
        running_state(2, ["times_right"])


def test_the_rest_of_the_metrics_comes_on_request() -> None:
    made = TrainingDynamics.from_arrays(gold=[0, 1], logits=np.zeros((2, 2, 3)))
    core, every = carto.table(made), carto.table(made, "all")
    assert every.columns[: len(core.columns)].tolist() == core.columns.tolist()
    assert {"el2n", "data_iq_group", "dual"} <= set(every) - set(core)
    assert carto.table(made, "el2n").columns.tolist() == ["gold", "prediction", "el2n"]


def test_the_list_says_what_a_source_has_and_why_not() -> None:
    listed = carto.list_metrics(dynamics())
    assert listed.at["confidence", "has"]
    assert listed.at["confidence", "why_not"] == ""
    assert not listed.at["aum", "has"]
    assert listed.at["aum", "why_not"] == "not recorded: margin"
    assert listed.at["selfie_uncertainty", "why_not"] == "not recorded: other_label"
    assert listed.at["el2n", "why_not"] == (
        "not recorded: logits (Recorder(logits='float16') keeps it)"
    )
    assert (
        listed.query("has and is_core").index.tolist()
        == carto.table(dynamics()).columns[2:].tolist()
    )
    assert "has" not in carto.list_metrics()


def test_the_list_says_which_signals_are_needed_in_the_end() -> None:
    needs = carto.list_metrics()["needs"]
    assert needs["threshold_closeness"] == "gold_probability"
    assert needs["region"] == "loss, gold_probability"
    assert needs["mean_disagrees"] == "logits"
    assert needs["ctrl_noisy"] == "loss, other_label"


def test_metrics_of_all_classes_say_what_they_need() -> None:
    with pytest.raises(ValueError, match="'el2n' needs logits, which this source does not have"):
        carto.table(dynamics(), ["el2n"])


def test_a_users_metric_may_ask_for_the_mean_of_all_classes() -> None:
    @carto.metric
    def second(mean_probability, gold):  # type: ignore[no-untyped-def]  # as in a notebook
        assert mean_probability.shape == (2, 3)
        return np.sort(mean_probability)[:, -2]

    made = TrainingDynamics.from_arrays(gold=[0, 1], logits=np.zeros((2, 2, 3)))
    np.testing.assert_allclose(carto.table(made)["second"], [1 / 3] * 2)


def test_no_epoch_at_all_leaves_everything_missing() -> None:
    made = TrainingDynamics.from_arrays(gold=[0, 2], logits=np.zeros((2, 2, 3)))
    found = carto.table(made, "all", epochs=[])
    assert found.drop(columns=["gold", "n_observed"]).isna().all(axis=None)
