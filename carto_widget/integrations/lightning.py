"""Lightning, as ``lightning`` and as ``pytorch_lightning``: a callback; the module is untouched.

Its loaders are tracked (lightning_loaders). The logits come out of the dict that a step returns, or
are heard where a submodule gives them. A checkpoint carries the recorder's state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from torch import Tensor

from carto_widget.integrations.attach import is_a
from carto_widget.integrations.handle import Handle
from carto_widget.integrations.lightning_loaders import SPLITS, Loaders, numbered
from carto_widget.record.identity.batches import label_leaves

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

NAME = "a Lightning Trainer (lightning or pytorch_lightning)"


def recognises(thing: Any) -> bool:
    return is_a(thing, "Trainer", "lightning", "pytorch_lightning")


def attach(
    trainer: Any,
    recorder: Recorder,
    *,
    logits: str = "logits",
    gold: Callable[[Any], Any] | None = None,
) -> Handle:
    """Record every batch of ``fit``, ``validate`` and ``test``; validation is a split of its own.

    Of several validation loaders the second is split "validation_1", and so on. The sanity check
    before the training is not recorded. Checkpoints keep where the recorder stands.

    Args:
        trainer: The trainer; of several processes each under ``torchrun``.
        recorder: Who writes it down.
        logits: Where the logits (B, C) are: the key in the dict that ``training_step`` and
            ``validation_step`` return, or the name of a submodule that gives them once a step
            (``"fc"``, ``"model.head"``); then a step may return its loss alone.
        gold: Takes the labels (B,) out of a batch; by default its only column of integers.

    Raises:
        ValueError: Several processes that do not know of each other yet, or attached already. In
            the first step: logits or labels that cannot be told.
    """
    handle = Handle(recorder, type(trainer).__name__)
    handle.one_of(trainer.world_size)
    package = next(k.__module__ for k in type(trainer).__mro__ if k.__name__ == "Trainer")
    home = "pytorch_lightning" if package.startswith("pytorch_lightning") else "lightning.pytorch"
    # Lightning asks its callbacks for every hook there is: its own class answers the rest.
    callback = type("Carto", (_Hooks, import_module(home).Callback), {})()
    callback.handle, callback.loaders = handle, Loaders(trainer, handle)
    callback.steps, callback.pause = _Steps(handle, logits, gold), ExitStack()
    trainer.callbacks.insert(0, callback)
    handle.at_detach(callback.pause.close)
    handle.at_detach(lambda: trainer.callbacks.remove(callback))
    return handle


class _Steps:
    """What is heard in a step, and logged at its end."""

    def __init__(self, handle: Handle, logits: str, gold: Callable[[Any], Any] | None) -> None:
        self.handle, self.logits, self.gold = handle, logits, gold
        self.heard: list[Any] = []  # what the submodule gave
        self.hook = ExitStack()  # the submodule's
        self.logged: set[str] = set()  # splits, since they were last sealed
        handle.at_detach(self.leave)

    def enter(self, module: Any) -> None:
        """Listen to the submodule that gives the logits, where their name is one's."""
        self.leave()
        named = dict(module.named_modules()).get(self.logits)
        if named is not None and self.handle.is_attached:
            hook = named.register_forward_hook(lambda _, given, out: self.heard.append(out))
            self.hook.callback(hook.remove)

    def leave(self) -> None:
        self.hook.close()
        self.heard = []

    def log(self, outputs: Any, batch: Any, split: str) -> None:
        """Record a step; one that returned nothing and was not heard has nothing to record."""
        found, is_dict = self.heard, isinstance(outputs, Mapping)
        self.leave()
        if is_dict and self.logits in outputs:
            found = [outputs[self.logits]]
        if not found and (outputs is None or (is_dict and not outputs)):
            return
        if len(found) != 1:
            raise ValueError(
                f"found {len(found)} logits named {self.logits!r} in a step of split {split!r}, "
                'expected one: return {"loss": loss, "logits": logits} from the step, or name the '
                'submodule that gives them once a step, attach(trainer, recorder, logits="fc")'
            )
        gold = self.gold(batch) if self.gold else _gold(batch, len(found[0]))
        mode: Literal["online", "eval"] = "online" if split == "train" else "eval"
        self.handle.recorder.log(found[0], gold, split=split, mode=mode)
        self.logged.add(split)

    def seal(self, *, training: bool) -> None:
        for split in [split for split in self.logged if (split == "train") == training]:
            self.handle.recorder.end_epoch(split=split)
            self.logged.remove(split)


class _Hooks:
    """The callback's hooks in which something is done."""

    handle: Handle
    loaders: Loaders
    steps: _Steps
    pause: ExitStack  # the recorder's, during a sanity check

    def state_dict(self) -> dict[str, Any]:
        """In a checkpoint."""
        if _goes_on_with_the_next(self.loaders.trainer.fit_loop.epoch_loop):
            self.steps.seal(training=True)
        return self.handle.checkpoint("recorder")

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.handle.goes_on_at(state["recorder"])

    def on_fit_start(self, trainer: Any, module: Any) -> None:
        self.handle.begins(module)

    def on_exception(self, trainer: Any, module: Any, exception: BaseException) -> None:
        self.steps.leave()
        self.pause.close()

    def on_sanity_check_start(self, trainer: Any, module: Any) -> None:
        self.pause.enter_context(self.handle.recorder.paused())

    def on_sanity_check_end(self, trainer: Any, module: Any) -> None:
        self.pause.close()

    def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
        self.loaders.begin("train")

    def on_train_batch_start(self, trainer: Any, module: Any, batch: Any, step: int) -> None:
        self.steps.enter(module)

    def on_train_batch_end(
        self, trainer: Any, module: Any, outputs: Any, batch: Any, step: int
    ) -> None:
        self.steps.log(outputs, batch, "train")

    def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
        self.steps.seal(training=True)

    def on_validation_start(self, trainer: Any, module: Any) -> None:
        self.loaders.begin(SPLITS[trainer.state.stage.value])

    def on_validation_batch_start(
        self, trainer: Any, module: Any, batch: Any, step: int, loader: int = 0
    ) -> None:
        if not trainer.sanity_checking:
            self.steps.enter(module)

    def on_validation_batch_end(
        self, trainer: Any, module: Any, outputs: Any, batch: Any, step: int, loader: int = 0
    ) -> None:
        if not trainer.sanity_checking:
            self.steps.log(outputs, batch, numbered(SPLITS[trainer.state.stage.value], loader))

    def on_validation_end(self, trainer: Any, module: Any) -> None:
        self.steps.seal(training=False)

    on_test_start, on_test_end = on_validation_start, on_validation_end
    on_test_batch_start = on_validation_batch_start
    on_test_batch_end = on_validation_batch_end


def _goes_on_with_the_next(loop: Any) -> bool:
    """Whether of a checkpoint made now the next epoch follows, whose end is not told yet.

    What is saved from within the last batch: up to Lightning 2.4 that batch follows once more.
    """
    progress = loop.batch_progress
    is_complete = progress.current.completed == progress.current.ready
    return progress.is_last_batch and (is_complete or hasattr(loop, "restarted_on_train_batch_end"))


def _gold(batch: Any, length: int) -> Tensor:
    """The only column (B,) of integers in a batch."""
    columns = {path: leaf for path, leaf in label_leaves(batch, length).items() if leaf.ndim == 1}
    if len(columns) != 1:
        raise ValueError(
            f"a batch has {len(columns)} columns of integers {list(columns)}, expected one, the "
            "labels: say where they are, attach(trainer, recorder, gold=lambda batch: batch[1])"
        )
    return next(iter(columns.values()))
