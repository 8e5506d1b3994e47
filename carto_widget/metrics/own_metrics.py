"""Metrics of the user's own: one that is wrong is named, and leaves the others as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.evaluation import Arrays, evaluated
from carto_widget.metrics.registry import Metric, leaves, metric_named
from carto_widget.metrics.source_text import digest
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.signals import derivation, signal_names

CODES = {
    "category": "the number of one of its categories: 0, 1, ...",
    "flag": "0 or 1",
    "label": "the number of a class: 0, 1, ...",
}


class Computed(NamedTuple):
    """Metrics of all samples, and what is wrong with those of the user's own.

    Attributes:
        values: metric name -> `(N,)`, without those that failed.
        failed: metric name -> its error.
        blank: names of those that are NaN for every sample, though what they ask for is not.
    """

    values: dict[str, NDArray[Any]]
    failed: dict[str, Exception]
    blank: list[str]

    @property
    def whole(self) -> dict[str, NDArray[Any]]:
        """The values, where none failed; else raises the error of the first."""
        for error in self.failed.values():
            raise error
        return self.values

    @property
    def notes(self) -> dict[str, str]:
        """What is wrong, by metric."""
        said = {name: str(error) for name, error in self.failed.items()}
        return said | {name: f"metric {name!r} is NaN for every sample" for name in self.blank}


def computed(
    wanted: Iterable[Metric], arrays: Arrays, stored: Sequence[str], *, n_labels: float
) -> Computed:
    """Metrics, as `evaluated`, of so many classes; only an error of a built-in one is raised."""
    wanted = list(wanted)
    own = [one for one in wanted if not one.built_in]
    failed: dict[str, Exception] = {}
    try:
        found = evaluated(wanted, arrays, stored)
    except (RuntimeError, ValueError):
        found = evaluated([one for one in wanted if one.built_in], arrays, stored)
        for one in own:
            try:
                found |= evaluated([one], arrays, stored)
            except (RuntimeError, ValueError) as error:
                failed[one.name] = _by_name(one, error)
    for one in own:
        if one.name in found and (stray := _stray(one, found[one.name], n_labels)).size:
            del found[one.name]
            failed[one.name] = ValueError(
                f"metric {one.name!r} gave {stray[0]}, expected NaN or {CODES[one.kind]}"
            )
    done = [one for one in own if one.name in found]
    blank = [one.name for one in done if _is_blank(one, found[one.name], arrays, stored)]
    return Computed(found, failed, blank)


def _by_name(one: Metric, error: Exception) -> Exception:
    """The error of a metric, which may be that of another that it asks for."""
    if str(error).startswith(f"metric {one.name!r}"):
        return error
    return RuntimeError(f"metric {one.name!r} asks for another: {error}")


def _stray(one: Metric, values: NDArray[Any], n_labels: float) -> NDArray[Any]:
    """Those of the values that are no codes, of a metric that gives codes."""
    if one.kind not in CODES:
        return values[:0]
    n_codes = n_labels if one.kind == "label" else len(one.categories)
    is_code = (values >= 0) & (values < n_codes) & (values == np.floor(values))
    stray: NDArray[Any] = values[~(is_code | np.isnan(values))]
    return stray


def _is_blank(one: Metric, values: NDArray[Any], arrays: Arrays, stored: Sequence[str]) -> bool:
    """Is it NaN throughout, though there are epochs enough and what it asks for is known?"""
    if not _is_nan(values) or len(arrays["epochs"]) < one.defined_from:
        return False
    signals = signal_names(stored)
    asked = leaves(one.name, signals) & {*signals}
    known = [(name,) if name in arrays else derivation(name, stored)[0] for name in asked]
    return not any(_is_nan(arrays[source]) for sources in known for source in sources)


def _is_nan(values: NDArray[Any]) -> bool:
    return values.dtype.kind == "f" and bool(np.isnan(values).all())


def others_on_record(dynamics: TrainingDynamics, names: Iterable[str]) -> list[str]:
    """What to say of those whose source text was another when the run was recorded."""
    recorded, found = dynamics.own_functions("metrics"), []
    for one in map(metric_named, names):
        then = recorded.get(one.name, [{}])[-1:]
        now = digest(one.text)
        if now and then and then[0].get("sha256", now) not in (None, now):
            found.append(
                f"metric {one.name!r} is computed by another source text than the one that was "
                "registered when this run was recorded; its run.json keeps that one"
            )
    return found
