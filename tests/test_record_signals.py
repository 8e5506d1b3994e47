"""What is kept of a batch's logits, and that it is still true when it is computed."""

from __future__ import annotations

import gc
import math
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import carto_widget as carto
from carto_widget.record.values.signals import signals
from carto_widget.store.snapshot import Cursor

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("logits", "gold", "loss", "margin", "other_label"),
    [
        # ln(1 + e^-1 + e^-2) = 0.40761; 3 - 2 = 1
        ([1.0, 2.0, 3.0], 2, 0.40761, 1.0, 1),
        # a tie of gold with the runner-up: ln(2 + e^-2) = 0.75863
        ([3.0, 3.0, 1.0], 0, 0.75863, 0.0, 1),
        # two others tie: the first is named; 1 + ln(2 + e^-1) = 1.86199
        ([0.0, 1.0, 1.0], 0, 1.86199, -1.0, 1),
        # a NaN or +inf anywhere: seen, but nothing is known
        ([NAN, 0.0, 1.0], 1, NAN, NAN, None),
        ([INF, 0.0, 1.0], 0, NAN, NAN, None),
        ([0.0, INF, 1.0], 0, NAN, NAN, None),
        # a gold logit of -inf is a fact, not a gap
        ([-INF, 0.0, 1.0], 0, INF, -INF, 2),
        ([0.0, -INF, -INF], 0, 0.0, INF, 1),
        ([-INF, 0.0, -INF], 1, 0.0, INF, 0),
        # huge logits: no overflow, no cancellation; ln(1 + e^-1) = 0.31326
        ([1e4, 9999.0, 0.0], 0, 0.31326, 1.0, 1),
    ],
)
@pytest.mark.parametrize("few_classes", [0, 20], ids=["row-major", "class-major"])
def test_signals_by_hand(
    logits: list[float],
    gold: int,
    loss: float,
    margin: float,
    other_label: int | None,
    few_classes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("carto_widget.record.values.signals.FEW_CLASSES", few_classes)
    found = signals(torch.tensor([logits]), torch.tensor([gold]))
    assert found.loss.item() == pytest.approx(loss, abs=1e-5, nan_ok=True)
    assert found.margin.item() == pytest.approx(margin, abs=1e-5, nan_ok=True)
    if other_label is not None:
        assert found.other_label.item() == other_label


@pytest.mark.parametrize("n_classes", [2, 50, 51, 300])
@pytest.mark.parametrize("n", [1, 7])
def test_every_width_equals_an_oracle_and_leaves_the_logits_as_they_were(
    n: int, n_classes: int
) -> None:
    logits = torch.randn(n, n_classes, generator=torch.Generator().manual_seed(n)).round(decimals=1)
    before, gold = logits.clone(), torch.arange(n) % n_classes
    found = signals(logits, gold, keep=torch.float32)
    assert torch.equal(logits, before)
    log_p = torch.log_softmax(before.double(), 1)
    others = before.clone()
    others[torch.arange(n), gold] = -INF
    torch.testing.assert_close(found.loss, -log_p[torch.arange(n), gold].float())
    torch.testing.assert_close(found.margin, before[torch.arange(n), gold] - others.amax(1))
    assert found.other_label.tolist() == others.numpy().argmax(1).tolist()
    assert found.log_probabilities is not None
    torch.testing.assert_close(found.log_probabilities, log_p.float())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_widened_before_the_softmax(dtype: torch.dtype) -> None:
    half = torch.randn(64, 10, generator=torch.Generator().manual_seed(0)).mul(4).to(dtype)
    gold = torch.arange(64) % 10
    found = signals(half, gold)
    exact = -torch.log_softmax(half.double(), 1)[torch.arange(64), gold]
    assert found.loss.dtype == torch.float32
    torch.testing.assert_close(found.loss, exact.float(), atol=1e-5, rtol=1e-5)


def logged(batches: list[tuple[Tensor, Tensor]], **options: object) -> carto.TrainingDynamics:
    recorder = carto.Recorder(**options)  # type: ignore[arg-type]  # any option of the recorder
    first = 0
    for logits, gold in batches:
        recorder.log(logits, gold, guid=list(range(first, first + len(gold))))
        first += len(gold)
    recorder.end_epoch()
    return recorder.dynamics


def random_batches(sizes: list[int], n_classes: int) -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(3)
    return [
        (
            torch.randn(size, n_classes, generator=generator) * 3,
            torch.randint(0, n_classes, (size,), generator=generator),
        )
        for size in sizes
    ]


@pytest.mark.parametrize(
    ("sizes", "n_classes"),
    [([16] * 200, 3), ([1, 5, 1], 2), ([2000, 7, 2000, 2000, 9], 40), ([40] * 3, 32_000)],
    ids=["small", "tiny", "small and large", "huge C"],
)
def test_deferred_values_equal_an_oracle(sizes: list[int], n_classes: int) -> None:
    batches = random_batches(sizes, n_classes)
    found = logged(batches).signals["gold_probability"][0]
    exact = [z.double().softmax(1)[torch.arange(len(y)), y] for z, y in batches]
    np.testing.assert_allclose(found, torch.cat(exact).numpy(), atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 10, 60])
