"""A loop of the user's own with nothing in its body: the loss is observed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from contract import Setting
from drive_plain import Loop, parts
from numbered import EPOCHS, Net
from torch import nn

import carto_widget as carto

__all__ = ["build", "parts"]
FRAMEWORK = "torch"
HAS_VALIDATION = True
ACCUMULATES = True


class Observing:
    """What a user's two lines do, and their undo."""

    def __init__(self, loop: Loop, recorder: carto.Recorder) -> None:
        self.loop, self.before = loop, dict(vars(loop))
        loop.loader = recorder.track(loop.loader, observe=True)
        loop.held_out = recorder.track(loop.held_out, split="validation", observe=True)

    def detach(self) -> None:
        vars(self.loop).update(self.before)


def build(net: Net, train: Any, held_out: Any, setting: Setting, folder: Path) -> Loop:
    return Loop(net, train, held_out, setting)


def attach(loop: Loop, recorder: carto.Recorder) -> Observing:
    return Observing(loop, recorder)


def fit(loop: Loop) -> None:
    torch.manual_seed(0)
    optimizer = torch.optim.SGD(loop.net.parameters(), 0.1)
    loss = nn.CrossEntropyLoss()
    for _ in range(EPOCHS):
        loop.net.train()
        for step, (x, gold) in enumerate(loop.loader, 1):
            loss(loop.net(x), gold).backward()
            if step % loop.setting.accumulation == 0:
                optimizer.step()
                optimizer.zero_grad()
        loop.net.eval()
        with torch.no_grad():
            for x, gold in loop.held_out:
                loss(loop.net(x), gold)
