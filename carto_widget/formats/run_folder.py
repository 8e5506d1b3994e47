"""Our own run folder."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.places.place import is_url
from carto_widget.store.run.chosen import chosen_series
from carto_widget.store.run.run import RunFolder
from carto_widget.store.run.salvage import Salvaged

TITLE = "a run folder (run.json, ids/, dynamics/)"


def recognises(path: Path) -> bool:
    """A folder with a `run.json`."""
    return (path / "run.json").is_file()


def read(
    path: str | PathLike[str], split: str, mode: str | None, task: str | None, running: bool
) -> TrainingDynamics:
    """The training dynamics of a run; see `load`."""
    run = RunFolder.open(path)
    series = chosen_series(run.series(), split, mode, task)
    return TrainingDynamics.of_run(run, series, running=running)


def may_be_run(path: str | PathLike[str]) -> bool:
    """A run, be it without its `run.json`."""
    return is_url(path) or recognises(Path(path)) or (Path(path) / "dynamics").is_dir()


def salvaged(
    path: str | PathLike[str], split: str, mode: str | None, task: str | None, running: bool
) -> TrainingDynamics:
    """The same of a damaged run; a warning names what is left out."""
    run = Salvaged.of(path)
    series = chosen_series(run.series(), split, mode, task)
    run.survey(split)
    return TrainingDynamics.of_run(run, series, running=running)
