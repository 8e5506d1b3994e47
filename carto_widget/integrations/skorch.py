"""skorch: a net that makes tracked loaders, and records in its own ``on_batch_end``.

While the bond lasts the net is of a class derived from its own. Nothing is set on it: a net's
attributes are its parameters, which clones (of a grid search, say) are made from.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import nn

from carto_widget.integrations.attach import is_a
from carto_widget.integrations.handle import Handle

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

NAME = "a skorch net"


def recognises(thing: Any) -> bool:
    return is_a(thing, "NeuralNet", "skorch")


def attach(
    net: Any,
    recorder: Recorder,
    *,
    logits: Callable[[Any], Any] | None = None,
    task: str = "main",
) -> Handle:
    """Record every batch of ``fit`` and ``partial_fit``; validation is a split of its own.

    The rows are those of ``X``, also where the net splits its validation off. Clones and copies of
    the net are not recorded.

    Args:
        net: The net.
        recorder: Who writes it down.
        logits: Takes the logits (B, C) out of what the module returned; by default that, or the
            first of a tuple; where a classifier's criterion is ``NLLLoss``, for which skorch has
            modules return probabilities, their logarithm.
        task: Under which name the head is recorded.

    Raises:
        ValueError: Attached already.
    """
    if hasattr(net, "_carto_handle"):
        raise ValueError(
            "a recorder is attached to this net already: detach it first, handle.detach()"
        )
    kind = type(net)
    bond = _Bond(net, recorder, logits, task)
    net.__class__ = _recorded(kind, bond)
    bond.handle.at_detach(lambda: _of_class(bond.net(), kind))
    return bond.handle


class _Bond:
    """What a net and its recorder share."""

    def __init__(
        self, net: Any, recorder: Recorder, logits: Callable[[Any], Any] | None, task: str
    ) -> None:
        self.net, self.recorder, self.logits, self.task = weakref.ref(net), recorder, logits, task
        self.handle = Handle(recorder, type(net).__name__)
        self.is_beginning = False  # a training makes its loaders
        self.data: tuple[Any, Any, Any] = (None, None, None)  # X, y and their dataset

    def begins(self, net: Any) -> None:
        self.handle.begins(net.module_)
        self.is_beginning = True

    def dataset(self, features: Any, labels: Any, made: Any) -> Any:
        """One dataset for the same X and y, however often they are fitted."""
        if self.data[0] is not features or self.data[1] is not labels:
            self.data = (features, labels, made)
        return self.data[2]

    def log(self, batch: Any, training: bool, y_pred: Any) -> None:
        self.recorder.log(
            self.logits(y_pred) if self.logits else _logits(self.net(), y_pred),
            batch[1],
            split="train" if training else "validation",
            mode="online" if training else "eval",
            task=self.task,
        )
        if self.recorder.is_stopping:  # an empty loader would be an error to its scores
            self.recorder.end_epoch()
            raise KeyboardInterrupt  # skorch's own way to end a ``fit``


def _recorded(kind: Any, bond: _Bond) -> type:
    """A class derived from a net's, whose methods do more for the net of the bond."""

    def on_train_begin(net: Any, *args: Any, **more: Any) -> None:
        kind.on_train_begin(net, *args, **more)
        if net is bond.net():
            bond.begins(net)

    def get_dataset(net: Any, features: Any, labels: Any = None) -> Any:
        made = kind.get_dataset(net, features, labels)
        is_ours = net is bond.net() and bond.is_beginning
        return bond.dataset(features, labels, made) if is_ours else made

    def get_iterator(net: Any, dataset: Any, training: bool = False) -> Any:
        loader = kind.get_iterator(net, dataset, training=training)
        if net is not bond.net() or not bond.is_beginning:  # ``predict`` has loaders too
            return loader
        return bond.recorder.track(loader, split="train" if training else "validation")

    def on_epoch_begin(net: Any, *args: Any, **more: Any) -> None:
        kind.on_epoch_begin(net, *args, **more)
        bond.is_beginning = False

    def on_batch_end(
        net: Any, _: Any, batch: Any = None, training: bool = False, **step: Any
    ) -> None:
        kind.on_batch_end(net, net, batch=batch, training=training, **step)
        if net is bond.net():
            bond.log(batch, training, step["y_pred"])

    def reduced(net: Any, protocol: int) -> tuple[Any, ...]:
        """What is copied or pickled is of the net's own class."""
        _, _, *state = kind.__reduce_ex__(net, max(2, protocol))
        return (object.__new__, (kind,), *state)

    methods = (on_train_begin, get_dataset, get_iterator, on_epoch_begin, on_batch_end)
    named = {method.__name__: method for method in methods}
    about = {"__reduce_ex__": reduced, "__module__": kind.__module__, "_carto_handle": bond.handle}
    return type(kind.__name__, (kind,), named | about)


def _of_class(net: Any, kind: type) -> None:
    if net is not None:
        net.__class__ = kind


def _logits(net: Any, y_pred: Any) -> Any:
    found = y_pred[0] if isinstance(y_pred, tuple) else y_pred
    is_probability = is_a(net, "NeuralNetClassifier", "skorch")
    return found.log() if is_probability and isinstance(net.criterion_, nn.NLLLoss) else found
