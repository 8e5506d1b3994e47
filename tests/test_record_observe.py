"""A loss observed: what is recorded, what is refused or left alone, and that the mode is left."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode, _get_current_function_mode_stack
from torch.utils.data import DataLoader, Dataset, TensorDataset

import carto_widget as carto

N, C, BATCH = 40, 3, 8


def data() -> TensorDataset:
    """Features whose first column is the row number, and labels."""
    generator = torch.Generator().manual_seed(0)
    x = torch.cat([torch.arange(N).float()[:, None], torch.randn(N, 4, generator=generator)], 1)
    return TensorDataset(x, torch.randint(0, C, (N,), generator=generator))


class Net(nn.Module):
    """Notes what it said of each row."""

    def __init__(self, width: int = C) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(4, width)
        self.said: dict[int, Tensor] = {}

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layer(x[:, 1:])
        self.said.update(zip(x[:, 0].long().tolist(), logits.detach().clone(), strict=True))
        return logits

    def gold_probability(self, labels: Tensor) -> np.ndarray:
        rows = [float(torch.softmax(self.said[i], 0)[labels[i]]) for i in range(len(labels))]
        return np.array(rows)


def modes() -> list[Any]:
    """What stands on this thread's stack of torch function modes."""
    return list(_get_current_function_mode_stack())


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    assert not modes()
    yield
    gc.collect()
    assert not modes()


