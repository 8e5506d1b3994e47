"""What a page is offered to draw, and what becomes of a view that cannot be drawn."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from widget_page import GUID, Recording, dynamics, until

from carto_widget.views.offered import offered, presets
from carto_widget.views.view import View
from carto_widget.widget.datamap import DataMap

OWN = pd.DataFrame(
    {
        "text": [f"a text of its own {i}" for i in range(300)],
        "tokens": [["a"], ["b", "c"]] * 150,
        "seen": pd.date_range("2020-01-01", periods=300),
        "shop": ["a", "b"] * 150,
        "is_long": [True, False] * 150,
        "length": range(300),
        "price": [0.5] * 300,
    }
)


def offer(page: Any) -> dict[str, dict[str, str]]:
    return {column["name"]: column for column in page.last("columns")[0]["columns"]}


def set_view(page: Any, **channels: str | None) -> None:
    view = {"x": "variability", "y": "confidence", "color": None, **channels}
    data = {"method": "update", "state": {"view": view}, "buffer_paths": []}
    page.handle_msg({"content": {"data": data}, "buffers": []})


def test_columns_are_offered_with_their_kind_and_texts_of_many_words_are_not() -> None:
    found = offered(OWN.columns.astype(str), OWN, "multiclass")
    assert [(one["name"], one["kind"]) for one in found] == [
        ("seen", "date"),
        ("shop", "category"),
        ("is_long", "category"),
        ("length", "count"),
        ("price", "continuous"),
    ]
    assert {one["group"] for one in found} == {"own"}


def test_metrics_and_labels_come_with_their_titles() -> None:
    found = offered(["confidence", "gold"], OWN, "multilabel")
    assert found[0] == {
        "name": "confidence",
        "title": "confidence (mean over labels)",
        "kind": "continuous",
        "group": "metric",
    }
    assert found[1] == {
        "name": "gold",
        "title": "gold label",
        "kind": "category",
        "group": "label",
    }


def test_the_first_preset_is_the_data_map_of_the_task() -> None:
    papers = ["variability", "confidence", "correctness"]
    assert presets("multiclass", papers) == [
        {
            "title": "the paper's data map",
            "view": {
                "x": "variability",
                "y": "confidence",
                "color": "correctness",
                "size": None,
                "shape": None,
            },
        }
    ]
    titles = [
        one["title"] for one in presets("regression", ["error_std", "loss_rank", "same_sign"])
    ]
    assert titles == ["the data map of this task"]
    assert presets("multiclass", ["u"]) == []


def test_a_page_is_told_what_there_is_and_again_when_there_is_more(shown: Any) -> None:
    datamap, page = shown(dynamics())
    until(lambda: "columns" in page.kinds())
    there_is = offer(page)
    assert there_is["confidence"]["group"] == "metric"
    assert "error_mean" not in there_is  # needs a signal that was not recorded
    assert "length" not in there_is
    datamap.add_column("length", pd.Series([1, 2, 3, 4], index=GUID))
    until(lambda: "length" in offer(page))
    assert offer(page)["length"] == {
        "name": "length",
        "title": "length",
        "kind": "count",
        "group": "own",
    }


def test_a_view_that_cannot_be_drawn_goes_back_and_says_why(shown: Any) -> None:
    samples = pd.DataFrame({"tokens": [[1], [2], [3], [4]]}, index=GUID)
    datamap, page = shown(dynamics(), samples=samples)
    until(lambda: "frame" in page.kinds())
    set_view(page, color="tokens")
    until(lambda: "complaint" in page.kinds())
    assert "'tokens' holds values that cannot be told apart" in page.last("complaint")[0]["text"]
    assert datamap.view == View()
    until(lambda: page.state["view"]["color"] == "correctness")
    set_view(page, color="region")
    until(lambda: page.last("frame")[0]["columns"][2]["name"] == "region")


def test_so_it_is_while_it_trains(shown: Any) -> None:
    recording = Recording()
    recording.samples = pd.DataFrame({"tokens": [[1], [2], [3], [4]]}, index=GUID)
    recording.log([0, 1], [0.5, 0.25])
    datamap, page = shown(recording)
    until(lambda: "frame" in page.kinds())
    datamap.view = View(color="tokens")
    until(lambda: "complaint" in page.kinds())
    assert datamap.view == View()
    recording.log([2, 3], [0.5, 0.25])
    until(lambda: page.last("frame")[0]["unseen"] == 0)
    assert "error" not in page.kinds()


def test_the_view_a_map_begins_with_is_refused_at_once() -> None:
    table = pd.DataFrame({"u": [1.0, 2.0], "tokens": [[1], [2]]})
    with pytest.raises(ValueError, match="'tokens' holds values"):
        DataMap(table, view=View("u", "u", "tokens"))


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"view": {"x": "confidance", "y": "confidence", "color": None}}, "'confidance'"),
        ({"view": {"up": "confidence"}}, "'up'"),
        ({"epoch": 7}, "epoch=7: not a complete epoch on record"),
    ],
)
def test_what_a_page_may_not_set_is_told_and_it_hears_what_holds(
    shown: Any, state: dict[str, Any], says: str
) -> None:
    datamap, page = shown(dynamics())
    page.settle()
    before = {name: page.state[name] for name in state}
    page.state.clear()
    data = {"method": "update", "state": state, "buffer_paths": []}
    page.handle_msg({"content": {"data": data}, "buffers": []})
    assert says in page.last("complaint")[0]["text"]
    assert page.state == before
    assert (datamap.view, datamap.epoch) == (View(), None)
