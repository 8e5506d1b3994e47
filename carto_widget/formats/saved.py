"""`save`: training dynamics in a layout that other tools read."""

from __future__ import annotations

import os
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from carto_widget.formats import arrays, hugging_face, json_lines, long_frame
from carto_widget.formats.recognise import load
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.places.place import path_here

_WRITERS: dict[str, Callable[[TrainingDynamics, Path, str], None]] = {
    name: writer.write
    for writer in (json_lines, long_frame, arrays, hugging_face)
    for name in writer.FORMATS
}


def save(dynamics: Any, path: str | os.PathLike[str], format: str | None = None) -> None:  # noqa: A002  # the word that numpy, pandas and pyarrow use
    """Write training dynamics in a layout that other tools, and `load`, read.

    Args:
        dynamics: training dynamics, or whatever `load` takes.
        path: a file for "parquet", "csv" and "npz"; for "jsonl" a folder, in which
            `training_dynamics/dynamics_epoch_<N>.jsonl` are written as the original paper's code
            does, and beside it `training_dynamics.txt`: how precise the logits are, and whether
            the original's own code reads them rightly; for "huggingface" a folder that
            `datasets.load_from_disk` opens, a row a sample.
        format: "jsonl", "parquet", "csv", "npz" or "huggingface"; without it by the path's suffix,
            "jsonl" where it has none.

    Raises:
        ValueError: an unknown format, training dynamics that the format cannot hold, or a folder
            with epochs in it, or a URL.
        TypeError: `dynamics` is nothing that `load` takes.
    """
    path = path_here(path)
    how = format or path.suffix.removeprefix(".").lower() or "jsonl"
    if how not in _WRITERS or (how == "jsonl" and path.suffix == ".jsonl"):
        nearest = get_close_matches(how, _WRITERS, 1, 0)[0]
        raise ValueError(
            f"save: {path.name!r} as {how!r}; the formats are {', '.join(_WRITERS)} (jsonl: a "
            f"folder). Did you mean format={nearest!r}?"
        )
    _WRITERS[how](load_any(dynamics), path, how)


def load_any(source: Any) -> TrainingDynamics:
    """The training dynamics themselves, of whichever split, or what `load` makes of a source."""
    return source if isinstance(source, TrainingDynamics) else load(source)