def observed(loss: Callable[[Tensor, Tensor], Any], **options: Any) -> tuple[carto.Recorder, Net]:
    """One epoch in which every batch's loss is computed, and backward."""
    recorder, net = carto.Recorder(on_error="raise", **options), Net()
    loader = recorder.track(DataLoader(data(), batch_size=BATCH, shuffle=True), observe=True)
    for x, gold in loader:
        loss(net(x), gold).sum().backward()
    return recorder, net


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "functional": F.cross_entropy,
    "a module": nn.CrossEntropyLoss(),
    "label smoothing": nn.CrossEntropyLoss(label_smoothing=0.3),
    "class weights": nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0, 0.1])),
    "no reduction": nn.CrossEntropyLoss(reduction="none"),
    "sum": nn.CrossEntropyLoss(reduction="sum"),
    "by keyword": lambda logits, gold: F.cross_entropy(target=gold, input=logits),
    "views": lambda logits, gold: F.cross_entropy(logits.view(-1, C), gold.view(-1)),
    "copies": lambda logits, gold: F.cross_entropy(
        logits, gold.int().unsqueeze(1).double().clone().squeeze(1).to(torch.long)
    ),
    "the same twice": lambda logits, gold: (
        F.cross_entropy(logits, gold) + F.cross_entropy(logits, gold, label_smoothing=0.1)
    ),
    "a loss of something else": lambda logits, gold: (
        F.cross_entropy(logits.roll(1, 1), torch.arange(len(gold)) % C)
        + F.cross_entropy(logits, gold)
    ),
    "a teacher's shares": lambda logits, gold: (
        F.cross_entropy(logits, torch.full_like(logits, 1 / C)) + F.cross_entropy(logits, gold)
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_rows_hold_what_the_model_said_whatever_the_loss_makes_of_it(name: str) -> None:
    recorder, net = observed(LOSSES[name])
    dynamics = carto.load(recorder)
    labels = data().tensors[1]
    assert dynamics.epochs.tolist() == [0]
    assert dynamics.mode == "online"
    assert dynamics.gold.tolist() == labels.tolist()
    expected = net.gold_probability(labels)
    np.testing.assert_allclose(dynamics.signals["gold_probability"][0], expected, atol=1e-6)
    assert "identity checked" in recorder.identity


def test_a_class_that_the_loss_ignores_writes_no_row() -> None:
    recorder, _ = observed(nn.CrossEntropyLoss(ignore_index=2, reduction="sum"))
    seen = ~np.isnan(carto.load(recorder).signals["loss"][0])
    assert seen.tolist() == (data().tensors[1] != 2).tolist()


def mixed(logits: Tensor, gold: Tensor) -> Tensor:
    return F.cross_entropy(logits, gold) + F.cross_entropy(logits, gold.flip(0))


REFUSED: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], str]] = {
    "two heads": (
        lambda logits, gold: F.cross_entropy(logits, gold) + F.cross_entropy(2 * logits, gold),
        "two heads",
    ),
    "mixed inputs": (mixed, "clean pass"),
    "mixed inputs, the other first": (
        lambda z, gold: F.cross_entropy(z, gold.flip(0)) + F.cross_entropy(z, gold),
        "clean pass",
    ),
    "a part of the batch": (lambda z, gold: F.cross_entropy(z[:4], gold[:4]), "4 rows"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_be_meant_in_two_ways_is_refused_at_the_first_batch(name: str) -> None:
    loss, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        observed(loss)


UNSEEN: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "no loss": lambda logits, gold: logits,
    "targets of the loop's own": lambda z, gold: F.cross_entropy(z, gold.clone().flip(0)),
    "soft targets": lambda z, gold: F.cross_entropy(z, F.one_hot(gold, C).float()),
    "one example at a time, under vmap": lambda z, gold: torch.vmap(F.cross_entropy)(z, gold),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_a_pass_of_which_nothing_is_seen_is_said(name: str) -> None:
    with pytest.warns(UserWarning, match=r"5 batches .* no loss of their labels was seen"):
        recorder, _ = observed(UNSEEN[name])
    assert not recorder.identity.startswith("Recorded")
    assert recorder.series().task == "main"
    assert recorder.run.parts() == []


def test_a_loss_that_log_has_recorded_already_is_not_recorded_again() -> None:
    recorder = carto.Recorder(on_error="raise")
    net = Net()
    for x, gold in recorder.track(DataLoader(data(), batch_size=BATCH), observe=True):
        logits = net(x)
        recorder.log(logits, gold)
        F.cross_entropy(logits, gold).backward()
    assert (recorder.dynamics.signals["n_seen"] == 1).all()


class Pairs(Dataset[Any]):
    """Items with targets of any kind."""

    def __init__(self, target: Tensor) -> None:
        self.x, self.target = data().tensors[0], target

    def __len__(self) -> int:
        return N

    def __getitem__(self, i: int) -> Any:
        return self.x[i], self.target[i]


TASKS: dict[str, tuple[int, Tensor, Callable[[Tensor, Tensor], Tensor]]] = {
    "binary": (
        1,
        torch.arange(N) % 2,
        lambda z, gold: F.binary_cross_entropy_with_logits(z, gold.float().unsqueeze(1)),
    ),
    "multilabel": (
        2,
        torch.stack([torch.arange(N) % 2, torch.arange(N) % 3 % 2], 1).float(),
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0, 1.0])),
    ),
    "regression": (1, torch.arange(N) / N, lambda z, y: F.mse_loss(z, y.unsqueeze(1))),
    "soft_labels": (C, torch.softmax(torch.arange(N * C).view(N, C) % 7.0, 1), F.cross_entropy),
}


@pytest.mark.parametrize("task", TASKS)
def test_a_declared_task_is_observed_by_its_own_loss(task: str) -> None:
    width, target, loss = TASKS[task]
    recorded = []
    for observe in (True, False):
        recorder, net = carto.Recorder(task=task, on_error="raise"), Net(width)
        loader = DataLoader(Pairs(target), batch_size=BATCH, shuffle=False)
        for x, gold in recorder.track(loader, observe=observe):
            logits = net(x)
            if not observe:
                recorder.log(logits, gold)
            loss(logits, gold).backward()
        recorded.append(recorder.dynamics)
    seen, logged = recorded
    assert seen.epochs.tolist() == [0]
    for name in logged.signals:
        np.testing.assert_array_equal(seen.signals[name], logged.signals[name])


@pytest.mark.parametrize("task", ["language_modeling", {"fine": "multiclass", "coarse": "binary"}])
def test_what_no_one_loss_takes_is_refused_when_the_loader_is_tracked(task: Any) -> None:
    with pytest.raises(ValueError, match=r"recorder\.log"):
        carto.Recorder(task=task).track(DataLoader(data()), observe=True)


