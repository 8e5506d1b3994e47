"""Signals of the user's own that are functions: what stands under ``carto_widget.signal``."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

from carto_widget.metrics.registry import function_name, own_signals
from carto_widget.metrics.source_text import source_text
from carto_widget.record.values.own_signal import refuse_taken
from carto_widget.record.values.task import kinds

if TYPE_CHECKING:
    from torch import Tensor

Function = Callable[["Tensor", "Tensor"], "Tensor"]


@dataclass(eq=False)
class Signal:
    """One number a sample, of what a model says of it; called like the plain function it is.

    Attributes:
        name: The function's name, under which its numbers are kept.
        function: Logits (B, C) and gold labels (B,) in, (B,) out.
        task: Of which heads: kinds of tasks, and names under which heads are logged.
        text: Its source text, or None where there is none.
    """

    name: str
    function: Function
    task: tuple[str, ...]
    text: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        functools.update_wrapper(self, self.function)

    def __call__(self, logits: Tensor, gold: Tensor) -> Tensor:
        return self.function(logits, gold)

    def is_of(self, head: str, kind: str) -> bool:
        """Is it computed of this head?"""
        return head in self.task or kind in self.task


_signals: dict[str, Signal] = {}


@overload
def signal(function: Function, /) -> Signal: ...
@overload
def signal(*, task: str | Iterable[str] = "multiclass") -> Callable[[Function], Signal]: ...
def signal(
    function: Function | None = None, /, *, task: str | Iterable[str] = "multiclass"
) -> Signal | Callable[[Function], Signal]:
    """Make a function a signal: every ``Recorder`` made afterwards records it with each batch.

    ```python
    import torch
    import carto_widget as carto

    @carto.signal
    def entropy(logits, gold):
        p = torch.softmax(logits, 1)
        return torch.special.entr(p).sum(1)
    ```

    It is then ``dynamics.signals["entropy"]``, (E, N), and what a function under
    ``carto_widget.metric`` gets under the parameter ``entropy``.

    The function gets copies: the logits (B, C) of any number of samples, float32 (float64 where
    the loop's are), without graph, and their gold labels (B,) in 0..C-1; so a row's number must
    come of that row alone. It gives (B,) numbers, kept in single precision, NaN: missing. It runs
    without gradients, outside autocast, and torch's random generators are put back.

    Args:
        function: ``f(logits, gold)``; its name is the signal's. Under a name used before it
            replaces the one before, for recorders made from then on.
        task: Of which heads: a kind of task, or the name under which a head is logged, or several.
            Other kinds than "multiclass" have other shapes: docs/tasks.md.

    Raises:
        ValueError: The name of something that we record or compute; a name that is none.
        TypeError: Not a function of two arguments.
    """
    tasks = (task,) if isinstance(task, str) else tuple(task)
    if function is None:
        return lambda f: _define(f, tasks)
    return _define(function, tasks)


def _define(function: Function, task: tuple[str, ...]) -> Signal:
    name = function_name("signal", function)
    refuse_taken("signal", name)
    try:
        inspect.signature(function).bind("logits", "gold")
    except TypeError as error:
        raise TypeError(
            f"signal {name!r} takes {inspect.signature(function)}, expected two arguments, "
            f"logits and gold: def {name}(logits, gold)"
        ) from error
    if not task or not all(isinstance(one, str) for one in task):
        raise TypeError(
            f"signal {name!r}: task={task!r}, expected a kind of task ({', '.join(kinds())}) or "
            "the name of a head, or several"
        )
    made = Signal(name, function, task, source_text(function))
    _signals[name] = made
    own_signals.add(name)
    return made


def chosen(wanted: Iterable[str | Signal] | None) -> tuple[Signal, ...]:
    """The signals that a recorder computes; None: all there are.

    Raises:
        ValueError: A name under which there is none.
        TypeError: Something else than names and functions under ``signal``.
    """
    if wanted is None:
        return tuple(_signals.values())
    found = [_found(one) for one in ([wanted] if isinstance(wanted, str) else wanted)]
    return tuple({one.name: one for one in found}.values())


def _found(one: str | Signal) -> Signal:
    if isinstance(one, Signal):
        return one
    if not isinstance(one, str):
        raise TypeError(f"signals= got {one!r}, expected names, or functions under @carto.signal")
    if one not in _signals:
        there = f"there are {', '.join(_signals)}" if _signals else "there is none"
        raise ValueError(f"signals= got {one!r}: {there}; define it under @carto.signal first")
    return _signals[one]
