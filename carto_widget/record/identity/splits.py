"""The splits of a run: made from tracked loaders, or from the guids that a loop logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import IterableDataset

from carto_widget.record.epochs.ranks import Rank, add_ids
from carto_widget.record.identity import fingerprint
from carto_widget.record.identity.choice import Only
from carto_widget.record.identity.dataset import (
    checked_length,
    frame_of,
    guids_of,
    naming,
    root_rows,
    split_ids,
    stream_guid,
)
from carto_widget.record.identity.expected import expected_labels
from carto_widget.record.identity.split import Split
from carto_widget.record.identity.tracking import Tagged, TaggedDataset, TaggedStream
from carto_widget.record.values.task import Kinds
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.run import Run
from carto_widget.store.run.samples import store

GuidSource = str | Sequence[Any] | Callable[[Any], Any] | None


class Splits(dict[str, Split]):
    """Splits by name, described by the user's ``samples``.

    Args:
        run: What was recorded before; other samples than those are refused.
        rank: Which of several processes this is.
        samples: DataFrame of the root dataset, or one a split, or None.
        guid: The samples' lasting names, as for the ``Recorder``.
        gold: Column of ``samples`` with the labels, or one a task, or None.
        label_names: Names of the classes, or of those of each task, or None.
        kinds: What is learned.
        stores: Whether ``samples`` are kept with the run.
    """

    def __init__(
        self,
        run: Run,
        rank: Rank,
        samples: Any,
        guid: GuidSource,
        gold: str | Mapping[str, str] | None,
        label_names: Any,
        kinds: Kinds,
        stores: bool = False,
    ) -> None:
        super().__init__()
        self._run, self.rank, self.samples, self._guid = run, rank, samples, guid
        self._gold, self._label_names, self._kinds = gold, label_names, kinds
        self._stores = stores

    @property
    def columns(self) -> dict[str, Any]:
        """Which columns of ``samples`` hold guids and labels; None where none was named."""
        return {"guid": self._guid if isinstance(self._guid, str) else None, "gold": self._gold}

    def add_tracked(
        self, name: str, dataset: Any, guid: GuidSource, only: Only | None = None
    ) -> Tagged:
        """Take in the samples that a dataset reaches; gives the dataset with tagged items.

        Raises:
            ValueError, TypeError: They cannot be told apart, or are not those known so far.
        """
        samples = frame_of(self.samples, name)
        source = self._guid if guid is None else guid
        if isinstance(dataset, IterableDataset):
            self.untracked(name).named_by = "a function of the item (guid=)"
            self[name].choose(only)
            return TaggedStream(dataset, stream_guid(source, name))
        ids, item_rows, root = split_ids(dataset, name, samples=samples, guid=source)
        if name in self:
            has_names = samples is not None or source is not None
            fingerprint.same_samples(self[name], ids, root, has_names=has_names)
        else:
            labels = self._labels(samples, ids)
            named_by = naming(source, samples)
            self._add(
                Split(name, ids, samples=samples, expected=labels, root=root, named_by=named_by)
            )
        self[name].choose(only)
        return TaggedDataset(dataset, item_rows)

    def rows_of(self, name: str, dataset: Any) -> NDArray[np.int64]:
        """(number of items,) root row of each item of another dataset over a split's samples.

        Raises:
            ValueError: It has another number of items than the split's root dataset.
        """
        root, item_rows = root_rows(dataset)
        length, known = checked_length(root, name), self[name].root
        if known is not None and length != len(known):
            raise ValueError(
                f"evaluate got a dataset of {length} items for split {name!r} with {len(known)}: "
                "item i must be the same sample in both"
            )
        return np.arange(length) if item_rows is None else item_rows

    def untracked(self, name: str) -> Split:
        """The split of a loop that names its samples: those of ``samples``, or as they come."""
        if name not in self:
            samples = frame_of(self.samples, name)
            if samples is None:
                self._add(Split(name, None))
            else:
                rows = np.arange(len(samples))
                ids = Ids(guids_of(self._guid, samples, rows, len(samples)), rows)
                labels = self._labels(samples, ids)
                named_by = naming(self._guid, samples)
                self._add(Split(name, ids, samples=samples, expected=labels, named_by=named_by))
        return self[name]

    def _add(self, split: Split) -> None:
        fingerprint.compare_with_record(self._run, split)
        if self._stores and split.samples is not None and self.rank.number == 0:
            store(self._run, split.name, split.samples.iloc[split.ids.sample])
        if not split.is_growing:
            add_ids(self._run, self.rank, split.name, split.ids)
        self[split.name] = split

    def _labels(self, samples: Any, ids: Ids) -> dict[str, NDArray[Any]]:
        expected = expected_labels(samples, self._gold, self._label_names, self._kinds)
        if ids.sample is None:
            return expected
        return {task: labels[ids.sample] for task, labels in expected.items()}