def test_weights_are_bit_equal_with_and_without() -> None:
    def weights(observe: bool) -> Tensor:
        torch.manual_seed(1)
        layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.1, batch_first=True)
        model = nn.Sequential(layer, nn.Dropout(0.2), nn.Linear(4, C))
        optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
        loader = DataLoader(data(), batch_size=BATCH, shuffle=True)
        if observe:
            loader = carto.Recorder(on_error="raise").track(loader, observe=True)
        for _ in range(3):
            for x, gold in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(x[:, 1:]), gold).backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
        return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])

    assert torch.equal(weights(True), weights(False))


# ---- the mode is left ----


def loader_of(recorder: carto.Recorder | None = None, **options: Any) -> Any:
    recorder = recorder or carto.Recorder(on_error="raise")
    return recorder.track(DataLoader(data(), batch_size=BATCH, **options), observe=True)


def test_the_mode_is_on_the_stack_while_the_loop_has_a_batch_and_no_longer() -> None:
    iterator = iter(loader_of())
    assert not modes()
    next(iterator)
    assert len(modes()) == 1
    next(iterator)
    assert len(modes()) == 1
    del iterator
    assert not modes()


def test_the_dataset_is_read_without_it() -> None:
    class Looking(Pairs):
        def __getitem__(self, i: int) -> Any:
            assert not modes()
            return super().__getitem__(i)

    recorder = carto.Recorder()
    looking = Looking(data().tensors[1])
    for _ in recorder.track(DataLoader(looking, batch_size=BATCH), observe=True):
        assert len(modes()) == 1
        break


def test_it_is_left_at_a_break() -> None:
    for _ in loader_of():
        break
    assert not modes()


def test_it_is_left_at_an_exception_whose_traceback_is_kept() -> None:
    def fit() -> None:
        for x, gold in loader_of():
            F.cross_entropy(x[:, :C], gold)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as kept:
        fit()
    assert not modes()
    assert kept.tb is not None


def test_it_is_left_when_a_generator_is_abandoned() -> None:
    def batches() -> Iterator[Any]:
        yield from loader_of()

    generator = batches()
    next(generator)
    assert len(modes()) == 1
    del generator
    assert not modes()


def test_it_is_left_when_the_dataset_raises() -> None:
    class Broken(Pairs):
        def __getitem__(self, i: int) -> Any:
            if i == BATCH:
                raise OSError("item 8")
            return super().__getitem__(i)

    recorder = carto.Recorder()
    iterator = iter(
        recorder.track(DataLoader(Broken(data().tensors[1]), batch_size=BATCH), observe=True)
    )
    next(iterator)
    with pytest.raises(OSError, match="item 8"):
        next(iterator)
    assert not modes()


