"""A comparison and a table of spreads as a map: two places, their names, what is drawn in grey."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import carto_widget as carto
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.views.view import View
from carto_widget.widget.compared import ComparedSource, SpreadSource, table_source
from carto_widget.widget.timeline import Timeline
from carto_widget.widget.wire import encode


def run(confidence: Any, **more: Any) -> TrainingDynamics:
    """Two epochs, 0.1 round the confidence."""
    c = np.array(confidence, float)
    p = np.array([c - 0.1, c + 0.1])
    return TrainingDynamics.from_arrays(
        gold=np.zeros(len(c), int), gold_probability=p, is_correct=p > 0.5, loss=-np.log(p),
        prediction=np.where(p > 0.5, 0, 1), **more,
    )  # fmt: skip


@pytest.fixture
def compared() -> pd.DataFrame:
    before = run([0.2, 0.5, 0.8], guid=["a", "b", "c"])
    return carto.compare(before, run([0.8, 0.5, 0.8], guid=["a", "b", "new"]))


def places(source: Any, epoch: int, view: View | None = None) -> dict[str, Any]:
    """Guid to height on the map."""
    frame = source.past.frame(view or source.view, epoch)
    y = frame.columns["y"].values
    return {
        guid: None if np.isnan(at) else round(float(at), 4)
        for guid, at in zip(source.seen.guid, y, strict=True)
    }


def test_a_comparison_has_the_places_of_both_runs(compared: pd.DataFrame) -> None:
    source = table_source(compared, None)
    assert source.view == View("variability", "confidence", "change")
    assert places(source, 0) == {"a": 0.2, "b": 0.5, "c": 0.8, "new": None}
    assert places(source, 1) == {"a": 0.8, "b": 0.5, "c": None, "new": 0.8}
    shown = source.frame(source.view)
    assert shown.epoch == 1
    assert shown.sealed


def test_both_places_lie_on_the_same_axes() -> None:
    table = carto.compare(run([0.5, 0.2]), run([0.1001, 0.3]))  # mean losses up to 3.2
    source = table_source(table, None)
    view = View("loss_mean", "confidence", "change")
    axes = [source.past.frame(view, epoch).columns["x"].domain for epoch in (0, 1)]  # type: ignore[union-attr]  # both are there
    assert axes[0] == axes[1]
    assert axes[0][1] >= table["loss_mean_after"].max()


def test_the_timeline_names_before_and_after(compared: pd.DataFrame) -> None:
    message = Timeline(table_source(compared, None).past).news()
    assert message is not None
    assert (message["epochs"], message["names"]) == ([0, 1], ["before", "after"])


def test_what_is_the_same_is_drawn_in_grey(compared: pd.DataFrame) -> None:
    source = table_source(compared, None)
    color = source.frame(source.view).columns["color"]
    names = [color.categories[code] for code in color.quiet]
    assert names == ["same", "not observed"]
    header = encode(source.frame(source.view), 0).header
    assert next(c for c in header["columns"] if c["role"] == "color")["quiet"] == [*color.quiet]


def test_a_part_of_a_comparison_is_one_still(compared: pd.DataFrame) -> None:
    part = compared[compared["change"] != "same"]
    source = table_source(part, None)
    assert isinstance(source, ComparedSource)
    assert set(source.seen.guid) == {"a", "c", "new"}
    assert {"confidence", "confidence_before", "gold", "change"} <= {*source.names()}


def test_a_comparison_says_on_the_map_what_it_cannot_show(compared: pd.DataFrame) -> None:
    source = table_source(compared, None)
    assert any("two single runs" in note for note in source.seen.notes)


def test_spreads_are_drawn_at_their_mean_places() -> None:
    found = carto.stability([run([0.2, 0.6]), run([0.4, 0.6])])
    source = table_source(found, None)
    assert isinstance(source, SpreadSource)
    assert not isinstance(source, ComparedSource)
    assert source.view == View("variability", "confidence", "verdict")
    heights = source.frame(source.view).columns["y"].values
    np.testing.assert_allclose(heights, [0.3, 0.6], rtol=1e-6)
    assert not source.past.known()
    assert any("A spread from 2 runs" in note for note in source.seen.notes)
    assert source.seen.status.detail not in source.seen.notes[0]  # else it would not be shown


def test_of_a_regression_the_axes_are_those_of_its_map() -> None:
    def made(error: list[float]) -> TrainingDynamics:
        return TrainingDynamics.from_arrays(gold=np.zeros(2), kind="regression", error=[error] * 2)

    source = table_source(carto.compare(made([1.0, 2.0]), made([0.5, 2.0])), None)
    assert source.view == View("error_std", "loss_rank", "change")


def test_a_map_of_a_comparison_goes_from_before_to_after(compared: pd.DataFrame) -> None:
    datamap = carto.DataMap(compared)
    try:
        datamap.epoch = 0
        datamap.select(["a"])
        row = datamap.selection.iloc[0]
        assert row[["confidence_before", "confidence_after"]].round(4).tolist() == [0.2, 0.8]
        assert row["change"] == "fixed"
        with pytest.raises(ValueError, match="there are \\[0, 1\\]"):
            datamap.epoch = 2
        datamap.view = View("loss_mean", "confidence", "region")
    finally:
        datamap.close()


def test_words_that_no_sample_has_do_not_crowd_the_legend() -> None:
    same = run([0.2, 0.5])
    color = table_source(carto.compare(same, run([0.8, 0.5])), None)
    assert color.frame(color.view).columns["color"].categories == (
        "fixed", "broken", "easier", "harder", "same",
    )  # fmt: skip


def test_what_is_left_of_a_comparison_may_be_nothing_or_a_few_columns(
    compared: pd.DataFrame,
) -> None:
    nothing = table_source(compared[compared["moved"] > 9], None)
    assert isinstance(nothing, ComparedSource)
    assert len(nothing.frame(nothing.view)) == 0
    spread = carto.stability([run([0.2, 0.5]), run([0.4, 0.5])])
    assert table_source(spread.head(0), None).seen.status.detail == "mean places of 0 runs"
    few = table_source(spread[["major", "minor", "angle", "verdict"]], None)
    assert not isinstance(few, SpreadSource)  # no places to draw the ellipses at
