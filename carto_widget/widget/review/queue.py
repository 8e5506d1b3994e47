"""Which samples are reviewed, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.curation.reports.audit import REASON as AUDIT
from carto_widget.datawork.order import order_in_words, suspicious_first
from carto_widget.widget.asked import Asked
from carto_widget.widget.selection import mask_of_rows

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Queue:
    """The samples of a review.

    Attributes:
        rows: (R,) in the order in which they are looked at.
        order: By what, in words.
        reason: What the ledger says of how a sample was found.
        is_blind: Without gold label and model; the order says nothing, either.
    """

    rows: Rows
    order: str
    reason: str
    is_blind: bool = False


def queue_of(
    what: Any, guid: pd.Index[Any], asked: Asked, order: str | None, *, is_blind: bool, seed: int
) -> Queue:
    """The samples that ``what`` names, in an order.

    Args:
        what: As ``mask_of_rows``; what ``Ledger.audit`` has drawn stays in its random order, and
            who stops early has a fair sample, too.
        guid: (N,) all guids.
        asked: Has the columns.
        order: A metric, a column, "-" before either for the other end first, "random", or None:
            as they come.
        is_blind: A seeded shuffle, whatever the order.
        seed: Of the shuffle.

    Raises:
        ValueError: An unknown guid or column, or one that has no order.
    """
    rows = rows_in_order(what, guid)
    if isinstance(what, pd.DataFrame) and what.attrs.get("reason") == AUDIT:
        return Queue(rows, "as drawn", AUDIT, is_blind)
    if is_blind or order == "random":
        shuffled: Rows = np.random.default_rng(seed).permutation(np.sort(rows))
        return Queue(shuffled, f"random, seed {seed}", "random", is_blind)
    if order is None:
        return Queue(rows, "as given", "ranking")
    if not isinstance(order, str):
        raise TypeError(f"order={order!r}: expected the name of a metric or a column, or None")
    name = order.removeprefix("-")
    values = _numbers(name, asked)
    rows = np.sort(rows)
    first = suspicious_first(name, values[rows])
    ordered = _from_the_end(rows[first], values) if order.startswith("-") else rows[first]
    return Queue(ordered, order_in_words(order), name)


def rows_in_order(what: Any, guid: pd.Index[Any]) -> Rows:
    """Rows that ``what`` names, each once: of guids and DataFrames as they come there."""
    if isinstance(what, Iterable) and not hasattr(what, "__len__"):
        what = list(what)
    mask = mask_of_rows(what, guid)
    if what is None or _is_mask(what):
        return np.flatnonzero(mask).astype(np.int64)
    wanted = what.index if isinstance(what, pd.DataFrame) else pd.Index(list(what))
    return np.asarray(guid.get_indexer(wanted.unique()), np.int64)


def _is_mask(what: Any) -> bool:
    if isinstance(what, pd.DataFrame):
        return False
    values = what.to_numpy() if isinstance(what, pd.Series) else np.asarray(list(what))
    return bool(pd.api.types.is_bool_dtype(values.dtype))


def _from_the_end(ordered: Rows, values: NDArray[Any]) -> Rows:
    """The other end first; missing ones stay the last."""
    is_known = ~np.isnan(values[ordered])
    return np.concatenate([ordered[is_known][::-1], ordered[~is_known]])


def _numbers(name: str, asked: Asked) -> NDArray[np.float64]:
    """(N,) NaN where missing; of dates milliseconds.

    Raises:
        ValueError: There is no such column, or it holds classes or texts.
    """
    column = asked.column(name)
    if column.kind in ("category", "text"):
        raise ValueError(
            f"order={name!r}: it holds {'classes' if column.kind == 'category' else 'texts'}; "
            "expected a metric or a column of numbers, or order=None"
        )
    return column.numbers.astype(np.float64)
