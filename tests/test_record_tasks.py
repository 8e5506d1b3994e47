"""The seven tasks: numbers by hand, against torch, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from task_cases import (
    AT,
    CASES,
    NAN,
    TOKENS,
    C,
    N,
    Numbered,
    P,
    T,
    numbers,
    recorded,
    trained,
)
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto
from carto_widget.store.snapshot import Cursor


def test_binary_with_one_logit_by_hand() -> None:
    dynamics = recorded("binary", [0.0, 2.0, -1.0, 2.0], [1.0, 1.0, 1.0, 0.0], logits="float32")
    assert dynamics.gold.tolist() == [1, 1, 1, 0]
    assert numbers(dynamics, "loss") == [AT[0], AT[2], AT[-1], 2.126928]
    assert numbers(dynamics, "gold_probability") == [P[0], P[2], P[-1], 1 - P[2]]
    assert numbers(dynamics, "margin") == [0, 2, -1, -2]
    assert numbers(dynamics, "prediction") == [0, 1, 0, 1]  # the lower class wins the tie
    assert dynamics.signals["logits"][0, 1].tolist() == pytest.approx([-2.126928, -AT[2]], abs=1e-5)


def test_several_labels_by_hand() -> None:
    logits = [[2.0, -1.0, 0.0], [-1.0, 5.0, -2.0]]
    dynamics = recorded("multilabel", logits, [[1, 0, 1], [1, -100, 0]])
    # toward what holds: (2, 1, 0) and (-1, not known, 2)
    assert numbers(dynamics, "loss") == [(AT[2] + AT[1] + AT[0]) / 3, (AT[-1] + AT[2]) / 2]
    mean = [(P[2] + P[1] + P[0]) / 3, (P[-1] + P[2]) / 2]
    assert numbers(dynamics, "gold_probability") == mean
    assert numbers(dynamics, "lowest_probability") == [P[0], P[-1]]
    assert numbers(dynamics, "weakest_label") == [2, 0]
    assert numbers(dynamics, "share_right") == [2 / 3, 1 / 2]  # a logit of 0 predicts no
    assert numbers(dynamics, "is_correct") == [0, 0]
    assert dynamics.gold.tolist() == [[1, 0, 1], [1, 2, 0]]
    margins = np.array([[2, 1, 0], [-1, NAN, 2]])
    np.testing.assert_allclose(dynamics.signals["label_margin"][0], margins, atol=1e-3)


def test_one_of_several_labels_is_a_binary_task() -> None:
    gold = [[1, 0], [0, -100]]
    dynamics = recorded("multilabel", [[2.0, 1.0], [-1.0, 3.0]], gold, label_names=["joy", "fear"])
    joy, fear = dynamics.of_label("joy"), dynamics.of_label(1)
    assert joy.gold.tolist() == [1, 0]
    assert joy.signals["margin"][0].tolist() == pytest.approx([2, 1], abs=2e-3)  # kept in 16 bits
    assert fear.gold.tolist() == [0, -1]
    assert fear.signals["is_correct"][0].tolist() == [0, pytest.approx(NAN, nan_ok=True)]
    assert carto.table(joy).gold.tolist() == ["joy", "not joy"]
    assert carto.table(dynamics).gold.tolist() == ["joy", "none"]
    with pytest.raises(ValueError, match=r"of_label\('anger'\).*\['joy', 'fear'\]"):
        dynamics.of_label("anger")


def test_soft_labels_by_hand() -> None:
    logits = [[0.0, math.log(2), 0.0], [0.0, math.log(2), 0.0]]  # p = (1/4, 1/2, 1/4)
    dynamics = recorded("soft_labels", logits, [[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]])
    # 1/2 ln 4 + 1/2 ln 2; of a hard label ln 2
    assert numbers(dynamics, "loss") == [1.5 * math.log(2), math.log(2)]
    # min(1/2, 1/4) + min(1/2, 1/2) + 0; of a hard label its probability
    assert numbers(dynamics, "gold_probability") == [0.75, 0.5]
    assert dynamics.gold.tolist() == [0, 1]  # the largest share, the first of a tie
    assert numbers(dynamics, "margin") == [-math.log(2), math.log(2)]


def test_token_labels_by_hand() -> None:
    logits = [[[0.0, 2.0], [1.0, 0.0], [9.0, 0.0]], [[0.0, 0.0], [0.0, 0.0], [NAN, 0.0]]]
    dynamics = recorded("token_classification", logits, [[1, 1, -100], [0, 1, -100]])
    assert numbers(dynamics, "loss") == [(AT[2] + AT[-1]) / 2, AT[0]]
    assert numbers(dynamics, "gold_probability") == [(P[2] + P[-1]) / 2, 0.5]
    assert numbers(dynamics, "lowest_probability") == [P[-1], 0.5]
    assert numbers(dynamics, "share_right") == [0.5, 0.5]  # the lower class wins a tie
    assert numbers(dynamics, "n_tokens") == [2, 2]
    assert dynamics.gold.tolist() == [-1, -1]  # a sequence has no label of its own


def test_language_modelling_by_hand() -> None:
    # position 0 predicts token 1, position 1 predicts token 2, the last predicts nothing
    logits = [[[0.0, 2.0], [1.0, 0.0], [9.0, 0.0]], [[0.0, 2.0], [NAN, 0.0], [0.0, 0.0]]]
    dynamics = recorded("language_modeling", logits, [[0, 1, 1], [-100, 1, -100]])
    assert numbers(dynamics, "loss") == [(AT[2] + AT[-1]) / 2, AT[2]]
    assert numbers(dynamics, "gold_probability") == [math.exp(-(AT[2] + AT[-1]) / 2), P[2]]
    assert numbers(dynamics, "share_right") == [0.5, 1]
    assert numbers(dynamics, "n_tokens") == [2, 1]


def test_regression_by_hand() -> None:
    dynamics = recorded("regression", [[2.5], [1.0], [NAN], [0.0]], [[2.0], [3.0], [1.0], [NAN]])
    assert numbers(dynamics, "error") == [0.5, -2.0, NAN, NAN]
    assert numbers(dynamics, "loss") == [0.25, 4.0, NAN, NAN]
    assert numbers(dynamics, "prediction") == [2.5, 1.0, NAN, NAN]
    assert dynamics.gold.tolist() == [2.0, 3.0, 1.0, pytest.approx(NAN, nan_ok=True)]


# ---- every task over shuffled epochs, against torch ----


def oracle(task: str, z: Tensor, gold: Tensor) -> Tensor:
    """(N,) the loss of each sample, as torch computes it."""
    if task == "binary":
        return functional.binary_cross_entropy_with_logits(z, gold, reduction="none")
    if task == "multilabel":
        return functional.binary_cross_entropy_with_logits(z, gold, reduction="none").mean(1)
    if task == "regression":
        return (z - gold).square()
    if task == "language_modeling":
        z, gold = z[:, :-1], gold[:, 1:]
    if z.ndim == 3:
        return torch.stack([functional.cross_entropy(a, b) for a, b in zip(z, gold, strict=True)])
    return functional.cross_entropy(z, gold, reduction="none")


@pytest.mark.parametrize("task", CASES)
def test_each_task_gives_each_sample_its_loss(task: str, tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run", task=task)
    z = trained(task, recorder)
    recorder.close()
    dynamics = carto.load(tmp_path / "run")
    for epoch in range(2):
        expected = oracle(task, z[epoch], CASES[task][1])
        np.testing.assert_allclose(dynamics.signals["loss"][epoch], expected, rtol=1e-5, atol=1e-6)
    assert dynamics.kind == task
    table = carto.table(dynamics)
    assert len(table) == N
    assert table.n_observed.tolist() == [2] * N


@pytest.mark.parametrize("task", CASES)
def test_a_label_that_is_not_the_samples_own_is_named(task: str) -> None:
    recorder = carto.Recorder(task=task, on_error="raise")
    shape, gold = CASES[task]
    wrong = gold.clone()
    wrong[3] = gold[3].roll(1) if task == "soft_labels" else 1 - gold[3].clamp(-1)
    with pytest.raises(ValueError, match=r"sample 3 of split 'train' was logged with|equals"):
        for row, y in recorder.track(DataLoader(Numbered(gold), 8)):
            recorder.log(torch.randn(shape)[row], torch.where(y == y, wrong[row], y))


@pytest.mark.parametrize("task", CASES)
def test_labels_that_change_between_sessions_are_refused(task: str, tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run", task=task)
    trained(task, recorder)
    recorder.close()
    shape, gold = CASES[task]
    changed = gold.clone()
    changed[7] = gold[8]
    assert not torch.equal(changed[7], gold[7])
    again = carto.Recorder(tmp_path / "run", task=task, if_exists="resume", on_error="raise")
    with pytest.raises(ValueError, match=r"sample 7 .* logged for it earlier"):
        for row, y in again.track(DataLoader(Numbered(changed), 8)):
            again.log(torch.randn(shape)[row], y)


@pytest.mark.parametrize("task", CASES)
def test_half_precision_and_inference_tensors_are_taken(task: str) -> None:
    shape, gold = CASES[task]
    z = torch.randn(shape, generator=torch.Generator().manual_seed(1)).bfloat16()
    recorder = carto.Recorder(task=task)
    for row, y in recorder.track(DataLoader(Numbered(gold), 8)):
        with torch.inference_mode():
            recorder.log(z[row] * 1, y, mode="online")
    expected = oracle(task, z.double(), gold)
    np.testing.assert_allclose(recorder.dynamics.signals["loss"][0], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("task", ["token_classification", "language_modeling"])
def test_padding_to_another_length_is_the_same_label(task: str) -> None:
    shape, gold = CASES[task]

    def collate(items: list[Any]) -> tuple[Tensor, Tensor]:
        pad = int(torch.randint(0, 4, ()))
        row = torch.stack([item[0] for item in items])
        y = torch.stack([item[1] for item in items])
        return row, functional.pad(y, (0, pad), value=-100)

    recorder = carto.Recorder(task=task, on_error="raise")
    loader = recorder.track(DataLoader(Numbered(gold), 8, shuffle=True, collate_fn=collate))
    z = torch.randn(shape)
    for _ in range(3):
        for row, y in loader:
            recorder.log(functional.pad(z[row], (0, 0, 0, y.shape[1] - T)), y)
    losses = recorder.dynamics.signals["loss"]
    np.testing.assert_allclose(losses, losses[[0, 0, 0]], atol=1e-6)


def test_a_mask_says_which_tokens_count() -> None:
    gold = torch.tensor([[1, 0, 1], [0, 0, 1]])
    keep = torch.tensor([[True, True, False], [True, False, False]])
    z = torch.tensor([[[0.0, 2.0], [0.0, 1.0], [0.0, 9.0]], [[0.0, 2.0], [1.0, 0.0], [0.0, 0.0]]])
    recorder = carto.Recorder(task="token_classification")
    for row, y in recorder.track(DataLoader(TensorDataset(torch.arange(2), gold), 2)):
        recorder.log(z[row], y, mask=keep[row])
    dynamics = recorder.dynamics
    assert numbers(dynamics, "loss") == [(AT[2] + AT[-1]) / 2, 2.126928]
    assert numbers(dynamics, "n_tokens") == [2, 1]


def test_sequences_without_a_counted_token_write_no_row_and_are_told() -> None:
    gold = torch.tensor([[1, 0], [-100, -100], [0, 1]])
    recorder = carto.Recorder(task="token_classification")
    for row, y in recorder.track(DataLoader(TensorDataset(torch.arange(3), gold), 3)):
        recorder.log(torch.zeros(3, 2, 2)[row], y)
    assert np.isnan(recorder.dynamics.signals["loss"][0]).tolist() == [False, True, False]
    assert "1 rows without a label that counts" in recorder.identity


def test_ties_are_counted_and_told() -> None:
    recorder = carto.Recorder()
    data = TensorDataset(torch.tensor([[1.0, 1.0], [2.0, 0.0]]), torch.tensor([0, 1]))
    for z, y in recorder.track(DataLoader(data, 2)):
        recorder.log(z, y)
    assert "1 ties of the gold class" in recorder.identity


def test_two_heads_of_two_kinds() -> None:
    labels, value = torch.tensor([0, 1, 1, 0]), torch.tensor([0.5, 1.5, -1.0, 2.0])
    recorder = carto.Recorder(
        task={"main": "multiclass", "stars": "regression"},
        label_names={"main": ["no", "yes"]},
    )
    for x, y, v in recorder.track(DataLoader(TensorDataset(torch.eye(4), labels, value), 2)):
        recorder.log(x[:, :2], y)
        recorder.log(x.sum(1), v, task="stars")
    stars = carto.load(recorder, task="stars")
    assert (stars.kind, stars.label_names) == ("regression", None)
    assert numbers(stars, "error") == [0.5, -0.5, 2.0, -1.0]
    assert carto.load(recorder, task="main").label_names == ["no", "yes"]


@pytest.mark.parametrize(
    ("task", "column"),
    [
        ("binary", ["no", "yes", "yes"]),
        ("regression", [0.5, 1.5, -1.0]),
        ("multilabel", [[0, 1], [1, 1], [0, 0]]),
        ("soft_labels", [[0.5, 0.5], [1.0, 0.0], [0.25, 0.75]]),
    ],
)
def test_labels_in_samples_are_compared(task: str, column: list[Any]) -> None:
    frame = pd.DataFrame({"label": column})
    gold = torch.tensor([0.0, 1.0, 1.0] if task == "binary" else column)
    names = ["no", "yes"] if task == "binary" else None
    for wrong in (False, True):
        recorder = carto.Recorder(task=task, samples=frame, gold="label", label_names=names)
        y = gold.flip(0) if wrong else gold
        loader = recorder.track(DataLoader(TensorDataset(torch.zeros(gold.shape), y), 3))
        for z, labels in loader:
            if wrong:
                with pytest.raises(ValueError, match="in samples"):
                    recorder.log(z, labels)
            else:
                recorder.log(z, labels)


@pytest.mark.parametrize(
    ("task", "logits", "gold", "message"),
    [
        ("binary", (4, 2), torch.zeros(4), r"one logit a sample"),
        ("binary", (4,), torch.full((4,), 0.5), r"whose gold is not 0 or 1|label -1"),
        ("multilabel", (4, 2), torch.full((4, 2), 3.0), r"not 0 or 1 for each label"),
        ("soft_labels", (4, 2), torch.full((4, 2), 0.9), r"shares of the C classes"),
        ("regression", (4, 2), torch.zeros(4, 2), r"predictions \(B,\) or \(B, 1\)"),
        ("token_classification", (4, 3, 2), torch.full((4, 3), 5), r"each token"),
        ("language_modeling", (4, 3, 2), torch.full((4, 3), 5), r"each position"),
    ],
)
def test_what_a_task_does_not_take_is_refused(
    task: str, logits: tuple[int, ...], gold: Tensor, message: str
) -> None:
    recorder = carto.Recorder(task=task)
    for row, y in recorder.track(DataLoader(TensorDataset(torch.arange(4), gold), 4)):
        with pytest.raises(ValueError, match=message):
            recorder.log(torch.zeros(logits)[row], y)


def test_packed_rows_and_fused_losses_are_refused_with_the_remedy() -> None:
    recorder = carto.Recorder(task="language_modeling")
    for _row, y in recorder.track(DataLoader(TensorDataset(torch.arange(4), TOKENS[:4]), 4)):
        with pytest.raises(ValueError, match=r"packed into a row.*recorder\.evaluate"):
            recorder.log(torch.zeros(1, 4 * T, C), y.reshape(1, -1))
        with pytest.raises(TypeError, match=r"fused loss.*recorder\.evaluate"):
            recorder.log(None, y)


def test_mixed_targets_are_refused_with_the_remedy() -> None:
    gold = torch.eye(3)[torch.tensor([0, 1, 2, 0])]
    recorder = carto.Recorder(task="soft_labels")
    for _row, y in recorder.track(DataLoader(TensorDataset(torch.arange(4), gold), 4)):
        with pytest.raises(ValueError, match=r"nothing that came in the first batch equals"):
            recorder.log(torch.zeros(4, 3), 0.7 * y + 0.3 * y.flip(0))


def test_the_logits_of_a_language_model_are_never_copied_whole() -> None:
    z, y = torch.randn(4, 512, 5000), torch.randint(0, 5000, (4, 512))
    recorder = carto.Recorder(task="language_modeling")
    with torch.profiler.profile(profile_memory=True) as profile:
        for _row, labels in recorder.track(DataLoader(TensorDataset(torch.arange(4), y), 4)):
            recorder.log(z, labels)
    held, most = 0, 0
    for event in profile.profiler.kineto_results.events():
        if event.name() == "[memory]":
            held += event.nbytes()
            most = max(most, held)
    assert 0 < most < 0.15 * z.nbytes


def test_a_run_without_a_loop_of_every_task() -> None:
    cases: list[tuple[str, Any, Any, Any]] = [
        ("binary", [0.25, 0.5], [1, 0], [math.log(4), math.log(2)]),
        ("multilabel", [[0.5, 0.25]], [[1, 0]], [(math.log(2) + math.log(4 / 3)) / 2]),
        ("regression", [1.0, 2.0], [0.5, 4.0], [0.25, 4.0]),
    ]
    for task, values, gold, loss in cases:
        recorder = carto.Recorder(task=task)
        recorder.log_epoch(values, np.array(gold), guid=list(range(len(gold))))
        assert recorder.dynamics.signals["loss"][0].tolist() == pytest.approx(loss, abs=1e-5)
    with pytest.raises(ValueError, match="log sequences batch by batch"):
        carto.Recorder(task="language_modeling").log_epoch(np.zeros((1, 2)), [0], guid=[0])


@pytest.mark.parametrize("task", CASES)
def test_a_map_is_told_the_labels_and_nothing_else(task: str) -> None:
    recorder = carto.Recorder(task=task)
    gold = CASES[task][1]
    before = recorder.snapshot(Cursor())
    assert before.kind == task
    trained(task, recorder, 1)
    seen = recorder.snapshot(Cursor())
    expected: Any = gold.numpy()
    if task == "soft_labels":
        expected = gold.argmax(1)
    elif gold.ndim == 2 and task != "multilabel":
        expected = [-1] * N
    np.testing.assert_array_equal(seen.gold, np.asarray(expected, seen.gold.dtype))
