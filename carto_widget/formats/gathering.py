"""Epochs, file after file, gathered into training dynamics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.formats.epoch_cells import numbers_of
from carto_widget.formats.epoch_lines import Epoch
from carto_widget.formats.limits import require_dense
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.run.ids import guid_array


class Gathering:
    """Takes one epoch after the other; samples are in order of first appearance.

    Args:
        path: named in errors.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guid: Any = None  # (N,) pyarrow array
        self._gold = np.empty(0, np.int32)
        self._epochs: dict[int, dict[str, NDArray[Any]]] = {}

    def add(self, number: int, epoch: Epoch) -> None:
        """Take the lines of an epoch; of several with one guid the first counts.

        Raises:
            ValueError: guids or gold labels that contradict the epochs before.
        """
        sample = self._samples(epoch.guid)
        self._compare(number, sample, epoch.gold)
        n_seen = np.bincount(sample, minlength=len(self._guid))
        found = {"sample": sample, **epoch.signals, "n_seen": n_seen[sample].astype(np.float32)}
        if n_seen.max() > 1:
            _, first = np.unique(sample, return_index=True)
            found = {name: values[first] for name, values in found.items()}
        self._epochs[number] = found

    def dynamics(self) -> TrainingDynamics:
        """The training dynamics of all epochs taken; ends the gathering.

        Raises:
            ValueError: rows too scattered.
        """
        n_samples, of_epochs = len(self._guid), list(self._epochs.values())
        samples = [found.pop("sample") for found in of_epochs]
        require_dense(self._path, len(samples), n_samples, sum(map(len, samples)))
        signals: dict[str, Any] = {}
        for name in list(of_epochs[0]):
            width = of_epochs[0][name].shape[1:]
            signals[name] = np.empty((len(samples), n_samples, *width), np.float32)
            for row, sample, found in zip(signals[name], samples, of_epochs, strict=True):
                if len(sample) < n_samples:
                    row[:] = np.nan
                row[sample] = found.pop(name)
        return TrainingDynamics.from_arrays(
            gold=self._gold,
            guid=_array(self._guid),
            epochs=list(self._epochs),
            **signals,
        )

    def _samples(self, guid: Any) -> NDArray[np.int32]:
        """Which sample each line is; those not known yet are added."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self._guid is None:
            self._guid = guid if _are_distinct(guid) else guid.unique()
        if guid.type != self._guid.type:
            raise ValueError(
                f"{self._path}: guids of both kinds; expected integers alone or str alone"
            )
        if (sample := _same_in_another_order(self._guid, guid)) is not None:
            return sample
        found = pc.index_in(guid, self._guid)
        if found.null_count:
            strangers = guid.filter(found.is_null()).unique()
            self._guid = pa.concat_arrays([self._guid, strangers])
            found = pc.index_in(guid, self._guid)
        return numbers_of(found, np.int32)

    def _compare(self, number: int, sample: NDArray[np.int32], gold: NDArray[np.int32]) -> None:
        """Refuse gold labels that change; learn those of new samples."""
        n_known = len(self._gold)
        self._gold = np.pad(self._gold, (0, len(self._guid) - n_known))
        fresh = np.flatnonzero(sample >= n_known)[::-1]
        self._gold[sample[fresh]] = gold[fresh]  # of several lines the first
        changed = np.flatnonzero(self._gold[sample] != gold)
        if len(changed):
            row, where = changed[0], sample[changed[0]]
            raise ValueError(
                f"{self._path}: the gold label of guid {self._guid[int(where)].as_py()!r} changes "
                f"from {self._gold[where]} to {gold[row]} in epoch {number}; a sample has one gold "
                f"label ({len(np.unique(sample[changed])):,} guids change theirs)"
            )


def _array(guid: Any) -> NDArray[Any]:
    if str(guid.type) == "int64":
        return numbers_of(guid, np.int64)
    return guid_array(guid.to_pylist())


def _are_distinct(guid: Any) -> bool:
    """Whether integer guids are; False of text (a table of hashes takes 70 MB for SNLI's)."""
    return str(guid.type) == "int64" and bool((np.diff(np.sort(_array(guid))) != 0).all())


def _same_in_another_order(known: Any, guid: Any) -> NDArray[np.int32] | None:
    """Where integer guids are those known, each once: which is which, by sorting both."""
    if len(known) != len(guid) or str(guid.type) != "int64":
        return None
    before, now = _array(known), _array(guid)
    of_before, of_now = np.argsort(before), np.argsort(now)
    if not np.array_equal(before[of_before], now[of_now]):
        return None
    sample = np.empty(len(now), np.int32)
    sample[of_now] = of_before
    return sample
