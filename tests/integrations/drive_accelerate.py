"""A loop with Accelerate: the loaders are tracked after ``prepare``, which reads ahead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from contract import Setting
from drive_plain import Connected
from numbered import BATCH, EPOCHS, Net
from torch import nn
from torch.utils.data import DataLoader

import carto_widget as carto

FRAMEWORK = "accelerate"
HAS_VALIDATION = True
ACCUMULATES = True


class Loop:
    def __init__(self, net: Net, train: Any, held_out: Any, setting: Setting) -> None:
        from accelerate import Accelerator

        torch.manual_seed(0)
        self.accelerator = Accelerator(cpu=True, gradient_accumulation_steps=setting.accumulation)
        workers = setting.workers
        loader = DataLoader(train, batch_size=BATCH, shuffle=True, num_workers=workers)
        self.net, self.optimizer, self.loader, self.held_out = self.accelerator.prepare(
            net,
            torch.optim.SGD(net.parameters(), 0.1),
            loader,
            DataLoader(held_out, batch_size=BATCH, num_workers=workers),
        )
        self.recorder: carto.Recorder | None = None


def build(net: Net, train: Any, held_out: Any, setting: Setting, folder: Path) -> Loop:
    return Loop(net, train, held_out, setting)


def attach(loop: Any, recorder: carto.Recorder) -> Connected:
    return Connected(loop, recorder)


def fit(loop: Loop) -> None:
    for _ in range(EPOCHS):
        loop.net.train()
        for x, gold in loop.loader:
            with loop.accelerator.accumulate(loop.net):
                logits = loop.net(x)
                if loop.recorder is not None:
                    loop.recorder.log(logits, gold)
                loop.accelerator.backward(nn.functional.cross_entropy(logits, gold))
                loop.optimizer.step()
                loop.optimizer.zero_grad()
        loop.net.eval()
        with torch.no_grad():
            for x, gold in loop.held_out:
                logits = loop.net(x)
                if loop.recorder is not None:
                    loop.recorder.log(logits, gold)


def parts(loop: Loop) -> list[Any]:
    return [loop, loop.accelerator]
