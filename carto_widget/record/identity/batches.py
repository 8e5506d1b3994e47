"""Which batch is in hand: the batches that tracked iterators yielded and nobody has logged yet.

Frameworks read ahead, zip, sort and filter, so "the batch yielded last" is a guess. A logged
``gold`` is attributed to a batch because it is that batch's own tensor, because only one batch can
be meant, or because exactly one of several equals it; else it is refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from carto_widget.record.identity.labels import IGNORED

MOST_COLUMNS = 64  # of a table that may hold targets
KEPT = 64  # unlogged batches remembered of one pass; older ones were skipped by the loop
REMEDY = (
    "say which is meant, log(..., guid=...) with the ids of the batch (recorder.batch.guid before "
    "the next is fetched), or split= where loaders are mixed"
)
Path = tuple[Any, ...]  # the keys that lead to a leaf of a batch


@dataclass(eq=False)
class Pass:
    """One pass over a tracked loader.

    It outlives the iterator and does not hold it: an iterator's workers end with the loop, not
    when a garbage collector finds them (which takes five seconds a worker).
    """

    loader: object  # what tells one tracked loader from another
    split: str
    kept: int = KEPT
    is_stream: bool = False  # its batches carry guids
    has_floats: bool = False  # labels may be floats
    n_yielded: int = 0
    is_exhausted: bool = False
    is_closed: bool = False  # sealed, or another pass over the loader has begun
    has_dropped: bool = False  # more batches were skipped or read ahead than are remembered
    is_named: bool = False  # the loop took batches apart and named their samples
    last_tasks: set[str] = field(default_factory=set)  # of the batch yielded last: logged as


class Column(NamedTuple):
    """The end of a path: one column of a table of targets."""

    number: int


class Batch:
    """What a tracked iterator yielded once: rows and every tensor that may be its labels."""

    __slots__ = ("_versions", "copies", "leaves", "number", "rows", "source", "tasks", "thread")

    def __init__(self, rows: NDArray[np.int64], content: Any, source: Pass, thread: int) -> None:
        self.rows = rows  # (B,) root rows
        self.leaves = label_leaves(content, len(rows), floats=source.has_floats)
        self.copies: list[Tensor] = []  # of leaves, seen to be made
        self._versions = {
            path: leaf._version for path, leaf in self.leaves.items() if not leaf.is_inference()
        }
        self.source = source
        self.number = source.n_yielded
        source.n_yielded += 1
        self.thread = thread
        self.tasks: set[str] = set()  # under which it was logged

    def is_before(self, other: Batch | None) -> bool:
        """Did it come earlier in the same pass?"""
        return other is not None and other.source is self.source and self.number < other.number

    def lends(self, gold: Tensor) -> bool:
        """Is ``gold`` one of this batch's tensors, a view into one, or into a known copy?"""
        if any(leaf is gold for leaf in self.leaves.values()):
            return True
        start = gold.data_ptr()
        return any(
            leaf.device == gold.device and leaf.data_ptr() <= start < leaf.data_ptr() + leaf.nbytes
            for leaf in (*self.leaves.values(), *self.copies)
        )

    def leaf(self, path: Path) -> Tensor | None:
        """The labels at a path, or in one column of what is there."""
        if path and isinstance(path[-1], Column):
            table = self.leaves.get(path[:-1])
            return None if table is None or table.ndim < 2 else table[:, path[-1].number]
        return self.leaves.get(path)

    def is_changed(self, path: Path) -> bool:
        """Have these labels been changed in place since they were loaded?"""
        path = path[:-1] if path and isinstance(path[-1], Column) else path
        version = self._versions.get(path)
        return version is not None and version != self.leaves[path]._version

    def label_paths(self, gold: Tensor) -> list[Path]:
        """The leaves that equal ``gold`` row by row (a synchronisation on a GPU)."""
        values = gold.detach().cpu()
        whole = [
            path
            for path, leaf in self.leaves.items()
            if leaf.numel() == values.numel()
            and equal_labels(leaf.cpu().reshape_as(values), values)
        ]
        return whole or list(self._label_columns(values))

    def _label_columns(self, values: Tensor) -> Iterator[Path]:
        """One of several targets in a table."""
        for path, leaf in self.leaves.items():
            if leaf.ndim == 2 and leaf.shape[1] <= MOST_COLUMNS and len(leaf) == values.numel():
                for k, column in enumerate(leaf.cpu().unbind(1)):
                    if equal_labels(column, values.reshape(-1)):
                        yield (*path, Column(k))


