"""`ledger`: what was said of a run's samples, or what a file holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from carto_widget.curation.ledger import Ledger
from carto_widget.curation.place import ledger_path
from carto_widget.curation.samples import of_dynamics
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.run.chosen import chosen_series
from carto_widget.store.run.run import RunFolder


def ledger(
    run_or_path: str | os.PathLike[str],
    *,
    split: str = "train",
    task: str | None = None,
    reviewer: str | None = None,
) -> Ledger:
    """The ledger of a run, bound to its samples, or a file of edits.

    Args:
        run_or_path: A run's folder (its ledger is ``<run>.ledger.jsonl`` beside it), or the path of
            a ledger, which is made with the first edit.
        split: Of a run: whose samples.
        task: Of a run: by whose labels, where it has several.
        reviewer: Who writes; without it the user of this machine.

    Raises:
        TypeError: No path.
        ValueError: A path that is not on this machine, a folder that is no run's, or a run without
            such samples.
    """
    if not isinstance(run_or_path, (str, os.PathLike)):
        kind = type(run_or_path).__name__
        raise TypeError(f"ledger: expected the path of a run or of a ledger, got {kind}")
    if _is_run(run_or_path):
        found = Ledger(ledger_path(None, os.fspath(run_or_path)))
        found = found.of(_samples(run_or_path, split, task))
    elif Path(run_or_path).is_dir():
        raise ValueError(f"ledger: {run_or_path} is a folder, but not that of a run")
    else:
        found = Ledger(ledger_path(run_or_path, None))
    return found if reviewer is None else found.by(reviewer)


def _is_run(path: Any) -> bool:
    return (Path(path) / "run.json").is_file()


def _samples(path: Any, split: str, task: str | None) -> Any:
    run = RunFolder.open(path)
    dynamics = TrainingDynamics.of_run(run, chosen_series(run.series(), split, None, task))
    return of_dynamics(dynamics, run=Path(path).name, origin=str(run.description["run"]))
