"""Several real processes under torchrun give the map of a single one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from ranks_training import data, logits_of

import carto_widget as carto

N = 103  # neither 2 nor 3 divides it: the sampler pads


def train(run: Path, ranks: int, epochs: int, if_exists: str = "new") -> None:
    command = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={ranks}"]
    script = Path(__file__).parent / "ranks_training.py"
    command += ["--standalone", str(script), str(run), str(N), str(epochs), if_exists]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-4000:]


def alone() -> carto.TrainingDynamics:
    recorder = carto.Recorder()
    dataset = data(N)
    loader = recorder.track(torch.utils.data.DataLoader(dataset, batch_size=8, shuffle=True))
    for x, gold in loader:
        recorder.log(logits_of(x, gold), gold)
    return recorder.dynamics


@pytest.mark.slow
@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_give_the_dynamics_of_a_single_process(ranks: int, tmp_path: Path) -> None:
    train(tmp_path / "run", ranks, 2)
    assert [folder.name for folder in tmp_path.iterdir()] == ["run"]
    found, expected = carto.load(tmp_path / "run"), alone()
    assert found.epochs.tolist() == [0, 1]
    assert found.guid.tolist() == expected.guid.tolist() == list(range(N))
    assert found.gold.tolist() == expected.gold.tolist()
    for name in ("loss", "margin", "other_label", "gold_probability"):
        for epoch in range(2):
            np.testing.assert_array_equal(found.signals[name][epoch], expected.signals[name][0])
    padded = -(-N // ranks) * ranks - N
    assert found.signals["n_seen"].sum(1).tolist() == [N + padded] * 2


@pytest.mark.slow
def test_a_run_goes_on_with_another_number_of_ranks(tmp_path: Path) -> None:
    train(tmp_path / "run", 2, 1)
    last = next((tmp_path / "run" / "dynamics").rglob("*rank=00001*-last.parquet"))
    last.unlink()  # as if rank 1 had been killed: epoch 0 begins anew
    assert carto.load(tmp_path / "run", running=True).epochs.tolist() == [0]
    train(tmp_path / "run", 3, 2, "resume")
    found = carto.load(tmp_path / "run")
    assert found.epochs.tolist() == [0, 1]
    np.testing.assert_array_equal(found.signals["margin"], np.tile(np.arange(1.0, N + 1), (2, 1)))


def test_several_processes_need_a_run_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    with pytest.raises(ValueError, match="give the Recorder a run folder"):
        carto.Recorder()


def test_a_rank_without_rank_0_says_what_it_waits_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setattr("carto_widget.record.epochs.ranks.PATIENCE", 0.0)
    with pytest.raises(TimeoutError, match="rank 0 has not created a run"):
        carto.Recorder(tmp_path / "run")
