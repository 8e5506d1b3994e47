"""``attach`` finds the file that knows a framework's object; files are found by being there."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import carto_widget.integrations as room
from carto_widget.integrations.handle import Handle

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder


def attach(thing: Any, recorder: Recorder, **options: Any) -> Handle:
    """Record what a framework trains: one line, before its training begins.

    Args:
        thing: What trains, for example a Hugging Face ``Trainer``.
        recorder: Who writes it down.
        **options: What the framework's own file takes, for example ``logits=``.

    Returns:
        A handle; ``handle.detach()`` leaves ``thing`` as it was found. The recorder stays open.

    Raises:
        TypeError: Nothing that is known, or an option that its file does not take.
        ValueError: It is attached already, or trains in a way that cannot be recorded.
    """
    known = integrations()
    for integration in known:
        if integration.recognises(thing):
            handle: Handle = integration.attach(thing, recorder, **options)
            return handle
    raise TypeError(
        f"attach got a {type(thing).__module__}.{type(thing).__qualname__}, expected one of: "
        f"{', '.join(integration.NAME for integration in known)}. A loop of your own (Accelerate "
        "too) needs no attach: loader = recorder.track(loader) before it, recorder.log(logits, "
        "gold) in it"
    )


def integrations() -> list[ModuleType]:
    """The files of this room that know a framework, none of which imports it."""
    names = sorted(module.name for module in pkgutil.iter_modules(room.__path__))
    files = [import_module(f"{room.__name__}.{name}") for name in names]
    return [file for file in files if hasattr(file, "recognises")]


def is_a(thing: Any, name: str, *packages: str) -> bool:
    """Does ``thing`` descend from a class of this name in one of these packages?"""
    return any(
        kind.__name__ == name and kind.__module__.partition(".")[0] in packages
        for kind in type(thing).__mro__
    )
