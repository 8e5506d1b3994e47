"""A signal of the loop's own: one number a sample and epoch, under a name of the user's."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np
import torch
from torch import Tensor

from carto_widget.metrics.registry import CONSTANTS, INTERMEDIATES, SIGNALS, metrics
from carto_widget.record.values.task import Columns

MARK = "+"  # before the names of signals, where they stand among those of tasks
_KEYS = ("sample", "guid", "epoch", "value", "gold_key", "features")


def signals(logits: Tensor, gold: Tensor, keep: torch.dtype | None) -> Columns:
    """``value``: the numbers in single precision."""
    return {"value": logits.float()}


def checked_name(name: Any, known: set[str], computed: Container[str]) -> str:
    """A name that metrics can ask for, put among those known to be one.

    Args:
        name: What the loop gave.
        known: Names that were checked.
        computed: Names of functions under ``signal``.

    Raises:
        TypeError: No text.
        ValueError: No name for a parameter, or taken.
    """
    if not isinstance(name, str):
        raise TypeError(f"log_signal got a name of type {type(name).__name__}, expected a str")
    if name in known:
        return name
    if not name.isidentifier():
        raise ValueError(
            f"log_signal got the name {name!r}, expected one that a metric can ask for as a "
            "parameter, such as 'mask_loss'"
        )
    refuse_taken("log_signal", name)
    if name in computed:
        raise ValueError(
            f"log_signal: {name!r} is the name of a function under @carto.signal; choose another"
        )
    known.add(name)
    return name


def refuse_taken(who: str, name: str) -> None:
    """Raise where a signal of the user's own cannot have this name."""
    if name in (*SIGNALS, *CONSTANTS, *INTERMEDIATES, *_KEYS):
        raise ValueError(f"{who}: {name!r} is the name of something that we record; choose another")
    if name in metrics():
        raise ValueError(f"{who}: {name!r} is the name of a metric; choose another")


def checked_values(name: str, values: Any) -> Tensor:
    """(B,) numbers without graph, on their device.

    Raises:
        TypeError: Neither a tensor nor an array nor a list of numbers.
        ValueError: Not one number a sample.
    """
    if isinstance(values, Tensor):
        found = values.detach()
    else:
        try:
            found = torch.from_numpy(np.array(values, np.float32))
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"log_signal({name!r}) got {type(values).__name__}, expected (B,) numbers: a "
                "tensor, an array or a list"
            ) from error
    if found.is_complex():
        raise TypeError(f"log_signal({name!r}) got {found.dtype}, expected real numbers")
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1:
        remedy = (
            "a loss before it is averaged over the batch (reduction='none')"
            if found.ndim == 0
            else "reduce each sample's values to one, for example values.flatten(1).mean(1)"
        )
        raise ValueError(
            f"log_signal({name!r}) got shape {tuple(found.shape)}, expected (B,), one number a "
            f"sample: {remedy}"
        )
    return found
