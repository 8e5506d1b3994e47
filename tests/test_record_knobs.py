"""Knobs together, samples that are only watched, several processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from knob_loops import DATA, GOLD, MARGIN, MASK, N, logits_of, tracked, train
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset, TensorDataset

import carto_widget as carto
from carto_widget.record.identity.choice import share
from carto_widget.store.account.inspection import inspected
from carto_widget.store.run.parts import Series


def test_knobs_go_together() -> None:
    recorder = carto.Recorder(every=2, checkpoint_every=3)
    interval = np.full(N, -1)
    for step, (rows, gold) in enumerate(tracked(recorder, only=MASK)):
        recorder.log(logits_of(rows), gold)
        interval[rows] = step // 3
    dynamics = recorder.dynamics
    assert dynamics.epochs.tolist() == [0, 2]
    for row, epoch in enumerate((0, 2)):
        expected = np.where(MASK & (interval == epoch), MARGIN, np.nan)
        np.testing.assert_array_equal(dynamics.signals["margin"][row], expected)


# ---- samples that are only watched ----


class Learned(nn.Module):
    """Says with how much weight it has learned: the margin is the row times the weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, rows: Tensor) -> Tensor:
        return logits_of(rows) * self.weight


def test_samples_never_trained_on_have_their_own_map(shown: Any, tmp_path: Path) -> None:
    kept, watched = Subset(DATA, range(30)), Subset(DATA, range(30, N))
    model = Learned()
    recorder = carto.Recorder(tmp_path / "run")
    loader = recorder.track(DataLoader(kept, batch_size=4, shuffle=True))
    for epoch in range(3):
        for rows, gold in loader:
            recorder.log(model(rows), gold)
        with torch.no_grad():
            model.weight.fill_(epoch + 2.0)
        recorder.evaluate(model, watched, split="watch")
    assert recorder.dynamics.guid.tolist() == list(range(30))
    dynamics = carto.load(recorder, "watch")
    assert (dynamics.mode, dynamics.epochs.tolist()) == ("eval", [0, 1, 2])
    assert dynamics.guid.tolist() == list(range(30, N))
    expected = [weight * MARGIN[30:] for weight in (2, 3, 4)]
    np.testing.assert_array_equal(dynamics.signals["margin"], expected)
    run = recorder.run
    footers = [run.footer(part) for part in run.parts(Series("watch", "eval"))]
    assert [footer["train_epoch"] for footer in footers] == ["0", "1", "2"]
    datamap, _ = shown(recorder, split="watch")
    datamap.select(np.arange(10) < 2)
    assert datamap.selection.index.tolist() == [30, 31]


def test_watched_samples_may_have_a_frame_of_their_own(shown: Any) -> None:
    frames = {
        name: pd.DataFrame({"text": [f"{name} {i}" for i in range(n)]})
        for name, n in (("train", N), ("watch", 5))
    }
    recorder = carto.Recorder(samples=frames)
    train(recorder, tracked(recorder), range(1))
    watched = TensorDataset(torch.arange(5), GOLD[:5])
    recorder.evaluate(Learned(), watched, split="watch")
    datamap, _ = shown(recorder, split="watch")
    datamap.select([3])
    assert datamap.selection["text"].tolist() == ["watch 3"]


# ---- several processes ----


def in_two_processes(run: Path, n: int, epochs: int, **knobs: Any) -> carto.TrainingDynamics:
    script = Path(__file__).with_name("ranks_knobs.py")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    command += [str(script), str(run), str(n), str(epochs), json.dumps(knobs)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert inspected(run).is_sound
    return carto.load(run)


@pytest.mark.slow
def test_processes_record_the_same_epochs_and_samples(tmp_path: Path) -> None:
    knobs = {"recorder": {"every": 2}, "track": {"only": 0.4}}
    dynamics = in_two_processes(tmp_path / "run", 103, 3, **knobs)
    assert dynamics.epochs.tolist() == [0, 2]
    chosen, row = share(np.arange(103), 0.4), np.arange(103)
    expected = np.where(chosen, row + 1, np.nan)
    np.testing.assert_array_equal(dynamics.signals["margin"], [expected, expected])
    tenfold = [np.where(chosen, 10 * row + epoch, np.nan) for epoch in (0, 2)]
    np.testing.assert_array_equal(dynamics.signals["tenfold"], tenfold)


@pytest.mark.slow
def test_processes_count_the_same_intervals(tmp_path: Path) -> None:
    knobs: dict[str, Any] = {"recorder": {"checkpoint_every": 3}, "track": {}}
    dynamics = in_two_processes(tmp_path / "run", 64, 1, **knobs)  # four batches of 8 each
    assert dynamics.epochs.tolist() == [0, 1]
    margin = dynamics.signals["margin"]
    assert (~np.isnan(margin)).sum(1).tolist() == [48, 16]
    np.testing.assert_array_equal(np.nanmax(margin, 0), np.arange(64) + 1)
    np.testing.assert_array_equal(np.nanmax(dynamics.signals["tenfold"], 0), 10 * np.arange(64))
