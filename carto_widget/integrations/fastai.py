"""fastai: a ``Learner`` over torch loaders, recorded by a callback after each prediction."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from torch.utils.data import DataLoader

from carto_widget.integrations.attach import is_a
from carto_widget.integrations.handle import Handle

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

NAME = "a fastai Learner (over torch loaders)"


def recognises(thing: Any) -> bool:
    return is_a(thing, "Learner", "fastai")


def attach(learner: Any, recorder: Recorder, *, task: str = "main") -> Handle:
    """Record every batch of ``fit``; the second loader is the split "validation".

    ``lr_find`` and ``get_preds`` are not recorded.

    Args:
        learner: A learner whose ``dls`` are torch loaders, ``DataLoaders(train, validation)``.
        recorder: Who writes it down.
        task: Under which name the head is recorded.

    Raises:
        TypeError: fastai's own loaders, which do not tell which items a batch has.
        ValueError: Attached already.
    """
    loaders = learner.dls.loaders
    for loader in loaders:
        if not isinstance(loader, DataLoader):
            raise TypeError(
                f"the learner's dls hold a {type(loader).__module__}.{type(loader).__name__}, "
                "expected torch loaders: DataLoaders(torch.utils.data.DataLoader(dls.train_ds, "
                "batch_size=64, shuffle=True), torch.utils.data.DataLoader(dls.valid_ds, "
                "batch_size=64))"
            )
    if any(isinstance(callback, _Steps) for callback in learner.cbs):
        raise ValueError("a recorder is attached to this Learner already: detach it first")
    handle = Handle(recorder, type(learner).__name__)
    names = ["train", "validation", *(f"validation_{n}" for n in range(1, len(loaders) - 1))]
    splits = dict(zip(names, loaders, strict=False))
    handle.replace(
        learner.dls, "loaders", [recorder.track(one, split=name) for name, one in splits.items()]
    )
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
                self.learn.pred,
                self.learn.yb[0],
                split=split,
                mode="online" if self.learn.training else "eval",
                task=task,
            )


def _is_aside(learner: Any) -> bool:
    """Is this no training but a search for a learning rate, or a prediction?"""
    return hasattr(learner, "lr_finder") or hasattr(learner, "gather_preds")
