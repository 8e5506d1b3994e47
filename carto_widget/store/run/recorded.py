"""What the parts of a run say of one series: labels, and signals epoch by epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.arrays import are_known, unknown_labels
from carto_widget.store.kinds import stored_signals
from carto_widget.store.run import features, samples
from carto_widget.store.run.own_functions import own_functions
from carto_widget.store.run.parts import Series
from carto_widget.store.run.run import Run, of_task
from carto_widget.store.signals import SELDOM, derivation, signal_names

Columns = dict[str, NDArray[Any]]
Found = tuple[str, NDArray[np.int64], NDArray[Any]]  # a signal, some positions, values there
INTERVALS = (
    "an epoch is an interval of {} steps, in which most samples are missing: stored long, and "
    "rows(epoch) of the dynamics reads them so"
)
_KEYS = ("sample", "guid", "epoch", "gold", "gold_key")


class Recorded:
    """Reads the parts that were there when it was made.

    Args:
        run: the run.
        series: which split, mode and task.
        running: with what is on record of the epoch in flight as a last epoch.
        epochs: epoch numbers; without it all.

    Raises:
        ValueError: nothing is on record, or an epoch that is not.

    Attributes:
        guid: (N,) int64 or str objects.
        epochs: (E,) int64 epoch numbers, ascending.
        kind: what is learned.
        note: what should be known before signals are read.
        description: what `run.json` says.
    """

    def __init__(
        self,
        run: Run,
        series: Series,
        *,
        running: bool = False,
        epochs: Iterable[int] | None = None,
    ) -> None:
        on_record = run.chains(series)
        newest = max(on_record, default=None)
        known = complete = [e for e, (_, is_complete) in on_record.items() if is_complete]
        if running and newest is not None and newest not in complete:
            known = [*complete, newest]
        wanted = known if epochs is None else sorted(set(epochs))
        absent = [epoch for epoch in wanted if epoch not in known]
        if absent:
            raise ValueError(f"epoch {absent[0]} is not on record; there are {known}")
        ids = run.ids(series.split)
        if ids is None:
            raise ValueError(f"nothing is on record of {series}; {_there(run)}")
        self.guid = ids.guid
        self.epochs = np.array(wanted, np.int64)
        self.kind: str = of_task(run.description.get("task"), series.task) or "multiclass"
        steps = run.description.get("checkpoint_every")
        self.note = "" if steps is None else INTERVALS.format(steps)
        self._run, self._split = run, series.split
        self.description = run.description
        self._chains = [on_record[epoch][0] for epoch in wanted]
        self._complete = [on_record[epoch][0] for epoch in wanted if epoch in complete]
        self._own = {
            name: [chains[epoch][0] if epoch in chains else [] for epoch in wanted]
            for name, chains in run.own_signals(series).items()
        }
        self._own = {name: of_epochs for name, of_epochs in self._own.items() if any(of_epochs)}
        self._is_bare = bool(self._own) and not any(self._chains)  # nothing of gold labels

    @property
    def names(self) -> list[str]:
        """Signals that are stored, those that follow from them, those of the loop's own."""
        of_task = ["n_seen"] if self._is_bare else signal_names(self._stored)
        return list(dict.fromkeys([*of_task, *self._own]))

    @property
    def stored(self) -> list[str]:
        """Signals that are stored, those of the loop's own among them."""
        return [*(["n_seen"] if self._is_bare else self._stored), *self._own]

    @cached_property
    def _stored(self) -> list[str]:
        """Signals of the task that every epoch with rows has, of functions and features any."""
        of_epochs = [
            next((names for part in parts if (names := self._run.column_names(part))), [])
            for parts in self._chains
        ]
        is_compact = bool(self._run.description.get("compact"))
        usual = list(stored_signals(self.kind, is_compact=is_compact))
        recorded = [names for names in of_epochs if names] or [usual]
        computed = {"feature_norm", *own_functions(self._run.description, "signals")}
        every = dict.fromkeys(name for names in recorded for name in names if name not in _KEYS)
        shared = set.intersection(*map(set, recorded))
        return [name for name in every if name in shared or name in computed]

    def labels(self, name: str) -> NDArray[Any]:
        """(N, ...) of a column, what was first recorded of each sample."""
        labels: NDArray[Any] = np.full(len(self.guid), -1, np.int32)
        has_begun = False
        for parts in self._chains:
            columns = self._run.columns(self._split, parts, [name])
            position, values = columns["sample"], columns.get(name)
            if values is None:
                continue
            if has_begun:
                fresh = ~are_known(labels[position])
                labels[position[fresh]] = values[fresh]
            else:
                labels, has_begun = unknown_labels(len(self.guid), values), True
                spread(labels, position, values)
            if are_known(labels).all():
                break
        return labels

    def features(self) -> NDArray[np.float16]:
        """(N, D) of each sample the newest of a complete epoch, NaN where missing.

        Raises:
            ValueError: none has any.
        """
        found = features.newest(self._run, self._complete[::-1], len(self.guid))
        if found is not None:
            return found
        raise ValueError(
            "no features are on record of these epochs: log them, recorder.log(logits, gold, "
            "features=h). A newer epoch replaces those of the older ones: load the run anew"
        )

    def samples(self) -> Any:
        """The DataFrame of the samples where it was stored, else None."""
        return samples.stored(self._run, self._split)

    def difference(self, frame: Any) -> str:
        """In what a DataFrame of the samples is not what was recorded."""
        return samples.difference(self._run, self._split, frame)

    def signals(self, names: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Name -> (E, N, ...) float32, NaN where missing."""
        signals: dict[str, NDArray[Any]] = {}
        for e in range(len(self.epochs)):
            for name, position, values in self.of_epoch(e, names):
                if name not in signals and len(position):  # of no rows the width is not known
                    shape = (len(self.epochs), len(self.guid), *values.shape[1:])
                    signals[name] = np.empty(shape, np.float32)
                    signals[name][:e] = np.nan
                if name in signals:
                    if len(position) < len(self.guid):
                        signals[name][e] = np.nan
                    spread(signals[name][e], position, values)
        missing = (len(self.epochs), len(self.guid)), np.nan, np.float32
        return {name: signals[name] if name in signals else np.full(*missing) for name in names}

    def of_epoch(self, e: int, names: Sequence[str]) -> Iterator[Found]:
        """Each signal's values in the e-th epoch, where there are any."""
        for name in names:
            if name not in self._own:
                continue
            columns = self._run.columns(self._split, self._own[name][e], ["value"])
            yield name, columns["sample"], columns.get("value", np.empty(0, np.float32))
        rest = [name for name in names if name not in self._own]
        if rest and self._is_bare:
            yield "n_seen", *self._most_seen(e)
        elif rest:
            yield from self._of_task(e, rest)

    def _of_task(self, e: int, names: Sequence[str]) -> Iterator[Found]:
        plans = {name: derivation(name, self._stored) for name in names}
        needed = [{*plans[name][0]} - {*SELDOM.get(name, ())} for name in names]
        wanted = sorted(set().union(*needed))
        columns = _Columns(partial(self._run.columns, self._split, self._chains[e]), wanted)
        position = columns["sample"]
        if not len(position):  # nor need there be columns
            columns |= dict.fromkeys({*wanted} - columns.keys(), np.empty(0, np.float32))
        for name, (_, formula) in plans.items():
            if formula is not None:
                yield name, position, formula(columns)
            elif name in columns:
                yield name, position, columns[name]
            else:  # of a function that came later, or left; no features
                yield name, position[:0], np.empty(0, np.float32)

    def _most_seen(self, e: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Which samples any signal of the loop's own has, and their presentations."""
        n_seen = np.zeros(len(self.guid), np.uint32)
        for of_epochs in self._own.values():
            columns = self._run.columns(self._split, of_epochs[e], ["n_seen"])
            position = columns["sample"]
            n_seen[position] = np.maximum(n_seen[position], columns["n_seen"])
        position = np.flatnonzero(n_seen)
        return position, n_seen[position]


def _there(run: Run) -> str:
    """What there is instead, in words."""
    there = "; ".join(map(str, run.series()))
    return f"there is {there}" if there else "nothing is, so far: log a batch first"


class _Columns(dict[str, NDArray[Any]]):
    """Columns of an epoch; one that a formula seldom asks for is read when it does."""

    def __init__(self, read: Callable[[Sequence[str]], Columns], names: Sequence[str]) -> None:
        super().__init__(read(names))
        self._read = read

    def __missing__(self, name: str) -> NDArray[Any]:
        self[name] = self._read([name])[name]
        return self[name]


def spread(row: NDArray[Any], position: NDArray[np.int64], values: NDArray[Any]) -> None:
    """Put values of unique ascending positions into a row."""
    if len(position):  # else their width may be another
        row[slice(None) if len(position) == len(row) else position] = values
