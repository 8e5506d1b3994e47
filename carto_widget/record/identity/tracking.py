"""A loader whose batches carry the rows of their samples, unseen by the loop that uses them.

The dataset gives its items with their row numbers, the collate function puts the rows of a batch
beside it, and the iterator takes them off again before the user sees the batch. Nothing is drawn
from any random generator and the dataset is not indexed a second time.
"""

from __future__ import annotations

import copy
import multiprocessing
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from threading import get_ident
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, IterableDataset
from torch.utils.data._utils.pin_memory import pin_memory

from carto_widget.record.identity.batches import Batch, Pass
from carto_widget.record.values.observe import Watch

if TYPE_CHECKING:
    AnyDataset = Dataset[Any]
    AnyStream = IterableDataset[Any]
else:
    AnyDataset, AnyStream = Dataset, IterableDataset

L = TypeVar("L", bound="DataLoader[Any]")
Rows = NDArray[np.int64]
TRACK_LAST = (
    "this loader was rebuilt after recorder.track(loader), so its batches still carry their sample "
    "ids: call track last, for example recorder.track(accelerator.prepare(loader))"
)
ROWS_KEY = f"carto_widget: {TRACK_LAST}"  # of a mapping batch; read where model(**batch) refuses it


class Sealed:
    """A private envelope: opened by the tracked iterator, an error in everybody else's hands."""

    def __init__(self, content: Any, rows: Any) -> None:
        vars(self).update(_content=content, _rows=rows)

    def _refuse(self, *_: object) -> Any:
        raise RuntimeError(TRACK_LAST)

    __iter__ = __getitem__ = __len__ = __contains__ = __call__ = _refuse

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copy and pickle look for these and go on without
            raise AttributeError(name)
        return self._refuse()

    def pin_memory(self) -> Sealed:
        content, rows = open_sealed(self)
        return Sealed(pin_memory(content), rows)

    def to(self, *args: Any, **options: Any) -> Sealed:
        """As a tensor's: frameworks move a batch before the tracked iterator opens it."""
        content, rows = open_sealed(self)
        return Sealed(moved(content, *args, **options), rows)


def open_sealed(sealed: Sealed) -> tuple[Any, Any]:
    """What the user's code made of some samples, and their rows (or a stream's guids)."""
    held = vars(sealed)
    return held["_content"], held["_rows"]


def moved(content: Any, *args: Any, **options: Any) -> Any:
    """A batch with every tensor moved, as ``Tensor.to`` says."""
    if hasattr(content, "to"):
        return content.to(*args, **options)
    if isinstance(content, tuple) and hasattr(content, "_fields"):
        return type(content)(*(moved(value, *args, **options) for value in content))
    if isinstance(content, (list, tuple)):
        return type(content)(moved(value, *args, **options) for value in content)
    if isinstance(content, Mapping):
        kind: Any = type(content)
        return kind({key: moved(value, *args, **options) for key, value in content.items()})
    return content


