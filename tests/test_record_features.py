"""Features: of the newest whole epoch, in half precision, whatever becomes of the run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

import carto_widget as carto

N, C, D, BATCH = 40, 3, 6, 8
GOLD = torch.arange(N) % C


def features(rows: Tensor, epoch: int) -> Tensor:
    """(B, D) numbers that tell row, epoch and column; all of them are exact in 16 bits."""
    return rows.float().unsqueeze(1) + epoch / 4 + 64 * torch.arange(D)


def expected(epoch: int, n: int = N) -> np.ndarray:
    return features(torch.arange(n), epoch).half().numpy()


class Rows(Dataset[Any]):
    """Items are row numbers and labels."""

    def __len__(self) -> int:
        return N

    def __getitem__(self, i: int) -> Any:
        return i, GOLD[i]


DATA = Rows()


def train(recorder: carto.Recorder, epochs: range, **options: Any) -> None:
    loader = recorder.track(DataLoader(DATA, batch_size=BATCH, shuffle=True))
    for epoch in epochs:
        for rows, gold in loader:
            h = features(rows, epoch).requires_grad_()
            recorder.log(h[:, :C], gold, features=h, **options)


def files(path: Path) -> list[str]:
    return sorted(file.name for file in (path / "features").rglob("*.npy"))


@pytest.fixture(params=["folder", "memory"])
def recorder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[carto.Recorder]:
    path = tmp_path / "run" if request.param == "folder" else None
    with carto.Recorder(path, on_error="raise") as recorder:
        yield recorder


def test_those_of_the_last_epoch_are_given_back(recorder: carto.Recorder) -> None:
    train(recorder, range(3))
    found = recorder.dynamics.features
    assert found.dtype == np.float16
    np.testing.assert_array_equal(found, expected(2))
    assert "features" not in recorder.dynamics.signals


def test_a_sample_that_was_not_seen_has_none_and_one_seen_twice_its_first(
    recorder: carto.Recorder,
) -> None:
    guid = torch.tensor([7, 9, 7, 11])
    gold = torch.tensor([1, 0, 1, -100])
    h = torch.arange(8.0).reshape(4, 2)
    recorder.log(torch.randn(4, C), gold, guid=guid, features=h)
    recorder.log(torch.randn(1, C), gold[1:2], guid=[12], features=torch.ones(1, 2))
    recorder.end_epoch()
    assert recorder.dynamics.guid.tolist() == [7, 9, 11, 12]
    found = recorder.dynamics.features
    assert found[[0, 1, 3]].tolist() == [[0.0, 1.0], [2.0, 3.0], [1.0, 1.0]]
    assert np.isnan(found[2]).all()
    recorder.log(torch.randn(2, C), gold[[1, 0]], guid=[12, 7], features=torch.ones(2, 1))
    recorder.end_epoch()
    assert np.isnan(recorder.dynamics.features)[:, 0].tolist() == [False, True, True, False]


def test_an_epoch_without_them_leaves_those_of_an_older_one(recorder: carto.Recorder) -> None:
    train(recorder, range(1))
    for rows, gold in recorder.track(DataLoader(DATA, batch_size=BATCH)):
        recorder.log(features(rows, 1)[:, :C], gold)
    assert recorder.dynamics.epochs.tolist() == [0, 1]
    np.testing.assert_array_equal(recorder.dynamics.features, expected(0))


def some(recorder: carto.Recorder, epoch: int, start: int, stop: int) -> None:
    """An epoch of these rows alone."""
    rows = torch.arange(start, stop)
    h = features(rows, epoch)
    recorder.log(h[:, :C], GOLD[rows], guid=rows, mode="online", features=h)
    recorder.end_epoch()


def test_an_epoch_of_some_samples_replaces_theirs_alone(recorder: carto.Recorder) -> None:
    train(recorder, range(1))
    some(recorder, 1, 0, 8)
    some(recorder, 2, 4, 12)
    found = recorder.dynamics.features
    np.testing.assert_array_equal(found[:4], expected(1)[:4])
    np.testing.assert_array_equal(found[4:12], expected(2)[4:12])
    np.testing.assert_array_equal(found[12:], expected(0)[12:])


def test_the_intervals_of_one_long_epoch_have_those_of_every_sample() -> None:
    recorder = carto.Recorder(checkpoint_every=2)
    train(recorder, range(1))
    assert recorder.dynamics.epochs.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(recorder.dynamics.features, expected(0))


def test_a_file_goes_when_each_of_its_samples_has_newer_ones(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with carto.Recorder(path, samples=pd.DataFrame({"row": range(N)})) as recorder:
        some(recorder, 0, 0, 40)
        some(recorder, 1, 0, 20)
        some(recorder, 2, 10, 20)
        assert [name[:11] for name in files(path)] == ["epoch=00000", "epoch=00001", "epoch=00002"]
        some(recorder, 3, 0, 20)
        assert [name[:11] for name in files(path)] == ["epoch=00000", "epoch=00003"]
        some(recorder, 4, 0, 40)
        assert [name[:11] for name in files(path)] == ["epoch=00004"]


def test_none_is_kept_that_is_older_than_two_rows_a_sample(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with carto.Recorder(path, samples=pd.DataFrame({"row": range(N)})) as recorder:
        for epoch in range(4):  # the newest of row 0, 1, 2 are in epoch 0, 1, 2
            some(recorder, epoch, epoch, N)
    assert [name[:11] for name in files(path)] == ["epoch=00001", "epoch=00002", "epoch=00003"]
    found = carto.load(path).features
    assert np.isnan(found[0]).all()
    assert [found[row, 0] for row in range(1, 5)] == [1.25, 2.5, 3.75, 4.75]


def test_each_head_has_its_own(recorder: carto.Recorder) -> None:
    for rows, gold in recorder.track(DataLoader(DATA, batch_size=BATCH)):
        recorder.log(torch.randn(len(rows), C), gold, task="a", features=features(rows, 0))
        recorder.log(torch.randn(len(rows), C), gold, task="b")
    recorder.end_epoch()
    np.testing.assert_array_equal(carto.load(recorder, task="a").features, expected(0))
    with pytest.raises(ValueError, match="no features are on record"):
        _ = carto.load(recorder, task="b").features


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (torch.zeros(BATCH, 4, 4), r"expected \(8, D\) floats"),
        (torch.zeros(3, D), r"expected \(8, D\) floats"),
        (torch.zeros(BATCH, D, dtype=torch.long), r"int64, expected \(8, D\) floats"),
        ([[0.0]] * BATCH, "features of type list"),
    ],
)
def test_another_shape_is_refused(given: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        carto.Recorder().log(torch.randn(BATCH, C), GOLD[:BATCH], guid=range(BATCH), features=given)


@pytest.mark.parametrize(("first", "then"), [(2, None), (None, 2), (2, 3)])
def test_batches_of_an_epoch_agree(first: int | None, then: int | None) -> None:
    recorder = carto.Recorder()
    with pytest.raises(ValueError, match="with every batch of an epoch, or none"):
        for i, width in enumerate((first, then)):
            h = None if width is None else torch.zeros(2, width)
            recorder.log(torch.randn(2, C), GOLD[:2], guid=[2 * i, 2 * i + 1], features=h)


def test_later_changes_of_a_tensor_are_not_recorded(recorder: carto.Recorder) -> None:
    for rows, gold in recorder.track(DataLoader(DATA, batch_size=BATCH)):
        h = features(rows, 0).half()
        recorder.log(torch.randn(len(rows), C), gold, features=h)
        h.zero_()
    np.testing.assert_array_equal(recorder.dynamics.features, expected(0))


def test_they_are_read_without_torch(tmp_path: Path) -> None:
    with carto.Recorder(tmp_path / "run") as recorder:
        train(recorder, range(1))
    code = f"""
