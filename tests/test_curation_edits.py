"""Edits of samples: what is said, checked, taken back, and what of it holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cli_run import record
from edited import LABELS, REVIEWS, decided, ledger_of

import carto_widget as carto
from carto_widget.curation.ledger import Ledger


def test_a_decision_is_one_line_that_says_what_was_seen(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path / "l")
    (edit,) = ledger.relabel("s2", "negative", reason="aum", note="sarcasm")
    (line,) = (tmp_path / "l").read_text().splitlines()
    held = json.loads(line)
    assert list(held)[:7] == ["id", "when", "who", "kind", "dataset", "rows", "split"]
    assert [held[key] for key in ("id", "who", "kind", "rows")] == [edit, "ann", "relabel", 4]
    said = {key: held[key] for key in ("guid", "from", "to", "reason", "note")}
    assert said == {
        "guid": "s2",
        "from": "positive",
        "to": "negative",
        "reason": "aum",
        "note": "sarcasm",
    }
    assert held["content"].endswith(" text")


def test_the_latest_decision_of_a_reviewer_holds_and_undo_gives_back_the_one_before(
    tmp_path: Path,
) -> None:
    ledger = ledger_of(tmp_path / "l")
    ledger.keep("s1")
    ledger.relabel("s1", "negative")
    (dropped,) = ledger.drop("s1")
    assert decided(ledger) == {"s1": "drop"}
    (undone,) = ledger.undo(dropped)
    assert decided(ledger) == {"s1": "negative"}
    ledger.undo(undone)  # an undo can be taken back, too
    assert decided(ledger) == {"s1": "drop"}
    ledger.undo()
    assert decided(ledger) == {"s1": "negative"}
    ledger.undo()
    assert decided(ledger) == {"s1": "keep"}
    ledger.undo()
    assert decided(ledger) == {}
    with pytest.raises(ValueError, match="ann said nothing of these samples that holds"):
        ledger.undo()
    assert len(ledger.edits) == 8  # nothing is ever lost
    assert decided(carto.ledger(tmp_path / "l")) == {}


def test_undo_takes_back_what_one_call_has_written(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path / "l")
    written = ledger.drop(["s1", "s2", "s3"])
    ledger.keep("s4")
    ledger.undo(written)
    assert decided(ledger) == {"s4": "keep"}
    with pytest.raises(ValueError, match="taken back already"):
        ledger.undo(written)


def test_rows_are_named_as_select_takes_them(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path / "l")
    ledger.keep(REVIEWS[REVIEWS.label == "negative"])
    ledger.drop(np.array([True, False, False, False]))
    ledger.unsure(REVIEWS.label.eq("positive") & REVIEWS.text.str.startswith("Good"))
    assert decided(ledger) == {"s4": "keep", "s1": "drop", "s3": "unsure"}


def test_tags_add_up_and_the_latest_note_counts(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path / "l")
    ledger.relabel("s2", "negative", note="first")
    ledger.tag(["s1", "s2"], "short")
    ledger.by("bob").tag("s2", "irony")
    ledger.tag("s2", "wrong")
    ledger.untag("s2", "wrong")
    ledger.note("s2", "second")
    ledger.note("s2", "third")
    found = ledger.decisions().loc["s2"]
    assert [found["tags"], found["note"]] == [("irony", "short"), "third"]
    ledger.relabel("s2", "negative", note="fourth")
    assert ledger.decisions().loc["s2", "note"] == "fourth"
    assert decided(ledger) == {"s2": "negative"}  # tags alone decide nothing


def test_reviewers_decide_each_for_themselves_and_differences_are_marked(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path / "l")
    bob = ledger.by("bob")
    ledger.keep(["s1", "s2", "s4"])
    bob.relabel(["s1", "s2"], "negative")
    bob.relabel("s4", "negative")  # its class as it is: bob says keep in other words
    assert ledger.decisions()["conflict"].to_dict() == {"s1": True, "s2": True, "s4": False}
    assert decided(ledger, reviewer="ann") == {"s1": "keep", "s2": "keep", "s4": "keep"}
    assert not ledger.decisions("bob")["conflict"].any()
    ledger.relabel("s2", "negative")
    assert ledger.decisions()["conflict"].to_dict() == {"s1": True, "s4": False, "s2": False}


def test_a_new_class_comes_behind_the_old_ones(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path / "l")
    with pytest.raises(ValueError, match="A new class is added first"):
        ledger.relabel("s3", "mixed")
    ledger.add_class("mixed", color="#aa00ff", rule="both in one review")
    ledger.add_class("ask")
    ledger.relabel("s3", "mixed")
    assert ledger.label_names(LABELS) == ["negative", "positive", "mixed", "ask"]
    assert ledger.label_names([*LABELS, "mixed"]) == ["negative", "positive", "mixed", "ask"]
    assert ledger.add_class("mixed", rule="both in one review") == []  # says nothing new
    (changed,) = ledger.add_class("mixed", rule="praise and blame")
    assert ledger.classes.to_dict("records") == [
        {"name": "mixed", "color": "#aa00ff", "rule": "praise and blame"},
        {"name": "ask", "color": None, "rule": ""},
    ]
    ledger.undo(changed)
    assert ledger.classes["rule"].tolist() == ["both in one review", ""]
    with pytest.raises(ValueError, match="has this class already"):
        ledger.add_class("positive")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (lambda one: one.keep("s9"), "unknown guid.*'s9'"),
        (lambda one: one.keep([True, False]), r"mask of shape \(2,\) for 4 rows"),
        (lambda one: one.drop([]), "no samples are named"),
        (lambda one: one.relabel("s1", "negativ"), "did you mean 'negative'"),
        (lambda one: one.relabel("s1", 0), "there is no such class"),
        (lambda one: one.tag("s1", ""), "a tag has 1 to 100 letters"),
        (lambda one: one.tag("s1", " x"), "without spaces round it"),
        (lambda one: one.note("s1", " "), "a note has 1 to 10,000 letters"),
        (lambda one: one.add_class("a\nb"), "one line"),
        (lambda one: one.add_class("x", color="red"), "six hexadecimal digits"),
        (lambda one: one.undo("nobody's"), "there is no edit"),
        (lambda one: one.keep(["s1", "s2"], reason="r" * 101), "a reason has 1 to 100"),
        (lambda one: one.write("keep", ["s1", "s2"], ids=["one"]), "1 ids for 2 samples"),
        (lambda one: one.write("kept", "s1"), "'kept'.*did you mean 'keep'"),
        (lambda one: one.by(""), "a reviewer's name has 1"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_written(
    tmp_path: Path, said: Callable[[Ledger], Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        said(ledger_of(tmp_path / "l"))
    assert not (tmp_path / "l").exists()


@pytest.mark.parametrize("wrong", [3, None, ["x"]])
def test_a_tag_is_a_string(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(TypeError, match="a tag is a string"):
        ledger_of(tmp_path / "l").tag("s1", wrong)


def test_classes_without_names_are_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame({"label": [0, 2, 1], "text": ["a", "b", "c"]}, index=[10, 20, 30])
    ledger = ledger_of(tmp_path / "l", frame)
    ledger.relabel(10, np.int64(2))
    held = json.loads((tmp_path / "l").read_text())
    assert [held["guid"], held["from"], held["to"]] == [10, 0, 2]
    assert ledger.decisions().loc[10, "to"] == 2
    with pytest.raises(ValueError, match="no such class"):
        ledger.relabel(10, 1.5)
    ledger.add_class("drop")
    ledger.relabel([20, 30], "drop")
    ledger.by("bob").drop(20)  # which is another thing
    ledger.by("bob").relabel(30, "drop")
    assert ledger.conflicts().to_dict("index") == {20: {"from": 2, "ann": "drop", "bob": "(drop)"}}
    assert decided(carto.ledger(tmp_path / "l")) == {10: 2, 20: "drop", 30: "drop"}


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path / "l")
    for _ in range(2):  # a page that sends again what it does not know to be written
        assert ledger.write("keep", "s1", ids=["made-in-a-page"]) == ["made-in-a-page"]
        assert Ledger(tmp_path / "l").has("made-in-a-page")
    assert len((tmp_path / "l").read_text().splitlines()) == 1
    assert not ledger.has("another")


def test_what_cannot_be_written_is_said_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    folder.write_text("a file where a folder is wanted")
    ledger = ledger_of(folder / "l")
    with pytest.raises(OSError, match="kept in memory only"):
        ledger.write("keep", "s1", ids=["one"])
    assert decided(ledger) == {"s1": "keep"}
    folder.unlink()
    ledger.write("keep", "s1", ids=["one"])  # sent again: now it is on disk
    assert Ledger(folder / "l").edits["id"].tolist() == ["one"]


def test_a_run_has_its_ledger_beside_it(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "reviews"
    record(run)
    ledger = carto.ledger(run, reviewer="ann")
    assert ledger.path == tmp_path / "runs" / "reviews.ledger.jsonl"
    guid = carto.load(run).guid[0]
    ledger.keep(guid)
    edit = ledger.edits.iloc[0]
    assert [edit["run"], edit["guid"], edit["who"]] == ["reviews", guid, "ann"]
    assert edit["epoch"] == carto.load(run).epochs[-1]
    assert decided(carto.DataMap(run).named._ledger.of(carto.load(run))) == {guid: "keep"}


def test_edits_of_several_datasets_are_kept_apart(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path / "l")
    other = ledger_of(tmp_path / "l", REVIEWS.rename(index="other-{}".format))
    held_out = ledger_of(tmp_path / "l", split="test")
    ledger.keep("s1")
    other.drop("other-s1")
    held_out.unsure("s1")
    assert [decided(one) for one in (ledger, other, held_out)] == [
        {"s1": "keep"},
        {"other-s1": "drop"},
        {"s1": "unsure"},
    ]
    alone = carto.ledger(tmp_path / "l")
    assert alone.edits["holds"].tolist() == [True, True, True]
    with pytest.raises(ValueError, match=r"1 of train, 4 samples .*Say which samples are meant"):
        alone.decisions()
    grown = pd.concat([REVIEWS, REVIEWS.rename(index="more-{}".format)])
    assert decided(ledger_of(tmp_path / "l", grown)) == {"s1": "keep"}


def test_edits_of_other_samples_are_not_passed_over_in_silence(tmp_path: Path) -> None:
    first = pd.DataFrame({"label": ["p", "q", "p"]}, index=["a", "b", "c"])
    ledger = ledger_of(tmp_path / "l", first)
    assert ledger.summary().notes == []
    ledger.drop("a")
    ledger.of(ledger.apply(first), gold="label").relabel("b", "p")  # of two samples
    assert ledger.summary().notes == ["1 edit in this file of other samples"]


def test_a_ledger_of_one_dataset_knows_the_samples_that_it_names(tmp_path: Path) -> None:
    bound = ledger_of(tmp_path / "l")
    bound.relabel(["s2", "s4"], "positive")
    alone = carto.ledger(tmp_path / "l", reviewer="ann")
    assert alone.edits["from"].tolist() == ["positive", "negative"]
    alone.relabel("s2", "negative")
    assert decided(bound) == {"s4": "positive", "s2": "negative"}
    with pytest.raises(ValueError, match="unknown guid"):
        alone.keep("s1")
    with pytest.raises(ValueError, match="no edits yet"):
        carto.ledger(tmp_path / "new").keep("s1")


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is a folder, but not that of a run"):
        carto.ledger(tmp_path)
    with pytest.raises(ValueError, match="expected a file on this machine"):
        carto.ledger("s3://bucket/l.jsonl")
    for wrong in (None, REVIEWS):
        with pytest.raises(TypeError, match="expected the path of a run or of a ledger"):
            carto.ledger(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a run, training dynamics or a DataFrame"):
        carto.ledger(tmp_path / "l").of([1, 2])
    with pytest.raises(ValueError, match="there is no column 'gold'"):
        carto.ledger(tmp_path / "l").of(REVIEWS, gold="gold")
