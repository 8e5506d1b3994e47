"""Lightning, as ``lightning`` and as ``pytorch_lightning``: a callback; the module is untouched.

Loaders are tracked in the strategy's hook that sees them last, when Lightning has given them their
samplers and workers; so the ids are off again before a batch reaches the module. The logits come
out of the dict that a step returns, or are observed where a submodule gives them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from torch import Tensor

from carto_widget.integrations.attach import is_a
from carto_widget.integrations.handle import Handle
from carto_widget.record.batches import label_leaves

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

NAME = "a Lightning Trainer (lightning or pytorch_lightning)"
SPLITS = {
    "train": "train",
    "sanity_check": "validation",
    "validate": "validation",
    "test": "test",
}


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
    before the training is not recorded.

    Args:
        trainer: The trainer, in a single process.
        recorder: Who writes it down.
        logits: Where the logits (B, C) are: the key in the dict that ``training_step`` and
            ``validation_step`` return, or the name of a submodule that gives them once a step
            (``"fc"``, ``"model.head"``); then a step may return its loss alone.
        gold: Takes the labels (B,) out of a batch; by default its only column of integers.

    Raises:
        ValueError: Several processes, or attached already. In the first step: logits or labels
            that cannot be told.
    """
    if trainer.world_size > 1:
        raise ValueError(
            f"this Trainer runs {trainer.world_size} processes; recording wants one: "
            "Trainer(devices=1)"
        )
    bond = _Bond(trainer, recorder, logits, gold)
    package = next(k.__module__ for k in type(trainer).__mro__ if k.__name__ == "Trainer")
    home = "pytorch_lightning" if package.startswith("pytorch_lightning") else "lightning.pytorch"
    # Lightning asks its callbacks for every hook there is: its own class answers the rest.
    callback = type("Carto", (_Hooks, import_module(home).Callback), {})()
    callback.bond = bond
    trainer.callbacks.insert(0, callback)
    bond.handle.at_detach(lambda: trainer.callbacks.remove(callback))
    return bond.handle


class _Bond:
    """What the hooks of one trainer share."""

    def __init__(
        self, trainer: Any, recorder: Recorder, logits: str, gold: Callable[[Any], Any] | None
    ) -> None:
        self.trainer, self.recorder, self.logits, self.gold = trainer, recorder, logits, gold
        self.observed: list[Any] = []  # what the submodule gave in this step
        self.hook = ExitStack()  # the submodule's, during a step
        self.sanity = ExitStack()  # the recorder's pause
        self.n_loaders: Counter[str] = Counter()  # of a split, since it was last begun
        self.evaluated: set[str] = set()  # splits of the evaluation that runs
        self.given: dict[int, tuple[Any, Any]] = {}  # by id of the tracked: both loaders
        self.handle = Handle(recorder, type(trainer).__name__)
        self.handle.wrap(trainer.strategy, "process_dataloader", self.process_dataloader)
        self.handle.at_detach(self.give_back)
        self.handle.at_detach(self.leave)

    def process_dataloader(self, inner: Any, loader: Any) -> Any:
        """The loader as the strategy wants it, tracked where its stage is recorded."""
        loader, split = inner(loader), SPLITS.get(self.trainer.state.stage.value)
        if split is None:
            return loader
        n = self.n_loaders[split]
        self.n_loaders[split] += 1
        if n and split == "train":
            raise ValueError(
                "this Trainer trains on several loaders at once, whose batches come together: "
                "track them yourself, recorder.track(loader, split=...), and call "
                "recorder.log(logits, gold, split=...) in training_step"
            )
        tracked = self.recorder.track(loader, split=_numbered(split, n))
        self.given[id(tracked)] = (tracked, loader)
        return tracked

    def give_back(self) -> None:
        """Put the loaders as they were into the trainer's loops."""
        fit = self.trainer.fit_loop
        loops = fit, fit.epoch_loop.val_loop, self.trainer.validate_loop, self.trainer.test_loop
        for combined in [loop._combined_loader for loop in loops]:
            if combined is not None:
                combined.flattened = [self.given.get(id(x), (x, x))[1] for x in combined.flattened]
        self.given = {}

    def leave(self) -> None:
        self.leave_step()
        self.sanity.close()

    def enter_step(self, module: Any) -> None:
        """Watch the submodule that gives the logits, where their name is one's, for this step."""
        self.leave_step()
        named = dict(module.named_modules()).get(self.logits)
        if named is not None and self.handle.is_attached:
            hook = named.register_forward_hook(lambda _, given, out: self.observed.append(out))
            self.hook.callback(hook.remove)

    def leave_step(self) -> None:
        self.hook.close()
        self.observed = []

    def log(self, outputs: Any, batch: Any, split: str, mode: Literal["online", "eval"]) -> None:
        """Record a step; one that returned nothing and was not observed has nothing to record."""
        found, is_dict = self.observed, isinstance(outputs, Mapping)
        self.leave_step()
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
        self.recorder.log(found[0], gold, split=split, mode=mode)
        if mode == "eval":
            self.evaluated.add(split)


class _Hooks:
    """The callback's hooks in which something is done."""

    bond: _Bond

    def on_fit_start(self, trainer: Any, module: Any) -> None:
        self.bond.handle.begins(module)

    def on_exception(self, trainer: Any, module: Any, exception: BaseException) -> None:
        self.bond.leave()

    def on_sanity_check_start(self, trainer: Any, module: Any) -> None:
        self.bond.sanity.enter_context(self.bond.recorder.paused())

    def on_sanity_check_end(self, trainer: Any, module: Any) -> None:
        self.bond.sanity.close()

    def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
        self.bond.n_loaders["train"] = 0

    def on_train_batch_start(self, trainer: Any, module: Any, batch: Any, step: int) -> None:
        self.bond.enter_step(module)

    def on_train_batch_end(
        self, trainer: Any, module: Any, outputs: Any, batch: Any, step: int
    ) -> None:
        self.bond.log(outputs, batch, "train", "online")

    def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
        self.bond.recorder.end_epoch(split="train")

    def on_validation_start(self, trainer: Any, module: Any) -> None:
        self.bond.n_loaders.pop(SPLITS[trainer.state.stage.value], None)

    def on_validation_batch_start(
        self, trainer: Any, module: Any, batch: Any, step: int, loader: int = 0
    ) -> None:
        if not trainer.sanity_checking:
            self.bond.enter_step(module)

    def on_validation_batch_end(
        self, trainer: Any, module: Any, outputs: Any, batch: Any, step: int, loader: int = 0
    ) -> None:
        if not trainer.sanity_checking:
            split = SPLITS[trainer.state.stage.value]
            self.bond.log(outputs, batch, _numbered(split, loader), "eval")

    def on_validation_end(self, trainer: Any, module: Any) -> None:
        for split in self.bond.evaluated:
            self.bond.recorder.end_epoch(split=split)
        self.bond.evaluated = set()

    on_test_start, on_test_end = on_validation_start, on_validation_end
    on_test_batch_start = on_validation_batch_start
    on_test_batch_end = on_validation_batch_end


def _numbered(split: str, n: int) -> str:
    return f"{split}_{n}" if n else split


def _gold(batch: Any, length: int) -> Tensor:
    """The only column (B,) of integers in a batch."""
    columns = {path: leaf for path, leaf in label_leaves(batch, length) if leaf.ndim == 1}
    if len(columns) != 1:
        raise ValueError(
            f"a batch has {len(columns)} columns of integers {list(columns)}, expected one, the "
            "labels: say where they are, attach(trainer, recorder, gold=lambda batch: batch[1])"
        )
    return next(iter(columns.values()))
