"""Steps on a GPU: computed in the same step, brought over without ever waiting for the device."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from carto_widget.record.signals import signals
from carto_widget.record.steps import LONGEST, Arrived, Step, Values


@dataclass
class _Transfer:
    """Values on their way into pinned memory; there once the event is done."""

    steps: list[Step]
    packed: Tensor  # (4, R) i32: gold, loss, margin, other label
    logits: Tensor | None
    event: torch.cuda.Event


class DeviceSteps:
    """Steps on CUDA: signals in the step's own stream, at most four copies a second."""

    def __init__(self, keep: torch.dtype | None) -> None:
        self._keep = keep
        self._steps: list[Step] = []
        self._packed: list[Tensor] = []
        self._logits: list[Tensor] = []
        self._transfers: list[_Transfer] = []
        self._since = 0.0

    def add(self, step: Step) -> None:
        if not self._steps:
            self._since = time.monotonic()
        found = signals(step.logits.clone(), step.gold, keep=self._keep)
        columns = (step.gold.int(), found.loss.view(torch.int32), found.margin.view(torch.int32))
        self._packed.append(torch.stack((*columns, found.other_label)))
        if found.log_probabilities is not None:
            self._logits.append(found.log_probabilities)
        step.logits = step.logits[:0]  # let the memory go
        self._steps.append(step)

    @property
    def is_due(self) -> bool:
        return bool(self._transfers) or self._is_old

    @property
    def _is_old(self) -> bool:
        return time.monotonic() - self._since >= LONGEST

    def arrived(self, *, everything: bool) -> Iterator[Arrived]:
        """What is on the host by now; with ``everything`` everything, waited for."""
        if self._steps and (everything or self._is_old):
            self._start()
        while self._transfers and (everything or self._transfers[0].event.query()):
            yield _received(self._transfers.pop(0))

    def _start(self) -> None:
        packed = _to_pinned(torch.cat(self._packed, 1))
        logits = _to_pinned(torch.cat(self._logits)) if self._logits else None
        event = torch.cuda.Event()
        event.record()
        self._transfers.append(_Transfer(self._steps, packed, logits, event))
        self._steps, self._packed, self._logits = [], [], []


def _to_pinned(values: Tensor) -> Tensor:
    pinned = torch.empty_like(values, device="cpu", pin_memory=True)
    return pinned.copy_(values, non_blocking=True)


def _received(transfer: _Transfer) -> Arrived:
    transfer.event.synchronize()
    gold, loss, margin, other_label = transfer.packed.numpy().copy()
    logits = None if transfer.logits is None else transfer.logits.numpy().copy()
    values = Values(gold, loss.view(np.float32), margin.view(np.float32), other_label, logits)
    return Arrived(transfer.steps, values, [])
