"""A skorch classifier with a validation set of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from contract import Setting
from numbered import BATCH, EPOCHS, C, Net
from torch import nn

import carto_widget as carto

FRAMEWORK = "skorch"
HAS_VALIDATION = True
ACCUMULATES = False


class Fitting:
    def __init__(self, net: Any, train: Any) -> None:
        self.net, self.train = net, train


def build(net: Net, train: Any, held_out: Any, setting: Setting, folder: Path) -> Fitting:
    from skorch import NeuralNetClassifier
    from skorch.helper import predefined_split

    classifier = NeuralNetClassifier(
        net,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.SGD,
        lr=0.1,
        classes=list(range(C)),
        max_epochs=EPOCHS,
        batch_size=BATCH,
        iterator_train__shuffle=True,
        iterator_train__num_workers=setting.workers,
        iterator_valid__num_workers=setting.workers,
        train_split=predefined_split(held_out),
        verbose=0,
    )
    return Fitting(classifier, train)


def attach(fitting: Fitting, recorder: carto.Recorder) -> Any:
    return carto.attach(fitting.net, recorder)


def fit(fitting: Fitting) -> None:
    torch.manual_seed(0)
    fitting.net.fit(fitting.train, None)


def parts(fitting: Fitting) -> list[Any]:
    return [fitting.net, fitting.net.module]