class Counting(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


def test_modes_of_the_loops_own_come_and_go_in_their_own_order() -> None:
    iterator, mine = iter(loader_of()), Counting()
    with mine:
        next(iterator)
        assert modes()[-1] is mine
    assert len(modes()) == 1
    assert mine not in modes()
    mine.__enter__()
    del iterator
    assert modes() == [mine]
    mine.__exit__(None, None, None)


def test_a_default_device_comes_and_goes_inside_and_outside() -> None:
    with torch.device("cpu"):
        iterator = iter(loader_of())
        next(iterator)
    next(iterator)
    with torch.device("meta"):
        assert torch.empty(1).device.type == "meta"
        next(iterator)
        assert torch.empty(1).device.type == "meta"
    assert torch.empty(1).device.type == "cpu"
    del iterator
    assert not modes()


def test_the_default_device_changes_in_the_middle_of_a_loop() -> None:
    torch.set_default_device("cpu")
    iterator = iter(loader_of())
    try:
        next(iterator)
        torch.set_default_device("meta")
        assert torch.empty(1).device.type == "meta"
        torch.set_default_device("cpu")
        next(iterator)
        assert torch.empty(1).device.type == "cpu"
    finally:
        torch.set_default_device(None)
    assert len(modes()) == 1


def in_another_thread(do: Callable[[], Any]) -> Any:
    done: list[Any] = []
    thread = threading.Thread(target=lambda: done.append(do()))
    thread.start()
    thread.join()
    return done[0]


def test_a_batch_fetched_in_another_thread_is_observed_nowhere() -> None:
    recorder = carto.Recorder(on_error="raise")
    iterator = iter(loader_of(recorder))
    x, gold = in_another_thread(lambda: next(iterator))
    assert not modes()
    F.cross_entropy(x[:, :C], gold)
    assert recorder.run.parts() == []
    assert "waiting" in repr(recorder)


def test_what_a_thread_was_left_with_sees_nothing_and_goes_with_the_next() -> None:
    recorder = carto.Recorder(on_error="raise")
    iterator = iter(loader_of(recorder))
    x, gold = next(iterator)
    in_another_thread(lambda: next(iterator))
    F.cross_entropy(x[:, :C], gold)
    assert "waiting" in repr(recorder)
    next(iterator)
    assert len(modes()) == 1


def test_loaders_in_one_another_see_their_own_batches() -> None:
    recorder = carto.Recorder(on_error="raise")
    train, held_out = Net(), Net()
    validation = recorder.track(DataLoader(data(), batch_size=20), split="validation", observe=True)
    for i, (x, gold) in enumerate(loader_of(recorder)):
        F.cross_entropy(train(x), gold).backward()
        if i == 2:
            with torch.no_grad():
                for inner, labels in validation:
                    assert len(modes()) == 2
                    F.cross_entropy(held_out(inner), labels)
    labels = data().tensors[1]
    for split, net in (("train", train), ("validation", held_out)):
        dynamics = carto.load(recorder, split)
        expected = net.gold_probability(labels)
        np.testing.assert_allclose(dynamics.signals["gold_probability"][0], expected, atol=1e-6)
    assert carto.load(recorder, "validation").mode == "eval"


def test_a_loop_that_fetches_ahead_is_refused() -> None:
    iterator = iter(loader_of())
    (x, gold), _ = next(iterator), next(iterator)
    with pytest.raises(ValueError, match="fetches batches ahead"):
        F.cross_entropy(x[:, :C], gold)


def test_a_compiled_model_is_observed_where_its_loss_is_not_compiled() -> None:
    recorder, net = carto.Recorder(on_error="raise"), nn.Linear(5, C)
    compiled = torch.compile(net, backend="eager")
    said: dict[int, Tensor] = {}
    for x, gold in loader_of(recorder):
        logits = compiled(x)
        F.cross_entropy(logits, gold).backward()
        said.update(zip(x[:, 0].long().tolist(), logits.detach(), strict=True))
    labels = data().tensors[1]
    expected = [float(torch.softmax(said[i], 0)[labels[i]]) for i in range(N)]
    np.testing.assert_allclose(
        recorder.dynamics.signals["gold_probability"][0], expected, atol=1e-6
    )


def test_a_signal_logged_before_the_loss_does_not_stand_for_it() -> None:
    recorder, net = carto.Recorder(), Net()
    for x, y in recorder.track(DataLoader(data(), BATCH), observe=True):
        recorder.log_signal("row", x[:, 0])
        F.cross_entropy(net(x), y).backward()
    signals = recorder.dynamics.signals
    np.testing.assert_allclose(
        signals["gold_probability"][0], net.gold_probability(data().tensors[1]), atol=1e-5
    )
    np.testing.assert_array_equal(signals["row"][0], np.arange(N))


def test_functions_called_by_keyword_work_as_ever() -> None:
    recorder, net = carto.Recorder(), Net()
    for x, y in recorder.track(DataLoader(data(), BATCH), observe=True):
        flat = torch.flatten(input=x, start_dim=1)
        F.cross_entropy(input=net(flat), target=y.clone()).backward()
    assert recorder.dynamics.epochs.tolist() == [0]


@pytest.mark.parametrize("way", ["log", "observe", "evaluate"])
def test_a_loop_under_autocast_is_recorded(way: str) -> None:
    recorder, net = carto.Recorder(), Net()
    loader = recorder.track(DataLoader(data(), BATCH), observe=way == "observe")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        if way == "evaluate":
            recorder.evaluate(net, loader)
        else:
            for x, y in loader:
                logits = net(x)
                if way == "log":
                    recorder.log(logits, y, features=x.bfloat16())
                else:
                    F.cross_entropy(logits, y)
        assert torch.is_autocast_enabled("cpu")
    recorder.close()
    assert len(recorder.dynamics.epochs) == 1
