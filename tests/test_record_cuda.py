"""On a GPU: the same numbers as on the CPU, and never a wait for the device within an epoch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from task_cases import CASES, N
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")


@pytest.fixture
def waiting_is_an_error() -> Iterator[Any]:
    yield lambda: torch.cuda.set_sync_debug_mode("error")
    torch.cuda.set_sync_debug_mode("default")


def recorded(task: str, device: str, waiting: Any = None) -> dict[str, np.ndarray[Any, Any]]:
    shape, gold = CASES[task]
    z = torch.randn(shape, generator=torch.Generator().manual_seed(1)).to(device)

    @carto.signal(task=task)
    def largest(logits: torch.Tensor, gold: torch.Tensor) -> torch.Tensor:
        return logits.reshape(len(gold), -1).amax(1)

    recorder = carto.Recorder(task=task, on_error="raise")
    rows = torch.arange(N)
    loader = recorder.track(DataLoader(TensorDataset(rows, gold), 8, pin_memory=device == "cuda"))
    for epoch in range(2):
        for step, (row, y) in enumerate(loader):
            index = row.to(device, non_blocking=True)
            labels = y.to(device, non_blocking=True)
            logits = z.index_select(0, index) + epoch
            if waiting and (epoch, step) == (1, 1):  # a split's first batch is checked at once
                waiting()
            recorder.log(logits, labels, features=torch.zeros(8, 4, device=device).half())
            logits.zero_()  # what is logged is what the logits were
        if waiting:
            torch.cuda.set_sync_debug_mode("default")
    recorder.close()
    signals = recorder.dynamics.signals
    return {name: signals[name] for name in signals}


@pytest.mark.parametrize("task", CASES)
def test_a_step_never_waits_and_says_what_the_cpu_says(task: str, waiting_is_an_error: Any) -> None:
    on_gpu, on_cpu = recorded(task, "cuda", waiting_is_an_error), recorded(task, "cpu")
    assert on_gpu.keys() == on_cpu.keys()
    for name, values in on_cpu.items():
        np.testing.assert_allclose(on_gpu[name], values, rtol=1e-4, atol=1e-4, err_msg=name)
