"""`carto edits`: what a ledger holds, told in the shell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_run import record, said
from edited import ledger_of

import carto_widget as carto


@pytest.fixture
def path(tmp_path: Path) -> Path:
    ledger = ledger_of(tmp_path / "reviews.ledger.jsonl")
    ledger.relabel("s2", "negative", reason="aum", note="sarcasm")
    ledger.keep("s1", reason="audit")
    ledger.add_class("mixed")
    return ledger.path


def test_a_summary_is_told(path: Path) -> None:
    code, text, error = said("edits", path)
    assert (code, error) == (0, "")
    assert text.startswith(f"{path}: 3 edits of train, 4 samples\nnew classes: mixed\n")
    assert "0 of 1 audited labels are wrong" in text
    assert said("edits", path, "--summary")[1] == text


def test_a_diff_is_told(path: Path) -> None:
    code, text, _ = said("edits", path, "--diff")
    assert code == 0
    assert text.rstrip("\n") == carto.ledger(path).diff()
    both = said("edits", path, "--diff", "--summary")[1]
    assert "3 edits of train" in both
    assert text in both


def test_the_same_as_json(path: Path) -> None:
    (facts,) = json.loads(said("edits", path, "--json", "--diff")[1])["datasets"]
    assert [facts["split"], facts["samples"], facts["conflicts"]] == ["train", 4, 0]
    assert facts["kinds"]["relabel"] == {"edits": 1, "hold": 1}
    assert facts["changes"] == [{"from": "positive", "to": "negative", "samples": 1}]
    assert facts["reviewers"]["ann"]["decided"] == 2
    assert [facts["audit"][key] for key in ("n", "wrong")] == [1, 0]
    told = [[one["guid"], one["kind"], one["to"], one["note"]] for one in facts["decisions"]]
    assert told == [["s2", "relabel", "negative", "sarcasm"], ["s1", "keep", None, ""]]
    (short,) = json.loads(said("edits", path, "--json")[1])["datasets"]
    assert "decisions" not in short


def test_of_several_splits_each_is_told_or_one(path: Path) -> None:
    ledger_of(path, split="test").drop("s4")
    text = said("edits", path)[1]
    assert "3 edits of train" in text
    assert "1 edit of test" in text
    assert "of train" not in said("edits", path, "--split", "test")[1]
    code, _, error = said("edits", path, "--split", "dev")
    assert (code, error) == (2, f"carto: {path} holds no edits of split 'dev'\n")


def test_a_run_stands_for_the_ledger_beside_it(tmp_path: Path) -> None:
    run = tmp_path / "reviews"
    record(run)
    code, _, error = said("edits", run)
    assert (code, "reviews.ledger.jsonl: there is no ledger" in error) == (2, True)
    carto.ledger(run, reviewer="ann").drop(3)
    assert "1 edit of train, 60 samples" in said("edits", run)[1]


def test_names_say_nothing_to_the_terminal(path: Path) -> None:
    lines = path.read_text().replace("sarcasm", "\\u001b[2Jsarcasm")
    path.write_text(lines)
    assert "\x1b" not in said("edits", path, "--diff")[1]
