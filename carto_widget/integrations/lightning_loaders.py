"""Which loader of a Lightning ``Trainer`` is which split; each is tracked as the last thing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from carto_widget.integrations.handle import Handle

SPLITS = {
    "train": "train",
    "sanity_check": "validation",
    "validate": "validation",
    "test": "test",
}


class Loaders:
    """Stands in the place of the strategy's hook that sees a loader last.

    By then Lightning has given it its sampler and its workers, and the ids are off again before a
    batch reaches the module.
    """

    def __init__(self, trainer: Any, handle: Handle) -> None:
        self.trainer, self.recorder = trainer, handle.recorder
        self.n_given: Counter[str] = Counter()  # of a split, since it was last begun
        self.given: dict[int, tuple[Any, Any]] = {}  # by id of the tracked: both loaders
        handle.wrap(trainer.strategy, "process_dataloader", self.process_dataloader)
        handle.at_detach(self.give_back)

    def begin(self, split: str) -> None:
        """The loaders of a split are given anew."""
        self.n_given.pop(split, None)

    def process_dataloader(self, inner: Any, loader: Any) -> Any:
        """The loader as the strategy wants it, tracked where its stage is recorded."""
        loader, split = inner(loader), SPLITS.get(self.trainer.state.stage.value)
        if split is None:
            return loader
        n = self.n_given[split]
        self.n_given[split] += 1
        if n and split == "train":
            raise ValueError(
                "this Trainer trains on several loaders at once, whose batches come together: "
                "track them yourself, recorder.track(loader, split=...), and call "
                "recorder.log(logits, gold, split=...) in training_step"
            )
        tracked = self.recorder.track(loader, split=numbered(split, n))
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


def numbered(split: str, n: int) -> str:
    """The split of the n-th loader of a stage."""
    return f"{split}_{n}" if n else split
