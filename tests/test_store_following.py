"""`load(path, follow=True)`: a run that another process writes, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_run import N, record
from following_driver import Training

import carto_widget as carto
from carto_widget.store.run.run import RunFolder


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    one = Training(tmp_path / "run")
    yield one
    if one.process.poll() is None:
        one.end()


def test_each_sealed_epoch_comes_once_and_the_end_ends_it(
    training: Training, tmp_path: Path
) -> None:
    training.do("epoch")
    followed = iter(carto.load(tmp_path / "run", follow=True))
    first = next(followed)
    assert first.epochs.tolist() == [0]
    training.do("epoch")
    assert next(followed).epochs.tolist() == [0, 1]
    training.do("half")  # an epoch in flight is no news
    training.do("rest")
    last = next(followed)
    assert last.epochs.tolist() == [0, 1, 2]
    training.do("close")
    training.end()
    assert list(followed) == []
    assert first.signals["loss"].shape == (1, N)  # what was given does not change
    np.testing.assert_array_equal(first.signals["loss"][0], last.signals["loss"][0])


def test_a_killed_training_ends_it_too(training: Training, tmp_path: Path) -> None:
    training.do("epoch")
    training.do("half")
    training.end(kill=True)
    assert [one.epochs.tolist() for one in carto.load(tmp_path / "run", follow=True)] == [[0]]


def test_an_epoch_that_is_sealed_and_closed_during_a_look_comes_too(
    training: Training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training.do("epoch")
    followed, parts = iter(carto.load(tmp_path / "run", follow=True)), RunFolder.parts
    assert next(followed).epochs.tolist() == [0]

    def looked(run: RunFolder, *which: Any) -> Any:
        found = parts(run, *which)
        if training.process.poll() is None:
            training.do("epoch")
            training.do("close")
            training.end()
        return found

    monkeypatch.setattr(RunFolder, "parts", looked)
    assert [one.epochs.tolist() for one in followed] == [[0, 1]]


def test_what_is_followed_can_be_asked_and_drawn(tmp_path: Path) -> None:
    record(tmp_path / "run")
    followed = carto.load(tmp_path / "run", follow=True)
    table = carto.table(tmp_path / "run")
    assert carto.table(followed).equals(table)
    datamap = carto.DataMap(followed)
    datamap.select(table.index[:2])
    assert datamap.selection["confidence"].tolist() == table["confidence"].head(2).tolist()
    datamap.close()


def test_a_relative_path_is_followed_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    followed = carto.load("run", follow=True)
    monkeypatch.chdir("/")
    (dynamics,) = followed
    assert dynamics.epochs.tolist() == carto.load(tmp_path / "run").epochs.tolist()


def test_only_a_path_can_be_followed(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    with pytest.raises(TypeError, match=r"load\(follow=True\): Recorder; expected the path.*on_ep"):
        carto.load(recorder, follow=True)
    with pytest.raises(FileNotFoundError):
        carto.load(tmp_path / "nothing", follow=True)
