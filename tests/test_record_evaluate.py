"""A clean pass in the middle of training: right values, and nothing of the training is moved."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

import carto_widget as carto

N, C = 96, 3
X = torch.randn(N, 5, generator=torch.Generator().manual_seed(0))
GOLD = torch.randint(0, C, (N,), generator=torch.Generator().manual_seed(1))
DATA = TensorDataset(X, GOLD)


def model_with_dropout() -> nn.Sequential:
    torch.manual_seed(2)
    frozen = nn.BatchNorm1d(8).eval()  # a submodule that its owner keeps in evaluation mode
    return nn.Sequential(nn.Linear(5, 8), frozen, nn.Dropout(0.5), nn.Linear(8, C))


def trained(recorder: carto.Recorder | None, *, workers: int, clean: bool) -> list[Tensor]:
    model = model_with_dropout()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    loader: Any = DataLoader(DATA, batch_size=16, shuffle=True, num_workers=workers)
    if recorder is not None:
        loader = recorder.track(loader)
    for _ in range(2):
        for step, (x, gold) in enumerate(loader):
            if recorder is not None and clean and step == 2:
                recorder.evaluate(model, loader)
            logits = model(x)
            if recorder is not None:
                recorder.log(logits, gold)
            optimizer.zero_grad()
            nn.functional.cross_entropy(logits, gold).backward()
            optimizer.step()
            random.random(), np.random.rand()  # what the user draws is not moved either
    draws = [torch.tensor(random.random()), torch.tensor(np.random.rand()), torch.rand(1)]
    return [*(parameter.detach() for parameter in model.parameters()), *draws]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_pass_inside_an_epoch_moves_nothing(workers: int) -> None:
    random.seed(0), np.random.seed(0)
    without = trained(None, workers=workers, clean=False)
    random.seed(0), np.random.seed(0)
    recorder = carto.Recorder()
    with_pass = trained(recorder, workers=workers, clean=True)
    assert all(torch.equal(a, b) for a, b in zip(without, with_pass, strict=True))
    assert recorder.dynamics.epochs.tolist() == [0, 1]
    assert carto.load(recorder, mode="eval").epochs.tolist() == [0, 1]
    assert not np.isnan(recorder.dynamics.signals["loss"]).any()


def test_the_values_are_those_of_the_model_in_evaluation_mode() -> None:
    model = model_with_dropout().train()
    model[1].eval()
    flags = [module.training for module in model.modules()]
    recorder = carto.Recorder()
    recorder.evaluate(model, DATA)
    assert [module.training for module in model.modules()] == flags
    model.eval()
    with torch.no_grad():
        expected = model(X).softmax(1)[torch.arange(N), GOLD].numpy()
    dynamics = carto.load(recorder)
    assert dynamics.mode == "eval"
    np.testing.assert_allclose(dynamics.signals["gold_probability"][0], expected, atol=1e-6)


class Augmented(Dataset[Any]):
    def __len__(self) -> int:
        return N

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        return X[i] + torch.randn(5), GOLD[i]


def test_a_clean_dataset_takes_the_place_of_an_augmented_one() -> None:
    model = model_with_dropout()
    recorder = carto.Recorder()
    loader = recorder.track(DataLoader(Augmented(), batch_size=16, shuffle=True))
    recorder.evaluate(model, loader, dataset=DATA)
    model.eval()
    with torch.no_grad():
        expected = model(X).softmax(1)[torch.arange(N), GOLD].numpy()
    found = carto.load(recorder, mode="eval").signals["gold_probability"][0]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    with pytest.raises(ValueError, match="95 items"):
        recorder.evaluate(model, loader, dataset=TensorDataset(X[1:], GOLD[1:]))


def test_batches_of_another_kind_say_what_is_expected() -> None:
    recorder = carto.Recorder()
    with pytest.raises(TypeError, match=r"forward=lambda model, batch"):
        recorder.evaluate(model_with_dropout(), TensorDataset(X))
    recorder.evaluate(
        model_with_dropout(), DATA, forward=lambda model, batch: (model(batch[0]), batch[1])
    )
    assert carto.load(recorder).epochs.tolist() == [0]


def test_a_paused_a_stopped_and_a_closed_recorder_take_no_pass() -> None:
    recorder = carto.Recorder()
    with recorder.paused():
        recorder.evaluate(model_with_dropout(), DATA)
    assert "Nothing is tracked" in recorder.identity
    recorder.evaluate(model_with_dropout(), DATA)
    relabelled = TensorDataset(X, (GOLD + 1) % C)
    with pytest.warns(UserWarning, match="recording stopped"):
        recorder.evaluate(model_with_dropout(), DATA, dataset=relabelled)
    recorder.evaluate(model_with_dropout(), DATA)
    assert carto.load(recorder).epochs.tolist() == [0]
    closed = carto.Recorder()
    closed.close()
    with pytest.raises(ValueError, match="this recorder is closed"):
        closed.evaluate(model_with_dropout(), DATA)
