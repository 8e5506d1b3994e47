"""fastai: a ``Learner``, recorded by a callback after each prediction; loaders: fastai_loaders."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from torch import Tensor

from carto_widget.integrations.attach import is_a
from carto_widget.integrations.fastai_loaders import check, track
from carto_widget.integrations.handle import Handle

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

NAME = "a fastai Learner"


def recognises(thing: Any) -> bool:
    return is_a(thing, "Learner", "fastai")


def attach(learner: Any, recorder: Recorder, *, task: str = "main") -> Handle:
    """Record every batch of ``fit``; the second loader is the split "validation".

    ``lr_find`` and ``get_preds`` are not recorded.

    Args:
        learner: A learner over fastai's loaders or torch's; a sample's row is its number in its
            loader's dataset, ``dls.train_ds``.
        recorder: Who writes it down.
        task: Under which name the head is recorded.

    Raises:
        TypeError: A loader whose items have no rows.
        ValueError: Attached already.
    """
    if any(isinstance(callback, _Steps) for callback in learner.cbs):
        raise ValueError("a recorder is attached to this Learner already: detach it first")
    handle, loaders = Handle(recorder, type(learner).__name__), learner.dls.loaders
    for loader in loaders:
        check(loader)
    names = ["train", "validation", *(f"validation_{n}" for n in range(1, len(loaders) - 1))]
    tracked = [track(handle, one, name) for name, one in zip(names, loaders, strict=False)]
    handle.replace(learner.dls, "loaders", tracked)
    base = import_module("fastai.callback.core").Callback
    callback = type("Carto", (_Steps, base), {"order": -10})()
    vars(callback)["carto"] = (handle, names, task)
    learner.add_cb(callback)
    handle.at_detach(lambda: learner.remove_cb(callback))
    return handle


class _Steps:
    """What the callback does; fastai's ``Callback`` stands behind it."""

    learn: Any

    def before_fit(self) -> None:
        handle, _, _ = vars(self)["carto"]
        if not _is_aside(self.learn):
            handle.begins(self.learn.model)

    def after_pred(self) -> None:
        handle, names, task = vars(self)["carto"]
        loaders = self.learn.dls.loaders
        split = next((n for n, one in zip(names, loaders, strict=True) if one is self.learn.dl), "")
        if split and not _is_aside(self.learn):
            handle.recorder.log(
                _plain(self.learn.pred),
                _column(_plain(self.learn.yb[0])),
                split=split,
                mode="online" if self.learn.training else "eval",
                task=task,
            )


def _is_aside(learner: Any) -> bool:
    """Is this no training but a search for a learning rate, or a prediction?"""
    return hasattr(learner, "lr_finder") or hasattr(learner, "gather_preds")


def _plain(values: Any) -> Any:
    """fastai's tensors know what they show, and refuse to meet others."""
    return values.as_subclass(Tensor) if isinstance(values, Tensor) else values


def _column(gold: Any) -> Any:
    """(B,) the labels of a table, (B, 1)."""
    return gold[:, 0] if gold.ndim == 2 and gold.shape[1] == 1 else gold
