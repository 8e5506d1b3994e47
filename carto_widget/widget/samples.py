"""The user's own columns, one row a guid."""

from __future__ import annotations

from threading import RLock
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.views.table import is_taken


class OwnColumns:
    """The columns of the samples and those added on the map, (N, ...) indexed by guid.

    Samples come by the map's thread, columns by the user's, decisions by the one that answers.

    Attributes:
        given: Both together; swapped whole, never changed.
        columns: With those of the ledger.
        colors: Column -> category -> the colour that somebody has chosen for it, "#rrggbb".
    """

    def __init__(self, samples: pd.DataFrame) -> None:
        self._samples = samples
        self._lock = RLock()
        self._added: dict[str, pd.Series[Any]] = {}
        self._judged: dict[str, pd.Series[Any]] = {}
        self.given = self.columns = samples
        self.colors: dict[str, dict[str, str]] = {}

    @property
    def samples(self) -> pd.DataFrame:
        """Without what was added."""
        return self._samples

    def replace_samples(self, samples: pd.DataFrame) -> None:
        """The split has grown: what was added stays with its guids."""
        with self._lock:
            self._samples = samples
            self._unite()

    def add(self, name: str, values: Any) -> None:
        """One more column: a Series (aligned by guid) or an array (N,).

        Raises:
            ValueError: An unknown guid, another length, or a name that the samples or a metric
                have.
            TypeError: A name that is no string.
        """
        if not isinstance(name, str):
            raise TypeError(f"add_column({name!r}): expected a string as the name")
        if name in self._samples.columns or is_taken(name):
            whose = "the samples" if name in self._samples.columns else "the metrics"
            raise ValueError(
                f"add_column({name!r}): {whose} have a column of this name already; choose another"
            )
        guid = self._samples.index
        if isinstance(values, pd.Series):
            unknown = values.index[~values.index.isin(guid)]
            if len(unknown):
                raise ValueError(
                    f"add_column({name!r}): {len(unknown):,} unknown guid(s), the first: "
                    f"{', '.join(map(repr, unknown[:3].tolist()))}"
                )
        elif np.ndim(values) != 1 or len(values) != len(guid):
            raise ValueError(
                f"add_column({name!r}): values of shape {np.shape(values)} for {len(guid):,} "
                f"samples; expected a Series indexed by guid, or ({len(guid)},)"
            )
        else:
            values = pd.Series(values, index=guid)
        with self._lock:
            self._added = {**self._added, name: values}
            self._unite()

    def judge(
        self, columns: dict[str, pd.Series[Any]], colors: dict[str, dict[str, str]]
    ) -> list[str]:
        """What the ledger says of each sample; one whose name is taken is called carto_...

        Returns:
            The names of those that are new, or have other values or colours.
        """
        with self._lock:
            before, self._judged = self.columns, columns
            self._unite()
            old, self.colors = self.colors, {self._name(name): of for name, of in colors.items()}
            return [
                name
                for name in map(self._name, columns)
                if name not in before
                or not self.columns[name].equals(before[name])
                or self.colors.get(name) != old.get(name)
            ]

    def _name(self, name: str) -> str:
        return f"carto_{name}" if name in self.given.columns else name

    def _unite(self) -> None:
        index = self._samples.index
        added = {name: values.reindex(index) for name, values in self._added.items()}
        self.given = self._samples.assign(**added)
        judged = {self._name(name): of.reindex(index) for name, of in self._judged.items()}
        self.columns = self.given.assign(**judged) if judged else self.given


def of_dynamics(dynamics: TrainingDynamics, given: pd.DataFrame | None) -> tuple[pd.DataFrame, str]:
    """The user's columns of training dynamics, and what should be said of them.

    Args:
        dynamics: whose samples.
        given: the user's; without them those that were stored with the run.

    Raises:
        ValueError: as ``aligned``.
    """
    found = None if given is None else aligned(given, dynamics.guid)
    try:
        if found is not None:
            return found, dynamics.difference(found)
        kept = dynamics.samples
    except ValueError as error:  # what was stored is damaged
        return no_samples(dynamics.guid) if found is None else found, str(error)
    return no_samples(dynamics.guid) if kept is None else in_order(kept, dynamics.guid), ""


def aligned(samples: pd.DataFrame, guid: NDArray[Any]) -> pd.DataFrame:
    """The rows of ``samples`` that the guids name, in the guids' order and indexed by them.

    The index of ``samples`` names them, or one of its columns does; where neither does, the rows
    are taken in their order if there are as many.

    Raises:
        ValueError: The rows cannot be told, or index and column would tell different ones.
    """
    index = pd.Index(guid, name=samples.index.name)
    found = {
        name: rows
        for name, keys in _candidates(samples)
        if (rows := _rows_of(index, keys)) is not None
    }
    orders = {rows.tobytes() for rows in found.values()}
    if len(orders) > 1:
        names = ", ".join(repr(name) for name in found)
        raise ValueError(
            f"samples: {names} each hold every guid, in different orders; "
            "expected one way to find a sample. Set the index to the guids: samples.set_index(...)"
        )
    if found:
        rows = next(iter(found.values()))
    elif len(samples) == len(index):
        rows = np.arange(len(index))
    else:
        raise ValueError(
            f"samples: {len(samples):,} rows for {len(index):,} guids, and neither the index nor "
            "a column holds the guids. Set the index to the guids: samples.set_index(...)"
        )
    return samples.iloc[rows].set_axis(index, axis=0)


def require_names(samples: object, whose: str) -> None:
    """Raise ValueError where two columns of a DataFrame have one name: which would be meant?"""
    if not isinstance(samples, pd.DataFrame):
        return
    doubled = samples.columns[samples.columns.duplicated()].unique()
    if len(doubled):
        names = ", ".join(map(repr, doubled[:3].tolist()))
        raise ValueError(
            f"{whose}: more than one column is named {names}; expected a name a column. Rename "
            "them, or keep the first of each: frame.loc[:, ~frame.columns.duplicated()]"
        )


def in_order(samples: pd.DataFrame, guid: NDArray[Any]) -> pd.DataFrame:
    """``samples``, whose row i is sample i, indexed by guid.

    Raises:
        ValueError: Columns of one name.
    """
    require_names(samples, "samples")
    return samples.iloc[: len(guid)].set_axis(pd.Index(guid, name=samples.index.name), axis=0)


def no_samples(guid: NDArray[Any]) -> pd.DataFrame:
    """No columns, one row a guid."""
    return pd.DataFrame(index=pd.Index(guid, name="guid"))


def _candidates(samples: pd.DataFrame) -> list[tuple[Any, pd.Index[Any]]]:
    """What may hold guids: the index and each column of integers or texts."""
    columns = [
        (name, pd.Index(values))
        for name, values in samples.items()
        if pd.api.types.is_integer_dtype(values.dtype) or pd.api.types.is_string_dtype(values.dtype)
    ]
    return [("the index", samples.index), *columns]


def _rows_of(guid: pd.Index[Any], keys: pd.Index[Any]) -> NDArray[np.intp] | None:
    """Where each guid stands in ``keys``; None if they do not hold every guid exactly once."""
    try:
        if len(keys) < len(guid) or not keys.is_unique:
            return None
        rows = keys.get_indexer(guid)
    except TypeError:  # lists or arrays
        return None
    return None if (rows < 0).any() else np.asarray(rows, np.intp)
