"""Ctrl-C at any moment of a real training: no sealed epoch is lost, no sum is bent.

``CARTO_INTERRUPTS=200`` interrupts that many trainings instead of the few that always run.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from interrupted_training import GOLD, N, logits_of
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto
from carto_widget.store.account.inspection import inspected
from carto_widget.store.run.run import RunFolder

TRIALS = int(os.environ.get("CARTO_INTERRUPTS", "40"))
HUNG = 300.0  # s: what takes 4 on a quiet machine has taken 60 on a busy one

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGINT")


class Trainings:
    """Starts trainings in an own process and reads what they say."""

    def __init__(self, errors: Path) -> None:
        self.errors = errors
        script = Path(__file__).with_name("interrupted_training.py")
        with open(errors, "w") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, str(script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                bufsize=1,
            )
        self.until("ready")

    def until(self, word: str) -> str:
        """The rest of the next line that begins with a word."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            first, _, rest = line.strip().partition(" ")
            if first == word:
                return rest
        raise AssertionError(f"no {word!r}: " + self.errors.read_text())

    def start(self, **what: Any) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        child = int(self.until("trains"))
        self.until("training")
        return child

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def trainings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trainings]:
    made = Trainings(tmp_path_factory.mktemp("trainings") / "errors")
    yield made
    made.close()


def interrupted(trainings: Trainings, chance: random.Random, **what: Any) -> int:
    """The exit code of a training that got Ctrl-C once or twice."""
    child = trainings.start(**what)
    hung = threading.Timer(HUNG, os.kill, (child, signal.SIGABRT))
    hung.start()
    whole = 2.0 if what["workers"] else 0.25  # s that the training takes, roughly
    for _ in range(1 + what["is_notebook"]):
        time.sleep(chance.uniform(0, whole))
        try:
            os.killpg(child, signal.SIGINT) if chance.random() < 0.5 else os.kill(
                child, signal.SIGINT
            )
        except ProcessLookupError:
            break  # it had ended
    code = int(trainings.until("ended"))
    hung.cancel()
    return code


def compare_with_oracle(folder: Path, begun: list[list[int]], done: list[list[int]]) -> None:
    """Every sealed epoch is one pass over the data, as far as that one went.

    Args:
        folder: The run.
        begun: Rows handed to ``log``, pass by pass.
        done: Rows that came back from it.
    """
    if not any(done) and not RunFolder.open(folder).series():
        return  # interrupted before the first batch had come back from ``log``
    dynamics = carto.load(folder)
    signals = dynamics.signals.several(["loss", "margin", "n_seen"])
    epoch = 0
    for number, (handed, kept) in enumerate(zip(begun, done, strict=True)):
        if not handed:
            continue
        loss, margin = oracle(number)
        found = np.flatnonzero(signals["n_seen"][epoch : epoch + 1].ravel() > 0)
        if epoch < len(dynamics.epochs) and not len(found) and not kept:
            epoch += 1  # interrupted in its first batch: an epoch without rows
            continue
        is_this = len(found) and np.allclose(signals["loss"][epoch, found], loss[found], atol=1e-5)
        assert is_this or not kept, f"pass {number} is not epoch {epoch}"
        if is_this:
            assert set(kept) <= set(found.tolist()) <= set(handed)
            assert (signals["n_seen"][epoch, found] == 1).all()
            np.testing.assert_allclose(signals["margin"][epoch, found], margin[found], atol=1e-5)
            epoch += 1
    assert dynamics.epochs.tolist() == list(range(epoch))


def oracle(number: int) -> tuple[Any, Any]:
    """Loss and margin (N,) of every sample in a pass."""
    logits = logits_of(number).astype(np.float64)
    gold = logits[np.arange(N), GOLD]
    others = np.where(np.eye(3, dtype=bool)[GOLD], -np.inf, logits).max(1)
    return np.log(np.exp(logits).sum(1)) - gold, gold - others


@pytest.mark.slow
@pytest.mark.parametrize("trial", range(TRIALS))
def test_ctrl_c_at_any_moment_loses_and_bends_nothing(
    trainings: Trainings, tmp_path: Path, trial: int
) -> None:
    chance = random.Random(trial)
    is_notebook, workers = trial % 2 == 1, 2 * (trial % 4 > 1)
    folder, journal = tmp_path / "run", tmp_path / "journal.json"
    code = interrupted(
        trainings,
        chance,
        folder=str(folder),
        journal=str(journal),
        workers=workers,
        is_notebook=is_notebook,
    )
    assert code in ((0,) if is_notebook else (0, -signal.SIGINT)), trainings.errors.read_text()
    told = json.loads(journal.read_text())
    assert not told["is_bent"]
    compare_with_oracle(folder, told["begun"], told["done"])
    assert inspected(folder).is_sound


def test_an_impatient_hand_loses_nothing_while_an_epoch_is_written(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    loader = recorder.track(DataLoader(TensorDataset(torch.arange(N), torch.from_numpy(GOLD)), 64))
    rename, signalled = os.replace, 0

    def replace(source: Any, target: Any) -> None:
        nonlocal signalled
        rename(source, target)
        if "epoch=" in str(target):
            for _ in range(3):
                signal.raise_signal(signal.SIGINT)
                signalled += 1

    for number in range(3):
        logits = torch.from_numpy(logits_of(number))
        with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(os, "replace", replace)
            for rows, gold in loader:
                recorder.log(logits[rows], gold)
    recorder.close()
    assert signalled == 9
    rows = list(range(N))
    compare_with_oracle(tmp_path / "run", [rows] * 3, [rows] * 3)
