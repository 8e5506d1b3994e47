"""The running state: metrics of all samples in O(N) a frame, whatever the number of epochs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.accumulators import Accumulator, accumulators
from carto_widget.metrics.registry import Function, metric_named, parameter_names
from carto_widget.store.rows import Rows

BLOCK = 65_536


class RunningState:
    """Accumulators of N samples, and which of them are counted in the epoch at hand.

    A listener keeps two: `sealed`, updated once with the rows of each sealed epoch, and a copy
    of it for the epoch in flight, updated with rows as they come. Of a sample the first row that
    comes in an epoch counts, also where it is NaN.

    Attributes:
        n: samples.
        metrics: names of the metrics that `values` can give.
        epoch: number of the epoch at hand, None before the first.
        is_counted: (N,) bool: the sample has had its row of that epoch.
    """

    def __init__(self, n: int, metrics: Iterable[str]) -> None:
        self.metrics = tuple(metrics)
        self._forms = {name: _running_form(name) for name in self.metrics}
        self._accumulators = _needed(self._forms.values())
        self.n = 0
        self.epoch: int | None = None
        self.is_counted = np.zeros(0, bool)
        self._values = {one.name: np.zeros(0, one.dtype) for one in self._accumulators}
        self._everyone = np.zeros(0, np.int64)
        self.grow(n)

    @property
    def observations(self) -> NDArray[np.uint32]:
        """(N,) uint32: epochs in which each sample was observed."""
        return self._values["observations"]

    def grow(self, n: int) -> None:
        """Room for `n` samples; the new ones are not observed yet. Fewer than before: no change."""
        more = n - self.n
        if more <= 0:
            return
        for one in self._accumulators:
            added = np.full(more, one.initial, one.dtype)
            self._values[one.name] = np.concatenate([self._values[one.name], added])
        self.is_counted = np.concatenate([self.is_counted, np.zeros(more, bool)])
        self._everyone = np.arange(n, dtype=np.int64)
        self._order = np.empty(n, np.int32)
        self.n = n

    def copy(self, into: RunningState | None = None) -> RunningState:
        """A copy that shares nothing; `into`: an older copy, to reuse its memory."""
        if into is None or into.metrics != self.metrics:
            into = RunningState(self.n, self.metrics)
        into.grow(self.n)
        for name, values in self._values.items():
            into._values[name][:] = values
        into.is_counted[:] = self.is_counted
        into.epoch = self.epoch
        return into

    def update(self, rows: Rows, epoch: int) -> None:
        """Count rows of an epoch; `rows.sample` is the position, repeats are allowed.

        A number other than the last call's begins a new epoch, in which no sample is counted.

        Raises:
            ValueError: a position outside 0..n-1.
        """
        if epoch != self.epoch:
            self.is_counted[:] = False
            self.epoch = epoch
        if len(rows) == self.n and np.array_equal(rows.sample, self._everyone):
            if not self.is_counted.any():
                self._update_all(rows, epoch)
                return
        else:
            self._require_room(rows.sample)
        fresh = rows.flat().take(self._is_first(rows.sample))
        if len(fresh):
            self._update_at(fresh.sample, fresh, epoch)

    def values(self, metric: str, out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """(N,) float32 of a metric, NaN where missing.

        Args:
            metric: one of `metrics`.
            out: where to write, `(N,)` float32; new memory without it.
        """
        form = self._forms[metric]
        needs = [self._values[name] for name in parameter_names(form)]
        out = np.empty(self.n, np.float32) if out is None else out
        step = BLOCK if metric_named(metric).scope == "sample" else max(self.n, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            for start in range(0, self.n, step):
                block = slice(start, start + step)
                out[block] = form(*(values[block] for values in needs))
        return out

    def _is_first(self, position: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(R,) bool: the first of its sample in this epoch."""
        order = np.arange(len(position), dtype=np.int32)
        self._order[position[::-1]] = order[::-1]  # of repeats the last assignment stays
        is_first: NDArray[np.bool_] = self._order[position] == order
        return is_first & ~self.is_counted[position]

    def _require_room(self, position: NDArray[np.int64]) -> None:
        if len(position) and (position.min() < 0 or position.max() >= self.n):
            raise ValueError(
                f"rows for positions {position.min()} to {position.max()}: this state has "
                f"{self.n:,} samples; grow it first"
            )

    def _update_all(self, rows: Rows, epoch: int) -> None:
        for start in range(0, self.n, BLOCK):
            block = slice(start, start + BLOCK)
            self._update_at(block, rows.take(block), epoch)

    def _update_at(self, where: Any, rows: Rows, epoch: int) -> None:
        """Rows of unique positions; every accumulator sees the others as they were before."""
        before = {name: values[where] for name, values in self._values.items()}
        known: dict[str, Any] = {**before, "rows": rows, "epoch": epoch}
        after = {}
        for one in self._accumulators:
            known["previous"] = before[one.name]
            after[one.name] = one.update(*(known[need] for need in one.needs))
        for name, values in after.items():
            self._values[name][where] = values
        self.is_counted[where] = True


def running_state(n: int, metrics: Iterable[str]) -> RunningState:
    """The state of `n` samples without an observation, for these metrics.

    Raises:
        ValueError: an unknown metric, or one without a running form.
    """
    return RunningState(n, metrics)


def has_running_form(name: str) -> bool:
    """Whether a map can keep this metric up to date within an epoch."""
    return metric_named(name).running_form is not None


def _running_form(name: str) -> Function:
    form = metric_named(name).running_form
    if form is None:
        raise ValueError(
            f"metric {name!r} has no running form: it is computed at the end of an epoch"
        )
    return form


def _needed(forms: Iterable[Function]) -> list[Accumulator]:
    """Accumulators of these forms and those that these ask for; `observations` always."""
    wanted = ["observations", *(need for form in forms for need in parameter_names(form))]
    names: list[str] = []
    while wanted:
        name = wanted.pop(0)
        if name in names:
            continue
        if name not in accumulators:
            raise ValueError(f"no accumulator {name!r}; there are {', '.join(accumulators)}")
        names.append(name)
        wanted += [need for need in accumulators[name].needs if need in accumulators]
    return [accumulators[name] for name in names]
