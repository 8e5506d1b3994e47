"""fastai's own loaders, told which items a batch has: the numbers ride with the items.

While the bond lasts a loader is of a class derived from its own (it stands in its ``DataLoaders``,
and its workers hold it). Only that loader is told: what ``new`` makes of it is of its own class.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
from torch.utils.data import DataLoader

from carto_widget.integrations.attach import is_a
from carto_widget.integrations.handle import Handle
from carto_widget.record.identity.batches import Pass
from carto_widget.record.identity.tracking import Sealed, TrackedIterator, open_sealed


def check(loader: Any) -> None:
    """Raise ``TypeError`` unless this is a loader whose items have rows."""
    if isinstance(loader, DataLoader):
        return
    is_known = is_a(loader, "DataLoader", "fastai") and loader.indexed and not loader.prebatched
    own = import_module("fastai.data.load").DataLoader
    has_ways = "create_batches" in vars(loader) or type(loader).__iter__ is not own.__iter__
    if not is_known or has_ways:
        raise TypeError(
            f"the learner's dls hold a {type(loader).__module__}.{type(loader).__name__} whose "
            "items have no rows (a stream, whole batches, or its own way to make them): put its "
            "dataset into a torch loader, DataLoaders(torch.utils.data.DataLoader(dls.train_ds, "
            "batch_size=64, shuffle=True), ...)"
        )


def track(handle: Handle, loader: Any, split: str) -> Any:
    """The loader, whose batches' samples are known from now on; of a torch loader a new one."""
    if isinstance(loader, DataLoader):
        return handle.recorder.track(loader, split=split)
    listener, kind, owner = handle.recorder._recording, type(loader), weakref.ref(loader)
    tagged = listener.splits.add_tracked(split, loader.dataset, None)
    told = {"_carto": (listener, split, object()), "_carto_rows": vars(tagged)["_rows"]}
    vars(loader).update(told)
    loader.__class__ = _told(kind)
    handle.at_detach(lambda: _give_back(owner(), kind, told))
    return loader


def _told(kind: Any) -> type:
    """A class derived from a loader's, whose batches ride with the rows of their items."""

    def create_batches(loader: Any, samples: Any) -> Iterator[Sealed]:
        """As fastai's, in the worker, with the number of each item beside it."""
        root_rows = vars(loader)["_carto_rows"]
        numbered = ((number, loader.do_item(number)) for number in samples)
        for chunk in loader.chunkify(pair for pair in numbered if pair[1] is not None):
            numbers, items = zip(*chunk, strict=True)
            rows = np.array(numbers, np.int64)
            rows = rows if root_rows is None else root_rows[rows]
            yield Sealed(loader.do_batch(list(items)), rows)

    def __iter__(loader: Any) -> Iterator[Any]:
        listener, split, identity = vars(loader)["_carto"]
        return TrackedIterator(_sealed(loader), Pass(identity, split), listener)

    def new(loader: Any, dataset: Any = None, cls: Any = None, **more: Any) -> Any:
        return kind.new(loader, dataset, cls or kind, **more)

    def reduced(loader: Any, protocol: int) -> tuple[Any, ...]:
        """What is sent to a spawned worker tells rows; there nobody listens."""
        held = {name: value for name, value in vars(loader).items() if name != "_carto"}
        return _rebuilt, (kind,), held

    about = {"__iter__": __iter__, "__reduce_ex__": reduced, "__module__": kind.__module__}
    return type(kind.__name__, (kind,), about | {"create_batches": create_batches, "new": new})


def _sealed(loader: Any) -> Iterator[Sealed]:
    """fastai's ``__iter__``, which opens what the worker sealed before ``after_batch``."""
    load = import_module("fastai.data.load")
    loader.randomize()
    loader.before_iter()
    loader._DataLoader__idxs = loader.get_idxs()
    for sealed in load._loaders[loader.fake_l.num_workers == 0](loader.fake_l):
        batch, rows = open_sealed(sealed)
        if loader.pin_memory and type(batch) is list:
            batch = tuple(batch)
        if loader.device is not None:
            batch = load.to_device(batch, loader.device)
        yield Sealed(loader.after_batch(batch), rows)
    loader.after_iter()


def _rebuilt(kind: Any) -> Any:
    return object.__new__(_told(kind))


def _give_back(loader: Any, kind: type, told: dict[str, Any]) -> None:
    if loader is not None:
        loader.__class__ = kind
        for name in told:
            del vars(loader)[name]