def equal_labels(rode: Tensor, gold: Tensor) -> bool:
    """Are these the labels that were logged, but for those that the loop ignores?"""
    is_ignored = gold == IGNORED
    is_equal = rode == gold
    if gold.is_floating_point():
        rode = rode.to(gold.dtype)
        is_ignored = is_ignored | gold.isnan()
        is_equal = (rode == gold) | (rode.isnan() & gold.isnan())
    return bool((is_equal | is_ignored).all()) and bool(is_equal.any())


def label_leaves(content: Any, length: int, *, floats: bool = False) -> dict[Path, Tensor]:
    """Every leaf of a batch that could be labels, with an entry a sample: integers, or floats."""
    found: dict[Path, Tensor] = {}
    _collect(content, length, (), floats, found)
    return found


def _collect(
    content: Any, length: int, path: Path, floats: bool, found: dict[Path, Tensor]
) -> None:
    if isinstance(content, (Tensor, np.ndarray)):
        if content.ndim in (1, 2) and content.shape[0] == length:
            leaf = _as_tensor(content, floats)
            if leaf is not None:
                found[path] = leaf
        return
    if isinstance(content, (list, tuple)):
        numbers = _numbers(content, floats) if len(content) == length else None
        if numbers is not None:
            found[path] = numbers
            return
        inside: Iterable[tuple[Any, Any]] = enumerate(content)
    elif isinstance(content, Mapping):
        inside = content.items()
    else:
        names = getattr(content, "__dataclass_fields__", ())
        inside = ((name, getattr(content, name)) for name in names)
    for key, value in inside:
        _collect(value, length, (*path, key), floats, found)


def _as_tensor(values: Tensor | NDArray[Any], floats: bool) -> Tensor | None:
    """Numbers as a tensor, over the same memory where torch can; None for anything else."""
    if isinstance(values, np.ndarray):
        if values.dtype.kind not in ("iubf" if floats else "iub"):
            return None
        is_forward = all(stride >= 0 for stride in values.strides)
        is_torch = values.dtype.isnative and (values.dtype.kind != "u" or values.itemsize == 1)
        is_plain = is_forward and is_torch and values.flags.writeable
        plain = np.float64 if values.dtype.kind == "f" else np.int64
        return torch.from_numpy(values if is_plain else values.astype(plain))
    is_number = floats or not values.is_floating_point()
    can_be = is_number and not values.is_complex() and values.layout is torch.strided
    return values if can_be else None


def _numbers(content: Sequence[Any], floats: bool) -> Tensor | None:
    """One number a sample, whole or any, also as tensors without a dimension."""
    if not content or not all(_is_number(value, floats) for value in content):
        return None
    values = np.array([value.item() if isinstance(value, Tensor) else value for value in content])
    return torch.from_numpy(values) if values.dtype.kind in "ifb" else None  # none beyond 64 bits


def _is_number(value: Any, floats: bool) -> bool:
    if isinstance(value, Tensor):
        is_real = (floats or not value.is_floating_point()) and not value.is_complex()
        return value.ndim == 0 and value.device.type == "cpu" and is_real
    return isinstance(value, (int, np.integer)) or (
        floats and isinstance(value, (float, np.floating))
    )


