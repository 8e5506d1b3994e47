"""A torch dataset in which edits are done, in front of the one that stays as it is."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from operator import index as whole
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

if TYPE_CHECKING:
    AnyDataset = Dataset[Any]
else:
    AnyDataset = Dataset

PER_SAMPLE = ("targets", "labels")  # attributes that hold every sample's label


class EditedDataset(AnyDataset):
    """The samples of a dataset but for those dropped, some with other labels.

    Rows are numbered anew where samples are dropped, so that a training names them by ``guid``:
    ``Recorder(..., guid=dataset.guid)``. Attributes are those of the dataset; ``targets`` or
    ``labels``, ``classes`` and ``class_to_idx`` follow the edits, others with a value a sample are
    refused, as they would not fit any more.

    Args:
        dataset: The dataset before.
        part: Where in an item the label is: a position or a key.
        rows: (M,) the rows that are left; None: all.
        guid: (M,) their names.
        changed: Row of the dataset before to the number of its new class.
        label_names: All classes, the new ones last; None where they are bare numbers.
        carto: What was done.
    """

    def __init__(
        self,
        dataset: Any,
        part: int | str,
        rows: NDArray[np.int64] | None,
        guid: NDArray[Any],
        changed: Mapping[int, int],
        label_names: Sequence[str] | None,
        carto: dict[str, Any],
    ) -> None:
        self.dataset, self.part, self.rows, self.guid = dataset, part, rows, guid
        self.changed, self.carto = dict(changed), carto
        self._highest = max(self.changed.values(), default=0)
        self.label_names = None if label_names is None else list(label_names)

    def __len__(self) -> int:
        return len(self.guid)

    def __getitem__(self, index: Any) -> Any:
        row = self._row(index)
        return self._edited(self.dataset[row], row)

    def __getitems__(self, indices: Sequence[Any]) -> list[Any]:
        rows = [self._row(index) for index in indices]
        together = getattr(self.dataset, "__getitems__", None)
        items = together(rows) if together else [self.dataset[row] for row in rows]
        return [self._edited(item, row) for item, row in zip(items, rows, strict=True)]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "dataset" not in vars(self):
            raise AttributeError(name)
        value = getattr(self.dataset, name)
        if name == "classes" and self.label_names is not None:
            return type(value)(self.label_names)
        if name == "class_to_idx" and self.label_names is not None:
            return {one: number for number, one in enumerate(self.label_names)}
        is_per_sample = not isinstance(value, (str, Mapping)) and hasattr(value, "__len__")
        if not is_per_sample or len(value) != len(self.dataset):
            return value
        if name in PER_SAMPLE:
            return self._all_edited(value)
        if self.rows is None and not self.changed:
            return value
        raise AttributeError(
            f"{name} has one value a sample of the dataset before the edits; it is "
            f".dataset.{name}, and .rows are the rows that are left of it"
        )

    def _row(self, index: Any) -> int:
        at = whole(index)
        if not -len(self) <= at < len(self):
            raise IndexError(f"row {at} of {len(self):,} samples")
        at %= len(self)
        return at if self.rows is None else int(self.rows[at])

    def _edited(self, item: Any, row: int) -> Any:
        if row not in self.changed and self._highest <= 1:
            return item
        old = item[self.part]
        new = _roomy(old, self._highest)
        if row in self.changed:
            new = self._like(new, self.changed[row])
        elif new is old:
            return item
        if isinstance(item, tuple):
            parts = list(item)
            parts[self.part] = new  # type: ignore[index]  # a position
            return type(item)(*parts) if hasattr(item, "_fields") else type(item)(parts)
        made = copy.copy(item)
        made[self.part] = new
        return made

    def _like(self, old: Any, code: int) -> Any:
        """A class as the dataset writes it."""
        if isinstance(old, str):
            return self.label_names[code] if self.label_names is not None else str(code)
        if isinstance(old, torch.Tensor):
            return torch.full_like(old, code)
        if isinstance(old, np.ndarray):
            return np.full_like(old, code)
        return type(old)(code)

    def _all_edited(self, labels: Any) -> Any:
        if isinstance(labels, (list, tuple)):
            made: Any = [_roomy(label, self._highest) for label in labels]
        else:
            held = labels.to_numpy() if hasattr(labels, "to_numpy") else labels
            made = _roomy(held, self._highest)
            made = made.clone() if isinstance(made, torch.Tensor) else made.copy()
        for row, code in self.changed.items():
            made[row] = self._like(made[row], code)
        if self.rows is None:
            return made
        return [made[row] for row in self.rows] if isinstance(made, list) else made[self.rows]


def _roomy(label: Any, highest: int) -> Any:
    """The same where its type holds the highest number, else as 64-bit or Python integers."""
    if isinstance(label, torch.Tensor):
        is_whole = not (label.is_floating_point() or label.dtype == torch.bool)
        limit = torch.iinfo(label.dtype).max if is_whole else 1
        return label if label.is_floating_point() or highest <= limit else label.long()
    if isinstance(label, (np.ndarray, np.generic)) and label.dtype.kind in "biu":
        limit = 1 if label.dtype.kind == "b" else np.iinfo(label.dtype).max
        return label if highest <= limit else label.astype(np.int64)
    return int(label) if isinstance(label, bool) and highest > 1 else label
