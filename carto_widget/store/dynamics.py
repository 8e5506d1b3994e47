"""`TrainingDynamics`: what a model said of every sample's gold label, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.arrays import (
    are_known,
    check_shapes,
    checked_epochs,
    codes,
    label_array,
    reader_of,
    spread_rows,
)
from carto_widget.store.rows import distinct
from carto_widget.store.run.ids import guid_array
from carto_widget.store.run.own_functions import OwnKind, Versions, own_functions
from carto_widget.store.run.parts import Series
from carto_widget.store.run.recorded import Found, Recorded, spread
from carto_widget.store.run.run import Run, of_task
from carto_widget.store.signals import Signals, derivation, from_logits, signal_names

_NOBODY = np.empty(0, np.int64)


class TrainingDynamics:
    """One split, mode and task of a run; does not change once made.

    Attributes:
        guid: (N,) int64 or str objects.
        gold: (N,) int32 gold label, -1 where it is not known (a sample never seen) and where a
            sample has none of its own (sequences); of a regression (N,) float32, NaN where not
            known; of several labels a sample (N, L) uint8, 1 where the label holds, 255 where not
            known.
        signals: name -> (E, N) float32, NaN where a sample was not seen or a logit was not
            finite; read on access.
        epochs: (E,) int64 epoch numbers, ascending.
        split, mode, task: as in `Series`.
        kind: what is learned, "multiclass", "regression", ... (docs/tasks.md).
        label_names: names of the classes, or None.
    """

    def __init__(
        self,
        guid: NDArray[Any],
        gold: NDArray[Any],
        signals: Signals,
        epochs: NDArray[np.int64],
        *,
        series: Series | None = None,
        kind: str = "multiclass",
        label_names: Sequence[str] | None = None,
    ) -> None:
        self.guid = guid
        self.signals = signals
        self.epochs = epochs
        series = series or Series()
        self.split, self.mode, self.task = series.split, series.mode, series.task
        self.kind = kind
        self.label_names = None if label_names is None else [str(name) for name in label_names]
        self._gold = gold

    @property
    def gold(self) -> NDArray[Any]:
        return self._gold

    @property
    def gold_key(self) -> NDArray[np.int32]:
        """(N,) int32 by which labels are compared, -1 where not known: the class, else a hash."""
        return self._gold

    @property
    def samples(self) -> Any:
        """DataFrame whose row i describes sample i, as it was recorded; None where none was stored.

        Read on each access.

        Raises:
            ValueError: its file is damaged.
        """
        return None

    def difference(self, samples: Any) -> str:
        """In what a DataFrame is not what was recorded, a sentence; "" where nothing is known.

        Args:
            samples: row i describes sample i; compared by the hash of each row.

        Raises:
            ValueError: the file of hashes is damaged.
        """
        return ""

    @property
    def features(self) -> NDArray[np.float16]:
        """(N, D) float16, what the model made of each sample before its last layer.

        Of each sample the newest of a complete epoch; NaN where it was never seen.
        Read on each access.

        Raises:
            ValueError: no epoch has them.
        """
        raise ValueError("these training dynamics hold no features")

    def rows(self, epoch: int, names: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
        """What one epoch holds, without room for what it does not.

        Args:
            epoch: its number.
            names: of signals; without it all.

        Returns:
            `row` (R,) int64, which samples were seen (rows of `guid`), and each signal (R, ...).

        Raises:
            ValueError: an epoch that is not on record.
            KeyError: a signal that is not.
        """
        if epoch not in self.epochs:
            raise ValueError(f"epoch {epoch} is not on record; there are {self.epochs.tolist()}")
        names = list(self.signals.known(self.signals if names is None else names))
        found = list(self._of_epoch(int(np.searchsorted(self.epochs, epoch)), names))
        seen = [rows for _, rows, _ in found]
        row = seen[0] if len(seen) == 1 else distinct(np.concatenate([_NOBODY, *seen]))
        columns: dict[str, NDArray[Any]] = dict.fromkeys(["row", *names], row)
        for name, position, values in found:
            columns[name] = np.full((len(row), *values.shape[1:]), np.nan, np.float32)
            columns[name][np.searchsorted(row, position)] = values
        return columns

    def newest(self, name: str, epochs: Iterable[int]) -> NDArray[np.float32]:
        """(N,) a signal in the last of some epochs that has it, NaN where none does.

        Args:
            name: of a signal (E, N).
            epochs: which of the E, ascending; from the last on as many are read as it takes.
        """
        found = np.full(len(self.guid), np.nan, np.float32)
        for e in reversed([*epochs]):
            missing = np.isnan(found)
            if not missing.any():
                break
            row = np.full_like(found, np.nan)
            for _, position, values in self._of_epoch(e, [name]):
                spread(row, position, values)
            found = np.where(missing, row, found)
        return found

    def _of_epoch(self, e: int, names: Sequence[str]) -> Iterator[Found]:
        """Each signal's values in the e-th epoch, where there are any."""
        arrays = self.signals.several(self.signals.sources(names))
        have = {"gold": self.gold, **{name: array[e] for name, array in arrays.items()}}
        for name in names:
            formula = derivation(name, self.signals.stored)[1]
            values = have[name] if formula is None else formula(have)
            is_there = ~np.isnan(values).all(axis=tuple(range(1, values.ndim)))
            yield name, np.flatnonzero(is_there), values[is_there]

    def __repr__(self) -> str:
        n_epochs = len(self.epochs)
        span = f" ({self.epochs[0]} to {self.epochs[-1]})" if n_epochs > 1 else ""
        return (
            f"TrainingDynamics({self.split}, {self.mode}, {self.task}: {len(self.guid):,} samples, "
            f"{n_epochs} epoch{'s' * (n_epochs != 1)}{span}; signals {', '.join(self.signals)})"
        )

    def own_functions(self, kind: OwnKind) -> Versions:
        """Name -> versions of the functions of its own that a run was recorded with.

        Each version has `source` (the text, or None), `sha256` and `session`; they are never
        executed. Nothing where this is not of a run.

        Args:
            kind: "signals" or "metrics".
        """
        return {}

    def of_label(self, label: str | int) -> TrainingDynamics:
        """One of several labels as a binary task of its own, in memory.

        Args:
            label: its name, or its number in 0..L-1.

        Raises:
            ValueError: not of kind "multilabel", no such label, or margins were not kept.
        """
        names = self.label_names or [str(i) for i in range(self.gold.shape[-1])]
        number = names.index(label) if label in names else label
        if self.kind != "multilabel" or number not in range(len(names)):
            raise ValueError(f"of_label({label!r}): this is {self.kind} with the labels {names}")
        if "label_margin" not in self.signals:
            raise ValueError(
                "of_label: each label's margin was not kept; record with logits='float16'"
            )
        flags = self.gold[:, int(number)].astype(np.int32)
        gold = np.where(flags > 1, -1, flags)
        margin = self.signals["label_margin"][:, :, int(number)]
        with np.errstate(invalid="ignore"):
            loss = np.logaddexp(0, -margin)
        return TrainingDynamics.from_arrays(
            gold=gold,
            guid=self.guid,
            epochs=self.epochs,
            label_names=[f"not {names[int(number)]}", names[int(number)]],
            split=self.split,
            mode=self.mode,
            task=f"{self.task}: {names[int(number)]}",
            kind="binary",
            loss=loss,
            margin=margin,
            other_label=np.where(np.isnan(loss), np.nan, 1 - gold),
        )

    @classmethod
    def from_arrays(
        cls,
        *,
        gold: Any,
        guid: Any = None,
        epochs: Any = None,
        label_names: Sequence[str] | None = None,
        split: str = "train",
        mode: str = "online",
        task: str = "main",
        kind: str = "multiclass",
        **signals: Any,
    ) -> TrainingDynamics:
        """Training dynamics of arrays in memory.

        Args:
            gold: (N,) integer gold labels; of other kinds as in the class.
            guid: (N,) int or str; without it the row number.
            epochs: (E,) epoch numbers, ascending; without it 0, 1, ...
            label_names: names of the classes.
            split, mode, task: as in `Series`.
            kind: what is learned, as in the class.
            **signals: `(E, N)` each, NaN where missing; `logits` is `(E, N, C)` and gives
                `loss`, `margin` and `other_label`.

        Raises:
            ValueError: shapes that do not agree, doubled guids, no signals.
        """
        gold = label_array(gold, kind)
        guid = np.arange(len(gold)) if guid is None else guid_array(guid)
        arrays = {name: np.asarray(values, np.float32) for name, values in signals.items()}
        epochs = checked_epochs(epochs, arrays)
        check_shapes(arrays, len(epochs), gold, guid)
        if "logits" in arrays and "loss" not in arrays:
            wide = np.asarray(signals["logits"])
            pieces = [from_logits(of_epoch, gold) for of_epoch in wide]
            for name in ("loss", "margin", "other_label"):
                made = np.array([piece[name] for piece in pieces], np.float32)
                arrays.setdefault(name, made.reshape(wide.shape[:2]))
        return cls(
            guid,
            gold,
            Signals(signal_names(list(arrays)), reader_of(arrays, gold), stored=list(arrays)),
            epochs,
            series=Series(split, mode, task),
            kind=kind,
            label_names=label_names,
        )

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        guid: str = "guid",
        epoch: str = "epoch",
        gold: str = "gold",
        label_names: Sequence[str] | None = None,
        split: str = "train",
        mode: str = "online",
        task: str = "main",
    ) -> TrainingDynamics:
        """Training dynamics of a long DataFrame: one row a sample and epoch.

        Numeric columns beside `guid`, `epoch` and `gold` are signals (`gold_probability`, `loss`,
        `margin`, ...); samples are in order of first appearance. Of rows with the same guid and
        epoch the first counts, and `n_seen` (1 where there is no such column) is added.

        Args:
            frame: the DataFrame.
            guid, epoch, gold: its columns.
            label_names: names of the classes; where `gold` holds names, their codes.
            split, mode, task: as in `Series`.

        Raises:
            ValueError: a column that is not there, a gold label that changes within a guid.
        """
        for column in (guid, epoch, gold):
            if column not in frame.columns:
                raise ValueError(
                    f"from_frame: no column {column!r}; there are {', '.join(map(str, frame))}"
                )
        columns = {
            str(name): frame[name].to_numpy()
            for name in frame.columns
            if name not in (guid, epoch, gold) and frame[name].dtype.kind in "fiub"
        }
        labels, label_names = codes(frame[gold].to_numpy(), label_names)
        arrays = spread_rows(
            guid_array(frame[guid].to_numpy()),
            frame[epoch].to_numpy().astype(np.int64),
            labels,
            columns,
        )
        return cls.from_arrays(**arrays, label_names=label_names, split=split, mode=mode, task=task)

    @classmethod
    def of_run(
        cls,
        run: Run,
        series: Series,
        *,
        running: bool = False,
        epochs: Iterable[int] | None = None,
    ) -> TrainingDynamics:
        """Training dynamics of a run's complete epochs, as they are now.

        Args:
            run: the run.
            series: which split, mode and task.
            running: with what is on record of the epoch in flight as a last epoch.
            epochs: epoch numbers; without it all.

        Raises:
            ValueError: nothing is on record, or an epoch that is not.
        """
        return _OfRun(run, series, Recorded(run, series, running=running, epochs=epochs))


