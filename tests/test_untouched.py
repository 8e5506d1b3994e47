"""Training is not touched: not by a recorder, not by a map, not by a fault in drawing."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from widget_page import until

import carto_widget as carto

N, C = 256, 4


def weights(recorder: carto.Recorder | None, workers: int = 0) -> list[Tensor]:
    """The weights after four epochs with dropout, shuffling, a generator and an early iter()."""
    torch.manual_seed(1)
    data = TensorDataset(torch.randn(N, 8), torch.randint(0, C, (N,)))
    generator = torch.Generator().manual_seed(5)
    loader: Any = DataLoader(
        data, batch_size=16, shuffle=True, num_workers=workers, generator=generator
    )
    if recorder is not None:
        loader = recorder.track(loader)
    next(iter(loader))  # before the model exists
    model = nn.Sequential(nn.Linear(8, 32), nn.Dropout(0.2), nn.ReLU(), nn.Linear(32, C))
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(4):
        for x, gold in loader:
            logits = model(x)
            if recorder is not None:
                recorder.log(logits, gold)
            optimizer.zero_grad()
            nn.functional.cross_entropy(logits, gold).backward()
            optimizer.step()
    return [parameter.detach() for parameter in model.parameters()]


def same(a: list[Tensor], b: list[Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("workers", [0, 2])
def test_with_a_recorder_on_disk_and_a_map(workers: int, tmp_path: Any) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    datamap = carto.DataMap(recorder)
    watched = weights(recorder, workers)
    datamap.close()
    assert same(watched, weights(None, workers))
    assert recorder.dynamics.epochs.tolist() == [0, 1, 2, 3]


FAULTS = [
    "carto_widget.widget.drawing.encode",
    "carto_widget.widget.projector.saved_picture",
    "carto_widget.widget.source.LiveState.feed",
    "carto_widget.widget.source.LiveState.frame",
    "carto_widget.widget.known.static_columns",
]


@pytest.mark.parametrize("where", FAULTS)
def test_a_fault_in_drawing_leaves_the_weights_bit_equal(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("injected")

    recorder = carto.Recorder()
    datamap = carto.DataMap(recorder)
    monkeypatch.setattr(where, fault)
    watched = weights(recorder)
    until(lambda: "injected" in repr(datamap))
    datamap.close()
    assert same(watched, weights(None))
    assert recorder.dynamics.epochs.tolist() == [0, 1, 2, 3]


def test_a_wire_that_is_cut_leaves_the_weights_bit_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object, **__: object) -> None:
        raise ConnectionError("injected")

    recorder = carto.Recorder()
    datamap = carto.DataMap(recorder)
    monkeypatch.setattr(datamap, "send", cut)
    watched = weights(recorder)
    until(lambda: "injected" in repr(datamap))
    assert datamap._thread.is_alive()
    datamap.close()
    assert same(watched, weights(None))
    assert recorder.dynamics.epochs.tolist() == [0, 1, 2, 3]


def test_a_metric_of_the_users_that_fails_leaves_the_weights_bit_equal() -> None:
    from carto_widget.metrics import registry

    @carto.metric
    def broken(loss: Any) -> Any:
        raise ZeroDivisionError("injected")

    try:
        recorder = carto.Recorder()
        datamap = carto.DataMap(recorder, view=carto.View(color="broken"))
        watched = weights(recorder)
        until(lambda: "broken" in repr(datamap))
        datamap.close()
        assert same(watched, weights(None))
    finally:
        del registry._metrics["broken"]
