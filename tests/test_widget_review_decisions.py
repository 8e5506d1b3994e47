"""What a page decides: once each, on disk, in the columns of the map, and back again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from review_page import GUID, Open, Opened, asked, cards, decided, told
from widget_page import until

import carto_widget as carto


def begun(reviewed: Open, **options: Any) -> tuple[Any, Any, Any]:
    """Map, page and a review of all samples in the dataset's order."""
    datamap, page = reviewed()
    review = datamap.review(**{"order": None} | options)
    until(lambda: "review" in page.kinds() and told(page)["id"] == review._session.id)
    return datamap, page, review


def says(number: str, row: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "row": row, "kind": kind, **more}


def lines(datamap: Any) -> list[dict[str, Any]]:
    path = datamap.ledger.path
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_each_decision_is_a_line_with_what_was_known_when_it_was_made(reviewed: Open) -> None:
    datamap, page, _ = begun(reviewed, order="aum", reviewer="ann")
    answer = decided(page, says("one", 3, "relabel", to="other", note="a sky", guid="d"))
    assert (answer["accepted"], answer["refused"]) == (["one"], [])
    (line,) = lines(datamap)
    named = ("id", "who", "kind", "guid", "from", "to", "reason", "note", "epoch", "split")
    assert [line[name] for name in named] == [
        *("one", "ann", "relabel", "d", "no", "other", "aum", "a sky", 0, "train")
    ]
    assert line["content"] == datamap.ledger.samples.contents(np.array([3]))[0]


def test_an_id_counts_once_in_one_message_in_the_next_and_after_a_restart(reviewed: Open) -> None:
    datamap, page, review = begun(reviewed)
    one = says("one", 0, "drop")
    assert decided(page, one, one)["accepted"] == ["one", "one"]
    assert decided(page, one, says("two", 1, "drop"))["accepted"] == ["one", "two"]
    datamap.close()
    again, later = reviewed()
    assert asked(later, "decide", review="gone", decisions=[one])["accepted"] == ["one"]
    assert [line["id"] for line in lines(again)] == ["one", "two"]
    assert review.counts["drop"] == 2


def test_decisions_kept_from_another_kernel_are_their_reviewers(reviewed: Open) -> None:
    datamap, page, _ = begun(reviewed, reviewer="ann")
    key = page.last("review")[0]["key"]
    datamap.close()
    again, later = reviewed()
    kept = {"review": "gone", "decisions": [says("one", 0, "drop")], "reason": "audit"}
    assert asked(later, "decide", **kept, key=key, reviewer="bob")["accepted"] == []
    assert asked(later, "decide", **kept, key="other", reviewer="ann")["accepted"] == []
    assert lines(again) == []
    assert asked(later, "decide", **kept, key=key, reviewer="ann")["accepted"] == ["one"]
    (line,) = lines(again)
    assert (line["who"], line["reason"]) == ("ann", "audit")


def test_what_cannot_be_taken_is_refused_alone(reviewed: Open) -> None:
    datamap, page, _ = begun(reviewed)
    answer = decided(
        page,
        says("a", 9, "drop"),
        says("b", 0, "burn"),
        says("c", 0, "relabel", to="nowhere"),
        says("d", 0, "drop", guid="e"),
        says("e", 0, "tag", tag=""),
        says("f", 0, "class", name="yes"),
        says("g", 0, "class", name="new", color="red"),
        says("h", 0, "undo", of="never"),
        says("i", True, "drop"),
        says("j", 0, "drop", note=7),
        {"id": 5},
        "nonsense",  # type: ignore[arg-type]
        says("last", 0, "drop"),
    )
    assert answer["accepted"] == ["last"]
    assert [one["id"] for one in answer["refused"]] == [*"abcdefghij", 5, None]
    assert all(one["why"] for one in answer["refused"])
    assert [line["id"] for line in lines(datamap)] == ["last"]
    assert "at most 200" in asked(page, "decide", decisions=[{}] * 201)["error"]


