"""What a task is: how outputs and gold labels become the columns of a row."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Columns = dict[str, Tensor]  # name -> (B,) or (B, L), on the device of the logits


class Task(Protocol):
    """What a file of ``record/values/tasks/`` offers; its name is the kind of the task.

    Attributes:
        WANTS: The shapes that ``log`` takes, for errors.
        GOLD: What a gold label can be, for errors.
        BLANK: The label of what does not count; None: everything does.
        DEFERS: Whether several small steps may be computed together.
        HAS_CLASSES: Whether a sample's gold label is a class number.
        HAS_FLOATS: Whether labels may ride in a batch as floats.
        LOSS: The loss of torch.nn.functional that takes what ``log`` takes, or None.
    """

    WANTS: str
    GOLD: str
    BLANK: float | None
    DEFERS: bool
    HAS_CLASSES: bool
    HAS_FLOATS: bool
    LOSS: str | None

    def checked(self, logits: Tensor, gold: Tensor) -> tuple[Tensor, Tensor]:
        """Both in the shape and dtype that ``signals`` takes.

        Raises:
            ValueError, TypeError: Others than ``WANTS``.
        """

    def width(self, logits: Tensor) -> int:
        """Number of classes or labels that there are."""

    def key(self, gold: Tensor) -> Tensor:
        """(B,) int64 >= 0 by which labels are compared; ``IGNORED``, ``IMPOSSIBLE``."""

    def signals(self, logits: Tensor, gold: Tensor, keep: torch.dtype | None) -> Columns:
        """The columns of the rows; ``keep``: with those of all classes or labels."""

    def logits(self, probabilities: NDArray[np.float64]) -> Tensor:
        """What ``log_epoch`` was given as what ``log`` takes.

        Raises:
            ValueError: Another shape, or no probabilities.
        """


@cache
def kinds() -> tuple[str, ...]:
    """The tasks that there are, by file name."""
    import carto_widget.record.values.tasks as room

    return tuple(sorted(module.name for module in pkgutil.iter_modules(room.__path__)))


@cache
def task_of(kind: str) -> Task:
    """The task of a kind."""
    return cast(Task, importlib.import_module(f"carto_widget.record.values.tasks.{kind}"))


class Kinds:
    """What is learned under each name that ``log(task=...)`` gives.

    Args:
        declared: A kind for all, or one a name; None: deduced.

    Raises:
        ValueError: A kind that does not exist.
    """

    def __init__(self, declared: str | Mapping[str, str] | None) -> None:
        self.declared = declared
        for kind in declared.values() if isinstance(declared, Mapping) else (declared,):
            if kind is not None:
                _known(kind)

    def of(self, task: str) -> str | None:
        """The declared kind of a task; None: deduced."""
        kind = self.declared
        return kind.get(task) if isinstance(kind, Mapping) else kind

    @property
    def have_floats(self) -> bool:
        """May a batch carry labels of floats?"""
        declared = self.declared
        kinds = declared.values() if isinstance(declared, Mapping) else (declared,)
        return any(kind is not None and task_of(kind).HAS_FLOATS for kind in kinds)

    def kind(self, task: str, logits: Tensor, gold: Tensor) -> str:
        """The kind of what was logged.

        Raises:
            ValueError, TypeError: It is not declared and its shapes are not those of multi-class.
        """
        kind = self.of(task)
        if kind is not None:
            return kind
        has_classes = logits.ndim == 2 and logits.shape[1] > 1 and logits.is_floating_point()
        if has_classes and gold.ndim == 1 and not gold.is_floating_point():
            return "multiclass"
        raise _undeclared(logits, gold)


def _known(kind: object) -> None:
    if kind in ("segmentation", "detection"):
        raise ValueError(
            f"task={kind!r}: a sample has no one gold label there. Compute one number a sample "
            "in the loop, for example its mean loss, and record it: "
            "recorder.log_signal('mask_loss', values)"
        )
    if kind not in kinds():
        raise ValueError(f"task={kind!r}, expected one of {', '.join(map(repr, kinds()))}")


def _undeclared(logits: Tensor, gold: Tensor) -> Exception:
    """Say which tasks could be meant."""
    got = f"log got logits {tuple(logits.shape)} {logits.dtype} and gold {tuple(gold.shape)} "
    got += f"{gold.dtype}"
    if logits.ndim == 4:
        return ValueError(
            f"{got}: that looks like segmentation or detection, where a sample has no one gold "
            "label. Record one number a sample, recorder.log_signal('mask_loss', values)"
        )
    if not logits.is_floating_point():
        return TypeError(f"{got}, expected floating logits: what the model gives before argmax")
    fitting = [
        f"Recorder(..., task={kind!r}): {task_of(kind).WANTS}"
        for kind in kinds()
        if _fits(task_of(kind), logits, gold)
    ]
    if not fitting:
        fitting = [f"task={kind!r}: {task_of(kind).WANTS}" for kind in kinds()]
    mixed = (
        " Targets that the loop mixed or smoothed have no gold label: log the labels of the "
        "dataset in a clean pass, recorder.evaluate(model, loader)."
        if gold.is_floating_point() and gold.ndim == 2
        else ""
    )
    return ValueError(
        f"{got}. Only logits (B, C >= 2) with integer labels (B,) speak for themselves; say what "
        f"is learned: {'; or '.join(fitting)}.{mixed}"
    )


def _fits(task: Task, logits: Tensor, gold: Tensor) -> bool:
    try:
        task.checked(logits, gold)
    except (ValueError, TypeError):
        return False
    return True


def wrong_shape(wants: str, logits: Tensor, gold: Tensor) -> ValueError:
    """The error for shapes that a task does not take."""
    return ValueError(
        f"log got logits {tuple(logits.shape)} and gold {tuple(gold.shape)} {gold.dtype}, expected "
        f"{wants}"
    )
