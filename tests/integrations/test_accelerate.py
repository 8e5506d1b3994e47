"""Accelerate: ``track`` comes after ``prepare``; the other order is refused at the first batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from numbered import Net, NumberedDicts, training_set
from torch import Tensor
from torch.utils.data import DataLoader

import carto_widget as carto

pytestmark = pytest.mark.frameworks
accelerate = pytest.importorskip("accelerate")


def prepared_too_late(recorder: carto.Recorder, workers: int, *, as_dicts: bool) -> Any:
    data = training_set(NumberedDicts) if as_dicts else training_set()
    loader = DataLoader(data, batch_size=8, shuffle=True, num_workers=workers)
    return accelerate.Accelerator(cpu=True).prepare(recorder.track(loader))


@pytest.mark.parametrize("workers", [0, 2])
def test_prepare_after_track_is_refused_at_the_first_batch(workers: int) -> None:
    loader = prepared_too_late(carto.Recorder(), workers, as_dicts=False)
    with pytest.raises(RuntimeError, match=r"call track last.*track\(accelerator.prepare"):
        for _x, _gold in loader:
            pass


def by_keywords(net: Net, batch: Any) -> Tensor:
    def forward(x: Tensor, labels: Tensor) -> Tensor:
        logits: Tensor = net(x)
        return logits

    return forward(**batch)


def by_key(net: Net, batch: Any) -> Tensor:
    logits: Tensor = net(batch["x"])
    return logits


@pytest.mark.parametrize(("forward", "error"), [(by_keywords, TypeError), (by_key, ValueError)])
def test_prepare_after_track_is_refused_for_batches_of_keys(
    forward: Callable[[Net, Any], Tensor], error: type[Exception]
) -> None:
    recorder = carto.Recorder()
    loader = prepared_too_late(recorder, 0, as_dicts=True)
    with pytest.raises(error, match="call track last"):
        for batch in loader:
            recorder.log(forward(Net(), batch), batch["labels"])
    assert recorder.epoch is None


def test_a_prepared_loader_that_is_tracked_stays_what_it_was() -> None:
    recorder = carto.Recorder()
    plain = DataLoader(training_set(), batch_size=8)
    prepared = accelerate.Accelerator(cpu=True).prepare(plain)
    tracked: Any = recorder.track(prepared)
    assert len(tracked) == len(prepared) == 8
    assert tracked.total_batch_size == 8
    assert isinstance(tracked, type(prepared))
    assert isinstance(tracked, DataLoader)
    for ours, theirs in zip(tracked, prepared, strict=True):
        assert type(ours) is type(theirs)
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
        recorder.log(Net()(ours[0]), ours[1])
    assert recorder.dynamics.guid.tolist() == list(range(1, 122, 2))
