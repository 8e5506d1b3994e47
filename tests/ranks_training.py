"""One of several processes of a training; started by torchrun.

python -m torch.distributed.run --nproc-per-node W tests/ranks_training.py RUN N EPOCHS IF_EXISTS
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed import destroy_process_group, init_process_group
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

import carto_widget as carto

C = 3


def data(n: int) -> TensorDataset:
    """Item i is (i, label of i)."""
    gold = torch.randint(0, C, (n,), generator=torch.Generator().manual_seed(0))
    return TensorDataset(torch.arange(n, dtype=torch.float32), gold)


def logits_of(x: Tensor, gold: Tensor) -> Tensor:
    """Logits whose margin is one more than the row number that the data itself carries."""
    return nn.functional.one_hot(gold, C) * (x + 1).unsqueeze(1)


def main(run: str, n: int, epochs: int, if_exists: Any) -> None:
    init_process_group("gloo")
    recorder = carto.Recorder(run, if_exists=if_exists)
    dataset = data(n)
    sampler: DistributedSampler[Any] = DistributedSampler(dataset)  # pads to whole rounds
    loader = recorder.track(DataLoader(dataset, batch_size=8, sampler=sampler))
    model = DistributedDataParallel(nn.Linear(1, C))
    optimizer = torch.optim.SGD(model.parameters(), 1e-6)
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        for x, gold in loader:
            loss = nn.functional.cross_entropy(model(x.unsqueeze(1)), gold)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            recorder.log(logits_of(x, gold), gold)
    recorder.close()
    destroy_process_group()


if __name__ == "__main__":
    warnings.simplefilter("error", category=UserWarning)
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
