"""ignite: an ``Engine`` whose loader is tracked when it runs, and whose output holds the logits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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
    loaders: dict[int, tuple[Any, Any]] = {}  # by id of the plain one: it, and it tracked
    mode = mode or ("online" if split == "train" else "eval")

    def tracked(data: Any) -> Any:
        if data is None:  # a run that goes on
            return None
        known = loaders.get(id(data)) or (data, recorder.track(data, split=split))
        return loaders.setdefault(id(data), known)[1]

    def run(inner: Any, data: Any = None, *args: Any, **more: Any) -> Any:
        if split == "train":
            handle.begins(engine)
        return inner(tracked(data), *args, **more)

    def log() -> None:
        logits, gold = _pair(output_transform(engine.state.output))
        recorder.log(logits, gold, split=split, mode=mode, task=task)

    def give_back() -> None:
        for plain, replaced in loaders.values():
            if engine.state.dataloader is replaced:
                engine.state.dataloader = plain

    def ended() -> None:
        give_back()
        recorder.end_epoch(split=split)

    handle = Handle(recorder, type(engine).__name__)
    handle.wrap(engine, "run", run)
    handle.wrap(engine, "set_data", lambda inner, data: inner(tracked(data)))
    handle.at_detach(give_back)
    for event, handler in (
        (events.ITERATION_COMPLETED, log),
        (events.COMPLETED, ended),
        (events.TERMINATE, ended),
    ):
        engine.add_event_handler(event, handler)
        handle.at_detach(partial(_remove, engine, event, handler))
    return handle


def _pair(found: Any) -> tuple[Any, Any]:
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        raise TypeError(
            f"the engine's output is a {type(found).__name__}, expected (logits, gold): say where "
            "they are, attach(engine, recorder, output_transform=lambda output: "
            '(output["logits"], output["y"])), and return both from the process function'
        )
    return found[0], found[1]


def _remove(engine: Any, event: Any, handler: Any) -> None:
    engine.remove_event_handler(handler, event)
    if not engine._event_handlers[event]:
        del engine._event_handlers[event]
