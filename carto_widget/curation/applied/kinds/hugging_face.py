"""Hugging Face datasets: features follow, and of a DatasetDict each split gets its own edits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from carto_widget.curation.applied.edits import Edits
from carto_widget.curation.applied.kinds.frame import relabelled
from carto_widget.curation.applied.plan import Plan
from carto_widget.curation.applied.source import Source
from carto_widget.curation.file.entry import DECISIONS

NAME = "a Hugging Face Dataset or DatasetDict"
_USUAL = ("label", "labels", "gold", "target")


def recognises(dataset: Any) -> bool:
    return any(
        kind.__module__.partition(".")[0] == "datasets"
        and kind.__name__ in ("Dataset", "DatasetDict", "IterableDataset", "IterableDatasetDict")
        for kind in type(dataset).__mro__
    )


def sources(dataset: Any, edits: Edits) -> dict[str | None, Source]:
    """Samples are named by the column ``guid=``, else by their rows."""
    if "Iterable" in type(dataset).__name__:
        raise TypeError(
            "apply got a streamed dataset, whose samples have no rows: load it without streaming"
        )
    if not isinstance(dataset, dict):
        return {None: _source(dataset, edits)}
    there = [split for split in edits.splits() if len(edits.held(split).rows(*DECISIONS))]
    if set(there) - set(dataset):
        raise ValueError(
            f"apply: the ledger's decisions are about {_listed(there)}, the DatasetDict has "
            f"{_listed(dataset)}; give it all of these splits, or one split alone as a Dataset"
        )
    return {split: _source(one, edits) for split, one in dataset.items()}


def made(dataset: Any, plans: dict[str | None, Plan]) -> Any:
    """A new dataset with its ``carto``, what was done. Of a DatasetDict every split gets its own
    edits, and all get the features of the new classes."""
    if not isinstance(dataset, dict):
        return _made(dataset, plans[None])
    new: Any = type(dataset)()
    for split, plan in plans.items():
        new[split] = _made(dataset[split], plan)
    new.carto = {split: one.carto for split, one in new.items()}
    return new


def _listed(names: Any) -> str:
    return ", ".join(repr(str(name)) for name in names) or "no split"


def _source(dataset: Any, edits: Edits) -> Source:
    gold, guid = _gold(dataset, edits.way.gold), edits.way.guid
    if guid is not None and guid not in dataset.column_names:
        raise ValueError(f"apply: guid={guid!r} is no column; they are {dataset.column_names}")
    labels = _column(dataset, gold)
    return Source(
        f"split {dataset.split}" if dataset.split else "this Dataset",
        gold,
        np.arange(len(dataset)) if guid is None else _column(dataset, guid),
        lambda rows: labels.take(rows).to_pandas(),
        getattr(dataset.features[gold], "names", None),
        lambda: [one for one in labels.unique().to_pylist() if one is not None],
        dataset.column_names,
        lambda name, rows: _column(dataset.select(rows), name),
    )


def _gold(dataset: Any, gold: Any) -> str:
    """The column of the labels: the one that is named, the only ClassLabel, or a usual name."""
    there = dataset.column_names
    named = [name for name, one in dataset.features.items() if type(one).__name__ == "ClassLabel"]
    usual = [name for name in _USUAL if name in there]
    found = [gold] if gold is not None else named if len(named) == 1 else usual
    if len(found) != 1 or found[0] not in there:
        said = f"gold={gold!r} is no column" if gold is not None else "give gold=, one"
        raise ValueError(f"apply: which column holds the gold labels? {said} of {there}")
    name: str = found[0]
    return name


def _column(dataset: Any, name: str) -> Any:
    """A column as it lies on disk: images are not decoded."""
    return dataset.select_columns([name]).with_format("arrow")[:][name]


def _made(dataset: Any, plan: Plan) -> Any:
    gold = plan.source.gold
    names = getattr(dataset.features[gold], "names", None)
    is_changed = len(plan.relabelled[0]) or names not in (None, plan.classes.names)
    new = _relabelled(dataset, gold, plan) if is_changed else dataset
    new = new.select(range(len(new)) if plan.kept is None else np.flatnonzero(plan.kept))
    new.carto = plan.account
    return new


def _relabelled(dataset: Any, gold: str, plan: Plan) -> Any:
    """The same rows with a new column of labels."""
    import datasets

    feature, labels = dataset.features[gold], _column(dataset, gold)
    values = pa.array(relabelled(pd.Series(labels, dtype=pd.ArrowDtype(labels.type)), plan))
    if hasattr(feature, "names"):
        feature = datasets.ClassLabel(names=plan.classes.names)
    elif values.type != labels.type:
        feature = datasets.Value(str(values.type))
    column = datasets.Dataset.from_dict(
        {gold: values.to_pylist()}, features=datasets.Features({gold: feature})
    )
    rest = dataset.with_format(None).remove_columns(gold)
    parts = [rest, column] if len(dataset) else [_empty(rest, column)]  # no rows are left out
    new = datasets.concatenate_datasets(parts, axis=1, split=dataset.split)
    held = dataset.format
    return new.select_columns(dataset.column_names).with_format(
        held["type"], held["columns"], held["output_all_columns"], **held["format_kwargs"]
    )


def _empty(rest: Any, column: Any) -> Any:
    """The columns of both, of no rows."""
    import datasets

    features = datasets.Features({**rest.features, **column.features})
    return datasets.Dataset.from_dict({name: [] for name in features}, features=features)
