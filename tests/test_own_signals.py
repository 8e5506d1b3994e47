"""Functions under @signal: what is recorded of them, and that training never notices."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from task_cases import CASES, trained
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto

N, C = 40, 3
GOLD = torch.randint(0, C, (N,), generator=torch.Generator().manual_seed(0))
DATA = TensorDataset(torch.arange(N), GOLD)  # item i is (i, label of i)
NAN = math.nan
Function = Callable[[Tensor, Tensor], Any]


def entropy(logits: Tensor, gold: Tensor) -> Tensor:
    found: Tensor = torch.special.entr(torch.softmax(logits, 1)).sum(1)
    return found


def gold_logit(logits: Tensor, gold: Tensor) -> Tensor:
    return logits.gather(1, gold[:, None])[:, 0]


def doubled(logits: Tensor, gold: Tensor) -> Tensor:
    return 2 * gold_logit(logits, gold)


def named(name: str, function: Function) -> Any:
    """A function under another name, as a cell run again defines it."""

    def renamed(logits: Tensor, gold: Tensor) -> Any:
        return function(logits, gold)

    renamed.__name__ = name
    return renamed


def logits_of(rows: Tensor, width: int = C) -> Tensor:
    """Of class k the row number and k / 4."""
    return rows.unsqueeze(1) + torch.arange(width) / 4


OF_GOLD = (torch.arange(N) + GOLD / 4).numpy()  # what `gold_logit` says of `logits_of`


def run(recorder: carto.Recorder, width: int = C, batch: int = 8, epochs: int = 2) -> None:
    loader = recorder.track(DataLoader(DATA, batch_size=batch, shuffle=True))
    for _ in range(epochs):
        for rows, gold in loader:
            recorder.log(logits_of(rows, width), gold)


# ---- values ----


def test_numbers_worked_by_hand() -> None:
    carto.signal(entropy)
    carto.signal(gold_logit)
    recorder = carto.Recorder()
    logits = torch.tensor([[0.0, 0.0], [math.log(3), 0.0], [0.0, math.log(9)]])
    recorder.log(logits, torch.tensor([0, 0, 1]), guid=["a", "b", "c"])
    recorder.end_epoch()
    signals = recorder.dynamics.signals
    # -sum p ln p of (1/2, 1/2), (3/4, 1/4), (1/10, 9/10)
    assert signals["entropy"][0].tolist() == pytest.approx([0.693147, 0.562335, 0.325083], abs=1e-6)
    assert signals["gold_logit"][0].tolist() == pytest.approx([0, 1.098612, 2.197225], abs=1e-6)
    assert signals["entropy"].dtype == np.float32


@pytest.mark.parametrize("where", ["memory", "folder", "compact"])
@pytest.mark.parametrize(("width", "batch"), [(3, 8), (10_000, 8), (10_000, 40)])
def test_waiting_large_and_cut_steps_say_the_same(
    width: int, batch: int, where: str, tmp_path: Path
) -> None:
    """A step of 8 x 10,000 logits is computed at once, one of 40 x 10,000 in pieces."""
    carto.signal(gold_logit)
    path = None if where == "memory" else tmp_path / "run"
    recorder = carto.Recorder(path, compact=where == "compact")
    run(recorder, width, batch)
    recorder.close()
    dynamics = recorder.dynamics if path is None else carto.load(path)
    np.testing.assert_array_equal(dynamics.signals["gold_logit"], [OF_GOLD, OF_GOLD])


def test_it_is_kept_as_it_was_when_logged_and_once_an_epoch() -> None:
    carto.signal(gold_logit)
    recorder = carto.Recorder()
    sampler = [3, 4, 3, 5, 4, 3]
    scale = 1.0
    for rows, gold in recorder.track(DataLoader(DATA, batch_size=2, sampler=sampler)):
        logits = logits_of(rows) * scale
        recorder.log(logits, gold)
        logits.zero_()
        scale *= 2
    signals = recorder.dynamics.signals
    of_first = OF_GOLD[3:6] * [1, 1, 2]
    np.testing.assert_array_equal(signals["gold_logit"][0, 2:7], [NAN, *of_first, NAN])
    assert signals["n_seen"][0, 3:6].tolist() == [3, 2, 1]


def test_clean_passes_other_splits_and_whole_epochs_have_it() -> None:
    carto.signal(entropy)
    model = nn.Linear(1, C)
    data = TensorDataset(torch.arange(N).float()[:, None] / N, GOLD)
    said = entropy(model(data.tensors[0]), GOLD).detach().numpy()
    recorder = carto.Recorder()
    recorder.evaluate(model, DataLoader(data, batch_size=9), split="validation")
    validated = carto.load(recorder, "validation")
    np.testing.assert_allclose(validated.signals["entropy"], [said], rtol=1e-5)
    p = np.array([[0.75, 0.25], [0.1, 0.9]])
    recorder.log_epoch(p, [0, 1], guid=["a", "b"], split="boosted")
    of_epoch = carto.load(recorder, "boosted").signals["entropy"][0]
    assert of_epoch.tolist() == pytest.approx([0.562335, 0.325083], abs=1e-6)


def test_labels_that_do_not_count_can_be_looked_up_and_write_no_row() -> None:
    carto.signal(gold_logit)
    gold = torch.tensor([0, -100, 2])
    recorder = carto.Recorder()
    recorder.log(torch.eye(3), gold, guid=[0, 1, 2])
    recorder.log(torch.eye(3), torch.tensor([0, 1, 2]), mask=gold != 0, guid=[3, 4, 5])
    recorder.end_epoch()
    dynamics = recorder.dynamics
    assert (dynamics.guid.tolist(), dynamics.signals["gold_logit"].tolist()) == (
        [0, 1, 2, 3, 4, 5],
        [pytest.approx([1, NAN, 1, NAN, 1, 1], nan_ok=True)],
    )


# ---- of which heads ----


def test_each_head_has_its_own_and_a_name_or_a_kind_chooses() -> None:
    carto.signal(gold_logit)
    carto.signal(task="b")(entropy)

    @carto.signal(task=["regression", "nobody"])
    def distance(logits: Tensor, gold: Tensor) -> Tensor:
        return (logits - gold).abs()

    recorder = carto.Recorder(task={"r": "regression"})
    for rows, gold in recorder.track(DataLoader(DATA, batch_size=8)):
        recorder.log(logits_of(rows), gold, task="a")
        recorder.log(logits_of(rows) * 2, gold, task="b")
        recorder.log(rows * 1.0, gold.float(), task="r")
    recorder.end_epoch()
    a, b, r = (carto.load(recorder, task=task).signals for task in "abr")
    assert ("entropy" in a, "entropy" in b, "distance" in a) == (False, True, False)
    np.testing.assert_array_equal(a["gold_logit"], [OF_GOLD])
    np.testing.assert_array_equal(b["gold_logit"], [2 * OF_GOLD])
    np.testing.assert_array_equal(r["distance"][0], (torch.arange(N) - GOLD).abs())
    assert "gold_logit" not in r


@pytest.mark.parametrize("task", CASES)
def test_every_kind_of_task_gives_what_it_is_logged_with(task: str) -> None:
    shapes = []

    @carto.signal(task=task)
    def largest(logits: Tensor, gold: Tensor) -> Tensor:
        shapes.append((logits.shape[1:], gold.shape[1:], logits.dtype))
        return logits.flatten(1).amax(1) if logits.ndim > 1 else logits

    recorder = carto.Recorder(task=task)
    z = trained(task, recorder)
    expected = z.flatten(2).amax(2) if z.ndim > 2 else z
    np.testing.assert_allclose(recorder.dynamics.signals["largest"], expected, rtol=1e-6)
    shape, gold = CASES[task]
    assert set(shapes) == {(shape[1:], gold.shape[1:], torch.float32)}


def test_a_function_of_no_head_that_is_logged_is_named() -> None:
    carto.signal(task="regression")(entropy)
    recorder = carto.Recorder()
    with pytest.warns(UserWarning, match=r"'entropy' is of task='regression', and no such head"):
        run(recorder)
    assert "loss" in recorder.dynamics.signals


# ---- training never notices ----


def weights(*, own: bool, workers: int, half: bool = False) -> tuple[Tensor, Any]:
    """Of a training with dropout; what it said of each sample."""
    torch.manual_seed(0)
    data = TensorDataset(torch.randn(N, 4), torch.randint(0, C, (N,)))
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.3), nn.Linear(8, C))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    recorder = carto.Recorder(signals=None if own else [])
    loader = recorder.track(DataLoader(data, batch_size=7, shuffle=True, num_workers=workers))
    for _ in range(2):
        for x, gold in loader:
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                logits = model(x)
                recorder.log(logits, gold)
            optimizer.zero_grad()
            functional.cross_entropy(logits, gold).backward()
            optimizer.step()
    return torch.cat([p.detach().flatten() for p in model.parameters()]), recorder.dynamics


@pytest.mark.parametrize(("workers", "half"), [(0, False), (2, False), (0, True)])
def test_weights_are_bit_equal_whatever_the_function_does(workers: int, half: bool) -> None:
    seen = []

    @carto.signal
    def rude(logits: Tensor, gold: Tensor) -> Tensor:
        seen.append((logits.dtype, logits.requires_grad, torch.is_grad_enabled()))
        assert (logits @ logits.T).dtype == torch.float32  # autocast would make it half
        torch.rand(3)
        loss = functional.cross_entropy(logits, gold, reduction="none")
        logits.zero_()
        gold.zero_()
        return loss

    with_it, dynamics = weights(own=True, workers=workers, half=half)
    without, _ = weights(own=False, workers=workers, half=half)
    assert torch.equal(with_it, without)
    assert set(seen) == {(torch.float32, False, False)}
    np.testing.assert_allclose(dynamics.signals["rude"], dynamics.signals["loss"], rtol=1e-5)


@pytest.mark.parametrize("batch", [8, 40])
def test_large_logits_that_a_function_changes_stay_the_loops(batch: int) -> None:
    @carto.signal
    def rude(logits: Tensor, gold: Tensor) -> Tensor:
        return logits.zero_()[:, 0]

    recorder = carto.Recorder(logits=False)
    for rows, gold in recorder.track(DataLoader(DATA, batch_size=batch)):
        logits = logits_of(rows, 10_000)
        recorder.log(logits, gold)
        assert torch.equal(logits, logits_of(rows, 10_000))
    assert not recorder.dynamics.signals["rude"].any()


def test_a_loss_in_a_function_is_not_taken_for_the_loops() -> None:
    """Where the loop logs itself, the function runs before the eyes of what observes it."""

    loss_of = functional.binary_cross_entropy_with_logits

    @carto.signal(task="multilabel")
    def again(logits: Tensor, gold: Tensor) -> Tensor:
        return loss_of(logits, gold, reduction="none").mean(1)

    recorder = carto.Recorder(task="multilabel")
    data = TensorDataset(torch.arange(N), torch.arange(N * 10_000).reshape(N, -1) % 7 % 2.0)
    for rows, gold in recorder.track(DataLoader(data, batch_size=8), observe=True):
        output = rows.unsqueeze(1) / 20 - gold
        if rows[0] < 20:
            recorder.log(output, gold)  # computed at once
        loss_of(output, gold)
    signals = recorder.dynamics.signals
    np.testing.assert_allclose(signals["again"], signals["loss"], rtol=1e-5)
    assert (signals["n_seen"] == 1).all()


# ---- processes ----


def test_the_shares_of_several_processes_are_united(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carto.signal(gold_logit)
    monkeypatch.setenv("WORLD_SIZE", "2")
    recorders = []
    for rank in "01":
        monkeypatch.setenv("RANK", rank)
        recorders.append(carto.Recorder(tmp_path / "run"))
    loaders = [
        recorder.track(DataLoader(DATA, batch_size=4, sampler=range(rank, N, 2)))
        for rank, recorder in enumerate(recorders)
    ]
    for recorder, loader in zip(recorders, loaders, strict=True):
        for rows, gold in loader:
            recorder.log(logits_of(rows), gold)
    for recorder in recorders:
        recorder.close()
    signals = carto.load(tmp_path / "run").signals
    np.testing.assert_array_equal(signals["gold_logit"], [OF_GOLD])
