"""The seven tasks: cases, and loops that record them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto

NAN = math.nan
# -ln sigmoid(z) of z = 2, 1, 0, -1
AT = {2: 0.126928, 1: 0.313262, 0: 0.693147, -1: 1.313262}
P = {2: 0.880797, 1: 0.731059, 0: 0.5, -1: 0.268941}


def recorded(task: str, outputs: Any, gold: Any, **options: Any) -> carto.TrainingDynamics:
    """One epoch of one batch."""
    x = torch.tensor(outputs)
    labels = gold if isinstance(gold, Tensor) else torch.tensor(gold)
    recorder = carto.Recorder(task=task, **options)
    for batch, y in recorder.track(DataLoader(TensorDataset(x, labels), len(x))):
        recorder.log(batch, y)
    return recorder.dynamics


def numbers(dynamics: carto.TrainingDynamics, name: str) -> Any:
    return pytest.approx(dynamics.signals[name][0].tolist(), abs=1e-5, nan_ok=True)


N, T, C = 40, 7, 5
G = torch.Generator().manual_seed(3)
TOKENS = torch.randint(0, C, (N, T), generator=G)
TOKENS[torch.rand(N, T, generator=G) < 0.3] = -100
TOKENS[:, :2] = TOKENS[:, :2].clamp(0)
SHARES = torch.rand(N, C, generator=G)
SHARES /= SHARES.sum(1, keepdim=True)
CASES: dict[str, tuple[tuple[int, ...], Tensor]] = {
    "multiclass": ((N, C), torch.randint(0, C, (N,), generator=G)),
    "binary": ((N,), torch.randint(0, 2, (N,), generator=G).float()),
    "multilabel": ((N, C), torch.randint(0, 2, (N, C), generator=G).float()),
    "soft_labels": ((N, C), SHARES),
    "token_classification": ((N, T, C), TOKENS),
    "language_modeling": ((N, T, C), TOKENS),
    "regression": ((N,), torch.randn(N, generator=G, dtype=torch.float64)),
}


class Numbered(TensorDataset):
    """Items (row, gold): the row says which logits the model gives."""

    def __init__(self, gold: Tensor) -> None:
        super().__init__(torch.arange(N), gold)


def trained(task: str, recorder: carto.Recorder, epochs: int = 2) -> Tensor:
    """(epochs, N, ...) the logits of a training over a shuffled loader."""
    shape, gold = CASES[task]
    z = torch.randn(epochs, *shape, generator=torch.Generator().manual_seed(5))
    loader = recorder.track(DataLoader(Numbered(gold), 8, shuffle=True))
    for epoch in range(epochs):
        for row, y in loader:
            recorder.log(z[epoch][row], y)
    return z