import sys
import carto_widget as carto
print(carto.load({str(tmp_path / "run")!r}).features.sum(), "torch" in sys.modules)
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == [str(expected(0).sum()), "False"]


def test_older_ones_go_only_when_newer_ones_are_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carto_widget.record.epochs.epoch.CHUNK_BYTES", 3 * BATCH * D * 2)
    monkeypatch.setattr("carto_widget.record.values.steps.MOST_STEPS", 1)
    path = tmp_path / "run"
    recorder = carto.Recorder(path)
    train(recorder, range(1))
    whole = files(path)
    assert [name[:11] for name in whole] == ["epoch=00000"] * 2
    loader = recorder.track(DataLoader(DATA, batch_size=BATCH))
    for i, (rows, gold) in enumerate(loader):
        recorder.log(features(rows, 1)[:, :C], gold, features=features(rows, 1))
        head = recorder._recording.book.flying
        if i == 3:  # a chunk of three batches is on disk and no longer in memory
            assert [name[:11] for name in files(path)] == ["epoch=00000"] * 2 + ["epoch=00001"]
            np.testing.assert_array_equal(carto.load(path).features, expected(0))
            (epoch,) = head.values()
            held = [len(p) for p in epoch.heads["main"].accepted if "features" in p.columns]
            assert held == [BATCH]
    recorder.close()
    assert {name[:11] for name in files(path)} == {"epoch=00001"}
    np.testing.assert_array_equal(carto.load(path).features, expected(1))


def test_a_run_that_was_killed_has_those_of_its_last_whole_epoch(tmp_path: Path) -> None:
    code = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import carto_widget as carto
