"""What a column says of itself: from its metric, else from the user's values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.metrics.registry import Metric, metrics
from carto_widget.views.domain import Bounds, domain_of
from carto_widget.views.frame import Column, Domain, Kind
from carto_widget.views.tasks import drawing

STEPS = 11  # of a fraction of epochs: fixed, so that a legend never changes
CATEGORIES = 254  # as many as a colour code tells apart
TITLES = {"gold": "gold label", "prediction": "prediction"}


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
        numbers = values.astype(np.float32, copy=False)
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

    def _domain(self, values: NDArray[np.float32], before: Domain | None) -> Domain:
        if self.kind == "category":
            return (-0.5, max(1, len(self.categories)) - 0.5)
        if self.kind == "steps" and self.bounds == (None, None):
            return (0.0, 1.0)
        return domain_of(values, self.bounds, before)


def own_column(
    name: str,
    values: pd.Series[Any],
    before: Domain | None = None,
    n_observed: NDArray[Any] | None = None,
) -> Column:
    """A column of the user's: numbers as they are, bools and texts as categories.

    Args:
        name: Its name; one of a metric's gets that metric's title and axis.
        values: (N,) values.
        before: The axis until now.
        n_observed: (N,) observed epochs, where they are known.

    Raises:
        ValueError: Neither numbers nor at most 254 different categories.
    """
    known = metrics().get(name)
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        said = Description.of_metric(known) if known else Description(TITLES.get(name, name))
        return said.column(name, values.to_numpy("float32", na_value=np.nan), n_observed, before)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        raise ValueError(f"view: column {name!r} holds dates; expected numbers or categories")
    codes, levels = _categories(name, values)
    numbers = np.where(codes < 0, np.nan, codes).astype(np.float32)
    title = TITLES.get(name, known.title if known else name)
    return Description(title, "category", categories=levels).column(name, numbers)


def _categories(name: str, values: pd.Series[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, levels = values.cat.codes.to_numpy(), values.cat.categories
    else:
        try:
            codes, levels = pd.factorize(values, sort=True)
        except TypeError as error:
            raise ValueError(
                f"view: column {name!r} holds values that cannot be told apart or ordered "
                f"({error}); expected numbers or categories"
            ) from error
    if len(levels) > CATEGORIES:
        raise ValueError(
            f"view: column {name!r} has {len(levels):,} different values; expected numbers, "
            f"or at most {CATEGORIES} categories"
        )
    return codes, tuple(str(level) for level in levels)
