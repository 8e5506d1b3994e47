"""Arrays and long columns in memory, checked and spread into `(E, N)` signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.rows import first_of_each
from carto_widget.store.run.ids import first_three, guid_array, require_unique
from carto_widget.store.signals import derivation

Read = Callable[[Sequence[str]], "dict[str, NDArray[Any]]"]


def reader_of(arrays: Mapping[str, NDArray[Any]], gold: NDArray[np.int32]) -> Read:
    """Stored and derived signals of arrays in memory."""

    def read(names: Sequence[str]) -> dict[str, NDArray[Any]]:
        found: dict[str, NDArray[Any]] = {}
        for name in names:
            sources, formula = derivation(name, arrays)
            have = {source: gold if source == "gold" else arrays[source] for source in sources}
            found[name] = arrays[name] if formula is None else formula(have)
        return found

    return read


def spread_rows(
    guid: NDArray[Any],
    epoch: NDArray[np.int64],
    gold: NDArray[np.int32],
    columns: Mapping[str, NDArray[Any]],
) -> dict[str, Any]:
    """Arguments for `TrainingDynamics.from_arrays` out of long columns `(R,)` in any order.

    `logits` is `(R, C)`. Samples are in order of first appearance; of a repeated (guid, epoch)
    the first counts, and `n_seen` (1 where there is no such column) is added.

    Raises:
        ValueError: a gold label that changes within a guid; names the guid.
    """
    row: dict[Any, int] = {}
    sample = np.fromiter((row.setdefault(one, len(row)) for one in guid.tolist()), np.int64)
    labels = np.full(len(row), -1, np.int32)
    labels[sample[::-1]] = gold[::-1]
    _check_gold(guid, epoch, gold, labels[sample])
    epochs = np.unique(epoch)
    slot = np.searchsorted(epochs, epoch)
    n_seen = columns.get("n_seen", np.ones(len(guid))).astype(np.uint32)
    first, n_seen = first_of_each(slot * max(len(row), 1) + sample, n_seen)
    signals: dict[str, Any] = {}
    for name, values in {**columns, "n_seen": None}.items():
        counted = n_seen if values is None else values[first]
        shape = (len(epochs), len(row), *counted.shape[1:])
        signals[name] = np.full(shape, np.nan, np.float64 if name == "logits" else np.float32)
        signals[name][slot[first], sample[first]] = counted
    return {"gold": labels, "guid": guid_array(list(row)), "epochs": epochs, **signals}


def _check_gold(
    guid: NDArray[Any], epoch: NDArray[np.int64], gold: NDArray[np.int32], known: NDArray[np.int32]
) -> None:
    changed = np.flatnonzero(known != gold)
    if len(changed):
        where = changed[0]
        raise ValueError(
            f"the gold label of guid {first_three(guid[where : where + 1])} changes from "
            f"{known[where]} to {gold[where]} in epoch {epoch[where]}; a sample has one gold label "
            f"({len(set(guid[changed].tolist())):,} guids change theirs)"
        )


def unknown_labels(n: int, like: NDArray[Any]) -> NDArray[Any]:
    """(N, ...) gold labels that are not known: -1 for classes, NaN for numbers, 255 for flags."""
    fill = {"f": np.nan, "u": 255, "b": False}.get(like.dtype.kind, -1)
    return np.full((n, *like.shape[1:]), fill, like.dtype)


def are_known(gold: NDArray[Any]) -> NDArray[np.bool_]:
    """(N,) bool: which gold labels are known."""
    if gold.dtype.kind == "f":
        gold = np.where(np.isnan(gold), -1, 0)
    known: NDArray[np.bool_] = np.asarray(gold[:, 0] != 255 if gold.ndim == 2 else gold >= 0)
    return known


def label_array(gold: Any, kind: str = "multiclass") -> NDArray[Any]:
    """(N,) int32 classes, of a regression float32 numbers, of several labels (N, L) uint8 flags.

    Raises:
        ValueError: anything else.
    """
    found = np.asarray(gold)
    if kind == "regression" and found.ndim == 1 and found.dtype.kind in "iuf":
        return found.astype(np.float32)
    if kind == "multilabel" and found.ndim == 2 and found.dtype.kind in "iub":
        return found.astype(np.uint8)
    if found.ndim != 1 or (len(found) and found.dtype.kind not in "iu"):
        raise ValueError(
            f"gold: {found.dtype} of shape {found.shape}, expected (N,) integer labels"
        )
    return found.astype(np.int32)


def checked_epochs(epochs: Any, arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
    """Epoch numbers for the signals: those given, else 0, 1, ..."""
    if not arrays:
        raise ValueError("no signals: give at least one, for example gold_probability=(E, N)")
    n_epochs = len(next(iter(arrays.values())))
    numbers = np.arange(n_epochs) if epochs is None else np.asarray(epochs)
    if numbers.shape != (n_epochs,) or not (np.diff(numbers) > 0).all():
        raise ValueError(f"epochs: expected {n_epochs} ascending numbers, one a row of the signals")
    return numbers.astype(np.int64)


def check_shapes(
    arrays: Mapping[str, NDArray[Any]],
    n_epochs: int,
    gold: NDArray[np.int32],
    guid: NDArray[Any],
) -> None:
    """Refuse signals, guids and gold labels whose shapes disagree, and doubled guids."""
    for name, values in arrays.items():
        n_axes = 3 if name in ("logits", "label_margin") else 2
        if values.ndim != n_axes or values.shape[:2] != (n_epochs, len(gold)):
            expected = f"({n_epochs}, {len(gold)}{', C' if n_axes == 3 else ''})"
            raise ValueError(f"signal {name!r} has shape {values.shape}, expected {expected}")
    if guid.shape != gold.shape[:1]:
        raise ValueError(f"{len(guid):,} guids for {len(gold):,} gold labels")
    require_unique(guid)


def codes(
    gold: NDArray[Any], label_names: Sequence[str] | None
) -> tuple[NDArray[np.int32], list[str] | None]:
    """Gold labels as codes, and the names; where `label_names` is None the sorted names."""
    names = None if label_names is None else [str(name) for name in label_names]
    if gold.dtype.kind in "iu":
        return gold.astype(np.int32), names
    texts = [str(one) for one in gold.tolist()]
    names = sorted(set(texts)) if names is None else names
    code = {name: index for index, name in enumerate(names)}
    unknown = sorted(set(texts) - set(code))
    if unknown:
        raise ValueError(f"gold label {unknown[0]!r} is not among label_names {names}")
    return np.array([code[text] for text in texts], np.int32), names
