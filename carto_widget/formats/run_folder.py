"""Our own run folder."""

from __future__ import annotations

from pathlib import Path

from carto_widget.store.chosen import chosen_series
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.run import RunFolder

TITLE = "a run folder (run.json, ids/, dynamics/)"


def recognises(path: Path) -> bool:
    """A folder with a `run.json`."""
    return (path / "run.json").is_file()


def read(
    path: Path, split: str, mode: str | None, task: str | None, running: bool
) -> TrainingDynamics:
    """The training dynamics of a run; see `load`."""
    run = RunFolder.open(path)
    series = chosen_series(run.series(), split, mode, task)
    return TrainingDynamics.of_run(run, series, running=running)
