"""Map-style torch datasets: a wrapper in front of the dataset."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.curation.applied.edits import Edits
from carto_widget.curation.applied.plan import Plan
from carto_widget.curation.applied.source import Rows, Source
from carto_widget.store.run.ids import guid_array, require_unique

NAME = "a map-style torch Dataset"
_USUAL = ("label", "labels", "gold", "target")


def recognises(dataset: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(dataset, torch.utils.data.Dataset)


def sources(dataset: Any, edits: Edits) -> dict[str | None, Source]:
    """The label of an item is at ``gold=`` (a position or a key), else the last of a tuple, or what
    a mapping holds as "label". Samples are named by ``guid=``, a sequence or a function of the row;
    else by their rows in the root dataset, below ``Subset``."""
    _require_rows(dataset)
    part = _part(dataset, edits.way.gold)
    root = _root(dataset)
    names = getattr(root, "label_names", None)
    source = Source(
        f"this {type(dataset).__name__}",
        part,
        _guids(dataset, edits.way.guid),
        lambda rows: _labels(dataset, part, rows),
        names if names is not None else getattr(root, "classes", None),
    )
    return {None: source}


def made(dataset: Any, plans: dict[str | None, Plan]) -> Any:
    """An ``EditedDataset``; what was done is its ``carto``."""
    from carto_widget.curation.applied.edited_dataset import EditedDataset

    plan = plans[None]
    rows, codes = plan.relabelled
    left = None if plan.kept is None else np.flatnonzero(plan.kept)
    return EditedDataset(
        dataset,
        plan.source.gold,
        left,
        plan.source.guid if left is None else plan.source.guid[left],
        dict(zip(rows.tolist(), codes.tolist(), strict=True)),
        plan.classes.names,
        plan.account,
    )


def _require_rows(dataset: Any) -> None:
    if not hasattr(dataset, "__getitem__") or not hasattr(dataset, "__len__"):
        raise TypeError(
            f"apply got a {type(dataset).__name__}, whose items have no rows: apply the edits to "
            "what it reads, a file or a DataFrame"
        )


def _guids(dataset: Any, guid: Any) -> NDArray[Any]:
    """(N,) the names of the samples.

    Raises:
        ValueError: Another number of names than samples, or a name twice.
        TypeError: Names that are neither integers alone nor texts alone.
    """
    if guid is None:
        found = guid_array(_names(dataset))
    elif callable(guid):
        found = guid_array([guid(row) for row in _root_rows(dataset).tolist()])
    elif isinstance(guid, str):
        raise TypeError(
            f"apply: guid={guid!r}; of a torch dataset give the names themselves, one a sample, or "
            "a function of the row"
        )
    else:
        found = guid_array(guid)
    if len(found) != len(dataset):
        raise ValueError(f"apply: guid= has {len(found):,} names for {len(dataset):,} samples")
    require_unique(found)
    return found


def _names(dataset: Any) -> Any:
    """(N,) the names that the dataset knows, through all ``Subset`` layers; else its root rows."""
    if type(dataset).__name__ == "Subset":
        return np.asarray(_names(dataset.dataset))[np.array(dataset.indices, np.int64)]
    known = getattr(dataset, "guid", None)
    return np.arange(len(dataset)) if known is None else known


def _root(dataset: Any) -> Any:
    """What is below all ``Subset`` layers."""
    return _root(dataset.dataset) if type(dataset).__name__ == "Subset" else dataset


def _root_rows(dataset: Any) -> NDArray[np.int64]:
    """(N,) the rows below all ``Subset`` layers."""
    if type(dataset).__name__ != "Subset":
        return np.arange(len(dataset))
    return _root_rows(dataset.dataset)[np.array([int(one) for one in dataset.indices], np.int64)]


def _part(dataset: Any, gold: Any) -> Any:
    """Where in an item the label is."""
    if gold is not None or not len(dataset):
        return -1 if gold is None else gold
    with _random_kept():
        item = dataset[0]
    if isinstance(item, (tuple, list)):
        return -1
    found = [key for key in _USUAL if isinstance(item, Mapping) and key in item]
    if len(found) != 1:
        held = f"has the keys {list(item)}" if isinstance(item, Mapping) else "is no tuple or dict"
        raise ValueError(
            f"apply: where in an item is the label? It {held}: give gold=, a position or a key"
        )
    return found[0]


def _labels(dataset: Any, part: Any, rows: Rows) -> list[Any]:
    """(R,) labels: those of ``targets`` where the first item agrees, else the items' own."""
    asked = rows.tolist()
    with _random_kept():
        targets = getattr(dataset, "targets", None)
        if targets is not None and hasattr(targets, "to_numpy"):
            targets = targets.to_numpy()
        if targets is not None and asked and len(targets) == len(dataset):
            first = _plain(_at(dataset[asked[0]], part))
            has_own = getattr(dataset, "target_transform", None) is not None
            if not has_own and _plain(targets[asked[0]]) == first:
                return [_plain(targets[row]) for row in asked]
        return [_plain(_at(dataset[row], part)) for row in asked]


def _at(item: Any, part: Any) -> Any:
    try:
        return item[part]
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"apply: gold={part!r} is no part of an item, {item!r:.200}") from error


def _plain(label: Any) -> Any:
    """A tensor's or array's only value; lists of several are refused later."""
    found = label.tolist() if hasattr(label, "tolist") else label
    return found[0] if isinstance(found, list) and len(found) == 1 else found


@contextmanager
def _random_kept() -> Iterator[None]:
    """Items that are drawn at random leave the generators as they were."""
    import torch

    states = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
