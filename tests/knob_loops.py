"""A small training whose epochs, samples and intervals are chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

import carto_widget as carto

N, C = 40, 3
GOLD = torch.randint(0, C, (N,), generator=torch.Generator().manual_seed(0))
DATA = TensorDataset(torch.arange(N), GOLD)  # item i is (i, label of i)
MARGIN = np.arange(1.0, N + 1)  # of logits_of(row)
MASK = np.arange(N) % 3 == 0


def logits_of(rows: Tensor, epoch: int = 0) -> Tensor:
    """Logits whose margin is the row that the data itself carries, and 100 times the epoch."""
    return nn.functional.one_hot(GOLD[rows], C) * (rows + 1.0 + 100 * epoch).unsqueeze(1)


def tracked(recorder: carto.Recorder, **options: Any) -> DataLoader[Any]:
    return recorder.track(DataLoader(DATA, batch_size=4, shuffle=True), **options)


def train(recorder: carto.Recorder, loader: Any, epochs: range, **options: Any) -> None:
    for epoch in epochs:
        for rows, gold in loader:
            recorder.log(logits_of(rows, epoch), gold, **options)


class Stream(IterableDataset[Any]):
    """All items, in descending order."""

    def __iter__(self) -> Any:
        return iter([(torch.tensor(row), GOLD[row]) for row in reversed(range(N))])