class Hand:
    """The unlogged batches of all open passes, and the batch logged last."""

    def __init__(self) -> None:
        self._unlogged: dict[Pass, deque[Batch]] = {}
        self.last: Batch | None = None  # the batch logged last
        self._last_of: dict[str, Batch] = {}  # of each split

    def _open(self, source: Pass) -> None:
        """A newer pass over the same loader closes the older one."""
        for older in [known for known in self._unlogged if known.loader is source.loader]:
            self.close(older)
        self._unlogged[source] = deque(maxlen=source.kept)

    def close(self, source: Pass) -> None:
        source.is_closed = True
        self._unlogged.pop(source, None)

    def put(self, batch: Batch) -> None:
        """A pass opens with the first batch it yields."""
        if batch.source.is_closed:
            return
        if batch.source not in self._unlogged:
            self._open(batch.source)
        unlogged = self._unlogged[batch.source]
        batch.source.has_dropped |= len(unlogged) == batch.source.kept
        unlogged.append(batch)

    def logged(self, batch: Batch, task: str) -> None:
        unlogged = self._unlogged.get(batch.source)
        if unlogged is not None and batch in unlogged:
            unlogged.remove(batch)
        batch.tasks.add(task)
        self.last = self._last_of[batch.source.split] = batch

    def unlogged(self, split: str | None = None) -> list[Batch]:
        """In the order of their yielding, pass by pass."""
        return [
            batch
            for source, batches in self._unlogged.items()
            if split is None or source.split == split
            for batch in batches
        ]

    def splits(self) -> list[str]:
        """The splits that have an open pass."""
        return sorted({source.split for source in self._unlogged})

    def newest(self, split: str | None) -> Pass | None:
        """The newest open pass over a loader of a split."""
        return next(reversed(self._of(split)), None)

    def _of(self, split: str | None) -> dict[Pass, deque[Batch]]:
        return {
            source: batches
            for source, batches in self._unlogged.items()
            if split is None or source.split == split
        }

    def batch_of(
        self, gold: Tensor, *, split: str | None, task: str, may_synchronise: Callable[[], bool]
    ) -> Batch:
        """The batch that ``gold`` belongs to.

        Raises:
            ValueError: No batch is in hand, or which of several cannot be told.
        """
        candidates = self._candidates(split, task)
        own = [batch for batch in candidates if batch.lends(gold)]
        if len(own) == 1:
            return own[0]
        last = self.last
        is_logged = not own and last is not None and task in last.tasks and last.lends(gold)
        if is_logged or not candidates:
            raise ValueError(
                "log got a batch that no tracked loader yielded (or that was logged already, or "
                "whose epoch is sealed): iterate the loader that recorder.track(loader) gives "
                "back, after everything that rebuilds loaders (call track last), or name the "
                "samples, log(logits, gold, guid=...)"
            )
        if any(batch.source.has_dropped for batch in candidates):
            raise ValueError(f"more than {_several(candidates)}: {REMEDY}")
        if len(candidates) == 1:
            return candidates[0]
        if gold.device.type != "cpu" and not may_synchronise():
            raise ValueError(
                f"{_several(candidates)}, and telling them apart would wait for the GPU: {REMEDY}"
            )
        return self._equal(gold, candidates)

    def batch_of_size(self, n: int, *, split: str | None, task: str) -> Batch:
        """The batch in hand or just logged that n numbers without labels belong to.

        Raises:
            ValueError: No batch is in hand, or which of several cannot be told.
        """
        candidates, last = self._candidates(split, task), self._last(split)
        if last in candidates:  # batches before it were skipped by the loop
            candidates = [one for one in candidates if not one.is_before(last)]
        remedy = "name the samples, log_signal(name, values, guid=...)"
        if not candidates:
            raise ValueError(
                "log_signal comes when no batch of a tracked loader is in hand or just logged (or "
                f"it came already, or the epoch is sealed): {remedy}"
            )
        if any(batch.source.is_named for batch in candidates):
            raise ValueError(
                f"the loop takes batches apart and names their samples: {remedy}, as in log"
            )
        fitting = [batch for batch in candidates if len(batch.rows) == n]
        if len(fitting) == 1 and not any(batch.source.has_dropped for batch in candidates):
            return fitting[0]
        sizes = " and ".join(str(len(batch.rows)) for batch in candidates[:3])
        raise ValueError(
            f"log_signal got {n} numbers, and the batches that could be meant have {sizes} "
            f"samples: {remedy} (recorder.batch_of(gold).guid tells them), or split= where "
            "loaders are mixed"
        )

    def _candidates(self, split: str | None, task: str) -> list[Batch]:
        candidates = self.unlogged(split)
        last = self._last(split)
        if last is not None and task not in last.tasks:
            candidates.append(last)  # another head of the batch just logged
        return candidates

    def _last(self, split: str | None) -> Batch | None:
        return self.last if split is None else self._last_of.get(split)

    def _equal(self, gold: Tensor, candidates: list[Batch]) -> Batch:
        """The one of several batches whose labels are equal to ``gold``."""
        several = _several(candidates)
        if any(batch.thread != get_ident() for batch in candidates):
            raise ValueError(f"{several} by another thread than the one that logs: {REMEDY}")
        equal = [batch for batch in candidates if batch.label_paths(gold)]
        if len(equal) == 1:
            return equal[0]
        raise ValueError(f"{several}, and {len(equal)} carry labels equal to gold: {REMEDY}")


def _several(candidates: list[Batch]) -> str:
    return f"{len(candidates)} batches are yielded and not logged"


def with_any_row(batches: Iterable[Batch], rows: NDArray[np.int64]) -> list[Batch]:
    """The batches that hold at least one of ``rows``."""
    return [batch for batch in batches if np.isin(batch.rows, rows).any()]