class Forwarding:
    """Stands before the user's dataset: attributes are read from it and set on it."""

    def __len__(self) -> int:
        return len(vars(self)["_dataset"])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_dataset" not in vars(self):
            raise AttributeError(name)
        return getattr(vars(self)["_dataset"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(vars(self)["_dataset"], name, value)


def _numbers(index: Any) -> Rows:
    """What a sampler gave, as (B,) numbers.

    Raises:
        TypeError: Other keys than numbers.
    """
    if type(index) is list:  # quicker than through NumPy
        with suppress(TypeError, OverflowError):
            return np.frombuffer(array("q", index), np.int64)
    items = np.atleast_1d(np.asarray(index))
    if items.ndim > 1 or (items.dtype.kind not in "iu" and items.size):
        raise TypeError(
            f"the sampler of a tracked loader gave {index!r:.60}, expected row numbers: for other "
            "keys leave the loader untracked and name the samples, "
            "recorder.log(logits, gold, guid=...)"
        )
    return items.astype(np.int64, copy=False)


class TaggedDataset(Forwarding, AnyDataset):
    """The user's dataset, whose items come in an envelope with their root rows."""

    def __init__(self, dataset: Any, rows: Rows | None) -> None:
        vars(self).update(_dataset=dataset, _rows=rows)

    def _root_rows(self, index: Any) -> Rows:
        items = _numbers(index)
        if items.size and items[items.argmin()] < 0:  # half the time of min()
            items = np.where(items < 0, items + len(self), items)
        rows: Rows | None = vars(self)["_rows"]
        return items if rows is None else rows[items]

    def __getitem__(self, index: Any) -> Sealed:
        return Sealed(vars(self)["_dataset"][index], self._root_rows(index))

    def __getitems__(self, indices: list[Any]) -> Sealed:
        dataset = vars(self)["_dataset"]
        together = getattr(dataset, "__getitems__", None)
        items = together(indices) if together else [dataset[i] for i in indices]
        return Sealed(items, self._root_rows(indices))


class TaggedStream(Forwarding, AnyStream):
    """The user's stream, whose items come in an envelope with their guids, told in the worker."""

    def __init__(self, dataset: Any, guid: Callable[[Any], Any]) -> None:
        vars(self).update(_dataset=dataset, _guid=guid)

    def __iter__(self) -> Iterator[Sealed]:
        guid = vars(self)["_guid"]
        for item in vars(self)["_dataset"]:
            yield Sealed(item, [guid(item)])


Tagged = TaggedDataset | TaggedStream


def untagged(dataset: Any) -> Any:
    """The user's own dataset."""
    return vars(dataset)["_dataset"] if isinstance(dataset, Forwarding) else dataset


class TaggedCollate:
    """The user's collate function; the rows go round it."""

    def __init__(self, collate: Callable[[Any], Any]) -> None:
        self.collate = collate

    def __call__(self, sealed: Any) -> Any:
        if isinstance(sealed, list):  # a stream's items come one by one
            opened = [open_sealed(item) for item in sealed]
            sealed = Sealed([item for item, _ in opened], [guid for _, (guid,) in opened])
        items, rows = open_sealed(sealed)
        batch = self.collate(items)
        if isinstance(batch, Mapping):
            try:
                tagged = copy.copy(batch)
                tagged[ROWS_KEY] = rows  # type: ignore[index]  # a mapping that takes keys
                return tagged
            except TypeError:
                pass  # an unchangeable mapping travels in the envelope like the rest
        return Sealed(batch, rows)


def untag(batch: Any) -> tuple[Any, Any]:
    """The batch as the user's collate function made it, and its rows."""
    if isinstance(batch, Sealed):
        return open_sealed(batch)
    rows = batch.pop(ROWS_KEY)
    return batch, rows


class Listener(Protocol):
    """What a tracked loader tells: the recorder."""

    @property
    def has_floats(self) -> bool: ...
    def yielded(self, batch: Batch) -> None: ...
    def exhausted(self, source: Pass) -> None: ...
    def is_stopping(self) -> bool: ...


class TrackedIterator:
    """One pass over a tracked loader: gives the user's batches, tells the recorder their rows."""

    def __init__(
        self, inner: Iterator[Any], source: Pass, listener: Listener, watch: Watch | None = None
    ) -> None:
        self._inner = inner
        self._source = source
        self._listener = listener
        self._watch = watch
        source.has_floats = listener.has_floats

    def __iter__(self) -> TrackedIterator:
        return self

    def __len__(self) -> int:
        return len(self._inner)  # type: ignore[arg-type]  # a loader's iterator has a length

    def __next__(self) -> Any:
        if self._watch is not None:
            self._watch.end()
        try:
            if self._listener.is_stopping():
                raise StopIteration
            user_batch, rows = untag(next(self._inner))
        except StopIteration:
            self._source.is_exhausted = True
            self._listener.exhausted(self._source)
            if self._watch is not None:
                self._watch.account()
            raise
        batch = Batch(rows, user_batch, self._source, get_ident())
        self._source.last_tasks = batch.tasks
        self._listener.yielded(batch)
        if self._watch is not None:
            self._watch.begin(batch)
        return user_batch

    def __getattr__(self, name: str) -> Any:
        return getattr(vars(self)["_inner"], name)


class TrackedLoader:
    """Mixed into the user's own loader class by ``tracked``."""

    _carto: tuple[Listener, str, object, Callable[[Pass], Watch] | None]

    def __iter__(self) -> TrackedIterator:
        listener, split, identity, observing = self._carto
        inner = super().__iter__()  # type: ignore[misc]  # the loader class stands behind
        is_stream = isinstance(getattr(self, "dataset", None), TaggedStream)
        source = Pass(identity, split, is_stream=is_stream)
        return TrackedIterator(inner, source, listener, observing and observing(source))


def tracked(
    loader: L,
    tagged: Tagged,
    listener: Listener,
    split: str,
    observing: Callable[[Pass], Watch] | None = None,
) -> L:
    """A new loader of the same class over the same sampler; the old one is untouched."""
    kind = type(loader)
    new: L = _tagged(loader, type(f"Tracked{kind.__name__}", (TrackedLoader, kind), {}), tagged)
    vars(new)["_carto"] = (listener, split, object(), observing)
    return new


def _tagged(loader: Any, kind: type, tagged: Tagged) -> Any:
    """A copy of a loader whose batches carry their rows."""
    new: Any = object.__new__(kind)
    held = dict(vars(loader))
    if "base_dataloader" in held:  # Accelerate's loaders iterate one that they hold
        base = held["base_dataloader"]
        held["base_dataloader"] = _tagged(base, type(base), tagged)
    else:
        held["dataset"] = tagged
        held["collate_fn"] = TaggedCollate(loader.collate_fn)
        held["_iterator"] = None
    # Straight into its dict: a DataLoader's own __setattr__ protects the dataset and samplers.
    vars(new).update(held)
    return new


def tracked_again(iterator: Iterator[Any], loader: Any) -> Iterator[Any]:
    """The batches of a loader that was rebuilt from a tracked one, whose rows they still carry."""
    listener, split, identity, _ = loader._carto
    return TrackedIterator(iterator, Pass(identity, split), listener)


def untracked(loader: L) -> L:
    """The loader as it was before ``tracked``, if it was."""
    return _plain(loader, type(loader).__bases__[1]) if is_tracked(loader) else loader


def _plain(loader: Any, kind: type) -> Any:
    """A copy of a loader without what ``_tagged`` put into it."""
    new: Any = object.__new__(kind)
    held = {name: value for name, value in vars(loader).items() if name != "_carto"}
    if "base_dataloader" in held:
        base = held["base_dataloader"]
        held["base_dataloader"] = _plain(base, type(base))
    else:
        held["dataset"] = untagged(loader.dataset)
        held["collate_fn"] = loader.collate_fn.collate
        held["_iterator"] = None
    vars(new).update(held)
    return new


def keep(iterator: Any, n_batches: int) -> None:
    """A framework fetches ``n_batches`` before it logs the first: all of them are remembered.

    Said of a tracked iterator before its first batch; fewer than usual changes nothing.
    """
    source: Pass = iterator._source
    source.kept = max(source.kept, n_batches)


def is_tracked(loader: Any, listener: Listener | None = None) -> bool:
    """Was this loader tracked (for this listener)?"""
    is_ours = isinstance(loader, TrackedLoader)
    return is_ours and (listener is None or loader._carto[0] is listener)


def is_tracked_iterator(iterator: Any) -> bool:
    return isinstance(iterator, TrackedIterator)


def check_loader(loader: Any) -> None:
    """Raise unless this is a DataLoader."""
    if not isinstance(loader, torch.utils.data.DataLoader):
        raise TypeError(
            f"track wants a torch DataLoader, got {type(loader).__name__}: for another source of "
            "batches give the ids yourself, recorder.log(logits, gold, guid=...)"
        )


def check_spawn(loader: Any, tagged: Tagged) -> None:
    """Raise where workers are spawned and a stream's ``guid`` cannot be sent to them."""
    context = loader.multiprocessing_context or multiprocessing
    is_sent = loader.num_workers and context.get_start_method() != "fork"
    if not is_sent or not isinstance(tagged, TaggedStream):
        return
    name = getattr(vars(tagged)["_guid"], "__qualname__", "")
    if "<" in name:  # <lambda>, or <locals> of a function
        raise TypeError(
            f"guid= is {name}, which cannot be sent to spawned workers: define it as a function "
            "of a module"
        )
