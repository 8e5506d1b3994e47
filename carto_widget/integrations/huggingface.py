"""Hugging Face ``Trainer`` and its subclasses, TRL's too (transformers): ``attach``, or a callback.

Its loaders are tracked (huggingface_loaders), its steps logged (huggingface_steps); columns are not
touched: the ids need none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from carto_widget.integrations.attach import is_a
from carto_widget.integrations.handle import Handle
from carto_widget.integrations.huggingface_steps import Steps

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

NAME = "a Hugging Face Trainer (transformers)"


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
        ValueError: ``nn.DataParallel``, several label columns, packed rows, or attached already.
    """
    callback = _callback_class()(recorder, logits=logits, splits=splits, task=task)
    handle: Handle = callback.bind(trainer)
    trainer.add_callback(callback)
    return handle


def __getattr__(name: str) -> Any:
    if name == "CartographyCallback":
        return _callback_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _callback_class() -> Any:
    from transformers import TrainerCallback

    class CartographyCallback(TrainerCallback):
        """``attach`` as a callback: ``Trainer(..., callbacks=[CartographyCallback(recorder)])``.

        Args:
            recorder, logits, splits, task: As for ``attach``.

        Raises:
            ValueError: As for ``attach``, when the trainer is made.
        """

        def __init__(
            self,
            recorder: Recorder,
            *,
            logits: Callable[[Any], Any] | None = None,
            splits: Mapping[str, Any] | None = None,
            task: str = "main",
        ) -> None:
            self.handle: Any = None  # the Steps, once its trainer is known
            self.recorder, self.logits, self.splits, self.task = recorder, logits, splits, task

        def bind(self, trainer: Any) -> Steps:
            _refuse_what_cannot_be_told(trainer)
            told = self.logits, dict(self.splits or {}), self.task
            self.handle = steps = Steps(trainer, self.recorder, *told)
            return steps

        def on_init_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.bind(_trainer_of(state))

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if self.handle is None:
                raise ValueError(
                    "a CartographyCallback that is added to a finished Trainer comes too late to "
                    "see its loaders: give it to Trainer(callbacks=[...]), or say "
                    "carto.attach(trainer, recorder)"
                )
            self.handle.train_begins(state)

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.handle.stop_where_asked(control)

        def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.handle.epoch_ends()
            self.handle.stop_where_asked(control)

    return CartographyCallback


def _trainer_of(state: Any) -> Any:
    """The trainer under construction: it tells its callbacks its state, but not itself."""
    frame: Any = sys._getframe(1)
    while not recognises(owner := frame.f_locals.get("self")) or owner.state is not state:
        frame = frame.f_back
    return owner


def _refuse_what_cannot_be_told(trainer: Any) -> None:
    if trainer.args.n_gpu > 1:
        raise ValueError(
            f"this Trainer would spread its batches over {trainer.args.n_gpu} GPUs with "
            "nn.DataParallel, which is not recorded: let it see one GPU, CUDA_VISIBLE_DEVICES=0, "
            "or start a process for each, torchrun --nproc-per-node"
        )
    if getattr(trainer.args, "packing", False) or getattr(trainer, "padding_free", False):
        raise ValueError(
            "this Trainer packs several examples into one row (packing, padding_free), so that "
            "none has logits of its own: packing=False, padding_free=False, or record clean "
            "passes, recorder.evaluate(model, loader) with a collate function that pads"
        )
    if len(trainer.label_names) != 1:
        raise ValueError(
            f"the labels are in {trainer.label_names}, expected one column of integers: name it, "
            "TrainingArguments(label_names=['labels'])"
        )
