"""An ignite trainer and, in its handler at the end of an epoch, an evaluator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from contract import Setting
from numbered import BATCH, EPOCHS, Net
from torch import nn
from torch.utils.data import DataLoader

import carto_widget as carto

FRAMEWORK = "ignite"
HAS_VALIDATION = True
ACCUMULATES = True


class Engines:
    def __init__(self, trainer: Any, evaluator: Any, loader: Any) -> None:
        self.trainer, self.evaluator, self.loader = trainer, evaluator, loader


class Both:
    def __init__(self, *handles: Any) -> None:
        self.handles = handles

    def detach(self) -> None:
        for handle in self.handles:
            handle.detach()


def build(net: Net, train: Any, held_out: Any, setting: Setting, folder: Path) -> Engines:
    from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer

    trainer = create_supervised_trainer(
        net,
        torch.optim.SGD(net.parameters(), 0.1),
        nn.functional.cross_entropy,
        output_transform=lambda x, y, y_pred, loss: {"logits": y_pred, "y": y},
        gradient_accumulation_steps=setting.accumulation,
    )
    evaluator = create_supervised_evaluator(net)
    validation = DataLoader(held_out, batch_size=BATCH, num_workers=setting.workers)
    trainer.add_event_handler(Events.EPOCH_COMPLETED, lambda: evaluator.run(validation))
    loader = DataLoader(train, batch_size=BATCH, shuffle=True, num_workers=setting.workers)
    return Engines(trainer, evaluator, loader)


def attach(engines: Engines, recorder: carto.Recorder) -> Both:
    return Both(
        carto.attach(
            engines.trainer, recorder, output_transform=lambda out: (out["logits"], out["y"])
        ),
        carto.attach(engines.evaluator, recorder, split="validation"),
    )


def fit(engines: Engines) -> None:
    torch.manual_seed(0)
    engines.trainer.run(engines.loader, max_epochs=EPOCHS)


def parts(engines: Engines) -> list[Any]:
    return [engines.trainer, engines.evaluator, engines.trainer.state, engines.loader]
