"""A loop of the user's own: tracked loaders and ``log``, nothing to attach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from contract import Setting
from numbered import BATCH, EPOCHS, Net
from torch import nn
from torch.utils.data import DataLoader

import carto_widget as carto

FRAMEWORK = "torch"
HAS_VALIDATION = True
ACCUMULATES = True


class Loop:
    def __init__(self, net: Net, train: Any, held_out: Any, setting: Setting) -> None:
        self.net, self.setting = net, setting
        workers = setting.workers
        self.loader = DataLoader(train, batch_size=BATCH, shuffle=True, num_workers=workers)
        self.held_out = DataLoader(held_out, batch_size=BATCH, num_workers=workers)
        self.recorder: carto.Recorder | None = None


class Connected:
    """What a user's two lines do, and their undo."""

    def __init__(self, loop: Loop, recorder: carto.Recorder) -> None:
        self.loop, self.before = loop, dict(vars(loop))
        loop.recorder = recorder
        loop.loader = recorder.track(loop.loader)
        loop.held_out = recorder.track(loop.held_out, split="validation")

    def detach(self) -> None:
        vars(self.loop).update(self.before)


def build(net: Net, train: Any, held_out: Any, setting: Setting, folder: Path) -> Loop:
    return Loop(net, train, held_out, setting)


def attach(loop: Loop, recorder: carto.Recorder) -> Connected:
    return Connected(loop, recorder)


def fit(loop: Loop) -> None:
    torch.manual_seed(0)
    optimizer = torch.optim.SGD(loop.net.parameters(), 0.1)
    for _ in range(EPOCHS):
        loop.net.train()
        for step, (x, gold) in enumerate(loop.loader, 1):
            logits = loop.net(x)
            if loop.recorder is not None:
                loop.recorder.log(logits, gold)
            nn.functional.cross_entropy(logits, gold).backward()
            if step % loop.setting.accumulation == 0:
                optimizer.step()
                optimizer.zero_grad()
        loop.net.eval()
        with torch.no_grad():
            for x, gold in loop.held_out:
                logits = loop.net(x)
                if loop.recorder is not None:
                    loop.recorder.log(logits, gold)


def parts(loop: Loop) -> list[Any]:
    return [loop]
