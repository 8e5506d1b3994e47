"""Whose values these are: from what ``log`` was given to rows of a split."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from carto_widget.record.identity.batches import Batch, Hand, Pass, Path, equal_labels, with_any_row
from carto_widget.record.identity.dataset import Guids, logged_guids
from carto_widget.record.identity.split import Split
from carto_widget.record.identity.splits import Splits
from carto_widget.record.values import checks


class Subject(NamedTuple):
    """What one ``log`` call is about."""

    split: Split
    source: Pass | None  # the pass over a tracked loader it came from
    sample: NDArray[np.int64]  # (B,) root rows
    rode: Tensor | None  # (B,) the labels that came with the ids
    batches: list[Batch]

    @property
    def is_whole(self) -> bool:
        """Is it a batch as it was yielded, and not some rows that the loop names?"""
        return len(self.batches) == 1 and self.batches[0].rows is self.sample


class BatchInHand:
    """The batch that is yielded and not yet logged.

    Attributes:
        guid: (B,) int64 or str, the samples in the order of the batch.
        split: Whose samples.
        position: (B,) int64, their rows among the split's samples.
        owner: What the recorder that tracks them knows of that split.
    """

    def __init__(self, split: Split, batch: Batch) -> None:
        self.split, self.position = split.name, split.position(batch.rows)
        self.guid = split.ids.guid[self.position]
        self.owner = split

    def __len__(self) -> int:
        return len(self.guid)


class Attribution:
    """Finds the subject of a ``log`` call among the batches in hand and the known splits."""

    def __init__(self, splits: Splits) -> None:
        self.hand = Hand()
        self.splits = splits

    def in_hand(self, batch: Batch) -> BatchInHand:
        """A batch as the user's loop is told of it."""
        return BatchInHand(self.splits[batch.source.split], batch)

    def awaits_first(self, split: str | None) -> bool:
        """Is a batch in hand whose split has never been logged?"""
        return any(self._are_first(split))

    def awaits_only_first(self, split: str | None) -> bool:
        """Are all batches in hand of splits that have never been logged?"""
        firsts = self._are_first(split)
        return bool(firsts) and all(firsts)

    def _are_first(self, split: str | None) -> list[bool]:
        unlogged = self.hand.unlogged(split)
        return [not self.splits[batch.source.split].has_logged for batch in unlogged]

    def by_batch(self, gold: Tensor, split: str | None, task: str) -> Subject:
        """The batch in hand, as ``Hand.batch_of`` tells it.

        Raises:
            ValueError: It cannot be told, has another size, or its labels do not ride with it.
        """
        batch = self.hand.batch_of(
            gold, split=split, task=task, may_synchronise=lambda: self.awaits_first(split)
        )
        checks.same_size(len(batch.rows), gold)
        owner = self.splits[batch.source.split]
        rode = self._rode(owner, task, batch, gold)
        return Subject(owner, batch.source, batch.rows, rode, [batch])

    def own(self, batch: Batch, gold: Tensor, task: str) -> Subject:
        """A batch that the recorder itself fetched and that was never in the loop's hand."""
        checks.same_size(len(batch.rows), gold)
        owner = self.splits[batch.source.split]
        rode = self._rode(owner, task, batch, gold)
        return Subject(owner, batch.source, batch.rows, rode, [])

    def nothing_of(self, split: str | None, task: str) -> None:
        """The loop kept no row of the batch in hand."""
        unlogged = self.hand.unlogged(split)
        if len(unlogged) == 1:
            self.hand.logged(unlogged[0], task)

    def by_size(self, n: int, split: str | None, task: str) -> Subject:
        """The batch in hand or just logged, as ``Hand.batch_of_size`` tells it.

        Raises:
            ValueError: It cannot be told.
        """
        batch = self.hand.batch_of_size(n, split=split, task=task)
        return Subject(self.splits[batch.source.split], batch.source, batch.rows, None, [batch])

    def by_guid(self, guid: Any, gold: Tensor, split: str | None, task: str) -> Subject:
        """The samples that ``guid`` names, and the labels that rode with them.

        Raises:
            ValueError: Another number of guids than labels, or unknown ones.
            TypeError: Guids that are neither int nor str.
        """
        subject = self.named(guid, len(gold), split)
        if subject.source is None:
            return subject
        batches, sample = subject.batches, subject.sample
        return subject._replace(rode=self._picked(subject.split, task, batches, sample, gold))

    def named(self, guid: Any, n: int, split: str | None) -> Subject:
        """The samples that ``guid`` names, and the open pass over a loader they belong to.

        Raises:
            ValueError: Another number of guids than n, or unknown ones.
            TypeError: Guids that are neither int nor str.
        """
        guids = logged_guids(guid)
        if len(guids) != n:
            raise ValueError(f"log got {len(guids)} guids for {n} rows")
        source = self.hand.newest(split or self._split_of(guids))
        name = split or (source.split if source else "train")
        owner = self.splits.untracked(name)
        sample = owner.sample_of(guids)
        if source is None:
            return Subject(owner, None, sample, None, [])
        batches = with_any_row(self._recent(name), sample)
        if batches and not (len(batches) == 1 and np.array_equal(batches[0].rows, sample)):
            source.is_named = True
        return Subject(owner, source, sample, None, batches)

    def _split_of(self, guids: Guids) -> str | None:
        """Where loaders of several splits are open: the one whose batch in hand has these samples.

        Raises:
            ValueError: None or several have them.
        """
        names = self.hand.splits()
        if len(names) < 2:
            return None
        holding = [name for name in names if self._holds(name, guids)]
        if len(holding) != 1:
            raise ValueError(
                f"loaders of the splits {names} are open, and the batches in hand of "
                f"{holding or 'none'} hold these guids: name the split, log(..., guid=..., "
                "split=...)"
            )
        return holding[0]

    def _holds(self, name: str, guids: Guids) -> bool:
        rows = [batch.rows for batch in self._recent(name)]
        owner = self.splits[name]
        known = owner.ids.guid[owner.position(np.concatenate([np.empty(0, np.int64), *rows]))]
        return set(guids.tolist()) <= set(known.tolist())

    def _recent(self, split: str) -> list[Batch]:
        last = self.hand.last
        logged = [last] if last is not None and last.source.split == split else []
        return [*logged, *self.hand.unlogged(split)]

    def _rode(self, split: Split, task: str, batch: Batch, gold: Tensor) -> Tensor | None:
        """The leaf of the batch that holds a task's labels; found at its first batch."""
        known = split.label_paths.get(task, [])
        if task not in split.tasks:
            known = _own_or_all(batch, gold)
            if not known and task not in split.expected:
                raise ValueError(
                    "nothing that came in the first batch equals the logged gold, so its ids "
                    "cannot be trusted: log the labels as the loader gave them, or give "
                    "samples=frame, gold='column' with the labels you train on"
                )
        elif len(known) > 1 and gold.device.type == "cpu":
            known = [path for path in batch.label_paths(gold) if path in known] or known
        split.label_paths[task] = known
        leaf = batch.leaf(known[-1]) if known else None  # labels come last in a batch
        if known and gold.is_floating_point() and batch.is_changed(known[-1]):
            raise ValueError(
                "the labels of this batch were changed in place after they were loaded (mixed, "
                "smoothed, scaled): log them as the loader gave them, or record a clean pass, "
                "recorder.evaluate(model, loader)"
            )
        if known and batch.is_changed(known[-1]):
            return None  # what came with the ids is not there any more
        if leaf is gold:
            return gold
        if leaf is None or leaf.device.type != "cpu" or leaf.numel() != gold.numel():
            return None
        return leaf.reshape(gold.shape)

    def _picked(
        self, split: Split, task: str, batches: list[Batch], sample: NDArray[np.int64], gold: Tensor
    ) -> Tensor | None:
        """The labels that rode with ``sample``, which the loop sorted, filtered or chunked."""
        rows = np.concatenate([np.empty(0, np.int64), *(batch.rows for batch in batches)])
        if not np.isin(sample, rows).all():
            return None
        order = np.argsort(rows, kind="stable")
        picked = torch.from_numpy(order[np.searchsorted(rows[order], sample)])
        known = split.label_paths.get(task, [])
        rode = {}
        for path in known or batches[0].leaves:
            leaves = [_column(batch, path, gold) for batch in batches]
            if len(rows) == sum(map(len, leaves)):
                rode[path] = torch.cat(leaves)[picked]
        values = gold.cpu()
        equal = [path for path, labels in rode.items() if equal_labels(labels, values)]
        if not equal and task not in {*split.tasks, *split.expected}:
            raise ValueError(
                "no label that came with these guids equals the logged gold: log the labels as "
                "the loader gave them, or give samples=frame, gold='column'"
            )
        split.label_paths[task] = known = equal or known
        return rode.get(known[-1]) if known else None


def _own_or_all(batch: Batch, gold: Tensor) -> list[Path]:
    """Of the leaves that equal ``gold`` its own, else all."""
    paths = batch.label_paths(gold)
    own = [path for path in paths if _start(batch.leaf(path)) == gold.data_ptr()]
    return own[:1] or paths


def _start(leaf: Tensor | None) -> int:
    return -1 if leaf is None else leaf.data_ptr()


def _column(batch: Batch, path: Path, gold: Tensor) -> Tensor:
    """(B, ...) the values at a path of a batch, shaped like ``gold``; empty where it has none."""
    leaf, shape = batch.leaf(path), (len(batch.rows), *gold.shape[1:])
    fits = leaf is not None and leaf.numel() == math.prod(shape)
    return leaf.cpu().reshape(shape) if leaf is not None and fits else gold[:0].cpu()
