"""A Lightning Trainer whose module returns nothing but its loss."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from contract import Setting
from numbered import BATCH, EPOCHS, Net
from torch import nn
from torch.utils.data import DataLoader

import carto_widget as carto

FRAMEWORK = "lightning.pytorch"
HAS_VALIDATION = True
ACCUMULATES = True


@contextmanager
def lightnings_own_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit\.script` is deprecated")
        warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)` is deprecated")
        warnings.filterwarnings("ignore", ".*does not have many workers")
        yield


def module_of(package: Any, net: Net, step: Any) -> Any:
    """A module with a network, and ``step(net, batch)`` as both of its steps."""

    class Module(package.LightningModule):  # type: ignore[misc]  # a class of either package
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def training_step(self, batch: Any, i: int) -> Any:
            return step(self.net, batch)

        def validation_step(self, batch: Any, i: int, dataloader_idx: int = 0) -> Any:
            return step(self.net, batch)

        test_step = validation_step

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.net.parameters(), 0.1)

    return Module()


def loss_only(net: Net, batch: Any) -> Any:
    x, gold = batch
    return nn.functional.cross_entropy(net(x).float(), gold)


def loaders(train: Any, held_out: Any, workers: int = 0) -> tuple[Any, Any]:
    return (
        DataLoader(train, batch_size=BATCH, shuffle=True, num_workers=workers),
        DataLoader(held_out, batch_size=BATCH, num_workers=workers),
    )


def trainer_of(package: Any, folder: Path, **options: Any) -> Any:
    given = {
        "max_epochs": EPOCHS,
        "accelerator": "cpu",
        "num_sanity_val_steps": 0,
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "default_root_dir": folder,
    }
    return package.Trainer(**given | options)


class Fitting:
    def __init__(self, trainer: Any, module: Any, loaders: tuple[Any, Any]) -> None:
        self.trainer, self.module, self.loaders = trainer, module, loaders


def build(
    net: Net, train: Any, held_out: Any, setting: Setting, folder: Path, package: str = FRAMEWORK
) -> Fitting:
    with lightnings_own_warnings():
        home = import_module(package)
    accumulation = setting.accumulation
    trainer = trainer_of(home, folder, accumulate_grad_batches=accumulation)
    return Fitting(
        trainer, module_of(home, net, loss_only), loaders(train, held_out, setting.workers)
    )


def attach(fitting: Fitting, recorder: carto.Recorder) -> Any:
    return carto.attach(fitting.trainer, recorder, logits="net")


def fit(fitting: Fitting) -> None:
    torch.manual_seed(0)
    fitting.trainer.fit_loop.max_epochs = fitting.trainer.current_epoch + EPOCHS
    with lightnings_own_warnings():
        fitting.trainer.fit(fitting.module, *fitting.loaders)


def parts(fitting: Fitting) -> list[Any]:
    trainer = fitting.trainer
    return [trainer, trainer.strategy, fitting.module, fitting.loaders[0], fitting.module.net]
