"""A loss observed: a loop with nothing in its body, ``recorder.track(loader, observe=True)``.

While the loop has a batch in its hands a torch function mode stands on the stack, sees the loss
being computed and logs its logits. It believes only what it can know: a target is a batch's labels
because it is that batch's own tensor, a view into it, or a copy (``.to``, ``.long``, ...) that was
made before its eyes.

Every call of a torch function in Python passes the mode and takes 1 to 2 us longer. In a loop of
1 ms steps that costs as much again as ``recorder.log``; from 10 ms on it is not told from noise
(benchmarks/recording.py).
"""

from __future__ import annotations

import sys
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import get_ident
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode, _get_current_function_mode_stack, _pop_mode

from carto_widget.record.identity.batches import Batch, Pass
from carto_widget.record.identity.labels import IGNORED
from carto_widget.record.values.task import Kinds, task_of

AHEAD = 4  # batches among which one that was fetched ahead is recognised
COPYING = frozenset(
    [
        *(torch.clone, torch.flatten, torch.reshape),
        *(Tensor.to, Tensor.cuda, Tensor.cpu, Tensor.pin_memory, Tensor.clone, Tensor.contiguous),
        *(Tensor.type, Tensor.type_as, Tensor.long, Tensor.int, Tensor.float, Tensor.double),
        *(Tensor.half, Tensor.bfloat16, Tensor.flatten, Tensor.reshape),
    ]
)
REMEDY = (
    "say which logits are meant: track(loader) without observe=, and recorder.log(logits, gold)"
)
Log = Callable[..., None]


class _Call(NamedTuple):
    """A loss that was computed.

    Attributes:
        logits: Held by the loop alone.
        is_soft: Its target were floats.
        batch: Whose labels were the target.
    """

    logits: weakref.ref[Tensor]
    is_soft: bool
    batch: Batch | None

    def has(self, logits: Tensor) -> bool:
        """Were these the logits? While both are alive, memory that both have is the same."""
        known = self.logits()
        return known is not None and (known.data_ptr(), known.shape, known.stride()) == (
            logits.data_ptr(),
            logits.shape,
            logits.stride(),
        )


class Observer(TorchFunctionMode):
    """Sees every torch function that a loop calls, and logs the loss of the batch in hand.

    Attributes:
        thread: In which it looks; elsewhere it is blind.
        n_batches, n_own, n_others: What it has seen: batches, and losses of their labels and of
            other targets.
    """

    def __init__(
        self, loss: Callable[..., Tensor], log: Log, refuse: Callable[[str], None]
    ) -> None:
        self._loss, self._log, self._refuse = loss, log, refuse
        self._batches: deque[Batch] = deque(maxlen=AHEAD)
        self._calls: list[_Call] = []  # since the last batch came
        self.thread: int | None = None
        self.n_batches = self.n_own = self.n_others = 0

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func is self._loss:
            self._see(args[0], args[1], (kwargs or {}).get("ignore_index", IGNORED))
        elif func in COPYING:
            self._follow(args[0] if args else (kwargs or {}).get("input"), result)
        return result

    def put(self, batch: Batch) -> None:
        """The loop was given a batch."""
        self.n_batches += 1
        done = [call.batch for call in self._calls]
        self._batches = deque((b for b in self._batches if b not in done), maxlen=AHEAD)
        self._batches.append(batch)
        self._calls = []

    def _follow(self, source: Any, copy: Tensor) -> None:
        batch = self._owner(source)
        if batch is not None and not batch.lends(copy):
            batch.copies.append(copy)

    def _owner(self, labels: Any) -> Batch | None:
        """The batch whose labels these are."""
        if self.thread != get_ident() or not _has_memory(labels):
            return None
        return next((batch for batch in reversed(self._batches) if batch.lends(labels)), None)

    def _see(self, logits: Tensor, target: Tensor, ignored: int) -> None:
        """Log, or say why not.

        Of two losses of one batch's labels neither can be preferred. Logits that are compared with
        its labels and with others belong to mixed inputs. Other losses are not ours.
        """
        batch, earlier = self._owner(target), self._calls
        if batch is None and not _has_memory(logits):
            return
        is_soft = target.is_floating_point()  # a teacher's, beside the labels: no mixture
        twins = [c.batch for c in earlier if c.is_soft == is_soft and c.has(logits)]
        if batch in twins:
            return
        self._calls = [*earlier, _Call(weakref.ref(logits), is_soft, batch)]
        self.n_others += batch is None
        if twins:
            self._refuse(
                "the same logits were compared with the labels of their batch and with other "
                "targets (mixed inputs?): log the dataset's labels in a clean pass, "
                "recorder.evaluate(model, loader)"
            )
        elif batch is not None and any(call.batch is batch for call in earlier):
            self._refuse(f"two losses of one batch's labels were computed (two heads?): {REMEDY}")
        elif batch is not None and batch is not self._batches[-1]:
            self._refuse(
                "the loop fetches batches ahead, so the last of a pass would be seen by nobody: "
                f"{REMEDY}"
            )
        elif batch is not None:
            self.n_own += 1
            if "main" not in batch.tasks:  # else the loop has logged it itself
                mask = None if ignored == IGNORED else target != ignored
                self._log(logits, target, split=batch.source.split, mask=mask)


