"""A Keras model on torch, fitted on torch loaders; the network is one of its layers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from contract import Setting
from numbered import BATCH, EPOCHS, Net
from torch.utils.data import DataLoader

import carto_widget as carto

os.environ.setdefault("KERAS_BACKEND", "torch")
FRAMEWORK = "keras"
HAS_VALIDATION = True
ACCUMULATES = True


class Fitting:
    def __init__(self, model: Any, train: Any, validation: Any) -> None:
        self.model, self.train, self.validation = model, train, validation


def build(net: Net, train: Any, held_out: Any, setting: Setting, folder: Path) -> Fitting:
    import keras

    model = keras.Sequential([keras.layers.TorchModuleWrapper(net)])
    steps = setting.accumulation
    model.compile(
        keras.optimizers.SGD(0.1, gradient_accumulation_steps=steps if steps > 1 else None),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    workers = setting.workers
    loader = DataLoader(train, batch_size=BATCH, shuffle=True, num_workers=workers)
    return Fitting(model, loader, DataLoader(held_out, batch_size=BATCH, num_workers=workers))


def attach(fitting: Fitting, recorder: carto.Recorder) -> Any:
    return carto.attach(fitting.model, recorder)


def fit(fitting: Fitting) -> None:
    torch.manual_seed(0)
    model = fitting.model
    options = {"epochs": EPOCHS, "shuffle": False, "verbose": 0}  # the loader shuffles
    model.fit(fitting.train, validation_data=fitting.validation, **options)


def parts(fitting: Fitting) -> list[Any]:
    return [fitting.model, fitting.train, fitting.validation]
