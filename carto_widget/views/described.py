"""What a column says of itself: from its metric, else from the user's values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.metrics.registry import Metric, metrics
from carto_widget.views.dates import date_domain, milliseconds
from carto_widget.views.domain import Bounds, domain_of
from carto_widget.views.frame import Column, Domain, Kind, Numbers
from carto_widget.views.tasks import drawing

STEPS = 11  # of a fraction of epochs: fixed, so that a legend never changes
TITLES = {"gold": "gold label", "prediction": "prediction"}
_COARSE = 2**-7  # of the numbers: a span below which float32 has fewer steps than an axis
_NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal")
_DATES = ("date", "datetime", "datetime64")


@dataclass(frozen=True)
class Description:
    """Title, kind and bounds of a column.

    Attributes:
        defined_from: Observations below which a sample's number is not defined yet.
        waiting: What the map says of such samples.
    """

    title: str
    kind: Kind = "continuous"
    bounds: Bounds = (None, None)
    categories: tuple[str, ...] = ()
    defined_from: int = 1
    waiting: str = ""

    @classmethod
    def of_metric(cls, metric: Metric, kind: str = "multiclass") -> Description:
        """What a metric's author said of it, in the words of a kind of task."""
        bounds: Bounds = metric.domain or ((0.0, None) if metric.kind == "count" else (None, None))
        return cls(
            drawing(kind).titles.get(metric.name, metric.title),
            "category" if metric.kind == "flag" or metric.kind == "label" else metric.kind,
            bounds,
            tuple(metric.categories),
            metric.defined_from,
            metric.waiting if metric.defined_from > 1 else "",
        )

    def column(
        self,
        name: str,
        values: NDArray[Any],
        n_observed: NDArray[Any] | None = None,
        before: Domain | None = None,
    ) -> Column:
        """The values (N,) as a column; ``before`` is the axis until now."""
        waiting = None
        fewest = None if n_observed is None else n_observed.min(initial=self.defined_from)
        if n_observed is not None and fewest is not None and fewest < self.defined_from:
            waiting = (n_observed > 0) & (n_observed < self.defined_from)
        numbers = values if self.kind == "date" else _narrow(values)
        return Column(
            name,
            self.title,
            self.kind,
            self._domain(numbers, before),
            numbers,
            self.categories,
            STEPS if self.kind == "steps" else None,
            waiting if waiting is not None and waiting.any() else None,
            self.waiting,
        )

    def _domain(self, values: Numbers, before: Domain | None) -> Domain:
        if self.kind == "date":
            return date_domain(values.astype(np.float64), before)
        if self.kind == "category":
            return (-0.5, max(1, len(self.categories)) - 0.5)
        if self.kind == "steps" and self.bounds == (None, None):
            return (0.0, 1.0)
        return domain_of(values, self.bounds, before)


def _narrow(values: NDArray[Any]) -> Numbers:
    """float32, unless these numbers lie so close together that it could not tell them apart."""
    if values.dtype != np.float64 or not len(values):
        return values.astype(np.float32, copy=False)
    low, high = np.fmin.reduce(values), np.fmax.reduce(values)
    with np.errstate(over="ignore", invalid="ignore"):  # far apart, or infinite
        span = high - low
        is_narrow = np.isfinite(span) and span < max(abs(low), abs(high)) * _COARSE
        return values if is_narrow else values.astype(np.float32)


def own_column(
    name: str,
    values: pd.Series[Any],
    before: Domain | None = None,
    n_observed: NDArray[Any] | None = None,
) -> Column:
    """A column of the user's: numbers and dates as they are, bools and texts as categories.

    Args:
        name: Its name; one of a metric's gets that metric's title and axis.
        values: (N,) values.
        before: The axis until now.
        n_observed: (N,) observed epochs, where they are known.

    Raises:
        ValueError: Values that can be neither ordered nor told apart.
    """
    known = metrics().get(name)
    values = plain(values)
    kind = kind_of(values)
    if kind == "category":
        codes, levels = _categories(name, values)
        title = TITLES.get(name, known.title if known else name)
        numbers = np.where(codes < 0, np.nan, codes).astype(np.float32)
        column = Description(title, "category", categories=levels).column(name, numbers)
        return replace(column, is_own=known is None and name not in TITLES)
    said = Description.of_metric(known) if known else Description(TITLES.get(name, name), kind)
    if kind == "date":
        said = Description(_with_zone(name, values), kind)
        return replace(said.column(name, milliseconds(values), None, before), is_own=True)
    found = values.to_numpy("float64", na_value=np.nan)
    return replace(said.column(name, found, n_observed, before), is_own=known is None)


def plain(values: pd.Series[Any]) -> pd.Series[Any]:
    """Python's own numbers, bools and dates in a column of objects, in their own dtype."""
    if values.dtype != object:
        return values
    found = pd.api.types.infer_dtype(values, skipna=True)
    if found in _NUMBERS:
        return pd.to_numeric(values, errors="coerce")
    if found == "boolean":
        return values.astype("boolean")
    if found in _DATES:
        return pd.to_datetime(values, errors="coerce", utc=found != "date")
    return values


def kind_of(values: pd.Series[Any]) -> Kind:
    """How the values of a column are read; whole numbers get an axis of whole numbers."""
    dtype = values.dtype
    if pd.api.types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        return "date"
    if pd.api.types.is_bool_dtype(dtype) or not pd.api.types.is_numeric_dtype(dtype):
        return "category"
    return "count" if pd.api.types.is_integer_dtype(dtype) else "continuous"


def _with_zone(name: str, values: pd.Series[Any]) -> str:
    """Moments of a zone are told in UTC; dates without one as they stand."""
    return f"{name} (UTC)" if getattr(values.dt, "tz", None) is not None else name


def _categories(name: str, values: pd.Series[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy(), tuple(str(level) for level in values.cat.categories)
    if pd.api.types.is_bool_dtype(values.dtype):
        return values.astype("boolean").to_numpy("int8", na_value=-1), ("false", "true")
    try:
        codes, levels = pd.factorize(values, sort=True)
    except TypeError as error:
        raise ValueError(
            f"view: column {name!r} holds values that cannot be told apart or ordered "
            f"({error}); expected numbers, dates or categories"
        ) from error
    return codes, tuple(str(level) for level in levels)
