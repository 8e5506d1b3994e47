"""Versions of one ledger that went apart and come together: in git, and when clocks go back."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest
from edited import decided, ledger_of

import carto_widget as carto
from carto_widget.curation.file import entry as said
from carto_widget.curation.ledger import Ledger

NAME = "reviews.ledger.jsonl"


def git(folder: Path, *arguments: str) -> str:
    names = [
        "-c",
        "user.name=ann",
        "-c",
        "user.email=ann@example.org",
        "-c",
        "commit.gpgsign=false",
    ]
    done = subprocess.run(
        ["git", "-C", str(folder), *names, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository in which ann has decided on a sample and merges take the lines of both."""
    if shutil.which("git") is None:
        pytest.skip("needs git")
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / ".gitattributes").write_text("*.ledger.jsonl merge=union\n")
    ledger_of(tmp_path / NAME).keep("s1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def on_branch(folder: Path, branch: str) -> Ledger:
    git(folder, "checkout", "-q", "-b", branch, "main")
    return ledger_of(folder / NAME)


def state(ledger: Ledger) -> object:
    return ledger.edits.to_dict("records"), decided(ledger), ledger.classes.to_dict("records")


@pytest.mark.parametrize("order", [("ann", "bob"), ("bob", "ann")])
def test_two_branches_merge_without_conflict_to_the_same_state(
    folder: Path, order: tuple[str, str]
) -> None:
    ann = on_branch(folder, "ann")
    ann.relabel(["s1", "s2"], "negative")
    ann.add_class("mixed")
    ann.undo()
    ann.add_class("both")
    ann.relabel("s3", "both")
    git(folder, "commit", "-qam", "ann")
    bob = on_branch(folder, "bob").by("bob")
    assert decided(bob) == {"s1": "keep"}  # of the branch alone, though the object is another's
    bob.add_class("mixed")
    bob.drop("s4")
    git(folder, "commit", "-qam", "bob")
    for branch in order:
        git(folder, "checkout", "-q", branch)
        before = git(folder, "rev-parse", "main").strip()
        git(folder, "checkout", "-q", "main")
        git(folder, "merge", "-q", "--no-ff", "-m", f"merge {branch} into {before}", branch)
    lines = (folder / NAME).read_text().splitlines()
    assert len(lines) == len(set(lines)) == 9
    merged = carto.ledger(folder / NAME)
    assert merged.notes == []
    assert decided(merged) == {"s1": "negative", "s2": "negative", "s3": "both", "s4": "drop"}
    assert merged.classes["name"].tolist() == ["both", "mixed"]
    for one in (ann, bob):  # a ledger that was open all the time
        assert state(one) == state(merged)


def test_neither_the_order_of_lines_nor_doubled_lines_matter(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path / NAME)
    ledger.keep(["s1", "s2", "s3"])
    ledger.by("bob").relabel(["s2", "s3"], "negative")
    ledger.add_class("mixed")
    ledger.relabel("s3", "mixed")
    ledger.undo()
    ledger.tag("s1", "short")
    ledger.append(said.entry("later", ledger.samples.dataset, what="of a later version"))
    lines = (tmp_path / NAME).read_text().splitlines()
    for seed in range(20):
        mixed = [*lines, *random.Random(seed).choices(lines, k=4)]
        random.Random(seed).shuffle(mixed)
        path = tmp_path / f"merged-{seed}"
        path.write_text("\n".join(mixed) + "\n")
        assert state(carto.ledger(path)) == state(ledger)
        assert [one.kind for one in carto.ledger(path).entries] == ["later"]


def test_what_is_said_later_counts_when_the_clock_goes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = ledger_of(tmp_path / NAME)

    class Back(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Back:
            return cls(2001, 1, 1, tzinfo=timezone.utc)

    ledger.keep("s1")
    monkeypatch.setattr(said, "datetime", Back)
    ledger.relabel("s1", "negative")
    ledger_of(tmp_path / NAME).drop("s1")  # another notebook on the same machine
    ledger.tag("s1", "back")
    assert ledger.edits["kind"].tolist() == ["keep", "relabel", "drop", "tag"]
    assert ledger.edits["when"].is_monotonic_increasing
    assert decided(carto.ledger(tmp_path / NAME)) == {"s1": "drop"}


def test_what_is_added_by_others_is_read_from_the_end_and_another_file_whole(
    tmp_path: Path,
) -> None:
    ledger, path = ledger_of(tmp_path / NAME), tmp_path / NAME
    ledger.keep("s1")
    assert decided(ledger) == {"s1": "keep"}
    ledger_of(path).by("bob").drop("s2")
    assert decided(ledger) == {"s1": "keep", "s2": "drop"}
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(second + first.replace(b'"keep"', b'"unsure"') + second)  # by an editor
    assert decided(ledger) == {"s1": "unsure", "s2": "drop"}
    path.write_bytes(first)
    assert decided(ledger) == {"s1": "keep"}
    path.unlink()
    assert decided(ledger) == {}
    ledger.keep("s4")
    assert decided(ledger_of(path)) == {"s4": "keep"}


def test_lines_that_lack_something_are_set_aside_and_others_beside_them_hold(
    tmp_path: Path,
) -> None:
    ledger, path = ledger_of(tmp_path / NAME), tmp_path / NAME
    ledger.keep(["s1", "s2"])
    good = path.read_text().splitlines()[0]
    wrong = [
        good.replace('"guid": "s1", ', ""),
        good.replace('"rows": 4', '"rows": "4"'),
        good.replace('"s1"', "[1]"),
        good.replace('"who": "ann", ', ""),
        good[:-1],
        "null",
        f"{good} {good}",
        "[" * 100_000,
    ]
    for n, line in enumerate(wrong, 1):
        with open(path, "a") as file:
            file.write(line + "\n")
        assert decided(ledger) == {"s1": "keep", "s2": "keep"}
        told = f"{n} line{'' if n == 1 else 's'} set aside"
        assert told in ledger.notes[0]
        fresh = carto.ledger(path)
        assert decided(fresh) == decided(ledger)
        assert told in fresh.notes[0]
    two_kinds = good.replace('"s1"', "7").replace(ledger.edits["id"][0], "x" * 32)
    with open(path, "a") as file:
        file.write(two_kinds.replace('"rows": 4', '"rows": 5') + "\n")
    assert sorted(carto.ledger(path).edits["guid"], key=str) == [7, "s1", "s2"]


@pytest.mark.parametrize("n", [0, 3000])  # few lines, or many beside them
@pytest.mark.parametrize(
    ("name", "value"),
    [("guid", 10**30), ("rows", 2**63), ("when", "next week"), ("when", "9999-12-31T23:59:59Z")],
)
def test_a_line_by_hand_neither_stops_the_reading_nor_outlasts_what_is_said_later(
    tmp_path: Path, name: str, value: object, n: int
) -> None:
    ledger = ledger_of(tmp_path / "l")
    ledger.keep("s1")
    line = json.loads(ledger.path.read_text())
    with ledger.path.open("a") as file:
        for number in range(n):
            file.write(json.dumps(line | {"id": f"more {number}", "guid": "s2"}) + "\n")
        file.write(json.dumps(line | {"id": "by hand", "kind": "drop", name: value}) + "\n")
    assert decided(Ledger(ledger.path))["s1"] == "keep"
    ledger.drop("s1")
    assert decided(ledger)["s1"] == decided(Ledger(ledger.path))["s1"] == "drop"
    assert ledger.notes == [f"{ledger.path}: 1 line set aside that cannot be read"]