class Watch:
    """An observer's time on the stack of torch function modes; over when nobody holds it."""

    def __init__(self, observer: Observer, say: Callable[[str], None], split: str) -> None:
        self._observer, self._say, self._split = observer, say, split

    def begin(self, batch: Batch) -> None:
        """From now on the loop has the batch, in this thread."""
        observer = self._observer
        observer.put(batch)
        observer.thread = get_ident()
        # Below the loop's own modes, which come and go in their own order; but torch insists that
        # the default device is at the bottom.
        modes = _others()
        at = int(modes[:1] == [_default_device()])
        _stack([*modes[:at], observer, *modes[at:]])

    def end(self) -> None:
        """The loop asks for the next batch, or has gone."""
        if self._observer.thread is not None:
            self._observer.thread = None
            _stack(_others())

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        if not is_finalizing():
            self.end()

    def account(self) -> None:
        """The pass is over: say where nothing of it was seen."""
        seen = self._observer
        if seen.n_batches and not seen.n_own:
            others = f" ({seen.n_others} of other targets)" if seen.n_others else ""
            self._say(
                f"observe=True: {seen.n_batches} batches of split {self._split!r} went by and no "
                f"loss of their labels was seen{others}; nothing of them is recorded. Where the "
                "loop makes its own targets, has a loss of its own, is compiled, or runs in "
                "another thread than its loader, call recorder.log(logits, gold)"
            )


def _others() -> list[TorchFunctionMode]:
    """The modes of this thread, oldest first, without observers that have ended."""
    modes: list[TorchFunctionMode] = _get_current_function_mode_stack()
    here = get_ident()
    return [m for m in modes if not isinstance(m, Observer) or m.thread == here]


def _default_device() -> TorchFunctionMode | None:
    """The mode of ``torch.set_default_device``, if it was called in this thread."""
    mode: TorchFunctionMode | None = getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    return mode


def _stack(modes: Sequence[TorchFunctionMode]) -> None:
    """Put these on this thread's stack instead of what is there."""
    for _ in _get_current_function_mode_stack():
        _pop_mode()
    for mode in modes:
        TorchFunctionMode.__enter__(mode)


@contextmanager
def unobserved() -> Iterator[None]:
    """What is computed here is not the loop's."""
    modes: list[TorchFunctionMode] = _get_current_function_mode_stack()
    others = [mode for mode in modes if not isinstance(mode, Observer)]
    if len(others) == len(modes):
        yield
        return
    _stack(others)
    try:
        yield
    finally:
        _stack(modes)


def _has_memory(values: Any) -> bool:
    """Is this a tensor that could be a batch's own, and no stand-in (vmap, fake tensors)?"""
    if not isinstance(values, Tensor) or values.layout is not torch.strided:
        return False
    try:
        return values.data_ptr() != 0
    except RuntimeError:
        return False


def observing(
    kinds: Kinds, log: Log, refuse: Callable[[str], None], say: Callable[[str], None]
) -> Callable[[Pass], Watch]:
    """What makes the watch of a pass; a function, which copies of a loader share.

    Raises:
        ValueError: Several heads, or a task whose loss does not take what ``log`` takes.
    """
    if isinstance(kinds.declared, Mapping):
        raise ValueError(f"observe=True cannot tell the heads {list(kinds.declared)}: {REMEDY}")
    kind = kinds.of("main") or "multiclass"
    name = task_of(kind).LOSS
    if name is None:
        raise ValueError(f"observe=True cannot see a loss of task={kind!r}: {REMEDY}")
    loss = getattr(functional, name)

    def watch(source: Pass) -> Watch:
        return Watch(Observer(loss, log, refuse), say, source.split)

    return watch
