"""What a picture shows: a frame, whose samples they are, and the words over it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.metrics.table import dynamics_of
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.views.complete import frame_of_dynamics, frame_of_table
from carto_widget.views.frame import Column, Frame
from carto_widget.views.tasks import drawing
from carto_widget.views.view import View

UNTITLED = "data map"


@dataclass(frozen=True)
class Picture:
    """A frame with what stands over it.

    Attributes:
        frame: Columns x, y and color of N samples.
        guid: (N,) whose they are.
        title: Of what it is the picture.
        n_epochs: Complete epochs; None where nothing is known of epochs.
        split: Whose samples.
        own: (N, ...) the user's columns.
        dynamics: Where the numbers are from.
        n_all: How many samples there are, of which these are some; None: these are all.
    """

    frame: Frame
    guid: NDArray[Any]
    title: str
    n_epochs: int | None = None
    split: str = "train"
    own: pd.DataFrame | None = None
    dynamics: TrainingDynamics | None = None
    n_all: int | None = None

    @property
    def is_drawn(self) -> NDArray[np.bool_]:
        """(N,) the samples that have a place."""
        return _has_place(self.frame.columns["x"]) & _has_place(self.frame.columns["y"])

    @property
    def subtitle(self) -> str:
        """How many samples and epochs, and how many samples have no place."""
        facts = [_counted(len(self.frame), "sample")]
        if self.n_all is not None:
            facts = [f"{len(self.frame):,} of {_counted(self.n_all, 'sample')}"]
        if self.n_epochs is not None:
            facts.append(_counted(self.n_epochs, "epoch"))
        if self.split != "train":
            facts.append(f"split {self.split}")
        gaps = len(self.frame) - int(self.is_drawn.sum())
        if gaps:
            never = gaps == self.frame.n_unseen
            facts.append(f"{gaps:,} {'never observed' if never else 'not drawn'}")
        return " · ".join(facts)


def part_of(picture: Picture, mask: NDArray[np.bool_]) -> Picture:
    """The picture of some of its samples, on the axes of all."""
    frame = picture.frame
    columns = {
        channel: replace(
            column,
            values=column.values[mask],
            waiting=None if column.waiting is None else column.waiting[mask],
        )
        for channel, column in frame.columns.items()
    }
    some = replace(frame, columns=columns, n_unseen=min(frame.n_unseen, int(mask.sum())))
    own = None if picture.own is None else picture.own[mask]
    guid, n_all = picture.guid[mask], len(frame)
    return replace(picture, frame=some, guid=guid, own=own, dynamics=None, n_all=n_all)


def _has_place(column: Column) -> NDArray[np.bool_]:
    """(N,) those with a value on the axis, or in the strip beside it."""
    has_value = ~np.isnan(column.values)
    return has_value if column.waiting is None else has_value | column.waiting


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def picture_of(
    source: Any, view: View | Mapping[str, Any] | None = None, *, title: str | None = None
) -> Picture:
    """The picture of training dynamics, a recorder, a path, or a DataFrame with the columns.

    Args:
        source: Whatever `table` takes, a DataFrame whose index names the samples, or a picture.
        view: What is drawn against what; without it the data map of the task.
        title: Of the picture; without it the name of the recorder's or the path's folder.

    Raises:
        ValueError: A view of columns that do not exist or cannot be drawn.
        TypeError: A source of another kind.
    """
    if isinstance(source, Picture):
        if view is not None:
            raise ValueError(f"view={view}: a map is drawn as it is; set datamap.view before")
        return source if title is None else replace(source, title=title)
    if isinstance(source, pd.DataFrame):
        frame = frame_of_table(source, View() if view is None else View.of(view))
        return Picture(frame, source.index.to_numpy(), title or UNTITLED, own=source)
    dynamics = dynamics_of(source)
    none = pd.DataFrame(index=pd.Index(dynamics.guid))
    return picture_of_dynamics(dynamics, view, none, title or name_of(source))


def picture_of_dynamics(
    dynamics: TrainingDynamics,
    view: View | Mapping[str, Any] | None,
    own: pd.DataFrame,
    title: str = "",
) -> Picture:
    """The picture of training dynamics with the user's columns, which their guids name."""
    chosen = drawing(dynamics.kind).view if view is None else View.of(view)
    if len(own) != len(dynamics.guid):
        own = own.reindex(dynamics.guid)
    frame = frame_of_dynamics(dynamics, chosen, own)
    n_epochs, split = len(dynamics.epochs), dynamics.split
    return Picture(frame, dynamics.guid, title or UNTITLED, n_epochs, split, own, dynamics)


def name_of(source: Any) -> str:
    """The name of the folder in which a source lies; empty where it lies in none."""
    path = source if isinstance(source, (str, os.PathLike)) else getattr(source, "path", None)
    return Path(path).resolve().name if path else ""
