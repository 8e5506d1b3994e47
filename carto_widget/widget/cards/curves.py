"""What the model said of each sample's gold label, epoch by epoch."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.widget.source import Source
from carto_widget.widget.wire import clean

MOST = 128  # epochs of a curve; of more every second, every fourth, ... and the last
BUDGET = 48_000_000  # values kept in memory
_CURVES = ("gold_probability", "share_right", "loss")  # the first that there is


@dataclass(frozen=True)
class _Epoch:
    """One epoch of all samples: (N,) float16, NaN where not seen; (N,) int8 right, -1 unknown."""

    values: NDArray[np.float16]
    right: NDArray[np.int8]


_NOTHING = _Epoch(np.empty(0, np.float16), np.empty(0, np.int8))


class Curves:
    """Reads the sealed epochs of a source once, one at a time."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._key: tuple[int, int] | None = None
        self._dynamics: TrainingDynamics | None = None
        self._known: dict[int, _Epoch] = {}
        self._predictions = np.empty(0, np.float32)
        self.name = self.note = ""

    def is_read(self, until: float) -> bool:
        """Read on, one epoch at least, until a moment of ``time.perf_counter``; True when done."""
        self._renew()
        missing = [epoch for epoch in self._wanted() if epoch not in self._known]
        for epoch in missing:
            try:
                self._read(epoch)
            except (ValueError, KeyError, OSError) as error:  # a file is damaged; cards are shown
                self._known, self.note = {**self._known, epoch: _NOTHING}, str(error)
            missing = missing[1:]
            if time.perf_counter() >= until:
                break
        return not missing

    def header(self) -> dict[str, Any] | None:
        """The name of what the curves are of, and their epochs."""
        if not self._known:
            return None
        return {"name": self.name, "epochs": sorted(self._known), "note": self.note}

    def of(self, row: int) -> dict[str, Any]:
        """A sample's value in each epoch and whether it was right, null where not seen."""
        if not self._known:
            return {}
        epochs = [self._known[epoch] for epoch in sorted(self._known)]
        values = [float(one.values[row]) if row < len(one.values) else math.nan for one in epochs]
        right = [int(one.right[row]) if row < len(one.right) else -1 for one in epochs]
        return {
            "values": [round(value, 4) if math.isfinite(value) else None for value in values],
            "right": [None if flag < 0 else flag == 1 for flag in right],
        }

    def prediction(self, row: int) -> str | None:
        """What the model took the sample for when it saw it last, by name."""
        if row >= len(self._predictions) or np.isnan(self._predictions[row]):
            return None
        value, names = float(self._predictions[row]), self._source.seen.label_names or []
        if self._source.seen.gold.dtype.kind == "f":
            return f"{value:.4g}"
        return clean(names[int(value)]) if 0 <= int(value) < len(names) else str(int(value))

    def _renew(self) -> None:
        since = self._source.seen.since
        if (since.sealed, since.past) == self._key:
            return
        if self._key is not None and since.past != self._key[1]:
            self._known, self._predictions = {}, np.empty(0, np.float32)
        self._key = (since.sealed, since.past)
        self._dynamics = self._source.dynamics()
        wanted = set(self._wanted())
        self._known = {epoch: one for epoch, one in self._known.items() if epoch in wanted}
        if self._dynamics is not None:
            self.name = next((one for one in _CURVES if one in self._dynamics.signals), "")

    def _wanted(self) -> list[int]:
        if self._dynamics is None or not self.name:
            return []
        epochs = self._dynamics.epochs.tolist()
        most = max(2, min(MOST, BUDGET // max(1, len(self._dynamics.guid))))
        step = 1
        while -(-len(epochs) // step) >= most:
            step *= 2
        return sorted({*epochs[::step], *epochs[-1:]})

    def _read(self, epoch: int) -> None:
        assert self._dynamics is not None
        dynamics, which = self._dynamics, [self._dynamics.epochs.tolist().index(epoch)]
        values = np.clip(dynamics.newest(self.name, which), -65_000, 65_000).astype(np.float16)
        right = np.full(len(values), -1, np.int8)
        if "is_correct" in dynamics.signals:
            flags = dynamics.newest("is_correct", which)
            right = np.where(np.isnan(flags), -1, flags == 1).astype(np.int8)
        if "prediction" in dynamics.signals:
            self._predict(dynamics.newest("prediction", which))
        self._known = {**self._known, epoch: _Epoch(values, right)}

    def _predict(self, prediction: NDArray[np.float32]) -> None:
        before = np.full(len(prediction), np.nan, np.float32)
        before[: len(self._predictions)] = self._predictions
        self._predictions = np.where(np.isnan(prediction), before, prediction)
