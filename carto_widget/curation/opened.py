"""`ledger`: what was said of a run's samples, or what a file holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from carto_widget.curation.ledger import Ledger
from carto_widget.curation.samples.samples import of_dynamics
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.places.place import is_url
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


def ledger_path(given: str | os.PathLike[str] | None, run: str | None) -> Path:
    """Where a ledger is: if nobody says so, beside the run, else where one works.

    Args:
        given: The user's.
        run: The path of the run whose samples they are, where there is one.

    Raises:
        TypeError: ``given`` is no path.
        ValueError: ``given`` is not on this machine.
    """
    if given is not None and not isinstance(given, (str, os.PathLike)):
        raise TypeError(f"ledger={given!r}: expected a path or None, got {type(given).__name__}")
    if given is not None and is_url(os.fspath(given)):
        raise ValueError(f"ledger={os.fspath(given)!r}: expected a file on this machine")
    if given is not None:
        return Path(given)
    if run is None:
        return Path("carto-ledger.jsonl")
    name = run.rstrip("/\\")
    path = Path(name.rsplit("/", 1)[-1] if is_url(name) else name)
    return path.with_name(f"{path.name}.ledger.jsonl")


def _is_run(path: Any) -> bool:
    return (Path(path) / "run.json").is_file()


def _samples(path: Any, split: str, task: str | None) -> Any:
    run = RunFolder.open(path)
    dynamics = TrainingDynamics.of_run(run, chosen_series(run.series(), split, None, task))
    return of_dynamics(dynamics, run=Path(path).name, origin=str(run.description["run"]))
