"""A compiled model, ``log`` outside of what is compiled: the oracle's numbers."""

from __future__ import annotations

import shutil
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from numbered import BATCH, EPOCHS, Net, training_set
from torch import Tensor, nn
from torch.utils.data import DataLoader

import carto_widget as carto


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["eager", "aot_eager", "inductor"])
def test_a_compiled_model_is_recorded_as_it_is(backend: str) -> None:
    if backend == "inductor" and not shutil.which("g++"):
        pytest.skip("inductor wants a C++ compiler")
    train: Any = training_set()
    layers = Net().layers
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, of its compiler
        model = torch.compile(layers, backend=backend)
        recorder = carto.Recorder(on_error="raise")
        loader = recorder.track(DataLoader(train, BATCH, shuffle=True))
        optimizer = torch.optim.SGD(layers.parameters(), 0.1)
        said: dict[int, list[float]] = {}
        for _ in range(EPOCHS):
            for x, gold in loader:
                logits: Tensor = model(x[:, 1:])
                recorder.log(logits, gold)
                told = logits.detach().double().softmax(1)[torch.arange(len(gold)), gold]
                for row, p in zip(x[:, 0].long().tolist(), told.tolist(), strict=True):
                    said.setdefault(row, []).append(p)
                optimizer.zero_grad()
                nn.functional.cross_entropy(logits, gold).backward()
                optimizer.step()
    dynamics = recorder.dynamics
    expected = np.array([said[row] for row in dynamics.guid.tolist()]).T
    found = dynamics.signals["gold_probability"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
