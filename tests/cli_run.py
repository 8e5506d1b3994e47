"""A small run, and the `carto` command on it."""

from __future__ import annotations

from pathlib import Path

import torch
from click.testing import CliRunner
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto
from carto_widget.cli import carto as command

N, EPOCHS = 60, 3
GOLD = torch.arange(N) % 3


def logits_of(epoch: int) -> torch.Tensor:
    """(N, 3) the same in every process."""
    return torch.randn(N, 3, generator=torch.Generator().manual_seed(epoch))


def record(path: Path, epochs: int = EPOCHS) -> None:
    """A run of whole epochs."""
    with carto.Recorder(path, label_names=["a", "b", "c"]) as recorder:
        data = TensorDataset(torch.arange(N), GOLD)
        loader = recorder.track(DataLoader(data, batch_size=16, shuffle=True))
        for epoch in range(epochs):
            for rows, gold in loader:
                recorder.log(logits_of(epoch)[rows], gold)


def said(*arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `carto ...`."""
    done = CliRunner().invoke(command, [str(one) for one in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done.exit_code, done.stdout, done.stderr