import carto_widget.record.epochs.epoch, carto_widget.record.values.steps
from test_record_features import BATCH, DATA, DataLoader, features, train
carto_widget.record.epochs.epoch.CHUNK_BYTES, carto_widget.record.values.steps.MOST_STEPS = 0, 1
recorder = carto.Recorder({str(tmp_path / "run")!r})
train(recorder, range(2))
for rows, gold in recorder.track(DataLoader(DATA, batch_size=BATCH)):
    recorder.log(features(rows, 2)[:, :3], gold, features=features(rows, 2))
    if rows[0] == 3 * BATCH:
        os._exit(1)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 1
    names = {name[:11] for name in files(tmp_path / "run")}
    assert names == {"epoch=00001", "epoch=00002"}
    np.testing.assert_array_equal(carto.load(tmp_path / "run").features, expected(1))
    with carto.Recorder(tmp_path / "run", if_exists="resume") as recorder:
        train(recorder, range(2, 3))  # the epoch begins anew
    np.testing.assert_array_equal(carto.load(tmp_path / "run").features, expected(2))
    assert {name[:11] for name in files(tmp_path / "run")} == {"epoch=00002"}
    assert all("session=01" in name for name in files(tmp_path / "run"))


def half(recorder: carto.Recorder, epoch: int, batches: range) -> None:
    for k in batches:
        rows = torch.arange(BATCH * k, BATCH * (k + 1))
        h = features(rows, epoch)
        recorder.log(h[:, :C], GOLD[rows], guid=rows, mode="online", features=h)


def test_a_restored_training_goes_on_in_the_middle_of_an_epoch(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    half(recorder, 0, range(5))
    recorder.end_epoch()
    half(recorder, 1, range(3))
    state = recorder.state_dict()
    half(recorder, 50, range(3, 5))  # forgotten by the model
    recorder.close()
    np.testing.assert_array_equal(carto.load(tmp_path / "run").features[24:], expected(50)[24:])

    recorder = carto.Recorder(tmp_path / "run", if_exists="resume")
    recorder.load_state_dict(state)
    half(recorder, 1, range(3, 5))
    recorder.close()
    np.testing.assert_array_equal(carto.load(tmp_path / "run").features, expected(1))


def test_what_was_taken_back_is_not_read(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    half(recorder, 0, range(5))
    recorder.end_epoch()
    state = recorder.state_dict()
    half(recorder, 1, range(5))
    recorder.close()  # those of epoch 0 are gone now

    recorder = carto.Recorder(tmp_path / "run", if_exists="resume")
    recorder.load_state_dict(state)
    half(recorder, 2, range(2))
    recorder._recording.book.write_chunks(next(iter(recorder._recording.book.flying.values())))
    with pytest.raises(ValueError, match="no features are on record"):
        _ = carto.load(tmp_path / "run").features
    half(recorder, 2, range(2, 5))
    recorder.close()
    np.testing.assert_array_equal(carto.load(tmp_path / "run").features, expected(2))


def test_of_several_processes_the_last_to_finish_replaces_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    frame = pd.DataFrame({"row": range(N)})
    recorders = []
    for rank in range(2):
        monkeypatch.setenv("RANK", str(rank))
        recorders.append(carto.Recorder(tmp_path / "run", samples=frame))
    for epoch in range(2):
        for rank, recorder in enumerate(recorders):
            rows = torch.arange(rank, N, 2)
            h = features(rows, epoch)
            recorder.log(h[:, :C], GOLD[rows], guid=rows, mode="online", features=h)
            recorder.end_epoch()
            if rank == 0 and epoch == 1:
                np.testing.assert_array_equal(carto.load(tmp_path / "run").features, expected(0))
    for recorder in recorders:
        recorder.close()
    np.testing.assert_array_equal(carto.load(tmp_path / "run").features, expected(1))
    assert {name[:11] for name in files(tmp_path / "run")} == {"epoch=00001"}
    assert len(files(tmp_path / "run")) == 2


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    with carto.Recorder(tmp_path / "run") as recorder:
        train(recorder, range(1))
    (path,) = (tmp_path / "run" / "features").rglob("*.npy")
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    with pytest.raises(ValueError, match=rf"{path.name}: these features are damaged"):
        _ = carto.load(tmp_path / "run").features
    np.save(path, np.zeros((3, D), np.float16))
    with pytest.raises(
        ValueError, match=r"float16 of shape \(3, 6\), expected float16 of shape \(40, D"
    ):
        _ = carto.load(tmp_path / "run").features


def test_dynamics_in_memory_have_none() -> None:
    dynamics = carto.TrainingDynamics.from_arrays(gold=[0, 1], loss=np.zeros((1, 2)))
    with pytest.raises(ValueError, match="hold no features"):
        _ = dynamics.features
