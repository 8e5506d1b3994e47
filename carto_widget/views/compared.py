"""Tables in which a sample has two places, or a spread: what is drawn of them."""

from __future__ import annotations

import pandas as pd

from carto_widget.views.tasks import drawing
from carto_widget.views.view import View

MOMENTS = ("before", "after")
QUIET = {"change": ("same", "not observed"), "verdict": ("steady", "too few runs")}
_ELLIPSE = {"major", "minor", "angle", "verdict"}


def paired(table: pd.DataFrame) -> list[str]:
    """Names with a column of before and one of after."""
    last = f"_{MOMENTS[0]}"
    names = [str(name).removesuffix(last) for name in table.columns if str(name).endswith(last)]
    return [name for name in names if f"{name}_{MOMENTS[1]}" in table]


def usual_view(table: pd.DataFrame) -> View | None:
    """How a comparison or a table of spreads is drawn by default; None of another table."""
    if "change" in table and (names := paired(table)):
        views = (drawing(kind).view for kind in ("multiclass", "regression"))
        axes = next(((v.x, v.y) for v in views if {v.x, v.y} <= {*names}), None)
        return View(*axes, "change") if axes else None
    if {*table.columns} >= _ELLIPSE and len(spread := _spread(table)) == 2:
        return View(spread[1], spread[0], "verdict")
    return None


def at(table: pd.DataFrame, moment: str) -> pd.DataFrame:
    """The table with what it pairs as it was at a moment, under its bare name."""
    found = {name: table[f"{name}_{moment}"] for name in paired(table)}
    return table.assign(**found)


def without_seldom(table: pd.DataFrame) -> pd.DataFrame:
    """The table without the last words of `change` and `verdict` where no sample has them."""
    found = {}
    for name in QUIET:
        if name in table and isinstance(table[name].dtype, pd.CategoricalDtype):
            words, codes = table[name].cat.categories, table[name].cat.codes
            last = codes.to_numpy().max(initial=-1)
            found[name] = table[name].cat.set_categories(words[: last + 1])
    return table.assign(**found)


def _spread(table: pd.DataFrame) -> list[str]:
    """The columns that have a spread beside them: up and across, where all are there."""
    return [str(name) for name in table.columns if f"{name}_spread" in table]
