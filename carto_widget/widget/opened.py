"""What a user hands to a map, opened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd

from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.places.place import is_url, place_of
from carto_widget.store.run.description import read_description
from carto_widget.store.run.following import Following, is_unfinished
from carto_widget.store.run.steering import read_marks
from carto_widget.store.snapshot import Cursor
from carto_widget.widget.compared import table_source
from carto_widget.widget.samples import require_names
from carto_widget.widget.source import DynamicsSource, LiveSource, Source


def opened(source: Any, *, samples: pd.DataFrame | None, **which: Any) -> Source:
    """As `source_of`, of DataFrames whose columns have a name each.

    Raises:
        TypeError: Samples that are no DataFrame.
        ValueError: Two columns have one name.
    """
    if samples is not None and not isinstance(samples, pd.DataFrame):
        raise TypeError(f"samples=: expected a DataFrame, got {type(samples).__name__}")
    require_names(samples, "samples")
    require_names(source, "DataMap")
    return source_of(source, samples=samples, **which)


def source_of(
    source: Any,
    *,
    samples: pd.DataFrame | None,
    split: str,
    mode: str | None,
    task: str | None,
) -> Source:
    """The source that a user's object is.

    Raises:
        TypeError: It is none of a recorder, training dynamics, a path and a DataFrame.
    """
    if callable(getattr(source, "snapshot", None)):
        return LiveSource(source, Cursor(split, mode, task), samples)
    if isinstance(source, TrainingDynamics):
        return DynamicsSource(source, samples)
    if isinstance(source, pd.DataFrame):
        return table_source(source, samples)
    if isinstance(source, (str, os.PathLike)):
        from carto_widget.formats.recognise import load

        path = os.fspath(source)
        is_run = is_url(path) or (Path(path) / "run.json").is_file()
        if is_run and is_unfinished(path, split):
            return LiveSource(Following(path), Cursor(split, mode, task), samples)
        marks = read_marks(path) if is_run else ()
        origin = read_description(place_of(path))["run"] if is_run else str(Path(path).resolve())
        dynamics = load(path, split, mode=mode, task=task)
        return DynamicsSource(dynamics, samples, path, marks, origin)
    raise TypeError(
        f"DataMap({type(source).__name__}): expected a Recorder, TrainingDynamics, the path of a "
        "run or a DataFrame"
    )
