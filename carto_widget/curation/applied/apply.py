"""``apply`` finds the file that knows a kind of dataset; files are found by being there."""

from __future__ import annotations

import pkgutil
from dataclasses import fields
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import pandas as pd

import carto_widget.curation.applied.kinds as room
from carto_widget.curation.applied.edits import Edits
from carto_widget.curation.applied.faults import require_fit
from carto_widget.curation.applied.plan import Plan
from carto_widget.curation.applied.way import Way


def apply(dataset: Any, edits: Edits, **options: Any) -> Any:
    """Something new of the same kind, in which the edits are done.

    Args:
        dataset: Left as it is.
        edits: What shall be done.
        **options: What the kind takes besides: ``to=`` and ``overwrite=`` of a file.

    Raises:
        TypeError: A dataset of a kind that is not known, or an option that it does not take.
        ValueError: Some edits do not fit; nothing is applied.
    """
    kind = kind_of(dataset)
    strangers = set(options) - set(getattr(kind, "OPTIONS", ()))
    if strangers:
        takes = [*(one.name for one in fields(Way)), *getattr(kind, "OPTIONS", ())]
        raise TypeError(
            f"apply: {', '.join(sorted(strangers))}= is not known for {kind.NAME}, "
            f"which takes {', '.join(f'{one}=' for one in takes)}"
        )
    plans = plans_of(dataset, edits)
    require_fit(plans.values())
    return kind.made(dataset, plans, **options)


def previewed(dataset: Any, edits: Edits) -> pd.DataFrame:
    """What would be done with each decided sample; of several splits a column ``split`` says
    whose."""
    plans = plans_of(dataset, edits)
    if list(plans) == [None]:
        return plans[None].frame
    return pd.concat([plan.frame.assign(split=split) for split, plan in plans.items()])


def plans_of(dataset: Any, edits: Edits) -> dict[str | None, Plan]:
    """What would be done with each split; None: there is but one, without a name."""
    found = kind_of(dataset).sources(dataset, edits)
    return {split: edits.of_split(split).plan(source) for split, source in found.items()}


def kind_of(dataset: Any) -> ModuleType:
    """The file that knows it.

    Raises:
        TypeError: There is none.
    """
    known = kinds()
    for kind in known:
        if kind.recognises(dataset):
            return kind
    raise TypeError(
        f"apply got a {type(dataset).__module__}.{type(dataset).__qualname__}, expected one of: "
        f"{', '.join(kind.NAME for kind in known)}. ledger.decisions() is a DataFrame, to apply "
        "them yourself"
    )


@cache
def kinds() -> tuple[ModuleType, ...]:
    """The files in ``kinds/`` that know a dataset, none of which imports its package."""
    names = sorted(module.name for module in pkgutil.iter_modules(room.__path__))
    files = [import_module(f"{room.__name__}.{name}") for name in names]
    return tuple(file for file in files if hasattr(file, "recognises"))
