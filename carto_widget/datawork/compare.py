"""Two runs, sample by sample: what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from carto_widget.datawork.change import changes, is_other, moved
from carto_widget.datawork.comparison import Comparison, chance, counted, listed
from carto_widget.datawork.parents import edits_between
from carto_widget.metrics.table import Epochs, chosen_epochs, supported, table
from carto_widget.store.dynamics import TrainingDynamics

NEEDED = ("confidence", "variability", "loss_mean", "n_observed", "region")
LABELS = ("gold", "prediction")
NO_CLASSES = ("regression", "token_classification", "language_modeling")


def compare(
    a: Any,
    b: Any,
    *,
    split: str = "train",
    metrics: str | Iterable[str] | None = None,
    epochs: Epochs = None,
    ledger: Any = None,
) -> Comparison:
    """Two runs sample by sample, those that moved farthest on the map first.

    A DataFrame indexed by guid, with every sample that either run has. Columns: `change`, one word
    that partitions the samples (`datawork.change.changes` says by which rules: "fixed", "broken",
    "easier", "harder", "same", "relabelled", "not observed", "only before", "only after");
    `moved`, how far the sample went on the data map, in units of probability; `flipped`, whether
    the latest predictions differ; `edited`, where a ledger is known, the decision about the sample
    ("keep", "relabel", "drop", "unsure"); then `..._before` and `..._after` of gold label,
    prediction, region and each metric.

    Classes are compared by name. `.attrs` counts what only one run has (`samples`, `classes`) and
    holds `notes`; `.summary` says it in words. `DataMap(compare(a, b))` draws it.

    Args:
        a: the run before: whatever `table` takes.
        b: the run after.
        split: which split of them.
        metrics: names of the metrics, as for `table`; those that the map and `change` need are
            always there.
        epochs: which epochs of both runs count, as for `table`.
        ledger: the edits between the runs: a ledger, or its path; without it the one that `again`
            noted, where b is known to be trained after a.

    Raises:
        ValueError: no guid that both runs have, or runs of different kinds of task.
    """
    load = import_module("carto_widget").load  # only the front door knows this room and formats
    before, after = load(a, split), load(b, split)
    if before.kind != after.kind:
        raise ValueError(
            f"compare: a learned {before.kind}, b {after.kind}; expected two runs of one task"
        )
    _require_common(before, after)
    pair = _paired(
        _table(before, metrics, epochs),
        _table(after, metrics, epochs),
        list(dict.fromkeys([*(before.label_names or []), *(after.label_names or [])])),
    )
    has_classes = before.kind not in NO_CLASSES and "prediction_before" in pair
    found = pair.assign(change=changes(pair, has_classes=has_classes), moved=moved(pair))
    if has_classes:
        is_known = pair[["prediction_before", "prediction_after"]].notna().all(axis=1)
        is_flipped = pd.Series(is_other(pair, "prediction"), pair.index, dtype="boolean")
        found["flipped"] = is_flipped.where(is_known)
    edited, notes = edits_between(a, b, ledger, pair.index, split)
    if edited is not None:
        found["edited"] = edited
    order = np.argsort(-found["moved"].to_numpy(), kind="stable")  # missing last
    made = Comparison(found.iloc[order][_told(found)])
    classes = _classes_of_one(before.label_names, after.label_names)
    made.attrs = {
        "samples": {
            "common": int((pair["is_before"] & pair["is_after"]).sum()),
            "only before": int((~pair["is_after"]).sum()),
            "only after": int((~pair["is_before"]).sum()),
        },
        "classes": classes,
        "epochs": {"before": len(before.epochs), "after": len(after.epochs)},
        "has_classes": has_classes,
        "notes": [*_differences(before, after, classes, epochs), *notes, *chance(made)],
    }
    return made


def _require_common(before: TrainingDynamics, after: TrainingDynamics) -> None:
    guids = [pd.Index(one.guid) for one in (before, after)]
    is_alike = before.guid.dtype == after.guid.dtype
    if is_alike and (guids[0].get_indexer(guids[1]) >= 0).any():
        return
    if not is_alike and guids[0].astype(str).isin(guids[1].astype(str)).any():
        why = f"guids of a are {_kind(before)}, of b {_kind(after)}, and never equal"
    else:
        why = "no guid is in both runs"
    raise ValueError(
        f"compare: {why}: a has {listed(map(repr, before.guid[:3].tolist()))}, ..., b "
        f"{listed(map(repr, after.guid[:3].tolist()))}, ...; expected two runs of one dataset, "
        "recorded with the same guid="
    )


def _kind(dynamics: TrainingDynamics) -> str:
    return "texts" if dynamics.guid.dtype == object else "integers"


def _table(
    dynamics: TrainingDynamics, metrics: str | Iterable[str] | None, epochs: Epochs
) -> pd.DataFrame:
    """As `table`, with what the map and the changes need."""
    needed = [name for name in NEEDED if name in supported(dynamics.signals)]
    if "loss_mean" not in needed and "confidence" not in needed:
        raise ValueError("compare: expected runs with gold labels, got signals of their own alone")
    if metrics is None or (isinstance(metrics, str) and metrics == "all"):
        found = table(dynamics, metrics, epochs=epochs)
        absent = [name for name in needed if name not in found]
        return found.join(table(dynamics, absent, epochs=epochs)[absent]) if absent else found
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    return table(dynamics, [*names, *(name for name in needed if name not in names)], epochs=epochs)


def _paired(first: pd.DataFrame, second: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    """Both tables over all guids, their classes in one list of names."""
    is_new = first.index.get_indexer(second.index) < 0
    index = first.index.append(second.index[is_new]).rename("guid")
    names = [name for name in first if name in second]
    labels = [name for name in LABELS if name in names and classes]
    wide, is_there = {}, {}
    for when, one in (("before", first), ("after", second)):
        named = one[names].assign(**{name: _named(one[name], classes) for name in labels})
        wide[when] = named.reindex(index)
        is_there[f"is_{when}"] = one.index.get_indexer(index) >= 0
    columns = {f"{name}_{when}": wide[when][name] for name in names for when in wide}
    return pd.DataFrame(columns | is_there, index=index)


def _named(labels: pd.Series[Any], names: list[str]) -> pd.Series[Any]:
    """Classes as categories of all names; those of a run without names by their number."""
    if isinstance(labels.dtype, pd.CategoricalDtype):
        return labels.cat.set_categories(names)
    if not pd.api.types.is_integer_dtype(labels.dtype):
        return labels
    codes = labels.to_numpy("int64", na_value=-1)
    more = [str(code) for code in range(len(names), int(codes.max(initial=-1)) + 1)]
    categories = pd.Index([*names, *more])
    return pd.Series(pd.Categorical.from_codes(codes, categories=categories), labels.index)


def _classes_of_one(
    before: Sequence[str] | None, after: Sequence[str] | None
) -> dict[str, list[str]]:
    """Classes that only one run has; none where one of them names none."""
    if before is None or after is None:
        return {"only before": [], "only after": []}
    return {
        "only before": [name for name in before if name not in after],
        "only after": [name for name in after if name not in before],
    }


def _told(found: pd.DataFrame) -> list[str]:
    """Its columns, what is told first in front."""
    pairs = [str(name) for name in found if str(name).endswith(("_before", "_after"))]
    pairs = [name for name in pairs if name not in ("is_before", "is_after")]
    first = ("gold_", "prediction_", "region_", "confidence_", "variability_")
    pairs.sort(key=lambda name: [not name.startswith(one) for one in first])
    return [name for name in ("change", "moved", "flipped", "edited") if name in found] + pairs


def _differences(
    before: TrainingDynamics,
    after: TrainingDynamics,
    classes: dict[str, list[str]],
    epochs: Epochs,
) -> Iterator[str]:
    """What differs between the runs beside the data."""
    sets = [one.epochs[chosen_epochs(one, epochs)].tolist() for one in (before, after)]
    if sets[0] != sets[1]:
        told = " and ".join(counted(len(one), "epoch") for one in sets)
        least = min(map(len, sets))
        yield (
            f"The runs have {told}, which alone moves samples: means over epochs differ. "
            f"compare(..., epochs=slice(0, {least})) takes the same of both."
        )
    if before.mode != after.mode:
        yield (
            f"One was recorded {before.mode}, the other {after.mode}: the two give different maps "
            "of one training."
        )
    for when, names in classes.items():
        if names:
            yield f"Classes {when}: {listed(names)}."
    if (before.label_names is None) != (after.label_names is None):
        yield "Only one run names its classes; those of the other are taken by their numbers."
