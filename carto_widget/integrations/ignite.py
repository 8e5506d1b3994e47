"""ignite: an ``Engine`` whose loader is tracked when it runs, and whose output holds the logits."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from carto_widget.integrations.attach import is_a
from carto_widget.integrations.handle import Handle

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

NAME = "an ignite Engine"


def recognises(thing: Any) -> bool:
    return is_a(thing, "Engine", "ignite")


def attach(
    engine: Any,
    recorder: Recorder,
    *,
    output_transform: Callable[[Any], Any] = lambda output: output,
    split: str = "train",
    mode: Literal["online", "eval"] | None = None,
    task: str = "main",
) -> Handle:
    """Record every iteration of an engine; an evaluator is attached under a split of its own.

    An epoch of the record is one pass over the loader, also where ``epoch_length=`` makes several
    epochs of ignite out of one pass.

    Args:
        engine: A trainer or an evaluator.
        recorder: Who writes it down.
        output_transform: Takes (logits, gold) out of what the process function returns, for
            example ``lambda output: (output["logits"], output["y"])``; by default the output is
            that pair, as ``create_supervised_evaluator`` gives it.
        split: Whose samples its loader has.
        mode: By default "online" for the split "train", "eval" for others.
        task: Under which name the head is recorded.

    Raises:
        ValueError: Attached already.
        TypeError: At the first iteration, an output that is no pair of logits and gold.
    """
    events = import_module("ignite.engine").Events
    owner = weakref.ref(engine)  # no cycle: a loader's workers end with its last user
    mode = mode or ("online" if split == "train" else "eval")
    loaders: list[Any] = [None, None]  # the newest as it was given, and tracked

    def tracked(data: Any) -> Any:
        if data is None:  # a run that goes on
            return None
        if data is not loaders[0]:
            loaders[:] = data, recorder.track(data, split=split)
        return loaders[1]

    def run(inner: Any, data: Any = None, *args: Any, **more: Any) -> Any:
        if split == "train":
            handle.begins(owner())
        return inner(tracked(data), *args, **more)

    def log(engine: Any) -> None:
        logits, gold = _pair(output_transform(engine.state.output))
        recorder.log(logits, gold, split=split, mode=mode, task=task)

    def ended(engine: Any) -> None:
        _give_back(engine, loaders)
        recorder.end_epoch(split=split)

    handle = Handle(recorder, type(engine).__name__, split=split)
    handle.wrap(engine, "run", run)
    handle.wrap(engine, "set_data", lambda inner, data: inner(tracked(data)))
    handlers = [(events.ITERATION_COMPLETED, log), (events.COMPLETED, ended)]
    handlers += [(events.TERMINATE, ended)]
    for event, handler in handlers:
        engine.add_event_handler(event, handler)
    handle.at_detach(lambda: _release(owner(), loaders, handlers))
    return handle


def _give_back(engine: Any, loaders: list[Any]) -> None:
    given, tracked = loaders
    if tracked is not None and engine.state.dataloader is tracked:
        engine.state.dataloader = given


def _release(engine: Any, loaders: list[Any], handlers: list[tuple[Any, Any]]) -> None:
    if engine is None:
        return
    _give_back(engine, loaders)
    for event, handler in handlers:
        engine.remove_event_handler(handler, event)
        if not engine._event_handlers[event]:
            del engine._event_handlers[event]


def _pair(found: Any) -> tuple[Any, Any]:
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        raise TypeError(
            f"the engine's output is a {type(found).__name__}, expected (logits, gold): say where "
            "they are, attach(engine, recorder, output_transform=lambda output: "
            '(output["logits"], output["y"])), and return both from the process function'
        )
    return found[0], found[1]
