"""What every integration has to hold, and the drivers that train with each framework.

A driver is a file ``drive_<framework>.py`` beside this one, found by being there:

    FRAMEWORK         the package that must be importable
    HAS_VALIDATION    whether ``fit`` evaluates the held-out set after every epoch
    ACCUMULATES       whether it has gradient accumulation
    ITEMS             (optional) the kind of dataset, by default ``Numbered`` with (x, label)
    build(net, train, held_out, setting, folder) -> what trains
    attach(thing, recorder) -> a handle with ``detach()``
    fit(thing)        trains EPOCHS epochs in batches of BATCH
    parts(thing)      the objects that an integration could leave something on
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from numbered import Net, Numbered, held_out_set, training_set
from torch import Tensor

import carto_widget as carto


@dataclass(frozen=True)
class Setting:
    workers: int = 0
    accumulation: int = 1


DRIVERS = sorted(
    module.name.removeprefix("drive_")
    for module in pkgutil.iter_modules([str(Path(__file__).parent)])
    if module.name.startswith("drive_")
)


def driver_of(framework: str) -> ModuleType:
    return import_module(f"drive_{framework}")


@dataclass
class Trained:
    """One training with a driver."""

    thing: Any
    net: Net
    train: Any
    held_out: Any
    handle: Any
    weights: list[Tensor]


def trained(
    driver: ModuleType, setting: Setting, recorder: carto.Recorder | None, folder: Path
) -> Trained:
    """Train from the same seeds, with a recorder or without."""
    kind = getattr(driver, "ITEMS", Numbered)
    net, train, held_out = Net(), training_set(kind), held_out_set(kind)
    thing = driver.build(net, train, held_out, setting, folder)
    handle = None if recorder is None else driver.attach(thing, recorder)
    driver.fit(thing)
    weights = [parameter.detach().clone() for parameter in net.parameters()]
    return Trained(thing, net, train, held_out, handle, weights)


def footprint(thing: Any) -> dict[str, int]:
    """Which attribute is which object: of one object and of the classes that it descends from."""
    found = {f"{name}": id(value) for name, value in vars(thing).items()}
    for kind in type(thing).__mro__:
        if kind.__module__ != "builtins":
            found |= {f"{kind.__qualname__}.{name}": id(v) for name, v in vars(kind).items()}
    return found


def sizes(thing: Any) -> dict[str, int]:
    """How many entries the lists and dicts of an object hold: callbacks, hooks."""
    containers = (list, dict, set, tuple)
    return {name: len(v) for name, v in vars(thing).items() if isinstance(v, containers)}


def ours(thing: Any) -> list[str]:
    """Where something of this package hangs on an object or in its lists and dicts."""
    found = []
    for name, value in vars(thing).items():
        inside = list(value.values()) if isinstance(value, dict) else value
        several = list(inside) if isinstance(inside, (list, tuple, set)) else []
        found += [name for one in [value, *several] if _is_ours(one)]
    return found


def _is_ours(value: Any) -> bool:
    modules = (getattr(value, "__module__", None), type(value).__module__)
    return hasattr(value, "_carto_handle") or any(
        str(module).startswith("carto_widget") for module in modules
    )
