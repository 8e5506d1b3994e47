"""A fastai Learner over torch loaders."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import Any

import torch
from contract import Setting
from numbered import BATCH, EPOCHS, Net
from torch import nn
from torch.utils.data import DataLoader

import carto_widget as carto

FRAMEWORK = "fastai"
HAS_VALIDATION = True
ACCUMULATES = True


def torch_loaders(train: Any, held_out: Any, workers: int) -> Any:
    from fastai.data.core import DataLoaders

    return DataLoaders(
        DataLoader(train, batch_size=BATCH, shuffle=True, num_workers=workers),
        DataLoader(held_out, batch_size=BATCH, num_workers=workers),
        device="cpu",
    )


def build(
    net: Net,
    train: Any,
    held_out: Any,
    setting: Setting,
    folder: Path,
    loaders: Any = torch_loaders,
) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what fastai does when it is imported
        from fastai.callback.training import GradientAccumulation
        from fastai.learner import Learner
        from fastai.optimizer import OptimWrapper

    learner = Learner(
        loaders(train, held_out, setting.workers),
        net,
        loss_func=nn.CrossEntropyLoss(),
        opt_func=partial(OptimWrapper, opt=torch.optim.SGD),
        lr=0.1,
        path=folder,
        cbs=[GradientAccumulation(BATCH * setting.accumulation)],
    )
    learner.logger = lambda *_: None
    return learner


def attach(learner: Any, recorder: carto.Recorder) -> Any:
    return carto.attach(learner, recorder)


def fit(learner: Any) -> None:
    torch.manual_seed(0)
    with learner.no_bar(), learner.no_logging():
        learner.fit(EPOCHS)


def parts(learner: Any) -> list[Any]:
    return [learner, learner.dls, learner.model]
