"""The tasks as people write their loops: masks, padding, precision, heads, columns of targets."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from task_cases import (
    AT,
    CASES,
    NAN,
    SHARES,
    TOKENS,
    C,
    N,
    Numbered,
    T,
    numbers,
    recorded,
)
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.float32])
def test_a_mask_blanks_labels_of_any_type(dtype: torch.dtype) -> None:
    gold = torch.tensor([[0, 1, 0], [1, 0, 1]]).to(dtype)
    mask = torch.tensor([[False, True, True], [True, True, False]])
    recorder = carto.Recorder(task="multilabel")
    for row, y in recorder.track(DataLoader(TensorDataset(torch.arange(2), gold), 2)):
        recorder.log(torch.tensor([[9.0, 2.0, -1.0], [0.0, -2.0, 9.0]])[row], y, mask=mask[row])
    assert recorder.dynamics.gold.tolist() == [[2, 1, 0], [1, 0, 2]]
    assert numbers(recorder.dynamics, "loss") == [(AT[2] + AT[1]) / 2, (AT[0] + AT[2]) / 2]


def test_a_mask_blanks_the_numbers_of_a_regression() -> None:
    recorder = carto.Recorder(task="regression")
    gold = torch.arange(4)
    for row, y in recorder.track(DataLoader(TensorDataset(torch.arange(4), gold), 4)):
        recorder.log(torch.zeros(4)[row], y, mask=row > 1)
    assert numbers(recorder.dynamics, "error") == [NAN, NAN, -2, -3]


def test_a_mask_of_another_shape_is_refused() -> None:
    recorder = carto.Recorder(task="token_classification")
    for _row, y in recorder.track(DataLoader(TensorDataset(torch.arange(4), TOKENS[:4]), 4)):
        with pytest.raises(ValueError, match=r"mask of shape \(4,\) for labels \(4, 7\)"):
            recorder.log(torch.zeros(4, T, C), y, mask=torch.ones(4))


def test_labels_that_are_shifted_already_are_refused() -> None:
    tokens = torch.randint(0, C, (8, 6), generator=torch.Generator().manual_seed(0))
    recorder = carto.Recorder(task="language_modeling")
    data = TensorDataset(tokens[:, :-1], tokens[:, 1:])
    for x, y in recorder.track(DataLoader(data, 8)):
        with pytest.raises(ValueError, match=r"shifted already.*token_classification"):
            recorder.log(torch.randn(8, 5, C), y)
        recorder.log(torch.randn(8, 5, C), x)


def test_padding_on_the_left_is_the_same_label() -> None:
    tokens = [torch.tensor([1, 2, 3]), torch.tensor([4, 0, 2, 1]), torch.tensor([2, 2])]
    order = iter([[0, 1], [2], [0, 2], [1], [1, 2], [0]])
    recorder = carto.Recorder(task="language_modeling", on_error="raise")

    class Ragged(torch.utils.data.Dataset[Any]):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, i: int) -> Tensor:
            return tokens[i]

    def left(items: list[Tensor]) -> Tensor:
        n = max(map(len, items))
        return torch.stack([functional.pad(one, (n - len(one), 0), value=-100) for one in items])

    class Orders:
        def __iter__(self) -> Any:
            return iter([next(order), next(order)])

        def __len__(self) -> int:
            return 2

    loader = recorder.track(DataLoader(Ragged(), batch_sampler=Orders(), collate_fn=left))
    for _ in range(3):
        for y in loader:
            recorder.log(torch.randn(*y.shape, C), y)
    assert recorder.dynamics.epochs.tolist() == [0, 1, 2]


def test_a_loop_may_blank_labels_of_the_batch() -> None:
    tokens = torch.tensor([[1, 2, 0, 0], [3, 1, 2, 0]])
    recorder = carto.Recorder(task="language_modeling", on_error="raise")
    loader = recorder.track(DataLoader(TensorDataset(tokens), 2))
    for _ in range(2):
        for (x,) in loader:
            recorder.log(torch.zeros(2, 4, C), x.masked_fill(x == 0, -100))
    assert numbers(recorder.dynamics, "n_tokens") == [1, 2]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("task", ["regression", "soft_labels", "binary", "multilabel"])
def test_labels_in_another_precision_are_the_same(task: str, dtype: torch.dtype) -> None:
    shape, gold = CASES[task]
    recorder = carto.Recorder(task=task, on_error="raise")
    loader = recorder.track(DataLoader(Numbered(gold), 8, shuffle=True))
    for _ in range(2):
        for row, y in loader:
            recorder.log(torch.randn(shape)[row], y.to(dtype))
    assert recorder.dynamics.epochs.tolist() == [0, 1]


def test_numbers_in_samples_may_be_rounded() -> None:
    x = torch.linspace(0, 9, N)
    frame = pd.DataFrame({"y": np.log1p(x.double().numpy())})
    recorder = carto.Recorder(task="regression", samples=frame, gold="y")
    for row, y in recorder.track(DataLoader(Numbered(torch.log1p(x)), 8)):
        recorder.log(torch.zeros(N)[row], y)
    assert recorder.dynamics.epochs.tolist() == [0]


def test_labels_changed_in_place_are_refused() -> None:
    recorder = carto.Recorder(task="soft_labels")
    for row, y in recorder.track(DataLoader(Numbered(SHARES), 8)):
        y.mul_(0.7).add_(0.3 / C)
        with pytest.raises(ValueError, match=r"changed in place.*recorder\.evaluate"):
            recorder.log(torch.randn(N, C)[row], y)
        break


def test_a_column_of_the_targets_is_a_head() -> None:
    targets = torch.randn(N, 2)
    recorder = carto.Recorder(task="regression", on_error="raise")
    loader = recorder.track(DataLoader(Numbered(targets), 8, shuffle=True))
    for _ in range(2):
        for row, y in loader:
            recorder.log(torch.zeros(N)[row], y[:, 0])
            recorder.log(torch.zeros(N)[row], y[:, 1], task="second")
    second = carto.load(recorder, task="second").signals["error"]
    np.testing.assert_allclose(second, -targets[:, 1].expand(2, N), rtol=1e-6)


def test_a_head_has_its_own_column_of_samples() -> None:
    frame = pd.DataFrame({"label": [0, 1], "stars": [0.5, 2.5]})
    recorder = carto.Recorder(
        task={"main": "multiclass", "stars": "regression"},
        samples=frame,
        gold={"main": "label", "stars": "stars"},
    )
    recorder.log(torch.eye(2), torch.tensor([0, 1]), guid=[0, 1])
    recorder.log(torch.zeros(2), torch.tensor([0.5, 2.5]), guid=[0, 1], task="stars")
    with pytest.raises(ValueError, match=r"sample 1 .* label 2\.0, but .* in samples is 2\.5"):
        recorder.log(torch.zeros(1), torch.tensor([2.0]), guid=[1], task="stars")
        recorder.end_epoch()


def test_names_of_labels_in_samples_are_looked_up() -> None:
    frame = pd.DataFrame({"tags": [["joy"], [], ["fear", "joy"]]})
    gold = torch.tensor([[1, 0], [0, 0], [1, 1]])
    recorder = carto.Recorder(
        task="multilabel", samples=frame, gold="tags", label_names=["joy", "fear"]
    )
    for row, y in recorder.track(DataLoader(TensorDataset(torch.arange(3), gold), 3)):
        recorder.log(torch.zeros(3, 2)[row], y)
    frame = pd.DataFrame({"tags": [1, 2, 3]})
    recorder = carto.Recorder(task="multilabel", samples=frame, gold="tags")
    with pytest.raises(ValueError, match="a list in each cell"):
        recorder.track(DataLoader(TensorDataset(torch.arange(3), gold), 3))


@pytest.mark.parametrize("task", ["binary", "multilabel", "multiclass"])
def test_probabilities_are_told_from_logits(task: str) -> None:
    shape, gold = CASES[task]
    z = torch.randn(shape)
    p = torch.softmax(z, 1) if task == "multiclass" else torch.sigmoid(z)
    recorder = carto.Recorder(task=task)
    loader = recorder.track(DataLoader(Numbered(gold), N))
    with (
        pytest.warns(UserWarning, match=r"look like probabilities")
        if p.numel() >= 64
        else (contextlib.nullcontext())
    ):
        for row, y in loader:
            recorder.log(p[row], y)
    for row, y in carto.Recorder(task=task).track(DataLoader(Numbered(gold), N)):
        recorder.log(z[row], y, guid=row)


def test_a_soft_label_has_no_runner_up() -> None:
    dynamics = recorded("soft_labels", [[0.0, 1.0]], [[0.5, 0.5]])
    assert "other_probability" not in dynamics.signals


def test_an_infinite_logit_is_no_number_in_any_task() -> None:
    inf = math.inf
    cases: list[tuple[str, Any, Any]] = [
        ("binary", [inf, 0.0], [1, 1]),
        ("multilabel", [[inf, 0.0], [0.0, 0.0]], [[1, 1], [1, 1]]),
        ("soft_labels", [[inf, 0.0], [0.0, 0.0]], [[1.0, 0.0], [1.0, 0.0]]),
        ("token_classification", [[[inf, 0.0]], [[0.0, 0.0]]], [[0], [0]]),
        ("language_modeling", [[[inf, 0.0]] * 2, [[0.0, 0.0]] * 2], [[0, 0], [0, 0]]),
        ("regression", [inf, 0.0], [1.0, 1.0]),
    ]
    for task, logits, gold in cases:
        signals = recorded(task, logits, gold).signals
        for name in set(signals) - {"n_seen", "n_tokens", "weakest_label", "other_label"}:
            missing = np.isnan(signals[name][0].reshape(2, -1)).any(1).tolist()
            assert missing == [True, False], (task, name)


def test_names_for_what_has_none_are_refused() -> None:
    with pytest.raises(ValueError, match="no meaning for task='regression'"):
        carto.Recorder(task="regression", label_names=["a", "b"])
    with pytest.raises(ValueError, match=r"label_names has 'strs', task= declares \['main'"):
        carto.Recorder(
            task={"main": "multiclass", "stars": "regression"}, label_names={"strs": ["a"]}
        )