def test_a_rows_numbers_have_no_bit_of_the_rows_that_are_computed_beside_it(n_classes: int) -> None:
    """How many are, depends on the time that their steps have taken."""
    generator = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(3000, n_classes, generator=generator)
    gold = torch.arange(3000) % n_classes
    whole = signals(logits, gold, keep=torch.float32)
    for size in (5, 8, 61):
        pieces = zip(logits.split(size), gold.split(size), strict=True)
        found = [signals(*piece, keep=torch.float32) for piece in pieces]
        for name, expected in whole._asdict().items():
            assert torch.equal(torch.cat([getattr(one, name) for one in found]), expected), name


def test_small_logits_changed_after_log_are_recorded_as_logged() -> None:
    recorder = carto.Recorder()
    logits, gold = torch.tensor([[0.0, 2.0], [1.0, 0.0]]), torch.tensor([1, 0])
    recorder.log(logits, gold, guid=[0, 1])
    for _ in range(3):  # the later ones are still pending when they are changed
        logits = torch.tensor([[0.0, 2.0], [1.0, 0.0]])
        recorder.log(logits, gold, guid=[0, 1])
        logits.mul_(100)
    recorder.end_epoch()
    assert recorder.dynamics.signals["margin"].tolist() == [[2.0, 1.0]]


def test_large_logits_changed_after_log_are_recorded_as_logged() -> None:
    recorder = carto.Recorder()
    gold = torch.zeros(600, dtype=torch.long)
    batches = [torch.randn(600, 40), torch.randn(600, 500), torch.randn(600, 40)]
    expected = [(z[:, 0] - z[:, 1:].amax(1)).numpy() for z in batches]
    for i, (task, logits) in enumerate(zip("aba", batches, strict=True)):
        recorder.log(logits, gold, guid=list(range(600 * i, 600 * (i + 1))), task=task)
        logits.mul_(2)
    recorder.end_epoch()
    for task, rows in (("a", [0, 2]), ("b", [1])):
        margin = carto.load(recorder, task=task).signals["margin"][0].reshape(3, 600)
        np.testing.assert_array_equal(margin[rows], np.stack([expected[i] for i in rows]))


class Marked(torch.autograd.Function):
    """Identity, whose node in the graph holds a marker."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, marker: Any) -> Tensor:
        ctx.marker = marker
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        return gradients[0], None


class Marker:
    """Something that can be weakly referred to."""


def test_the_graph_is_never_kept_alive() -> None:
    recorder = carto.Recorder()
    weight = torch.randn(4, 3, requires_grad=True)
    gold = torch.zeros(8, dtype=torch.long)
    recorder.log(torch.randn(8, 4) @ weight, gold, guid=list(range(8)))
    marker = Marker()
    graph = weakref.ref(marker)
    logits = Marked.apply(torch.randn(8, 4) @ weight, marker)  # type: ignore[no-untyped-call]  # torch
    recorder.log(logits, gold, guid=list(range(8)))  # pending: computed later
    del logits, marker
    gc.collect()
    assert graph() is None


def test_an_ignored_label_writes_no_row() -> None:
    recorder = carto.Recorder()
    recorder.log(torch.eye(3), torch.tensor([0, -100, 2]), guid=["a", "b", "c"])
    recorder.end_epoch()
    dynamics = recorder.dynamics
    assert dynamics.guid.tolist() == ["a", "b", "c"]
    assert np.isnan(dynamics.signals["margin"][0]).tolist() == [False, True, False]
    assert dynamics.gold.tolist() == [0, -1, 2]


def test_log_probabilities_are_kept_as_asked() -> None:
    batches = random_batches([8, 8], 3)
    exact = torch.cat([z for z, _ in batches]).double().log_softmax(1).numpy()
    for logits, tolerance in (("auto", 5e-3), ("float16", 5e-3), ("float32", 1e-6)):
        found = logged(batches, logits=logits).signals["logits"][0]
        np.testing.assert_allclose(found, exact, atol=tolerance)
    assert "logits" not in logged(batches, logits=False).signals
    assert "logits" not in logged(random_batches([8], 33)).signals  # auto: C <= 32


def test_nonfinite_rows_are_missing_and_counted() -> None:
    recorder = carto.Recorder()
    recorder.log(torch.tensor([[1.0, 0.0], [NAN, 0.0]]), torch.tensor([0, 0]), guid=[0, 1])
    assert recorder.snapshot(Cursor()).n_nonfinite == 1
    recorder.end_epoch()
    assert np.isnan(recorder.dynamics.signals["gold_probability"][0]).tolist() == [False, True]
