"""Selections that have a name: in Python, from the page, and in the ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from widget_page import GUID, SAMPLES, dynamics, until

from carto_widget.curation.opened import ledger_path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(page: Any, do: str, name: str, **more: Any) -> dict[str, Any]:
    """The answer to what the page asks of named selections."""
    number = f"ask {len(page.messages)}"
    page.say({"kind": "ask", "id": number, "what": "named", "do": do, "name": name, **more})
    until(lambda: any(m.get("ask") == number for m, _ in page.messages))
    return next(m for m, _ in page.messages if m.get("ask") == number)


def told(page: Any) -> list[tuple[str, int]]:
    return [(one["name"], one["count"]) for one in page.last("named")[0]["named"]]


def test_a_name_is_given_read_and_forgotten(shown: Any, here: Path) -> None:
    datamap, _ = shown(dynamics(), samples=SAMPLES)
    assert len(datamap.named) == 0
    datamap.named["hard"] = ["c", "a"]
    rows = datamap.named["hard"]
    assert rows.index.tolist() == ["a", "c"]
    assert rows.columns.tolist() == datamap.selection.columns.tolist()
    assert rows["text"].tolist() == ["w", "y"]
    assert rows.attrs["name"] == "hard"
    assert "hard" in datamap.named
    assert list(datamap.named) == ["hard"]
    assert repr(datamap.named) == "Named('hard': 2)"
    del datamap.named["hard"]
    assert dict(datamap.named) == {}
    assert "hard" not in datamap.named
    lines = (here / "carto-ledger.jsonl").read_text().splitlines()
    kinds = [json.loads(line)["kind"] for line in lines]
    assert kinds == ["name", "unname"]


@pytest.mark.parametrize(
    ("what", "rows"),
    [
        (np.array([True, False, False, True]), ["a", "d"]),
        (pd.Series([True, True], index=["d", "b"]), ["b", "d"]),
        (SAMPLES.loc[["c"]], ["c"]),
        (None, []),
    ],
)
def test_whatever_can_be_selected_can_have_a_name(
    shown: Any, here: Path, what: Any, rows: list[str]
) -> None:
    datamap, _ = shown(dynamics())
    datamap.named["some"] = what
    assert datamap.named["some"].index.tolist() == rows
    with pytest.raises(ValueError, match=r"1 unknown guid\(s\), the first: 'zz'"):
        datamap.named["other"] = ["zz"]
    assert list(datamap.named) == ["some"]


def test_a_name_that_is_not_there_is_answered_with_the_nearest(shown: Any, here: Path) -> None:
    datamap, _ = shown(dynamics())
    with pytest.raises(KeyError, match="'x'; there is none yet"):
        datamap.named["x"]
    datamap.named["irony"] = ["a"]
    datamap.named["sarcasm"] = ["a"]
    with pytest.raises(KeyError, match="named 'sarkasm'; the nearest: 'sarcasm', 'irony'"):
        datamap.named["sarkasm"]
    with pytest.raises(KeyError, match="'irnoy'; the nearest: 'irony'"):
        del datamap.named["irnoy"]
    for wrong, error in (("", ValueError), ("x" * 101, ValueError), (3, TypeError)):
        with pytest.raises(error, match="selection's name"):
            datamap.named[wrong] = ["a"]


def test_the_page_saves_what_is_selected_and_hears_the_names(shown: Any, here: Path) -> None:
    datamap, page = shown(dynamics())
    page.say({"kind": "hello", "id": "h"})
    until(lambda: "named" in page.kinds())
    assert told(page) == []
    page.lasso(1, 3)
    assert asked(page, "save", "two")["error"] is None
    assert told(page) == [("two", 2)]
    assert datamap.named["two"].index.tolist() == ["b", "d"]
    assert page.last("named")[0]["place"] == "carto-ledger.jsonl"
    assert page.last("status")[0]["notes"] == []


def test_the_page_selects_combines_renames_and_deletes(shown: Any, here: Path) -> None:
    datamap, page = shown(dynamics())
    datamap.named["ends"] = ["a", "d"]
    datamap.select(["b", "d"])
    assert asked(page, "select", "ends", how="intersect")["error"] is None
    assert datamap.selection.index.tolist() == ["d"]
    header, buffers = page.last("selection")
    assert (header["operation"], header["count"], buffers) == (None, 1, [bytes([0b1000])])
    asked(page, "select", "ends")
    assert datamap.selection.index.tolist() == ["a", "d"]
    assert asked(page, "rename", "ends", to="both ends")["error"] is None
    assert told(page) == [("both ends", 2)]
    assert datamap.named["both ends"].index.tolist() == ["a", "d"]
    datamap.named["taken"] = []
    assert (
        "'taken' is the name of another" in asked(page, "rename", "both ends", to="taken")["error"]
    )
    assert asked(page, "delete", "both ends")["error"] is None
    assert told(page) == [("taken", 0)]
    assert "no selection is named 'ends'" in asked(page, "select", "ends")["error"]
    assert "expected one of save" in asked(page, "forget", "taken")["error"]
    assert "1 to 100 letters" in asked(page, "save", "")["error"]


def test_two_maps_of_the_same_samples_share_their_names(shown: Any, here: Path) -> None:
    one, _ = shown(dynamics())
    two, _ = shown(pd.DataFrame({"x": np.arange(4.0), "y": np.arange(4.0)}, index=GUID),
                   view={"x": "x", "y": "y", "color": None})  # fmt: skip
    one.named["hard"] = ["b"]
    assert two.named["hard"]["x"].tolist() == [1.0]
    two.named["hard"] = ["c"]
    assert one.named["hard"].index.tolist() == ["c"]


def test_names_of_another_dataset_are_refused_and_said(shown: Any, here: Path) -> None:
    table = pd.DataFrame({"x": np.arange(3.0), "y": np.arange(3.0)}, index=[0, 1, 2])
    other, _ = shown(table, view={"x": "x", "y": "y", "color": None})
    other.named["theirs"] = [1]
    datamap, page = shown(dynamics())
    page.say({"kind": "hello", "id": "h"})
    until(lambda: "named" in page.kinds())
    assert told(page) == []
    until(lambda: bool(page.last("status")[0]["notes"]))
    assert page.last("status")[0]["notes"] == [
        "named in the ledger, but of another dataset: 'theirs'"
    ]
    with pytest.raises(KeyError, match="'theirs' names samples of another dataset"):
        datamap.named["theirs"]


def test_guids_that_no_ledger_can_hold_are_refused(shown: Any, here: Path) -> None:
    table = pd.DataFrame({"x": [1.0, 2.0], "y": [1.0, 2.0]}, index=[0.5, 1.5])
    datamap, page = shown(table, view={"x": "x", "y": "y", "color": None})
    page.say({"kind": "hello", "id": "h"})
    until(lambda: "named" in page.kinds())
    with pytest.raises(TypeError, match="expected integers alone or str alone"):
        datamap.named["x"] = [0.5]
    assert "expected integers alone" in asked(page, "save", "x")["error"]


def test_what_cannot_be_written_is_said_in_the_status_line(shown: Any, here: Path) -> None:
    (here / "taken").write_text("")
    datamap, page = shown(dynamics(), ledger=here / "taken" / "l")
    page.say({"kind": "hello", "id": "h"})
    datamap.named["x"] = ["a"]
    until(lambda: "kept in memory only" in "".join(page.last("status")[0]["notes"]))
    assert datamap.named["x"].index.tolist() == ["a"]


def test_where_the_ledger_is() -> None:
    assert ledger_path(None, None) == Path("carto-ledger.jsonl")
    assert ledger_path(None, "runs/reviews/") == Path("runs/reviews.ledger.jsonl")
    assert ledger_path(None, "s3://bucket/runs/reviews") == Path("reviews.ledger.jsonl")
    assert ledger_path("my.jsonl", "runs/reviews") == Path("my.jsonl")
    with pytest.raises(ValueError, match="a file on this machine"):
        ledger_path("s3://bucket/l", None)
    with pytest.raises(TypeError, match="ledger=3: expected a path"):
        ledger_path(3, None)  # type: ignore[arg-type]


def test_a_name_given_in_another_notebook_reaches_the_page(shown: Any, here: Path) -> None:
    _, page = shown(dynamics())
    page.say({"kind": "hello", "id": "h"})
    until(lambda: "named" in page.kinds())
    other, _ = shown(dynamics())
    other.named["theirs"] = ["a"]
    until(lambda: told(page) == [("theirs", 1)])
