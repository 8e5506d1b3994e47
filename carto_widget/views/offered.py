"""What a page can offer to be drawn: columns with title and kind, and views that fit the task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from carto_widget.metrics.registry import metrics
from carto_widget.views.described import TITLES, Description, kind_of, plain
from carto_widget.views.few import AXIS
from carto_widget.views.table import LABELS
from carto_widget.views.tasks import drawing
from carto_widget.views.view import View

_LOOK = 2_000  # rows by which a column of texts is told from one of categories
_MORE = {
    "regions": View(color="region"),
    "gold labels": View(color="gold"),
    "margin and loss": View("loss_mean", "aum"),
    "learned and forgotten": View("first_learned", "forgetting_events", "confidence"),
}
Offer = dict[str, Any]


def offered(names: Iterable[str], own: pd.DataFrame, kind: str) -> list[Offer]:
    """Each column that can be drawn: name, title, kind, and its group: metric, label or own.

    Args:
        names: Of the columns that there are.
        own: (N, ...) the user's columns; of texts that mostly differ there is nothing to draw.
        kind: Of the task.
    """
    known, found = metrics(), []
    for name in names:
        if name in LABELS:
            found.append(_offer(name, TITLES[name], "category", "label"))
        elif name in known:
            said = Description.of_metric(known[name], kind)
            found.append(_offer(name, said.title, said.kind, "metric"))
        elif _is_drawable(values := plain(own[name].iloc[:_LOOK])):
            found.append(_offer(name, name, kind_of(values), "own"))
    return found


def _offer(name: str, title: str, kind: str, group: str) -> Offer:
    return {"name": name, "title": title, "kind": kind, "group": group}


def _is_drawable(values: pd.Series[Any]) -> bool:
    """Numbers, dates, and texts that name categories."""
    if kind_of(values) != "category" or isinstance(values.dtype, pd.CategoricalDtype):
        return True
    try:
        return bool(values.nunique() <= AXIS)
    except TypeError:  # lists, arrays
        return False


def presets(kind: str, names: Sequence[str]) -> list[Offer]:
    """Views that fit the task and can be drawn of these columns: title and channels."""
    first = drawing(kind).view
    title = "the paper's data map" if first == View() else "the data map of this task"
    there_is = set(names)
    return [
        {"title": title, "view": view.channels}
        for title, view in {title: first, **_MORE}.items()
        if there_is.issuperset(view.names)
    ]
