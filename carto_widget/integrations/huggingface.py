"""Hugging Face ``Trainer`` and its subclasses (transformers).

Its loaders are tracked as the last thing, after Accelerate prepared them. ``compute_loss`` has the
micro-batch and its outputs in one place, before label smoothing takes the labels out: there they
are logged. Columns are not touched: the ids need none.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from carto_widget.integrations.attach import is_a
from carto_widget.integrations.handle import Handle
from carto_widget.record.tracking import is_tracked, is_tracked_iterator, keep, tracked_again

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

NAME = "a Hugging Face Trainer (transformers)"
WRAPPED = (
    "compute_loss",
    "training_step",
    "prediction_step",
    "get_train_dataloader",
    "get_eval_dataloader",
    "get_test_dataloader",
    "get_batch_samples",
    "_remove_unused_columns",
)


def recognises(thing: Any) -> bool:
    return is_a(thing, "Trainer", "transformers")


def attach(
    trainer: Any,
    recorder: Recorder,
    *,
    logits: Callable[[Any], Any] | None = None,
    splits: Mapping[str, Any] | None = None,
    task: str = "main",
) -> Handle:
    """Record every micro-batch of ``train``, and ``evaluate`` as splits of their own.

    Args:
        trainer: The trainer; subclasses too.
        recorder: Who writes it down.
        logits: Takes the logits (B, C) out of the model's outputs; by default ``outputs.logits``,
            or of a tuple the first that is not the loss.
        splits: Datasets by the name of their split. Known are ``train_dataset`` ("train") and
            ``eval_dataset`` ("validation", of several "validation_<key>"); others that
            ``evaluate`` or ``predict`` get are not recorded.
        task: Under which name the head is recorded.

    Raises:
        ValueError: ``nn.DataParallel``, several label columns, or attached already.
    """
    _refuse_what_cannot_be_told(trainer)
    return TrainerHandle(trainer, recorder, logits or _logits, dict(splits or {}), task)


class TrainerHandle(Handle):
    """What stands in the place of one trainer's methods."""

    def __init__(
        self,
        trainer: Any,
        recorder: Recorder,
        logits: Callable[[Any], Any],
        splits: dict[str, Any],
        task: str,
    ) -> None:
        super().__init__(recorder, type(trainer).__name__)
        self._trainer = weakref.ref(trainer)
        self.logits, self.splits, self.task = logits, splits, task
        self.split: str | None = None  # of the step that runs
        self.evaluated: str | None = None  # split of the loader that evaluation asked for last
        self.loaders: dict[str, tuple[Any, Any]] = {}  # split: (as prepared, tracked)
        self.resumed: tuple[Any, Any] | None = None  # (a rebuilt loader's iterator, tracked again)
        self.shorn: dict[int, tuple[Any, Any]] = {}  # id: (dataset, without unused columns)
        for name in WRAPPED:
            self.wrap(trainer, name, getattr(self, name.lstrip("_")))
        callback = _callback_class()()
        callback.handle = self
        trainer.add_callback(callback)

    @property
    def trainer(self) -> Any:
        return self._trainer()

    def detach(self) -> None:
        if self.is_attached and self.trainer is not None:
            for callback in list(self.trainer.callback_handler.callbacks):
                if getattr(callback, "handle", None) is self:
                    self.trainer.remove_callback(callback)
            self.give_loaders_back()
        super().detach()
        self.loaders.clear()
        self.shorn.clear()

    # ---- in the place of the trainer's methods ----

    def get_train_dataloader(self, inner: Any) -> Any:
        return self.tracked(inner(), "train")

    def get_eval_dataloader(self, inner: Any, eval_dataset: Any = None) -> Any:
        known = self.trainer.eval_dataset
        dataset = known[eval_dataset] if isinstance(eval_dataset, str) else eval_dataset
        dataset = known if dataset is None else dataset
        self.evaluated = self.split_of(dataset)
        return self.tracked(inner(eval_dataset), self.evaluated)

    def get_test_dataloader(self, inner: Any, test_dataset: Any) -> Any:
        self.evaluated = self.split_of(test_dataset)
        return self.tracked(inner(test_dataset), self.evaluated)

    def remove_unused_columns(self, inner: Any, dataset: Any, *args: Any, **more: Any) -> Any:
        """One dataset without its unused columns, not another one for every loader."""
        if id(dataset) not in self.shorn:
            self.shorn[id(dataset)] = (dataset, inner(dataset, *args, **more))
        return self.shorn[id(dataset)][1]

    def get_batch_samples(self, inner: Any, epoch_iterator: Any, *args: Any, **more: Any) -> Any:
        """After a checkpoint the loader is rebuilt to skip batches, which still carry their ids."""
        loader = self.loaders.get("train", (None, None))[1]
        if loader is None:
            return inner(epoch_iterator, *args, **more)
        if not is_tracked_iterator(epoch_iterator):
            if self.resumed is None or self.resumed[0] is not epoch_iterator:
                self.resumed = (epoch_iterator, tracked_again(epoch_iterator, loader))
            epoch_iterator = self.resumed[1]
        keep(epoch_iterator, self.trainer.args.gradient_accumulation_steps + 1)
        return inner(epoch_iterator, *args, **more)

    def training_step(self, inner: Any, *args: Any, **more: Any) -> Any:
        return self.during("train", inner, *args, **more)

    def prediction_step(self, inner: Any, *args: Any, **more: Any) -> Any:
        return self.during(self.evaluated, inner, *args, **more)

    def compute_loss(
        self, inner: Any, model: Any, inputs: Any, return_outputs: bool = False, **more: Any
    ) -> Any:
        if self.split is None:
            return inner(model, inputs, return_outputs=return_outputs, **more)
        gold = inputs.get(self.trainer.label_names[0])  # label smoothing takes them out
        found = inner(model, inputs, return_outputs=True, **more)
        if not isinstance(found, tuple) or len(found) != 2:
            raise ValueError(
                f"{type(self.trainer).__name__}.compute_loss(..., return_outputs=True) gave a "
                f"{type(found).__name__}, expected (loss, outputs): return both, or record in a "
                "loop of your own"
            )
        if gold is None:
            raise ValueError(
                f"the batch has no {self.trainer.label_names[0]!r}, only {sorted(inputs)}: name "
                "the label column, TrainingArguments(label_names=[...])"
            )
        self.recorder.log(self.logits(found[1]), gold, split=self.split, task=self.task)
        return found if return_outputs else found[0]

    # ---- which split ----

    def during(self, split: str | None, inner: Any, *args: Any, **more: Any) -> Any:
        before, self.split = self.split, split
        try:
            return inner(*args, **more)
        finally:
            self.split = before

    def split_of(self, dataset: Any) -> str | None:
        known = self.trainer.eval_dataset
        several = known if isinstance(known, dict) else {}
        named = {**self.splits, "train": self.trainer.train_dataset, "validation": known}
        named |= {f"validation_{key}": one for key, one in several.items()}
        return next((name for name, one in named.items() if one is dataset), None)

    def tracked(self, loader: Any, split: str | None) -> Any:
        if split is None or is_tracked(loader):
            return loader
        if self.loaders.get(split, (None, None))[0] is not loader:
            self.loaders[split] = (loader, self.recorder.track(loader, split=split))
        return self.loaders[split][1]

    def give_loaders_back(self) -> None:
        """Callbacks are shown the loaders: after the bond those that the trainer prepared."""
        handler = self.trainer.callback_handler
        for name in ("train_dataloader", "eval_dataloader"):
            for prepared, new in self.loaders.values():
                if getattr(handler, name) is new:
                    setattr(handler, name, prepared)

    # ---- when ----

    def train_begins(self) -> None:
        self.begins(self.trainer.model)

    def epoch_ends(self) -> None:
        self.resumed = None
        self.recorder.end_epoch(split="train")

    def stop_where_asked(self, control: Any) -> None:
        """After ``training.stop()`` no tracked loader yields: nothing is left to evaluate."""
        if self.recorder._recording.is_stopping():
            control.should_training_stop, control.should_evaluate = True, False


