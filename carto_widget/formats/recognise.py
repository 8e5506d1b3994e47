"""`load`: training dynamics out of whatever holds them."""

from __future__ import annotations

import functools
import importlib
import os
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast, overload

from carto_widget.formats import hugging_face, run_folder
from carto_widget.formats.run_folder import may_be_run, salvaged
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.places.place import is_url
from carto_widget.store.run.chosen import chosen_series, require_series
from carto_widget.store.run.following import Following
from carto_widget.store.run.parts import Series
from carto_widget.store.run.run import Run

if TYPE_CHECKING:
    import pandas as pd


class Layout(Protocol):
    """What a file of this room offers."""

    TITLE: str

    def recognises(self, path: Path) -> bool: ...
    def read(
        self, path: Path, split: str, mode: str | None, task: str | None, running: bool
    ) -> TrainingDynamics: ...


class Table(Protocol):
    """What a file of this room offers that reads metrics another tool computed."""

    TABLE_TITLE: str

    def recognises_table(self, path: Path) -> bool: ...
    def read_table(self, path: Path) -> pd.DataFrame: ...


@overload
def load(
    source: Any,
    split: str = "train",
    *,
    mode: str | None = None,
    task: str | None = None,
    running: bool = False,
    follow: Literal[False] = False,
    on_damage: Literal["raise", "skip"] = "raise",
) -> TrainingDynamics: ...
@overload
def load(
    source: Any,
    split: str = "train",
    *,
    mode: str | None = None,
    task: str | None = None,
    running: bool = False,
    follow: Literal[True],
) -> Following: ...
def load(
    source: Any,
    split: str = "train",
    *,
    mode: str | None = None,
    task: str | None = None,
    running: bool = False,
    follow: bool = False,
    on_damage: Literal["raise", "skip"] = "raise",
) -> TrainingDynamics | Following:
    """Training dynamics of a run folder, a recorder, or a layout that another tool wrote.

    Args:
        source: a path (recognised by what lies there), the URL of a run (`s3://...`, whatever
            fsspec knows), a recorder, or training dynamics.
        split: which split.
        mode: "online" or "eval"; None takes online where there is any.
        task: which task; None takes the only one.
        running: with what is on record of the epoch in flight.
        follow: of a run that another process writes: an iterable that gives training dynamics each
            time that epochs have been sealed, and ends when the run does; its `.dynamics` are those
            of now, and `DataMap` draws it.
        on_damage: of a run: "raise", or "skip" what cannot be read: it is as if it had not been
            seen, and one warning names file, column, row group and how many rows. Everything of
            the split is read once.

    Raises:
        FileNotFoundError: nothing lies at the path.
        ValueError: nothing there is recognised, or the split, mode or task is not there or not
            unique; lists what there is.
        TypeError: a source of another kind.
    """
    if on_damage not in ("raise", "skip"):
        raise ValueError(f"load: on_damage={on_damage!r}, expected 'raise' or 'skip'")
    if follow:
        return _followed(source, split, mode, task)
    if isinstance(source, TrainingDynamics):
        require_series([Series(source.split, source.mode, source.task)], split, mode, task)
        return source
    if isinstance(source, (str, os.PathLike)):
        if on_damage == "skip" and may_be_run(source):
            return salvaged(source, split, mode, task, running)
        if is_url(source):
            return run_folder.read(source, split, mode, task, running)
        return _read(Path(source), split, mode, task, running)
    run = getattr(source, "run", None)
    if hasattr(run, "epochs") and (split, mode, task, running) != ("train", None, None, False):
        series = chosen_series(cast(Run, run).series(), split, mode, task)
        return TrainingDynamics.of_run(cast(Run, run), series, running=running)
    held = getattr(source, "dynamics", None)
    if isinstance(held, TrainingDynamics):
        return load(held, split, mode=mode, task=task)
    if hugging_face.is_in_memory(source):
        return hugging_face.dynamics_in_memory(source, split, mode, task)
    raise TypeError(
        f"load: {type(source).__name__}; expected a path, a recorder or TrainingDynamics. "
        "Arrays and DataFrames: TrainingDynamics.from_arrays, TrainingDynamics.from_frame"
    )


def _followed(source: Any, split: str, mode: str | None, task: str | None) -> Following:
    if not isinstance(source, (str, os.PathLike)):
        raise TypeError(
            f"load(follow=True): {type(source).__name__}; expected the path of a run. Inside the "
            "training's own process recorder.on_epoch calls a function at every epoch"
        )
    return Following(source, split, mode=mode, task=task)


def _read(
    path: Path, split: str, mode: str | None, task: str | None, running: bool
) -> TrainingDynamics:
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file or folder")
    for layout in layouts():
        if layout.recognises(path):
            return layout.read(path, split, mode, task, running)
    if any(one.recognises_table(path) for one in tables()):
        raise ValueError(f"{path}: metrics without training dynamics; carto.read_table reads them")
    known = "; ".join(layout.TITLE for layout in layouts() if layout.TITLE)
    raise ValueError(f"{path}: nothing that can be read as training dynamics. Known: {known}")


def layouts() -> tuple[Layout, ...]:
    """The layouts of this room, by file name."""
    return tuple(cast(Layout, one) for one in _modules() if hasattr(one, "recognises"))


def tables() -> tuple[Table, ...]:
    """The tables of metrics that this room reads, by file name."""
    return tuple(cast(Table, one) for one in _modules() if hasattr(one, "recognises_table"))


@functools.cache
def _modules() -> tuple[ModuleType, ...]:
    import carto_widget.formats as room

    names = sorted(module.name for module in pkgutil.iter_modules(room.__path__))
    return tuple(importlib.import_module(f"{room.__name__}.{name}") for name in names)
