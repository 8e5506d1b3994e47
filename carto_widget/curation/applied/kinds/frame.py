"""pandas DataFrames: the index stays, the label column keeps its type where it can hold them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from carto_widget.curation.applied.edits import Edits
from carto_widget.curation.applied.plan import Plan
from carto_widget.curation.applied.source import Source

NAME = "a pandas DataFrame"
_USUAL = ("label", "labels", "gold", "target")


def recognises(dataset: Any) -> bool:
    return isinstance(dataset, pd.DataFrame)


def sources(frame: pd.DataFrame, edits: Edits) -> dict[str | None, Source]:
    return {None: source_of(frame, edits, "this DataFrame")}


def made(frame: pd.DataFrame, plans: dict[str | None, Plan]) -> pd.DataFrame:
    """A new frame; what was done stands in ``.attrs["carto"]``."""
    plan, new = plans[None], frame.copy()
    new[plan.source.gold] = relabelled(frame[plan.source.gold], plan)
    if plan.kept is not None:
        new = new.take(np.flatnonzero(plan.kept))
    new.attrs = {**frame.attrs, "carto": plan.account}
    return new


def source_of(frame: pd.DataFrame, edits: Edits, what: str) -> Source:
    """The samples of a frame: named by the column or index ``guid=``, else by the index.

    Raises:
        ValueError: There is no such column, or none that is likely to hold the labels.
    """
    gold, guid = _gold(frame, edits.way.gold), edits.way.guid
    labels = frame[gold]
    names = None
    if isinstance(labels.dtype, pd.CategoricalDtype):
        held = labels.cat.categories.tolist()
        names = held if all(isinstance(one, str) for one in held) else None
    return Source(
        what,
        gold,
        frame.index if guid is None else _named(frame, guid),
        lambda rows: labels.iloc[rows],
        names,
        lambda: labels.dropna().unique().tolist(),
        [name for name in frame.columns if isinstance(name, str)],
        lambda name, rows: frame[name].iloc[rows],
    )


def _gold(frame: pd.DataFrame, gold: Any) -> Any:
    """The column with the labels: the one that is named, else one with a usual name."""
    if gold is not None:
        return _checked(frame, gold, "gold")
    found = [name for name in _USUAL if name in frame]
    if len(found) != 1:
        raise ValueError(
            f"apply: which column holds the gold labels? Give gold=, one of {list(frame)[:20]}"
        )
    return _checked(frame, found[0], "gold")


def _named(frame: pd.DataFrame, guid: Any) -> Any:
    """(N,) the samples' names: a column, or an index of that name."""
    if guid in frame.index.names and guid not in frame:
        return frame.index.get_level_values(guid)
    return frame[_checked(frame, guid, "guid")]


def _checked(frame: pd.DataFrame, name: Any, option: str) -> Any:
    """A column's name.

    Raises:
        ValueError: There is none, or several.
    """
    n = list(frame.columns).count(name)
    if n != 1:
        there = "is no column" if not n else f"is the name of {n} columns"
        raise ValueError(f"apply: {option}={name!r} {there}; the columns are {list(frame)[:20]}")
    return name


def relabelled(labels: pd.Series[Any], plan: Plan) -> pd.Series[Any]:
    """A new column with the new labels, in its own words; all new classes become categories."""
    rows, codes = plan.relabelled
    names = plan.classes.names
    are_texts = names is not None and isinstance(_first(labels), str)
    values = np.array(names, object)[codes] if are_texts else codes
    if isinstance(labels.dtype, pd.CategoricalDtype):
        there = set(labels.cat.categories)
        every = names if are_texts else [*range(len(names or ())), *np.unique(codes).tolist()]
        made = labels.cat.add_categories(
            [one for one in dict.fromkeys(every or ()) if one not in there]
        )
        own = {one: one for one in made.cat.categories}  # True, where 1 is meant
        values = np.fromiter((own[one] for one in values.tolist()), object, len(values))
    elif are_texts:
        is_number = pd.api.types.is_numeric_dtype(labels.dtype)  # where all are missing
        made = labels.astype(object) if is_number and len(rows) else labels.copy()
    elif not len(rows):
        made = labels.copy()
    else:
        made = _roomy(labels, int(codes.max()))
        if pd.api.types.infer_dtype(made) == "boolean":
            values = codes.astype(bool)
        elif isinstance(made.dtype, np.dtype):
            values = codes.astype(made.dtype)
    if len(rows):
        made.iloc[rows] = values  # type: ignore[call-overload]  # an array of objects
    return made


def _first(labels: pd.Series[Any]) -> Any:
    if isinstance(labels.dtype, pd.CategoricalDtype):
        return next(iter(labels.cat.categories), None)
    is_there = labels.notna().to_numpy()
    return labels.iloc[int(is_there.argmax())] if is_there.any() else ""


def _roomy(labels: pd.Series[Any], highest: int) -> pd.Series[Any]:
    """A copy in the labels' type, or in one that also holds a number."""
    dtype: Any = labels.dtype
    if pd.api.types.infer_dtype(labels) == "boolean" and highest > 1:
        return labels.astype(np.int64 if dtype == np.dtype(bool) else "Int64")
    is_whole = pd.api.types.is_integer_dtype(dtype)
    if not is_whole or highest <= np.iinfo(getattr(dtype, "numpy_dtype", dtype)).max:
        return labels.copy()
    is_numpy = isinstance(dtype, np.dtype)
    return labels.astype(
        np.promote_types(dtype, np.min_scalar_type(highest)) if is_numpy else "Int64"
    )
