"""The running state: metrics of all samples in O(N) a frame, whatever the number of epochs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.kernels.switch import loops
from carto_widget.metrics.accumulators import Accumulator, accumulators
from carto_widget.metrics.registry import Function, metric_named, parameter_names
from carto_widget.store.rows import Rows
from carto_widget.store.signals import derivation

BLOCK = 131_072  # samples; wider ones gain nothing more

Sums = dict[str, NDArray[Any]]


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
        self._needs = {name: parameter_names(form) for name, form in self._forms.items()}
        self._of_all = {name for name in self.metrics if metric_named(name).scope == "dataset"}
        self._accumulators = _needed(self._forms.values())
        self.n = 0
        self.epoch: int | None = None
        self.is_counted = np.zeros(0, bool)
        self._values = {one.name: np.zeros(0, one.dtype) for one in self._accumulators}
        self.grow(n)

    @property
    def observations(self) -> NDArray[np.uint32]:
        """(N,) uint32: epochs in which each sample was observed."""
        return self._values["observations"]

    @property
    def n_bytes(self) -> int:
        """Bytes of memory a sample."""
        return sum(one.itemsize for one in [*self._values.values(), self.is_counted])

    def grow(self, n: int) -> None:
        """Room for `n` samples; the new ones are not observed yet. Fewer than before: no change."""
        more = n - self.n
        if more <= 0:
            return
        for one in self._accumulators:
            added = np.full(more, one.initial, one.dtype)
            self._values[one.name] = np.concatenate([self._values[one.name], added])
        self.is_counted = np.concatenate([self.is_counted, np.zeros(more, bool)])
        self.n = n

    def copy(self, into: RunningState | None = None) -> RunningState:
        """A copy that shares nothing; `into`: an older copy, to reuse its memory."""
        into = self._room(into)
        for name, values in self._values.items():
            into._values[name][:] = values
        into.is_counted[:] = self.is_counted
        into.epoch = self.epoch
        return into

    def updated(self, rows: Rows, epoch: int, into: RunningState | None = None) -> RunningState:
        """A copy in which these rows are counted as by `update`, which raises alike."""
        if epoch == self.epoch or not self._are_everyone(rows.sample):
            into = self.copy(into)
            into.update(rows, epoch)
            return into
        into = self._room(into)
        into._count_all(rows, epoch, self)
        return into

    def _room(self, into: RunningState | None) -> RunningState:
        """A state as large as this one, whatever it counts."""
        if into is None or into.metrics != self.metrics or into.n > self.n:
            return RunningState(self.n, self.metrics)
        into.grow(self.n)
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
        if self._are_everyone(rows.sample) and not self.is_counted.any():
            self._count_all(rows, epoch, self)
            return
        self._require_room(rows.sample)
        fresh = rows.flat().take(self._first_ones(rows.sample))
        if len(fresh):
            self._count(fresh.sample, fresh, epoch, self)
            self.is_counted[fresh.sample] = True

    def values(self, metric: str) -> NDArray[np.float32]:
        """(N,) float32 of a metric, one of `metrics`; NaN where missing."""
        return self.columns([metric])[metric]

    def columns(self, metrics: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """Metric -> `(N,)` float32, NaN where missing."""
        made = {name: np.empty(self.n, np.float32) for name in metrics}
        of_all = {name: out for name, out in made.items() if name in self._of_all}
        by_sample = {name: out for name, out in made.items() if name not in of_all}
        with np.errstate(divide="ignore", invalid="ignore"):
            self._write(of_all, slice(None))
            for block in self._blocks():
                self._write(by_sample, block)
        return made

    def _write(self, made: dict[str, NDArray[np.float32]], block: slice) -> None:
        compiled = loops("running", self.n)
        for name, out in made.items():
            needs = [self._values[need][block] for need in self._needs[name]]
            if compiled and name in compiled.FORMS:
                compiled.FORMS[name](out[block], *needs)
            else:
                out[block] = _formed(name, self._forms[name], needs)

    def _first_ones(self, position: NDArray[np.int64]) -> NDArray[np.intp]:
        """(F,) where samples come first that are not counted yet, in order."""
        fresh = np.flatnonzero(~self.is_counted[position])
        ordered = np.sort(position[fresh])
        if (ordered[1:] == ordered[:-1]).any():
            fresh = fresh[np.sort(np.unique(position[fresh], return_index=True)[1])]
        return fresh

    def _require_room(self, position: NDArray[np.int64]) -> None:
        if len(position) and (position.min() < 0 or position.max() >= self.n):
            raise ValueError(
                f"rows for positions {position.min()} to {position.max()}: this state has "
                f"{self.n:,} samples; grow it first"
            )

    def _blocks(self) -> list[slice]:
        return [slice(start, start + BLOCK) for start in range(0, self.n, BLOCK)]

    def _are_everyone(self, position: NDArray[np.int64]) -> bool:
        """Whether these are all samples in their order."""
        if len(position) != self.n:
            return False
        if compiled := loops("running", self.n):
            return bool(compiled.are_everyone(position))
        first = np.arange(min(BLOCK, self.n))
        for block in self._blocks():
            some = position[block] - block.start
            if not np.array_equal(some, first[: len(some)]):
                return False
        return True

    def _count_all(self, rows: Rows, epoch: int, before: RunningState) -> None:
        """One row of every sample, in their order, on top of what another state has counted."""
        for block in self._blocks():
            self._count(block, rows.take(block), epoch, before)
        self.is_counted[:] = True
        self.epoch = epoch

    def _count(self, where: Any, rows: Rows, epoch: int, earlier: RunningState) -> None:
        """Rows of unique positions; every accumulator sees the others as they were before."""
        before = {name: values[where] for name, values in earlier._values.items()}
        if isinstance(where, slice):
            if earlier is self:
                before = {name: values.copy() for name, values in before.items()}
            after = {name: values[where] for name, values in self._values.items()}
            self._accumulate(rows, epoch, before, after)
            return
        after = {name: np.empty_like(values) for name, values in before.items()}
        self._accumulate(rows, epoch, before, after)
        for name, values in after.items():
            self._values[name][where] = values

    def _accumulate(self, rows: Rows, epoch: int, before: Sums, after: Sums) -> None:
        """Write what every accumulator is after these rows, one of each sample."""
        compiled = loops("running", self.n)
        done: tuple[str, ...] = ()
        if compiled and {*compiled.ACCUMULATORS} <= {*before} and _follow(rows, compiled.SOURCES):
            done = compiled.ACCUMULATORS
            columns = [rows[name] for names in compiled.SOURCES.values() for name in names]
            sums = ([some[name] for name in done] for some in (before, after))
            compiled.count(*columns, *sums)
        known: dict[str, Any] = {**before, "rows": rows, "epoch": epoch}
        for one in self._accumulators:
            if one.name not in done:
                known["previous"] = before[one.name]
                after[one.name][:] = one.update(*(known[need] for need in one.needs))


def _follow(rows: Rows, sources: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the signals of these rows follow from these columns."""
    return all(derivation(name, rows.columns)[0] == known for name, known in sources.items())


def _formed(name: str, form: Function, needs: list[NDArray[Any]]) -> NDArray[Any]:
    try:
        return form(*needs)
    except Exception as error:
        raise RuntimeError(
            f"metric {name!r} failed in its running form: {type(error).__name__}: {error}"
        ) from error


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
