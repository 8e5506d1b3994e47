"""kill -9 of processes that write one ledger: nothing that was acknowledged is lost.

CARTO_LEDGER_KILLS=200 runs as many; continuous integration runs 20.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from carto_widget.curation.held.names import named
from carto_widget.curation.ledger import Ledger
from carto_widget.curation.samples.dataset import Dataset

KILLS = int(os.environ.get("CARTO_LEDGER_KILLS", "20"))
DATASET = Dataset(np.arange(5000), "train")

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")


def writer(path: Path, prefix: str) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("ledger_writer.py")
    return subprocess.Popen(
        [sys.executable, str(script), str(path), prefix], stdout=subprocess.PIPE, text=True
    )


def told_by(process: subprocess.Popen[str]) -> str:
    """The next name that it acknowledges, once it does."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def killed(process: subprocess.Popen[str]) -> list[str]:
    """The names that it had acknowledged when it died, behind the first."""
    process.kill()
    said, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL
    return [line for line in said.splitlines(keepends=False) if "-" in line]


def test_two_writers_killed_at_any_moment_lose_nothing_acknowledged(tmp_path: Path) -> None:
    path, chance = tmp_path / "a.ledger.jsonl", random.Random(0)
    acknowledged: list[str] = []
    for kill in range(KILLS // 2):
        both = [writer(path, f"{kill}{which}") for which in "ab"]
        acknowledged += [told_by(process) for process in both]
        time.sleep(chance.uniform(0.0, 0.08))  # anywhere in a write
        for process in both:
            acknowledged += killed(process)
    found = named(Ledger(path).entries, DATASET)
    assert set(acknowledged) <= found.keys()
    for name in acknowledged:
        first = int(name.split("-")[1])
        assert found[name].said["guids"] == list(range(first, first + 3000))
    assert len(found) <= len(acknowledged) + KILLS  # at most one each that was not acknowledged


def test_a_line_that_was_cut_short_is_set_aside_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.ledger.jsonl"
    process = writer(path, "a")
    told_by(process)
    killed(process)
    whole = named(Ledger(path).entries, DATASET)
    with open(path, "ab") as file:
        file.write(b'{"id": "half", "when": "2026')
    ledger = Ledger(path)
    assert named(ledger.entries, DATASET).keys() == whole.keys()
    assert ledger.notes == [f"{path}: 1 line set aside that cannot be read"]
    after = writer(path, "b")
    assert told_by(after) == "b-0"
    killed(after)
    assert named(ledger.entries, DATASET).keys() >= {*whole, "b-0"}
