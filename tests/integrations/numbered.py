"""Data that carries its own row number, and a model that notes what it really said of each row."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import Dataset, Subset

N_ROOT, N_HELD_OUT, C, EPOCHS, BATCH = 122, 20, 3, 3, 8  # eight batches, the last of five
FIRST_HELD_OUT = 1000  # row numbers from here on are held out


class Numbered(Dataset[Any]):
    """Item i is a row number, four features of it, and its label."""

    def __init__(self, n: int, first: int = 0) -> None:
        generator = torch.Generator().manual_seed(first)
        rows = torch.arange(first, first + n, dtype=torch.float32).unsqueeze(1)
        self.x = torch.cat([rows, torch.randn(n, 4, generator=generator)], 1)  # (n, 5)
        self.labels = torch.randint(0, C, (n,), generator=generator)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> Any:
        return self.x[i], int(self.labels[i])


class NumberedDicts(Numbered):
    """The same with items as Hugging Face has them."""

    def __getitem__(self, i: int) -> Any:
        return {"x": self.x[i], "labels": int(self.labels[i])}


def training_set(kind: type[Numbered] = Numbered) -> Subset[Any]:
    """The odd root rows, the last one first: an item's number is not its row."""
    return Subset(kind(N_ROOT), range(N_ROOT - 1, 0, -2))


def held_out_set(kind: type[Numbered] = Numbered) -> Numbered:
    return kind(N_HELD_OUT, FIRST_HELD_OUT)


class Net(nn.Module):
    """A small network with dropout that notes the logits of every row it is called on."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.layers = nn.Sequential(nn.Linear(4, 16), nn.Dropout(0.2), nn.ReLU(), nn.Linear(16, C))
        self.said: list[tuple[bool, Tensor, Tensor]] = []  # (training, (B,) rows, (B, C) logits)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x[:, 1:])
        self.said.append((self.training, x[:, 0].long(), logits.detach().float().clone()))
        return logits

    def gold_probability(self, data: Any, *, training: bool) -> NDArray[np.float64]:
        """(passes, N) float64, what the model said of the gold label of each root row of ``data``.

        Pass k holds what it said of each row when it was called on it for the k-th time.
        """
        root: Any = data.dataset if isinstance(data, Subset) else data
        first = int(root.x[0, 0])
        said: dict[int, list[float]] = {}
        for was_training, rows, logits in self.said:
            probabilities = torch.softmax(logits.double(), 1)
            for row, p in zip((rows - first).tolist(), probabilities, strict=True):
                if was_training == training and 0 <= row < len(root):
                    said.setdefault(row, []).append(float(p[root.labels[row]]))
        return np.array([said[row] for row in sorted(said)]).T
