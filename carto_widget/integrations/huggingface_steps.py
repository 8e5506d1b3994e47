"""The steps of a Hugging Face ``Trainer``: logged where the model says its logits.

While ``compute_loss`` runs it has a micro-batch in hand, with its labels before label smoothing
takes them out, and a hook on the model hears what the model says of it. Nothing else of the outputs
is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from carto_widget.integrations.huggingface_loaders import Loaders

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

METHODS = ("compute_loss", "training_step", "prediction_step", "_save_checkpoint")
STATE = "carto_widget"  # under this name a checkpoint's trainer_state.json has the recorder's
NO_LOGITS = (
    "and no logits. A fused loss (Liger, TRL's head) makes none: switch it off where that can be "
    "done (use_liger_kernel=False, TRL's loss_type='nll'), or record clean passes, "
    "recorder.evaluate(model, loader). Where they have another name: logits=lambda outputs: ..."
)


class Steps(Loaders):
    """Stands in the place of those methods of one trainer that make its steps, too."""

    def __init__(
        self,
        trainer: Any,
        recorder: Recorder,
        logits: Callable[[Any], Any] | None,
        splits: dict[str, Any],
        task: str,
    ) -> None:
        super().__init__(trainer, recorder, splits)
        self.logits, self.task = logits or _logits, task
        self.split: str | None = None  # of the step that runs
        for name in METHODS:
            self.wrap(trainer, name, getattr(self, name.lstrip("_")))

    def detach(self) -> None:
        if self.is_attached and self.trainer is not None:
            for callback in list(self.trainer.callback_handler.callbacks):
                if getattr(callback, "handle", None) is self:
                    self.trainer.remove_callback(callback)
        super().detach()

    def training_step(self, inner: Any, *args: Any, **more: Any) -> Any:
        return self.during("train", inner, *args, **more)

    def prediction_step(self, inner: Any, *args: Any, **more: Any) -> Any:
        return self.during(self.evaluated, inner, *args, **more)

    def during(self, split: str | None, inner: Any, *args: Any, **more: Any) -> Any:
        before, self.split = self.split, split
        try:
            return inner(*args, **more)
        finally:
            self.split = before

    def compute_loss(self, inner: Any, model: Any, inputs: Any, *args: Any, **more: Any) -> Any:
        if self.split is None:
            return inner(model, inputs, *args, **more)
        gold = inputs.get(self.trainer.label_names[0])  # label smoothing takes them out
        if gold is None:
            raise ValueError(
                f"the batch has no {self.trainer.label_names[0]!r}, only {sorted(inputs)}: name "
                "the label column, TrainingArguments(label_names=[...])"
            )
        with self.hearing(model, gold):
            return inner(model, inputs, *args, **more)

    @contextmanager
    def hearing(self, model: Any, gold: Any) -> Iterator[None]:
        """Log what the model says of one micro-batch, as soon as it says it."""
        n_heard = 0

        def heard(_: Any, given: Any, outputs: Any) -> None:
            nonlocal n_heard
            n_heard += 1
            if n_heard == 1:
                self.recorder.log(self.logits(outputs), gold, split=self.split, task=self.task)

        hook = model.register_forward_hook(heard)
        try:
            yield
        finally:
            hook.remove()
        if n_heard != 1:
            raise ValueError(
                f"{type(self.trainer).__name__}.compute_loss called its model {n_heard} times, "
                "expected once: which logits are meant cannot be told, so record in a loop of your "
                "own"
            )

    def train_begins(self, state: Any) -> None:
        self.begins(self.trainer.model)
        self.goes_on_at((state.stateful_callbacks or {}).get(STATE))

    def epoch_ends(self) -> None:
        self.resumed = None
        self.recorder.end_epoch(split="train")

    def stop_where_asked(self, control: Any) -> None:
        """After ``training.stop()`` no tracked loader yields: nothing is left to evaluate."""
        if self.recorder._recording.is_stopping():
            control.should_training_stop, control.should_evaluate = True, False

    def save_checkpoint(self, inner: Any, *args: Any, **more: Any) -> Any:
        state = self.trainer.state
        if float(state.epoch or 0.5).is_integer():  # saved before the trainer says that it ended
            self.recorder.end_epoch(split="train")
        state.stateful_callbacks = (state.stateful_callbacks or {}) | self.checkpoint(STATE)
        return inner(*args, **more)


def _logits(outputs: Any) -> Any:
    """The logits among a model's outputs."""
    if isinstance(outputs, Mapping):
        found, what = outputs.get("logits"), sorted(outputs)
    else:
        several = outputs if isinstance(outputs, (tuple, list)) else [outputs]
        what = [type(one).__name__ for one in several]
        found = next((one for one in several if getattr(one, "ndim", 0)), None)
    if found is None:
        raise ValueError(f"the model gave {what} {NO_LOGITS}")
    return found
