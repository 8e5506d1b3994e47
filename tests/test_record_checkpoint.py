"""A run goes on exactly where its checkpoint was, with the model that was saved there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import carto_widget as carto
from carto_widget.store.snapshot import Cursor

N, C, STEPS = 40, 3, 5  # 5 batches of 8 an epoch
GOLD = torch.randint(0, C, (N,), generator=torch.Generator().manual_seed(0))


def train(recorder: carto.Recorder, first: int, last: int, *, scale: float = 1.0) -> None:
    """Steps first..last-1 of a deterministic training; the margin tells step and sample."""
    for step in range(first, last):
        epoch, k = divmod(step, STEPS)
        order = torch.randperm(N, generator=torch.Generator().manual_seed(epoch))
        rows = order[8 * k : 8 * k + 8]
        recorder.log(logits(rows, step, scale), GOLD[rows], guid=rows, mode="online")
        if k == STEPS - 1:
            recorder.end_epoch()


def logits(rows: Tensor, step: int, scale: float) -> Tensor:
    margin = (step + (rows + 1) / 100) * scale
    return torch.nn.functional.one_hot(GOLD[rows], C) * margin.unsqueeze(1)


def whole(path: Path, steps: int) -> carto.TrainingDynamics:
    with carto.Recorder(path) as recorder:
        train(recorder, 0, steps)
    return carto.load(path)


def same(a: carto.TrainingDynamics, b: carto.TrainingDynamics) -> None:
    assert a.epochs.tolist() == b.epochs.tolist()
    order = [a.guid.tolist().index(guid) for guid in b.guid.tolist()]
    for name in ("loss", "margin", "n_seen"):
        np.testing.assert_array_equal(a.signals[name][:, order], b.signals[name])


@pytest.mark.parametrize("at", [STEPS, STEPS + 2, 2 * STEPS - 1], ids=["between", "mid", "end"])
@pytest.mark.parametrize("lost", [0, 2, 9])
def test_a_restored_model_goes_on_at_its_step(tmp_path: Path, at: int, lost: int) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    train(recorder, 0, at)
    state = recorder.state_dict()
    torch.save(state, tmp_path / "state.pt")
    train(recorder, at, at + lost, scale=-1.0)  # was recorded, and is forgotten by the model
    recorder.close()

    recorder = carto.Recorder(tmp_path / "run", if_exists="resume")
    recorder.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    train(recorder, at, 3 * STEPS)
    recorder.close()
    same(carto.load(tmp_path / "run"), whole(tmp_path / "whole", 3 * STEPS))


def test_a_checkpoint_of_a_resumed_session_goes_on_too(tmp_path: Path) -> None:
    state: dict[str, Any] = {}
    for session, (first, last) in enumerate([(0, 3), (3, 4), (4, 2 * STEPS)]):
        recorder = carto.Recorder(tmp_path / "run", if_exists="resume")
        if session:
            recorder.load_state_dict(state)
        train(recorder, first, last)
        state = recorder.state_dict()
        train(recorder, last, last + 1, scale=-1.0)
        recorder.close()
    recorder = carto.Recorder(tmp_path / "run", if_exists="resume")
    recorder.load_state_dict(state)
    train(recorder, 2 * STEPS, 3 * STEPS)
    recorder.close()
    same(carto.load(tmp_path / "run"), whole(tmp_path / "whole", 3 * STEPS))


def test_a_second_process_cannot_write_the_same_run(tmp_path: Path) -> None:
    code = """
import sys, torch, carto_widget as carto
recorder = carto.Recorder(sys.argv[1])
recorder.log(torch.eye(3), torch.arange(3), guid=["a", "b", "c"])
recorder.end_epoch()
print("written", flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", code, str(tmp_path / "run")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"written\n"
        with pytest.raises(ValueError, match=rf"by process {other.pid}: .*recorder\.close"):
            carto.Recorder(tmp_path / "run", if_exists="resume")
        assert carto.load(tmp_path / "run").epochs.tolist() == [0]  # anyone may read
        other.kill()
    recorder = carto.Recorder(tmp_path / "run", if_exists="resume")
    again = carto.Recorder(tmp_path / "run", if_exists="resume")  # a cell that is run again
    recorder.close()
    again.log(torch.eye(3), torch.arange(3), guid=["a", "b", "c"])
    again.close()
    assert carto.load(tmp_path / "run").epochs.tolist() == [0, 1]


def test_the_state_of_another_run_is_refused(tmp_path: Path) -> None:
    first = carto.Recorder(tmp_path / "first")
    train(first, 0, 2)
    state = first.state_dict()
    with pytest.raises(ValueError, match=r"new session.*if_exists='resume'"):
        first.load_state_dict(state)
    with pytest.raises(ValueError, match="state of run"):
        carto.Recorder(tmp_path / "second").load_state_dict(state)
    with pytest.raises(ValueError, match="lives in memory"):
        carto.Recorder().state_dict()


def test_the_map_is_told_that_a_run_goes_on(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    assert not any("session" in note for note in recorder.snapshot(Cursor()).notes)
    recorder.close()
    again = carto.Recorder(tmp_path / "run", if_exists="resume")
    assert "session 2 of this run" in again.snapshot(Cursor()).notes
