"""The samples that edits are about: their names, classes, and what one reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.curation.samples.content import contents
from carto_widget.curation.samples.dataset import Dataset
from carto_widget.curation.samples.marks import content_mark, labels_mark, read_columns
from carto_widget.curation.samples.rows import mask_of_rows
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.run.ids import guid_array, require_unique
from carto_widget.views.preview import preview_name
from carto_widget.views.table import readable


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of one split.

    Attributes:
        dataset: Their guids, and how they are told from others.
        gold: (N,) each one's class as a user reads it, a name or a number; missing where it has
            none. None: not known.
        label_names: Names of the classes, where they have some.
        frame: (N, ...) the user's columns; row i describes sample i.
        columns: Those by which a sample is read, and whose content is kept with a decision;
            without it the text, else all.
        run, epoch: On what the decisions are made: the name of a run, how far it is.
        guid_name, gold_name: Columns of the user's that hold guids and classes, where known.
    """

    dataset: Dataset
    gold: pd.Series[Any] | None = None
    label_names: Sequence[str] | None = None
    frame: pd.DataFrame | None = None
    columns: Sequence[str] | None = None
    run: str = ""
    epoch: int | None = None
    guid_name: str | None = None
    gold_name: str | None = None

    def __len__(self) -> int:
        return len(self.dataset)

    @cached_property
    def index(self) -> pd.Index[Any]:
        """(N,) the guids."""
        found: pd.Index[Any] = pd.Index(self.dataset.guid)
        return found

    def rows(self, what: Any, *, verb: str) -> NDArray[np.int64]:
        """The rows that are meant: as ``DataMap.select`` takes them, or one guid.

        Raises:
            ValueError: An unknown guid, a mask of another length, or no rows at all.
            TypeError: Something that names no rows.
        """
        if isinstance(what, (str, int, np.integer)) and not isinstance(what, bool):
            what = [what]
        found = np.flatnonzero(mask_of_rows(what, self.index, verb=verb))
        if not len(found):
            raise ValueError(f"{verb}: no samples are named; select some first")
        return found

    def classes(self, rows: NDArray[np.int64]) -> list[Any]:
        """Each one's gold class: a name, a number, or None."""
        if self.gold is None:
            return [None] * len(rows)
        found = self.gold.iloc[rows]
        return [None if pd.isna(one) else as_class(one) for one in found.astype(object)]

    @cached_property
    def known(self) -> list[Any]:
        """The classes there are: their names, else those that samples have, in order."""
        if self.label_names is not None:
            return list(self.label_names)
        if self.gold is None:
            return []
        return sorted((as_class(one) for one in self.gold.dropna().unique()), key=_by_kind)

    def contents(self, rows: NDArray[np.int64]) -> list[str | None]:
        """Each one's content as a hash; None where it is not known."""
        if self.frame is None or not (names := self._columns):
            return [None] * len(rows)
        return contents(self.frame[names].iloc[rows])

    def texts(self, rows: NDArray[np.int64]) -> list[str]:
        """What is read of each, in one line; "" where nothing is known."""
        if self.frame is None or not (names := self._columns):
            return [""] * len(rows)
        held = self.frame[names].iloc[rows]
        return [" ".join(", ".join(map(str, row)).split()) for row in held.itertuples(index=False)]

    @cached_property
    def _columns(self) -> list[str]:
        if self.columns is not None or self.frame is None:
            return list(self.columns or ())
        name = preview_name(self.frame)
        return [name] if name is not None else read_columns(self.frame)


def samples_of(
    source: Any, *, guid: str | None = None, gold: str | None = None, split: str = "train"
) -> Samples:
    """The samples of training dynamics, or the rows of a DataFrame.

    Args:
        source: Training dynamics (of a run with the samples that it keeps), or a DataFrame.
        guid: Of a DataFrame: the column that names the samples; without it the index does.
        gold: Of a DataFrame: the column of their classes.
        split: Of a DataFrame: which split its rows are.

    Raises:
        TypeError: Another source, or guids of another kind.
        ValueError: A column that is not there, or guids that repeat.
    """
    if isinstance(source, TrainingDynamics):
        return of_dynamics(source)
    if not isinstance(source, pd.DataFrame):
        raise TypeError(
            f"a ledger's samples: expected a run, training dynamics or a DataFrame, "
            f"got {type(source).__name__}"
        )
    for name in (guid, gold):
        if name is not None and name not in source:
            told = ", ".join(map(repr, list(source.columns)[:10]))
            raise ValueError(f"there is no column {name!r}; the columns are {told}")
    guids = guid_array((source.index if guid is None else source[guid]).to_numpy())
    require_unique(guids)
    labels = None if gold is None else source[gold].reset_index(drop=True)
    frame = source.drop(columns=[name for name in (guid, gold) if name is not None])
    names = None
    if labels is not None and isinstance(labels.dtype, pd.CategoricalDtype):
        held = labels.cat.categories.tolist()
        names = held if all(isinstance(one, str) for one in held) else None
    dataset = _dataset(guids, split, labels, frame)
    return Samples(dataset, labels, names, frame, guid_name=guid, gold_name=gold)


def of_dynamics(dynamics: TrainingDynamics, *, run: str = "", origin: str = "") -> Samples:
    """The samples of training dynamics.

    Args:
        run: The run's name.
        origin: What tells it from others where nothing else does.
    """
    labels = readable(dynamics.gold, dynamics.label_names)
    frame = dynamics.samples
    dataset = _dataset(dynamics.guid, dynamics.split, labels, frame, origin)
    epoch = int(dynamics.epochs[-1]) if len(dynamics.epochs) else None
    return Samples(dataset, labels, dynamics.label_names, frame, run=run, epoch=epoch)


def _dataset(
    guid: NDArray[Any],
    split: str,
    labels: pd.Series[Any] | None,
    frame: pd.DataFrame | None,
    origin: str = "",
) -> Dataset:
    marks = [
        lambda rows: None if labels is None else labels_mark(labels.iloc[:rows]),
        lambda rows: None if frame is None else content_mark(frame.iloc[:rows]),
        lambda _: f"origin {origin}" if origin else None,
    ]
    return Dataset(guid, split, marks)


def as_class(label: Any) -> Any:
    """A label as the ledger writes it: a name, or a whole number; True is 1."""
    value = label.item() if hasattr(label, "item") else label
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    return value if isinstance(value, (int, str)) else str(value)


def _by_kind(label: Any) -> tuple[bool, Any]:
    return isinstance(label, str), label
