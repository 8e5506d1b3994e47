"""Streams: items have no row numbers, so the user names them, in the worker."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

import carto_widget as carto

N, C = 60, 4
GOLD = np.random.default_rng(0).integers(0, C, N).tolist()


class Stream(IterableDataset[tuple[Tensor, int]]):
    """(row, label), from ``start`` on; every worker takes its share, as PyTorch documents it."""

    start = 0

    def __iter__(self) -> Iterator[tuple[Tensor, int]]:
        worker = get_worker_info()
        share = slice(None) if worker is None else slice(worker.id, None, worker.num_workers)
        for row in range(self.start, N)[share]:
            yield torch.tensor([float(row)]), GOLD[row]


def name_of(item: tuple[Tensor, int]) -> str:
    return f"item-{int(item[0])}"


def logged(recorder: carto.Recorder, loader: Any, epochs: int = 2) -> carto.TrainingDynamics:
    for _ in range(epochs):
        for x, gold in loader:
            recorder.log(nn.functional.one_hot(gold, C) * (x + 1), gold)
    return recorder.dynamics


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("on_disk", [False, True])
def test_a_stream_is_recorded_under_the_names_of_its_items(
    workers: int, on_disk: bool, tmp_path: Path
) -> None:
    recorder = carto.Recorder(tmp_path / "run" if on_disk else None)
    loader = recorder.track(DataLoader(Stream(), batch_size=8, num_workers=workers), guid=name_of)
    dynamics = logged(recorder, loader)
    if on_disk:
        recorder.close()
        dynamics = carto.load(tmp_path / "run")
    assert sorted(dynamics.guid) == sorted(f"item-{row}" for row in range(N))
    rows = [int(guid.removeprefix("item-")) for guid in dynamics.guid]
    np.testing.assert_array_equal(dynamics.signals["margin"], np.tile(np.add(rows, 1), (2, 1)))
    assert dynamics.gold.tolist() == [GOLD[row] for row in rows]
    assert f"checked on {N} samples" in recorder.identity


def test_samples_describe_a_stream_too() -> None:
    pd = pytest.importorskip("pandas")
    samples = pd.DataFrame({"label": GOLD}, index=[f"item-{row}" for row in range(N)])
    recorder = carto.Recorder(samples=samples, gold="label")
    dynamics = logged(recorder, recorder.track(DataLoader(Stream(), batch_size=8), guid=name_of))
    assert dynamics.guid.tolist() == samples.index.tolist()
    np.testing.assert_array_equal(dynamics.signals["margin"][0], np.arange(1, N + 1))


def test_attributes_are_set_on_the_users_stream() -> None:
    stream = Stream()
    loader: Any = carto.Recorder().track(DataLoader(stream, batch_size=8), guid=name_of)
    loader.dataset.start = 40
    assert stream.start == 40
    assert sum(len(gold) for _, gold in loader) == 20


def test_a_stream_without_names_is_refused() -> None:
    with pytest.raises(TypeError, match=r"no row numbers.*guid=lambda item"):
        carto.Recorder().track(DataLoader(Stream()))
    with pytest.raises(TypeError, match="guid=lambda item"):
        carto.Recorder(guid=["a", "b"]).track(DataLoader(Stream()))


def test_a_lambda_cannot_be_sent_to_spawned_workers() -> None:
    spawn = multiprocessing.get_context("spawn")
    loader = DataLoader(Stream(), batch_size=8, num_workers=1, multiprocessing_context=spawn)
    with pytest.raises(TypeError, match="a function of a module"):
        carto.Recorder().track(loader, guid=lambda item: int(item[0]))
    recorder = carto.Recorder()
    dynamics = logged(recorder, recorder.track(loader, guid=name_of), epochs=1)
    assert len(dynamics.guid) == N


def test_a_lambda_serves_a_map_style_dataset_with_spawned_workers() -> None:
    """It is called in the process that tracks."""
    spawn = multiprocessing.get_context("spawn")
    data = torch.utils.data.TensorDataset(torch.zeros(4), torch.tensor([0, 1, 2, 3]))
    loader = DataLoader(data, num_workers=1, multiprocessing_context=spawn)
    carto.Recorder().track(loader, guid=lambda row: f"item-{row}")


def test_a_name_that_goes_wrong_later_stops_the_recording_and_training_goes_on() -> None:
    def name(item: tuple[Tensor, int]) -> Any:
        return "wrong" if spoiled else int(item[0])

    spoiled = False
    recorder = carto.Recorder()
    loader = recorder.track(DataLoader(Stream(), batch_size=8), guid=name)
    logged(recorder, loader, epochs=1)
    spoiled = True
    n_batches = 0
    with pytest.warns(UserWarning, match=r"recording stopped.*one kind a run"):
        for x, gold in loader:
            recorder.log(nn.functional.one_hot(gold, C) * (x + 1), gold)
            n_batches += 1
    assert n_batches == 8
    assert recorder.dynamics.epochs.tolist() == [0]
