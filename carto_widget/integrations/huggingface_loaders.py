"""Which loader of a Hugging Face ``Trainer`` is which split; each is tracked as the last thing."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from carto_widget.integrations.handle import Handle
from carto_widget.record.identity.tracking import (
    is_tracked,
    is_tracked_iterator,
    keep,
    tracked_again,
)

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

METHODS = (
    "get_train_dataloader",
    "get_eval_dataloader",
    "get_test_dataloader",
    "get_batch_samples",
    "_remove_unused_columns",
)


class Loaders(Handle):
    """Stands in the place of those methods of one trainer that make its loaders."""

    def __init__(self, trainer: Any, recorder: Recorder, splits: dict[str, Any]) -> None:
        super().__init__(recorder, type(trainer).__name__)
        self.one_of(trainer.args.world_size)
        self._trainer, self.splits = weakref.ref(trainer), splits
        self.evaluated: str | None = None  # split of the loader that evaluation asked for last
        self.loaders: dict[str, tuple[Any, Any]] = {}  # split: (as prepared, tracked)
        self.resumed: tuple[Any, Any] | None = None  # (a rebuilt loader's iterator, tracked again)
        self.shorn: dict[int, tuple[Any, Any]] = {}  # id: (dataset, without unused columns)
        for name in METHODS:
            self.wrap(trainer, name, getattr(self, name.lstrip("_")))

    @property
    def trainer(self) -> Any:
        return self._trainer()

    def get_train_dataloader(self, inner: Any) -> Any:
        return self.tracked(inner(), "train")

    def get_eval_dataloader(self, inner: Any, eval_dataset: Any = None) -> Any:
        known = self.trainer.eval_dataset
        dataset = known[eval_dataset] if isinstance(eval_dataset, str) else eval_dataset
        self.evaluated = self.split_of(known if dataset is None else dataset)
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

    def detach(self) -> None:
        """Callbacks are shown the loaders: after the bond those that the trainer prepared."""
        if self.is_attached and self.trainer is not None:
            handler = self.trainer.callback_handler
            for name in ("train_dataloader", "eval_dataloader"):
                for prepared, new in self.loaders.values():
                    if getattr(handler, name) is new:
                        setattr(handler, name, prepared)
        super().detach()
        self.loaders.clear()
        self.shorn.clear()
