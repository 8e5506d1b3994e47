"""Views, columns, axes and the frames of what is complete."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.views.complete import frame_of_dynamics, frame_of_table
from carto_widget.views.described import own_column
from carto_widget.views.domain import domain_of
from carto_widget.views.view import View
from carto_widget.widget.wire import LAST, position_codes

NO_COLUMNS = pd.DataFrame(index=range(3))


def dynamics(*epochs: list[float]) -> TrainingDynamics:
    """Of gold probabilities; three samples, right where the probability is above one half."""
    probability = np.array(epochs, np.float32)
    gap = np.isnan(probability)
    return TrainingDynamics.from_arrays(
        gold=np.array([0, 1, 0]),
        gold_probability=probability,
        margin=np.where(gap, np.nan, probability - 0.5),
        other_label=np.where(gap, np.nan, [1, 0, 1]),
    )


# ---- views ----


def test_the_default_view_is_the_data_map() -> None:
    assert View().names == ["variability", "confidence", "correctness"]


def test_a_view_comes_back_from_its_channels() -> None:
    view = View("aum", "loss_mean", None)
    assert View.of(view.channels) == view


def test_an_unknown_channel_names_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"no argument 'colour'; did you mean 'color'\?"):
        View(colour="aum")


@pytest.mark.parametrize("bad", [{"x": None}, {"y": 3}, {"color": ["a"]}])
def test_a_channel_takes_the_name_of_a_column(bad: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="expected the name of a column"):
        View(**bad)  # type: ignore[arg-type]  # wrong on purpose


# ---- axes ----


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 1.0], (0, 1)),
        ([-3.2, 8.9], (-5, 10)),  # a fifth of 12.1 is 2.42: steps of 5
        ([7.0], (6, 8)),
        ([], (0, 1)),
        ([np.nan, np.inf], (0, 1)),
        ([0.013, np.nan, 0.027, -np.inf], (0.01, 0.03)),
    ],
)
def test_an_unbounded_axis_ends_at_round_numbers(
    values: list[float], expected: tuple[float, float]
) -> None:
    assert domain_of(np.array(values, np.float32)) == pytest.approx(expected)


@pytest.mark.parametrize("low", [0.3, 95.48302746945433, -2.8973014320683e-310, -1e17, 1.0])
def test_an_axis_has_a_length_however_close_its_numbers_lie(low: float) -> None:
    values = np.array([low, np.nextafter(low, np.inf)])
    first, last = domain_of(values)
    assert first < last
    table = pd.DataFrame({"x": values, "y": [0.0, 1.0]})
    codes = position_codes(frame_of_table(table, View("x", "y", None)).columns["x"], "x")
    assert (codes <= LAST).all()


def test_a_bounded_axis_stays_at_its_bounds() -> None:
    assert domain_of(np.array([0.2, 0.3]), (0, 0.5)) == (0, 0.5)


def test_an_axis_bounded_on_one_side_grows_on_the_other() -> None:
    assert domain_of(np.array([1.0, 7.0]), (0, np.inf)) == (0, 8)


def test_an_axis_grows_and_never_shrinks() -> None:
    first = domain_of(np.array([0.0, 9.0]))
    assert first == (0, 10)
    assert domain_of(np.array([4.0, 5.0]), before=first) == (0, 10)
    assert domain_of(np.array([-1.0, 5.0]), before=first) == (-5, 10)


# ---- columns of the user's ----


def test_numbers_stay_numbers_and_the_rest_become_categories() -> None:
    ints = own_column("stars", pd.Series([5, 1, 3]))
    assert (ints.kind, ints.values.tolist(), ints.domain) == ("count", [5, 1, 3], (1, 5))
    bools = own_column("sold", pd.Series([True, False, True]))
    assert (bools.categories, bools.values.tolist()) == (("false", "true"), [1, 0, 1])
    texts = own_column("shop", pd.Series(["b", None, "a"]))
    assert texts.categories == ("a", "b")
    assert np.isnan(texts.values[1])
    assert texts.domain == (-0.5, 1.5)


def test_a_table_of_metrics_is_drawn_with_their_axes() -> None:
    table = pd.DataFrame({"variability": [0.1], "confidence": [0.9], "correctness": [1.0]})
    frame = frame_of_table(table, View())
    assert frame.columns["x"].domain == (0, 0.5)
    assert frame.columns["color"].steps == 11
    assert {word.text for word in frame.words} == {"easy-to-learn", "ambiguous", "hard-to-learn"}


def test_a_table_that_counts_observations_tells_which_samples_wait() -> None:
    table = pd.DataFrame(
        {"variability": [0.0, 0.0], "confidence": [0.9, 0.8], "n_observed": [1, 2]}
    )
    x = frame_of_table(table, View(color=None)).columns["x"]
    assert x.waiting is not None
    assert x.waiting.tolist() == [True, False]


def test_an_unknown_column_lists_what_there_is_the_nearest_first() -> None:
    table = pd.DataFrame({"width": [1.0], "height": [2.0]})
    with pytest.raises(ValueError, match=r"View\(x='heigth'\).*there is height, width$"):
        frame_of_table(table, View("heigth", "width", None))


def test_size_and_shape_are_columns_of_the_frame() -> None:
    table = pd.DataFrame({"a": [1.0, 2.0], "b": ["p", "q"]})
    frame = frame_of_table(table, View("a", "a", None, size="a", shape="b"))
    assert list(frame.columns) == ["x", "y", "size", "shape", "color"]
    assert frame.columns["size"].values.tolist() == [1, 2]
    assert frame.columns["shape"].categories == ("p", "q")


# ---- training dynamics ----


def test_a_frame_of_dynamics_shows_their_metrics() -> None:
    frame = frame_of_dynamics(
        dynamics([0.25, 1.0, np.nan], [0.75, 1.0, np.nan]), View(), NO_COLUMNS
    )
    assert frame.epoch == 1
    assert frame.n_unseen == 1
    np.testing.assert_array_equal(
        frame.columns["x"].values, np.array([0.25, 0, np.nan], np.float32)
    )
    np.testing.assert_array_equal(frame.columns["y"].values, np.array([0.5, 1, np.nan], np.float32))
    np.testing.assert_array_equal(
        frame.columns["color"].values, np.array([0.5, 1, np.nan], np.float32)
    )


def test_a_sample_seen_once_waits_where_two_are_needed() -> None:
    frame = frame_of_dynamics(
        dynamics([0.25, 1.0, np.nan], [0.75, np.nan, np.nan]), View(), NO_COLUMNS
    )
    x, y = frame.columns["x"], frame.columns["y"]
    assert x.waiting is not None
    assert x.waiting.tolist() == [False, True, False]
    assert x.waiting_word == "one epoch so far"
    assert y.waiting is None


def test_one_epoch_leaves_all_its_samples_waiting() -> None:
    x = frame_of_dynamics(dynamics([0.25, 1.0, 0.5]), View(), NO_COLUMNS).columns["x"]
    assert x.waiting is not None
    assert x.waiting.all()


def test_labels_and_the_users_columns_can_be_drawn() -> None:
    own = pd.DataFrame({"length": [3, 4, 5]})
    frame = frame_of_dynamics(
        dynamics([0.25, 1.0, np.nan]), View("length", "confidence", "gold"), own
    )
    assert frame.columns["x"].values.tolist() == [3, 4, 5]
    gold = frame.columns["color"]
    assert (gold.kind, gold.categories, gold.values.tolist()) == ("category", ("0", "1"), [0, 1, 0])


def test_the_prediction_is_that_of_the_latest_observed_epoch() -> None:
    frame = frame_of_dynamics(
        dynamics([0.25, 1.0, np.nan], [0.75, np.nan, np.nan]),
        View("confidence", "confidence", "prediction"),
        NO_COLUMNS,
    )
    predicted = frame.columns["color"].values
    assert predicted[:2].tolist() == [0, 1]
    assert np.isnan(predicted[2])


def test_regions_are_categories_with_their_names() -> None:
    frame = frame_of_dynamics(
        dynamics([0.1, 0.9, 0.5], [0.2, 0.8, 0.9]), View(color="region"), NO_COLUMNS
    )
    region = frame.columns["color"]
    assert region.categories == ("easy-to-learn", "ambiguous", "hard-to-learn")
    assert region.values.tolist() == [2, 0, 1]


def test_a_metric_of_an_unbounded_kind_gets_round_ends() -> None:
    frame = frame_of_dynamics(
        dynamics([0.1, 0.9, 0.5]), View("aum", "confidence", None), NO_COLUMNS
    )
    assert frame.columns["x"].domain == pytest.approx((-0.4, 0.4))


def test_the_words_follow_swapped_axes() -> None:
    frame = frame_of_dynamics(
        dynamics([0.1, 0.9, 0.5]), View("confidence", "variability"), NO_COLUMNS
    )
    easy = next(word for word in frame.words if word.text == "easy-to-learn")
    assert easy.x > 0.5 > easy.y