def test_the_gold_class_is_kept_whoever_calls_it_relabelling(reviewed: Open) -> None:
    datamap, page, _ = begun(reviewed)
    counts = decided(page, says("a", 0, "relabel", to="no"))["counts"]
    assert (counts["keep"], counts["relabel"], counts["left"]) == (1, 0, 5)
    assert "to" not in lines(datamap)[0]


def test_a_new_class_can_be_used_in_the_message_that_makes_it(reviewed: Open) -> None:
    _, page, review = begun(reviewed)
    made = says("a", 0, "class", name="sky", color="#3366ff", rule="looks up")
    decided(page, made, says("b", 3, "relabel", to="sky"), says("c", 5, "drop"))
    until(lambda: len(told(page)["classes"]) == 4)
    assert told(page)["classes"][3] == {
        **{"name": "sky", "color": "#3366ff", "is_new": True, "rule": "looks up"},
        **{"before": 0, "after": 1},
    }
    # no: a d, yes: b e, other: c f; d is a sky now, and f is dropped
    assert review.class_counts["before"].to_dict() == {"no": 2, "yes": 2, "other": 2, "sky": 0}
    assert review.class_counts["after"].to_dict() == {"no": 1, "yes": 2, "other": 1, "sky": 1}


def test_an_undo_takes_back_ones_own_also_in_one_message_and_can_be_undone(reviewed: Open) -> None:
    datamap, page, review = begun(reviewed, reviewer="ann")
    decided(page, says("a", 0, "drop"), says("u", 0, "undo", of="a"), says("b", 1, "drop"))
    assert review.queue["decided"].tolist()[1:2] == ["drop"]
    assert review.counts["decided"] == 1
    decided(page, says("uu", 0, "undo", of="u"))
    assert review.counts["drop"] == 2
    datamap.review(order=None, reviewer="bob")
    until(lambda: told(page)["reviewer"] == "bob")
    refused = decided(page, says("x", 0, "undo", of="b"))["refused"]
    assert refused == [{"id": "x", "why": "undo: it is none of your own edits"}]


def test_decisions_are_columns_of_the_map_at_once(reviewed: Open) -> None:
    datamap, page, _ = begun(reviewed)

    def columns() -> list[str]:
        sent = [header for header, _ in page.messages if header["kind"] == "static"]
        return [one["name"] for header in sent for one in header["columns"]]

    assert "decision" not in datamap.selection
    page.settle()
    known = columns().count("text")  # when it began, and for the hello
    decided(page, says("a", 0, "relabel", to="yes"), says("b", 1, "unsure"))
    datamap.select(["a", "b", "c"])
    found = datamap.selection
    assert found["decision"].astype(object).where(found["decision"].notna(), None).tolist() == [
        *("relabel", "unsure", None)
    ]
    assert found["label"].tolist() == ["yes", "yes", "other"]
    assert found["gold"].tolist() == ["no", "yes", "other"]

    until(lambda: {"decision", "label"} <= {*columns()})
    assert columns().count("text") == known  # what has not changed is not sent again
    until(lambda: "label" in [one["name"] for one in page.last("columns")[0]["columns"]])
    datamap.view = carto.View("confidence", "aum", "label")
    until(lambda: page.last("frame")[0]["columns"][-1]["name"] == "label")


def test_a_new_class_has_its_colour_on_the_map(reviewed: Open) -> None:
    datamap, page, _ = begun(reviewed)
    decided(page, says("a", 0, "class", name="sky", color="#3366ff"), says("b", 0, "drop"))
    datamap.ledger.relabel(["d"], "sky")
    _ = datamap.selection
    datamap.view = carto.View("confidence", "aum", "label")

    def colors() -> Any:
        return page.last("frame")[0]["columns"][-1].get("colors")

    until(lambda: colors() == [None, None, None, "#3366ff"])
    datamap.ledger.add_class("sky", color="#ff0000")
    until(lambda: page.say({"kind": "ack", "frame": 1}) or colors()[3] == "#ff0000")


