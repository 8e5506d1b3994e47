"""Frames of what is complete: a table, or training dynamics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from carto_widget.metrics.table import chosen_epochs
from carto_widget.views.columns import complete_columns
from carto_widget.views.described import own_column
from carto_widget.views.few import Few
from carto_widget.views.frame import Column, Domain, Frame, Word
from carto_widget.views.nearest import nearest
from carto_widget.views.table import names_of_dynamics
from carto_widget.views.tasks import Place, drawing
from carto_widget.views.view import View

MOST_NAMED = 8  # columns in an error


def assembled(
    view: View,
    column: Callable[[str], Column],
    *,
    epoch: int | None = None,
    live: bool = False,
    n_unseen: int = 0,
    kind: str = "multiclass",
    few: Few | None = None,
) -> Frame:
    """The frame of the view's columns, each asked of ``column`` by name once."""
    made, few = {name: column(name) for name in view.names}, few or Few()
    columns = {
        channel: few.of(channel, made[name], is_settled=n_unseen == 0)
        for channel, name in view.channels.items()
        if name is not None
    }
    columns.setdefault("color", _alike(len(columns["x"].values)))
    words = words_of(view, columns, kind)
    cuts = drawing(kind).cuts if words else ()
    return Frame(columns, epoch, live, words, n_unseen, cuts)


def _alike(n: int) -> Column:
    """A colour that is the same for all N samples."""
    zeros = np.zeros(n, np.float32)
    return Column("", "", "category", (-0.5, 0.5), zeros, ("all samples",))


def words_of(view: View, columns: Mapping[str, Column], kind: str) -> tuple[Word, ...]:
    """The words of a kind of task, where both of their axes are drawn."""
    axes = {view.x: columns["x"].domain, view.y: columns["y"].domain}

    def at(place: Place, name: str) -> float:
        low, high = axes[name]
        return low + place[name] * (high - low)

    return tuple(
        Word(text, at(place, view.x), at(place, view.y))
        for text, place in drawing(kind).words.items()
        if set(place) == set(axes)
    )


def check_names(view: View, there_is: list[str]) -> None:
    """Refuse a view of columns that do not exist.

    Raises:
        ValueError: A name that is not in ``there_is``; lists them, the nearest first.
    """
    for channel, name in view.channels.items():
        if name is None:
            continue
        if name not in there_is:
            near = nearest(name, there_is)
            more = f", ... ({len(near)} in all)" if len(near) > MOST_NAMED else ""
            raise ValueError(
                f"View({channel}={name!r}): there is no such column; "
                f"there is {', '.join(near[:MOST_NAMED]) or 'none'}{more}{_instead(view, there_is)}"
            )


def _instead(view: View, there_is: list[str]) -> str:
    """How to draw a table that has none of the usual columns."""
    if view != View() or len(there_is) < 2:
        return ""
    x, y = there_is[:2]
    return f". Say what to draw, for example view=carto.View({x!r}, {y!r}, None)"


def frame_of_dynamics(
    dynamics: Any,
    view: View,
    own: pd.DataFrame,
    before: Mapping[str, Domain] | None = None,
    few: Few | None = None,
    *,
    epochs: slice | None = None,
) -> Frame:
    """The frame of training dynamics.

    Args:
        dynamics: Training dynamics of N samples.
        view: Which columns are drawn.
        own: (N, ...) the user's columns.
        before: Axes until now, which may grow only.
        few: What was chosen for frames before.
        epochs: Of which epochs, by their numbers; None: all.

    Raises:
        ValueError: A column that does not exist, or that cannot be drawn.
    """
    check_names(view, names_of_dynamics(dynamics.signals, own))
    columns, n_observed = complete_columns(dynamics, view.names, own, before or {}, epochs)
    numbers = dynamics.epochs[chosen_epochs(dynamics, epochs)]
    return assembled(
        view,
        columns.__getitem__,
        epoch=int(numbers[-1]) if len(numbers) else None,
        n_unseen=int(np.count_nonzero(n_observed == 0)),
        kind=dynamics.kind,
        few=few,
    )


def frame_of_table(
    table: pd.DataFrame,
    view: View,
    before: Mapping[str, Domain] | None = None,
    few: Few | None = None,
) -> Frame:
    """The frame of a DataFrame's columns, row i of it being sample i.

    Args:
        table: (N, ...) numbers and categories.
        view: Which columns are drawn.
        before: Axes until now, which may grow only.
        few: What was chosen for frames before.

    Raises:
        ValueError: A column that the table does not have, or that cannot be drawn.
    """
    check_names(view, [name for name in table.columns if isinstance(name, str)])
    axes, n_observed = before or {}, None
    if "n_observed" in table:
        n_observed = table["n_observed"].to_numpy("float32", na_value=np.nan)

    def column(name: str) -> Column:
        return own_column(name, table[name], axes.get(name), n_observed)

    return assembled(view, column, few=few)
