"""Keras 3 on torch: ``fit`` gets its loaders tracked, ``compute_loss`` has labels and outputs."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import nn
from torch.utils.data import DataLoader

from carto_widget.integrations.attach import is_a
from carto_widget.integrations.handle import Handle

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

NAME = "a Keras model (on torch)"


def recognises(thing: Any) -> bool:
    return is_a(thing, "Model", "keras")


def attach(
    model: Any,
    recorder: Recorder,
    *,
    logits: Callable[[Any], Any] | None = None,
    task: str = "main",
) -> Handle:
    """Record every batch of ``fit(loader)``, and its ``validation_data=loader`` as a split.

    Args:
        model: A compiled model on the torch backend, fitted on a torch ``DataLoader``: arrays are
            shuffled out of sight.
        recorder: Who writes it down.
        logits: Takes the logits (B, C) out of what the model returned; by default that where the
            compiled loss has ``from_logits=True``, and the logarithm of it where it has not.
        task: Under which name the head is recorded.

    Raises:
        ValueError: Another backend, or attached already. In ``fit``, a loss that does not tell
            what the model returns.
        TypeError: In ``fit``, data that is no DataLoader.
    """
    if not isinstance(model, nn.Module):
        raise ValueError(
            "this Keras model is not on torch: set KERAS_BACKEND=torch before keras is imported"
        )
    bond = _Bond(model, recorder, logits, task)
    return bond.handle


class _Bond:
    """What the wrapped methods of one model share."""

    def __init__(
        self, model: Any, recorder: Recorder, logits: Callable[[Any], Any] | None, task: str
    ) -> None:
        self.model, self.recorder, self.logits, self.task = (
            weakref.ref(model), recorder, logits, task,
        )  # fmt: skip
        self.has_validation = False  # of the fit that runs
        self.split: str | None = None  # of the step that runs
        self.handle = Handle(recorder, type(model).__name__)
        for name in ("fit", "evaluate", "train_step", "test_step", "compute_loss"):
            self.handle.wrap(model, name, getattr(self, name))

    def fit(self, inner: Any, x: Any = None, *args: Any, **more: Any) -> Any:
        if not isinstance(x, DataLoader):
            raise TypeError(
                f"fit got a {type(x).__name__}, whose rows are shuffled out of sight: give it a "
                "torch DataLoader, DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)"
            )
        self.handle.begins(self.model())
        self.has_validation = isinstance(more.get("validation_data"), DataLoader)
        if self.has_validation:
            held_out = more["validation_data"]
            more["validation_data"] = self.recorder.track(held_out, split="validation")
        try:
            return inner(self.recorder.track(x), *args, **more)
        finally:
            self.has_validation = False
            self.recorder.end_epoch(split="train")

    def evaluate(self, inner: Any, *args: Any, **more: Any) -> Any:
        found = inner(*args, **more)
        if self.has_validation:
            self.recorder.end_epoch(split="validation")
        return found

    def train_step(self, inner: Any, data: Any) -> Any:
        return self.during("train", inner, data)

    def test_step(self, inner: Any, data: Any) -> Any:
        return self.during("validation" if self.has_validation else None, inner, data)

    def during(self, split: str | None, inner: Any, data: Any) -> Any:
        self.split = split
        try:
            return inner(data)
        finally:
            self.split = None

    def compute_loss(
        self, inner: Any, x: Any = None, y: Any = None, y_pred: Any = None, *args: Any, **more: Any
    ) -> Any:
        if self.split is not None:
            mode: Literal["online", "eval"] = "online" if self.split == "train" else "eval"
            gold = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
            logits = self.logits or _logits_of(self.model())
            self.recorder.log(logits(y_pred), gold, split=self.split, mode=mode, task=self.task)
        return inner(x, y, y_pred, *args, **more)


def _logits_of(model: Any) -> Callable[[Any], Any]:
    """How what a model returns becomes logits, as its compiled loss tells."""
    loss = model.loss
    config = loss.get_config() if hasattr(loss, "get_config") else {}
    if isinstance(loss, str) and loss.endswith("categorical_crossentropy"):
        config = {"from_logits": False}
    if "from_logits" not in config:
        raise ValueError(
            f"the loss {loss!r} does not tell whether the model returns logits or probabilities: "
            "say how they become logits, attach(model, recorder, logits=lambda y_pred: y_pred)"
        )
    return _as_they_are if config["from_logits"] else torch.log


def _as_they_are(logits: Any) -> Any:
    return logits