def test_what_python_says_reaches_the_page_and_the_columns(reviewed: Open) -> None:
    datamap, page, review = begun(reviewed)
    datamap.ledger.relabel(["a"], "yes")
    datamap.select(["a"])
    assert datamap.selection["label"].tolist() == ["yes"]
    until(lambda: told(page)["counts"]["relabel"] == 1)
    assert told(page)["changes"] == 1
    assert cards(page, review._session.id, count=1)[0]["decided"]["to"] == "yes"


def test_what_another_notebook_says_reaches_the_page_and_the_columns(reviewed: Open) -> None:
    datamap, page, _ = begun(reviewed)
    other, _ = reviewed()
    other.ledger.relabel(["a"], "yes")
    until(lambda: told(page)["counts"]["relabel"] == 1)
    datamap.select(["a"])
    assert datamap.selection["label"].tolist() == ["yes"]


def test_a_column_whose_name_is_taken_is_called_carto(reviewed: Open) -> None:
    samples = pd.DataFrame({"text": [f"text {n}" for n in range(6)], "label": 1}, index=GUID)
    datamap, _ = reviewed(samples=samples)
    datamap.ledger.drop(["a"])
    datamap.select(["a"])
    assert datamap.selection[["label", "carto_label"]].values.tolist() == [[1, "no"]]
    datamap.add_column("decision", range(6))
    assert datamap.selection[["decision", "carto_decision"]].values.tolist() == [[0, "drop"]]


def test_it_goes_on_where_it_was_left_in_another_notebook_too(reviewed: Open) -> None:
    _, page, _ = begun(reviewed)
    decided(page, says("a", 0, "drop"), says("b", 1, "keep"))
    _, later, review = begun(reviewed)
    assert (told(later)["at"], told(later)["counts"]["decided"]) == (2, 2)
    assert told(later)["key"] == told(page)["key"]
    assert review.queue["decided"].tolist()[:2] == ["drop", "keep"]


def test_conflicts_can_be_reviewed_and_their_cards_say_who_said_what(opened: Opened) -> None:
    datamap = opened()
    datamap.ledger.by("ann").drop(["b", "c"])
    datamap.ledger.by("bob").keep(["b"])
    datamap.ledger.by("bob").drop(["c"])
    review = datamap.review(datamap.ledger.conflicts(), order=None, reviewer="cleo")
    assert list(review.queue.index) == ["b"]
    header, _ = datamap._desk.cards(review._session.id, 0, 1)
    said = [(one["who"], one["kind"]) for one in header["cards"][0]["conflict"]]
    assert said == [("ann", "drop"), ("bob", "keep")]
    assert header["cards"][0]["decided"] is None


def test_what_cannot_be_written_is_not_accepted_until_it_is(
    reviewed: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    datamap, page, _ = begun(reviewed)
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: 0)  # as on a full disk
    one = says("one", 0, "drop")
    assert "cannot be written" in decided(page, one)["error"]
    assert "cannot be written" in decided(page, one)["error"]
    monkeypatch.setattr(os, "write", write)
    assert decided(page, one)["accepted"] == ["one"]
    assert [line["id"] for line in lines(datamap)] == ["one"]


def test_a_ledger_from_before_is_shown_by_a_new_map(reviewed: Open, tmp_path: Path) -> None:
    _, page, _ = begun(reviewed)
    decided(page, says("a", 0, "drop"))
    datamap, later = reviewed()
    until(lambda: "columns" in later.kinds())
    until(lambda: "decision" in [one["name"] for one in later.last("columns")[0]["columns"]])
    assert "review" not in later.kinds()
    assert datamap.edits["kind"].tolist() == ["drop"]
