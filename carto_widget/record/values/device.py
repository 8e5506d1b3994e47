"""Steps on a GPU: computed in the same step, brought over without ever waiting for the device."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from carto_widget.record.values.steps import (
    LONGEST,
    Arrived,
    Measure,
    Step,
    in_pieces,
    of_features,
    values,
)
from carto_widget.record.values.task import Columns

CHUNK = 32 * 1024**2  # bytes of a step's logits that are worked on at a time


@dataclass
class _Transfer:
    """Values on their way into pinned memory; there once the event is done."""

    steps: list[Step]
    columns: Columns
    event: torch.cuda.Event


class DeviceSteps:
    """Steps on CUDA: signals in the step's own stream, at most four copies a second."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self._steps: list[Step] = []
        self._columns: list[Columns] = []
        self._transfers: list[_Transfer] = []
        self._since = 0.0

    def add(self, step: Step) -> None:
        if not self._steps:
            self._since = time.monotonic()
        columns = in_pieces(step, self._measure, CHUNK)
        if step.features is not None:
            columns |= of_features(step.features)
        self._columns.append(columns)
        step.logits = step.logits.new_empty(0)  # let the memory go
        step.features = None
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
        with torch.autocast("cuda", enabled=False):
            columns = {
                name: _to_pinned(torch.cat([one[name] for one in self._columns]))
                for name in self._columns[0]
            }
        event = torch.cuda.Event()
        event.record()
        self._transfers.append(_Transfer(self._steps, columns, event))
        self._steps, self._columns = [], []


def _to_pinned(values: Tensor) -> Tensor:
    pinned = torch.empty_like(values, device="cpu", pin_memory=True)
    return pinned.copy_(values, non_blocking=True)


def _received(transfer: _Transfer) -> Arrived:
    transfer.event.synchronize()
    columns = {name: column.numpy().copy() for name, column in transfer.columns.items()}
    return Arrived(transfer.steps, values(columns))