class _OfRun(TrainingDynamics):
    """Reads the parts that were there when it was made."""

    def __init__(self, run: Run, series: Series, recorded: Recorded) -> None:
        self._recorded = recorded
        super().__init__(
            recorded.guid,
            np.empty(0, np.int32),
            Signals(
                recorded.names,
                recorded.signals,
                stored=recorded.stored,
                note=recorded.note,
                is_read=True,
            ),
            recorded.epochs,
            series=series,
            kind=recorded.kind,
            label_names=of_task(run.description.get("label_names"), series.task),
        )

    @cached_property
    def _known_gold(self) -> NDArray[Any]:
        return self._recorded.labels("gold")

    @property
    def gold(self) -> NDArray[Any]:
        return self._known_gold

    @property
    def gold_key(self) -> NDArray[np.int32]:
        key = self._recorded.labels("gold_key")
        return key if are_known(key).any() else self.gold

    @property
    def samples(self) -> Any:
        return self._recorded.samples()

    def difference(self, samples: Any) -> str:
        return self._recorded.difference(samples)

    @property
    def features(self) -> NDArray[np.float16]:
        return self._recorded.features()

    def own_functions(self, kind: OwnKind) -> Versions:
        return own_functions(self._recorded.description, kind)

    def _of_epoch(self, e: int, names: Sequence[str]) -> Iterator[Found]:
        return self._recorded.of_epoch(e, names)
