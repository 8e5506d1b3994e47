"""What functions under ``signal`` say of steps, beside a task's columns, never in their way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from carto_widget.metrics.registry import own_metrics
from carto_widget.metrics.source_text import digest
from carto_widget.record.policy import Policy
from carto_widget.record.values.decorated import Signal
from carto_widget.record.values.observe import unobserved
from carto_widget.record.values.task import Columns, task_of
from carto_widget.store.rows import Rows
from carto_widget.store.run.own_functions import with_newest
from carto_widget.store.run.run import Run


class OwnSignals:
    """The functions under ``signal`` of one recorder, and the heads that they are computed of.

    Args:
        functions: The functions.
        policy: Whom to tell.

    Attributes:
        failed: Name -> why it is missing from some point on.
    """

    def __init__(self, functions: Sequence[Signal], policy: Policy) -> None:
        self.functions = tuple(functions)
        self.failed: dict[str, str] = {}
        self._policy = policy
        self._blank: set[str] = set()  # of which that was said
        self._heads: dict[str, OfHead] = {}

    @property
    def names(self) -> set[str]:
        return {one.name for one in self.functions}

    def of(self, head: str, kind: str, *, may_raise: bool) -> OfHead:
        """What is computed of a head; ``may_raise``: in its first batch."""
        if head not in self._heads:
            own = [one for one in self.functions if one.is_of(head, kind)]
            self._heads[head] = OfHead(self, head, kind, own, may_raise=may_raise)
        return self._heads[head]

    def fail(self, name: str, fault: ValueError) -> None:
        """A function is missing from now on."""
        self.failed[name] = self._policy.go_on_without(fault)

    def sealed(self, epoch: str, rows: Mapping[str, Sequence[Rows]]) -> None:
        """An epoch is complete: say what of its heads' rows is missing altogether."""
        for head, pieces in rows.items():
            for name in self._heads[head].names - self.failed.keys() - self._blank:
                if pieces and all(np.isnan(piece.columns[name]).all() for piece in pieces):
                    self._blank.add(name)
                    self._policy.say(f"signal {name!r} is NaN for every sample of {epoch}")
        for one in self.functions:
            if not any(one.name in of_head.names for of_head in self._heads.values()):
                self._policy.say(
                    f"signal {one.name!r} is of task={' or '.join(map(repr, one.task))}, and no "
                    "such head was logged: say of which it is, @carto.signal(task=...), or leave "
                    "it out, Recorder(signals=[...])"
                )

    def check(self, run: Run) -> None:
        """Raise where an earlier session of the run logged a signal under a function's name."""
        for series in run.series() if self.functions else ():
            for name in sorted(self.names & run.own_signals(series).keys()):
                raise ValueError(
                    f"signal {name!r}: this run has numbers of that name that its loop logged "
                    "(log_signal); rename the function"
                )

    def registered(self, description: Mapping[str, Any], session: int) -> dict[str, Any]:
        """What ``run.json`` says of these functions and of the user's metrics, kept up to date."""
        signals = {
            one.name: {
                "task": list(one.task),
                **_text(one.text),
                **({"failed": self.failed[one.name]} if one.name in self.failed else {}),
            }
            for one in self.functions
        }
        metrics = {one.name: _text(one.text) for one in own_metrics()}
        return with_newest(description, {"signals": signals, "metrics": metrics}, session)


def _text(text: str | None) -> dict[str, str | None]:
    return {"sha256": digest(text), "source": text}


class OfHead:
    """What the functions say of one head's steps; called with some of its rows.

    In its first batch a function that fails raises. One that fails later gives NaN from there on.
    """

    def __init__(
        self,
        owner: OwnSignals,
        head: str,
        kind: str,
        functions: Sequence[Signal],
        *,
        may_raise: bool,
    ) -> None:
        self._owner, self._head, self._task = owner, head, task_of(kind)
        self._functions = tuple(functions)
        self._may_raise = may_raise
        self._dropped: set[str] = set()

    @property
    def names(self) -> set[str]:
        return {one.name for one in self._functions}

    def __call__(self, logits: Tensor, gold: Tensor) -> Columns:
        """Name -> (B,) float32, on the device of the logits."""
        if not self._functions:
            return {}
        with _apart(logits.device):
            columns = {one.name: self._values(one, logits, gold) for one in self._functions}
        self._may_raise = False
        return columns

    def _values(self, one: Signal, logits: Tensor, gold: Tensor) -> Tensor:
        if one.name not in self._dropped:
            try:
                return _numbers(one(*self._copies(logits, gold)), logits, len(gold))
            except Exception as error:
                fault = _fault(one.name, self._head, error, logits, gold)
                if self._may_raise:
                    raise ValueError(
                        f"{fault}. Correct it, or leave it out: Recorder(signals=[...])"
                    ) from error
                self._dropped.add(one.name)
                self._owner.fail(one.name, ValueError(fault))
        return torch.full((len(gold),), torch.nan, device=logits.device)

    def _copies(self, logits: Tensor, gold: Tensor) -> tuple[Tensor, Tensor]:
        """What a function may even change; class numbers are such that can be looked up."""
        wide = torch.promote_types(logits.dtype, torch.float32)
        last = self._task.width(logits) - 1
        labels = gold.clamp(0, last) if self._task.HAS_CLASSES else gold.clone()
        return logits.to(wide, copy=True), labels


@contextmanager
def _apart(device: torch.device) -> Iterator[None]:
    """Without graph, autocast and observer; random generators are put back."""
    cuda = [device.index] if device.type == "cuda" else []
    with (
        unobserved(),
        torch.random.fork_rng(cuda),
        torch.no_grad(),
        torch.autocast(device.type, enabled=False),
    ):
        yield


class _Wrong(ValueError):
    """What a function gave is no signal."""


def _numbers(values: Any, logits: Tensor, n: int) -> Tensor:
    """(B,) float32 beside the logits."""
    if not isinstance(values, Tensor):
        raise _Wrong(f"it gave {type(values).__name__}, expected a tensor ({n},)")
    if values.is_complex():
        raise _Wrong(f"it gave {values.dtype}, expected real numbers")
    if values.shape not in ((n,), (n, 1)):
        remedy = (
            "keep the samples apart, reduction='none' or dim=1"
            if values.ndim == 0
            else "reduce each sample's values to one, for example values.mean(1)"
        )
        raise _Wrong(
            f"it gave shape {tuple(values.shape)}, expected ({n},), one number a sample: {remedy}"
        )
    return values.reshape(n).to(logits.device, torch.float32, non_blocking=True, copy=True)


def _fault(name: str, head: str, error: Exception, logits: Tensor, gold: Tensor) -> str:
    """What is wrong with a function, by name."""
    why = str(error) if isinstance(error, _Wrong) else f"{type(error).__name__}: {error}"
    return (
        f"signal {name!r} failed on logits {tuple(logits.shape)} {logits.dtype} and gold "
        f"{tuple(gold.shape)} of task {head!r}: {why}"
    )
