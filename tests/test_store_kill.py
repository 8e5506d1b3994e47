"""kill -9 of a process that writes epochs back to back, half of the kills inside a write.

CARTO_KILLS=1000 runs as many; continuous integration runs 50.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from store_writer import rows_of

from carto_widget.store.run.parts import Series
from carto_widget.store.run.run import RunFolder

KILLS = int(os.environ.get("CARTO_KILLS", "50"))
TRAIN = Series()

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


class Writers:
    """Starts writers in an own process and reads what they say."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("store_writer.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        assert self.line() == ["ready"]

    def line(self) -> list[str]:
        assert self._process.stdout is not None
        return self._process.stdout.readline().split()

    def start(self, folder: Path, pause: int) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{folder} {pause}\n")
        said = self.line()
        assert said[0] == "writer", said
        return int(said[1])

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="module")
def writers() -> Iterator[Writers]:
    made = Writers()
    yield made
    made.close()


def killed(writers: Writers, folder: Path, pause: int, wait: float) -> int:
    """Epochs that were acknowledged before the writer died of signal 9."""
    child = writers.start(folder, pause)
    acknowledged = 0
    while pause >= 0 or acknowledged == 0:
        said = writers.line()
        assert said[0] in ("ack", "inside"), said
        if said[0] == "inside":
            break
        acknowledged += said[0] == "ack"
    time.sleep(wait)
    os.kill(child, signal.SIGKILL)
    while (said := writers.line()) != ["gone"]:
        assert said[0] == "ack", said
        acknowledged += 1
    return acknowledged


@pytest.mark.parametrize("trial", range(KILLS))
def test_every_acknowledged_epoch_survives_a_kill(
    writers: Writers, tmp_path: Path, trial: int
) -> None:
    chance = random.Random(trial)
    is_inside = trial % 2 == 0
    pause = chance.randrange(6) if is_inside else -1
    wait = 0.0 if is_inside else chance.uniform(0, 0.03)  # anywhere in a write of some ms
    acknowledged = killed(writers, tmp_path / "run", pause, wait)

    run = RunFolder.open(tmp_path / "run")
    there = run.epochs(TRAIN)
    if is_inside:
        assert acknowledged == pause
        assert there == list(range(pause))
        assert run.running_epoch(TRAIN) == pause
        assert len(list((tmp_path / "run").rglob(".*.tmp"))) == 1
    assert len(there) in (acknowledged, acknowledged + 1)
    for epoch in there:
        found, expected = run.read(TRAIN, epoch), rows_of(epoch)
        np.testing.assert_array_equal(found.sample, expected.sample)
        np.testing.assert_array_equal(found.n_seen, expected.n_seen)
        for name in ("gold", "loss", "margin", "other_label"):
            np.testing.assert_array_equal(found[name], expected[name])


def test_a_killed_run_goes_on_where_it_was(writers: Writers, tmp_path: Path) -> None:
    acknowledged = killed(writers, tmp_path / "run", 2, 0.0)
    run = RunFolder.create(tmp_path / "run", if_exists="resume")
    assert (run.session, run.epochs(TRAIN)) == (1, list(range(acknowledged)))
    assert run.notice is None
