"""The ledger: lines that are added, read again, merged, and what is named by them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carto_widget.curation.file.entry import Entry, entry
from carto_widget.curation.held.names import checked_name, named, strangers
from carto_widget.curation.ledger import Ledger
from carto_widget.curation.samples.dataset import Dataset

WORDS = Dataset(np.array(["a", "b", "c"], object), "train")


def name(name: str, *guids: str, of: Dataset = WORDS) -> Entry:
    return entry("name", of, name=name, guids=list(guids), count=len(guids))


def names(ledger: Ledger, of: Dataset = WORDS) -> dict[str, Any]:
    return {key: one.said["guids"] for key, one in named(ledger.entries, of).items()}


def test_a_file_is_made_with_the_first_entry_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.ledger.jsonl"
    ledger = Ledger(path)
    assert ledger.entries == []
    assert not path.parent.exists()
    assert ledger.append(name("hard", "a", "c"))
    (line,) = path.read_text().splitlines()
    held = json.loads(line)
    assert list(held)[:7] == ["id", "when", "who", "kind", "dataset", "rows", "split"]
    assert [held["kind"], held["name"], held["guids"]] == ["name", "hard", ["a", "c"]]
    assert [held["count"], held["rows"], held["split"]] == [2, 3, "train"]
    assert names(Ledger(path)) == {"hard": ["a", "c"]}


def test_what_is_said_later_counts_also_within_one_microsecond(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l")
    one, two = name("x", "a"), name("x", "b")
    same = [
        Entry(**{**vars(each), "when": "2026-01-01T00:00:00.000000+00:00"}) for each in (one, two)
    ]
    for each in same:
        ledger.append(each)
    assert names(ledger) == {"x": ["b"]}
    ledger.append(entry("unname", WORDS, name="x"))
    assert names(ledger) == {}


def test_the_order_of_lines_does_not_matter_and_a_doubled_line_counts_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l")
    ledger.append(name("x", "a"))
    ledger.append(name("y", "b"), entry("unname", WORDS, name="x"))
    ledger.append(name("y", "c"))
    lines = (tmp_path / "l").read_text().splitlines()
    for i, order in enumerate([lines[::-1], lines[2:] + lines[:3], lines + lines]):
        path = tmp_path / f"merged {i}"
        path.write_text("\n".join(order) + "\n")
        assert names(Ledger(path)) == {"y": ["c"]}


def test_what_another_notebook_writes_is_there_at_the_next_look(tmp_path: Path) -> None:
    mine, theirs = Ledger(tmp_path / "l"), Ledger(tmp_path / "l")
    mine.append(name("mine", "a"))
    theirs.append(name("theirs", "b"))
    before = mine.entries
    assert names(mine) == {"mine": ["a"], "theirs": ["b"]}
    assert mine.entries is before  # not read a second time
    mine.append(name("more", "c"))
    assert list(names(theirs)) == ["mine", "theirs", "more"]


def test_half_a_line_that_comes_between_a_look_and_the_next_line_takes_nothing_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, write = Ledger(tmp_path / "l"), os.write
    ledger.append(name("x", "a"))

    def late(file: int, line: bytes) -> int:
        monkeypatch.undo()
        write(file, b'{"id": "ha')  # of a writer that is killed
        return write(file, line)

    monkeypatch.setattr(os, "write", late)
    assert ledger.append(name("y", "b"))
    for one in (ledger, Ledger(tmp_path / "l")):
        assert names(one) == {"x": ["a"], "y": ["b"]}
        assert one.notes == [f"{tmp_path / 'l'}: 1 line set aside that cannot be read"]


def test_unknown_kinds_are_kept_and_ignored_and_foreign_lines_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "l"
    ledger = Ledger(path)
    ledger.append(entry("later", WORDS, guid="a", to="no"), name("x", "b"))
    with open(path, "a") as file:
        file.write('<<<<<<< HEAD\n[1]\n{"kind": "name"}\n\n')
    assert names(ledger) == {"x": ["b"]}
    assert [one.kind for one in ledger.entries] == ["later", "name"]
    assert ledger.entries[0].said == {"guid": "a", "to": "no"}
    assert ledger.notes == [f"{path}: 3 lines set aside that cannot be read"]


def test_what_cannot_be_written_is_kept_said_and_written_as_soon_as_it_can(tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    folder.write_text("a file where a folder is wanted")
    ledger = Ledger(folder / "l")
    assert not ledger.append(name("x", "a"))
    assert names(ledger) == {"x": ["a"]}
    assert "cannot be written" in ledger.notes[0]
    assert "kept in memory only; give ledger= a path" in ledger.notes[0]
    folder.unlink()
    assert ledger.append(name("y", "b"))
    assert ledger.notes == []
    assert names(Ledger(folder / "l")) == {"x": ["a"], "y": ["b"]}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_place_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    ledger = Ledger(tmp_path / "l")
    assert not ledger.append(name("x", "a"))
    assert "Permission denied" in ledger.notes[0]
    tmp_path.chmod(0o700)


def test_names_belong_to_a_dataset_and_a_split_which_may_grow(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l")
    other = Dataset(np.array(["a", "c", "b"], object), "train")
    held_out = Dataset(WORDS.guid, "validation")
    ledger.append(name("x", "a"), name("theirs", "b", of=other), name("val", "c", of=held_out))
    assert names(ledger) == {"x": ["a"]}
    assert strangers(ledger.entries, WORDS) == ["theirs"]
    grown = Dataset(np.array(["a", "b", "c", "d"], object), "train")
    assert names(ledger, grown) == {"x": ["a"]}
    shrunk = Dataset(np.array(["a", "b"], object), "train")
    assert names(ledger, shrunk) == {}


def test_numbers_and_texts_are_different_guids() -> None:
    numbers, texts = (Dataset(np.array(ids), "train") for ids in ([1, 2], ["1", "2"]))
    assert numbers.fingerprint != texts.fingerprint
    assert [numbers.has_names, texts.has_names] == [False, True]
    with pytest.raises(TypeError, match="expected integers alone or str alone"):
        Dataset(np.array([1.5]), "train")


@pytest.mark.parametrize("wrong", ["", "  ", "x" * 101])
def test_a_name_is_neither_empty_nor_long(wrong: str) -> None:
    with pytest.raises(ValueError, match="1 to 100 letters"):
        checked_name(wrong)
    assert checked_name("x" * 100) == "x" * 100


def test_a_name_is_a_string() -> None:
    with pytest.raises(TypeError, match="a string, got 3"):
        checked_name(3)
