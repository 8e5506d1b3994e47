"""kill -9 of processes that decide: every decision that was acknowledged is there, once and whole.

CARTO_LEDGER_KILLS=200 runs as many; continuous integration runs 20.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from edited import decided

import carto_widget as carto

KILLS = int(os.environ.get("CARTO_LEDGER_KILLS", "20"))

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


class Writer:
    """A process of `edits_writer.py`, and what it has acknowledged: id -> row, length of note."""

    def __init__(self, path: Path, reviewer: str) -> None:
        script = str(Path(__file__).with_name("edits_writer.py"))
        self._process = subprocess.Popen(
            [sys.executable, script, str(path), reviewer],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.acknowledged: dict[str, list[int]] = {}
        self.until("ready")

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def until(self, word: str) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line == f"{word}\n":
                return
            edit, *numbers = line.split()
            self.acknowledged[edit] = [int(one) for one in numbers]
        raise AssertionError("the writer has ended")

    def end(self) -> None:
        self._process.communicate()


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[list[Writer]]:
    both = [Writer(tmp_path / "l", reviewer) for reviewer in ("ann", "bob")]
    yield both
    for one in both:
        one.end()


def require_whole(path: Path, acknowledged: dict[str, list[int]]) -> None:
    """Each acknowledged decision is on one line, and reads as it was said."""
    lines = [json.loads(line) for line in path.read_bytes().split(b"\n") if _is_whole(line)]
    held = {line["id"]: line for line in lines}
    assert len(held) == len(lines)  # none doubled
    assert acknowledged.keys() <= held.keys()
    for edit, (guid, letters) in acknowledged.items():
        assert [held[edit]["guid"], held[edit]["note"]] == [guid, "n" * letters]


def _is_whole(line: bytes) -> bool:
    return line.startswith(b"{") and line.endswith(b"}")


def test_every_acknowledged_decision_survives_kills_at_any_moment(
    tmp_path: Path, writers: list[Writer]
) -> None:
    chance, path = random.Random(0), tmp_path / "l"
    for _ in range(KILLS // 2):
        for one in writers:
            one.tell("go")
            one.until("begun")
        time.sleep(chance.uniform(0.0, 0.1))  # anywhere in a write
        for one in writers:
            one.tell("kill")
            one.until("killed")
    acknowledged = writers[0].acknowledged | writers[1].acknowledged
    assert len(acknowledged) >= KILLS
    require_whole(path, acknowledged)
    ledger = carto.ledger(path, reviewer="cid")
    assert acknowledged.keys() <= set(ledger.edits["id"])
    halves = [int(note.split(": ")[1].split()[0]) for note in ledger.notes]
    assert sum(halves) <= KILLS  # at most one half line each
    ledger.keep(0)
    assert decided(carto.ledger(path), reviewer="cid") == {0: "keep"}


def test_two_at_once_lose_nothing_double_nothing_and_mix_no_lines(
    tmp_path: Path, writers: list[Writer]
) -> None:
    mine = carto.ledger(tmp_path / "l")
    for one in writers:
        one.tell("300")
    for one in writers:
        one.until("done")
    acknowledged = writers[0].acknowledged | writers[1].acknowledged
    assert len(acknowledged) == 600
    require_whole(tmp_path / "l", acknowledged)
    assert set(mine.edits["id"]) == acknowledged.keys()
    assert mine.notes == []
    for one, reviewer in zip(writers, ("ann", "bob"), strict=True):
        edits = mine.edits[mine.edits["who"] == reviewer]
        assert edits["id"].tolist() == list(one.acknowledged)  # in the order in which they came


def test_half_a_line_stays_alone_and_what_follows_is_read(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "l", "ann")
    writer.tell("3")
    writer.until("done")
    with open(tmp_path / "l", "ab") as file:
        file.write(b'{"id": "half", "when": "2026')
    ledger = carto.ledger(tmp_path / "l", reviewer="bob")
    assert len(ledger.edits) == 3
    assert ledger.notes == [f"{tmp_path / 'l'}: 1 line set aside that cannot be read"]
    ledger.keep(2)
    assert len(ledger.edits) == len(carto.ledger(tmp_path / "l").edits) == 4
    assert ledger.notes == [f"{tmp_path / 'l'}: 1 line set aside that cannot be read"]
    writer.tell("1")
    writer.until("done")
    assert len(ledger.edits) == 5
    writer.end()