@cache
def _callback_class() -> Any:
    from transformers import TrainerCallback

    class Epochs(TrainerCallback):
        handle: TrainerHandle

        def on_train_begin(self, *_: Any, **__: Any) -> None:
            self.handle.train_begins()

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.handle.stop_where_asked(control)

        def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.handle.epoch_ends()
            self.handle.stop_where_asked(control)

    return Epochs


def _refuse_what_cannot_be_told(trainer: Any) -> None:
    if trainer.args.n_gpu > 1:
        raise ValueError(
            f"this Trainer would spread its batches over {trainer.args.n_gpu} GPUs with "
            "nn.DataParallel, which is not recorded: let it see one GPU, CUDA_VISIBLE_DEVICES=0"
        )
    if len(trainer.label_names) != 1:
        raise ValueError(
            f"the labels are in {trainer.label_names}, expected one column of integers: name it, "
            "TrainingArguments(label_names=['labels'])"
        )


def _logits(outputs: Any) -> Any:
    """The logits among a model's outputs."""
    if isinstance(outputs, Mapping):
        found, what = outputs.get("logits"), sorted(outputs)
    else:
        several = outputs if isinstance(outputs, (tuple, list)) else [outputs]
        what = [type(one).__name__ for one in several]
        found = next((one for one in several if getattr(one, "ndim", 0)), None)
    if found is None:
        raise ValueError(
            f"the model gave {what} and no logits (a fused loss makes none): say where they are, "
            "attach(..., logits=lambda outputs: ...), or switch the fused loss off"
        )
    return found
