"""Is this the dataset that the run was recorded on? Rows are never matched across datasets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from carto_widget.record.identity.split import Split
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.ids_hash import chained_hash
from carto_widget.store.run.run import Run
from carto_widget.store.run.samples import note_hashes

SETTINGS = {"every": 1, "checkpoint_every": None, "compact": False}  # where a run says nothing


def same_samples(known: Split, ids: Ids, root: Any, *, has_names: bool) -> None:
    """Raise unless a second tracked loader of a split has the samples of the first.

    Raises:
        ValueError: Another dataset whose guids are row numbers, or other samples.
    """
    if known.root is not root and not has_names:
        raise ValueError(
            f"split {known.name!r} was tracked with another dataset object, and without guids row "
            "numbers cannot tell whether it is the same: give guid= or samples=, or another split="
        )
    if not np.isin(ids.guid, known.ids.guid).all():
        raise ValueError(
            f"this loader reaches samples that split {known.name!r} did not have when it was first "
            "tracked: track a loader over all of them first, or use another split="
        )


def compare_with_record(run: Run, split: Split) -> None:
    """Raise unless a resumed run was recorded on these samples; take over its labels.

    Raises:
        ValueError: Other samples than those on record.
    """
    stored = run.ids(split.name)
    if stored is None:
        return
    if split.is_growing:
        split.sample_of(stored.guid)
    elif not _are_equal(stored, split.ids):
        raise ValueError(
            f"{run.path} was recorded on {len(stored)} samples of split {split.name!r} that are "
            f"not the {len(split.ids)} given now: record another dataset as a new run"
        )
    said = run.description.get("fingerprint", {}).get(split.name, {})
    split.recorded_choice = said.get("chosen")
    for series in run.series():
        if series.split == split.name and run.epochs(series):
            known = TrainingDynamics.of_run(run, series)
            split.known_from(series.task, known.gold_key, known.gold)


def _are_equal(a: Ids, b: Ids) -> bool:
    return np.array_equal(a.guid, b.guid) and (
        a.sample is None or b.sample is None or np.array_equal(a.sample, b.sample)
    )


def same_task(run: Run, declared: Any) -> None:
    """Raise unless a resumed run learns the same."""
    stored = run.description.get("task", declared)
    if stored != declared:
        raise ValueError(
            f"{run.path} was recorded with task={stored!r}, not {declared!r}: record another task "
            "as a new run"
        )


def same_settings(run: Run, settings: Mapping[str, int | None]) -> None:
    """Raise unless a resumed run counts its epochs alike, and keeps its rows alike."""
    for name, now in settings.items():
        stored = run.description.get(name, SETTINGS[name])
        if stored != now:
            raise ValueError(
                f"{run.path} was recorded with {name}={stored}, not {now}: go on with {stored}, or "
                "record a new run"
            )


def same_label_names(run: Run, label_names: Any) -> None:
    """Raise unless a resumed run has these label names; name them where it has none yet."""
    stored = run.description.get("label_names")
    if stored is not None and label_names is not None and stored != label_names:
        raise ValueError(
            f"{run.path} was recorded with label_names={stored}, not {label_names}: record another "
            "label set as a new run"
        )
    if stored is None and label_names is not None:
        run.describe(label_names=label_names)


def note(run: Run, split: Split) -> None:
    """Put rows, guids, gold labels and choice of a split into ``run.json``, as hashes."""
    fingerprint = dict(run.description.get("fingerprint", {}))
    known = fingerprint.get(split.name)
    if known is None or (split.is_growing and known["rows"] != len(split.ids)):
        labels = split.labels_of(next(iter(split.tasks), "main"))
        gold = hashlib.sha256(labels.astype("<i4").tobytes()).hexdigest()
        guid = chained_hash("", split.ids)
        if split.samples is not None and split.ids.sample is not None:
            note_hashes(run, split.name, split.samples, split.ids.sample)
        now = {"rows": len(split.ids), "guid": guid, "gold": gold, "chosen": split.choice}
        run.describe(fingerprint=fingerprint | {split.name: now})
