"""What a picture shows: a frame, whose samples they are, and the words over it."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.metrics.table import dynamics_of
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.views.bands import along
from carto_widget.views.complete import frame_of_dynamics, frame_of_table
from carto_widget.views.few import Few
from carto_widget.views.frame import Column, Domain, Frame
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
        in_sight: (N,) bool, those that are shown; None: all.
        selected: (N,) bool; None: nothing is selected.
        ranges: "x", "y" to the numbers from one end of the axis to the other, where these are not
            the column's.
    """

    frame: Frame
    guid: NDArray[Any]
    title: str
    n_epochs: int | None = None
    split: str = "train"
    own: pd.DataFrame | None = None
    dynamics: TrainingDynamics | None = None
    in_sight: NDArray[np.bool_] | None = None
    selected: NDArray[np.bool_] | None = None
    ranges: Mapping[str, Domain] = field(default_factory=dict)

    @cached_property
    def is_in_sight(self) -> NDArray[np.bool_]:
        """(N,) the samples that are shown, wherever they stand."""
        return np.ones(len(self.frame), bool) if self.in_sight is None else self.in_sight

    @cached_property
    def is_drawn(self) -> NDArray[np.bool_]:
        """(N,) those of them that have a place between the ends of both axes."""
        return self.is_in_sight & self._has_place("x") & self._has_place("y")

    def _has_place(self, axis: str) -> NDArray[np.bool_]:
        """(N,) those with a value on the axis, or in the strip beside it."""
        column = self.frame.columns[axis]
        has_value = ~np.isnan(column.values)
        if axis in self.ranges:
            (low, high), at = self.ranges[axis], along(column, axis)
            has_value = (low <= at) & (at <= high)
        return has_value if column.waiting is None else has_value | column.waiting

    def axis(self, axis: str) -> Column:
        """The column that lies on an axis, with the ends of the axis as its domain."""
        column = self.frame.columns[axis]
        if axis not in self.ranges:
            return column
        kind = "continuous" if column.kind == "steps" else column.kind
        return replace(column, domain=self.ranges[axis], kind=kind)

    @property
    def subtitle(self) -> str:
        """How many samples and epochs, and how many samples have no place."""
        of, n = len(self.frame), int((self.is_drawn if self.ranges else self.is_in_sight).sum())
        facts = [f"{n:,} of {_counted(of, 'sample')}" if n < of else _counted(n, "sample")]
        if self.n_epochs is not None:
            facts.append(_counted(self.n_epochs, "epoch"))
        if self.split != "train":
            facts.append(f"split {self.split}")
        gaps = n - int(self.is_drawn.sum())
        if gaps:
            never = gaps == self.frame.n_unseen
            facts.append(f"{gaps:,} {'never observed' if never else 'not drawn'}")
        if self.selected is not None:
            facts.append(f"{int(self.selected.sum()):,} selected")
        return " · ".join(facts)


def zoomed(picture: Picture, ranges: Mapping[str, Domain]) -> Picture:
    """The picture on axes from one number to another.

    Args:
        picture: On axes that show all.
        ranges: "x", "y" to the ends of the axis; an axis that is not there stays as it is.

    Raises:
        ValueError: Ends that are no numbers, or not one below the other.
    """
    for axis, (low, high) in ranges.items():
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ValueError(f"{axis} from {low} to {high}: expected the lower end first")
    return replace(picture, ranges=ranges)


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
    *,
    axes: Mapping[str, Domain] | None = None,
    few: Few | None = None,
) -> Picture:
    """The picture of training dynamics with the user's columns, which their guids name.

    Args:
        dynamics, view, own, title: Of what, what is drawn, the user's columns, what stands over it.
        axes, few: Of a map that shows it, so that the same stands at the same place.
    """
    chosen = drawing(dynamics.kind).view if view is None else View.of(view)
    if len(own) != len(dynamics.guid):
        own = own.reindex(dynamics.guid)
    frame = frame_of_dynamics(dynamics, chosen, own, axes, few)
    n_epochs, split = len(dynamics.epochs), dynamics.split
    return Picture(frame, dynamics.guid, title or UNTITLED, n_epochs, split, own, dynamics)


def name_of(source: Any) -> str:
    """The name of the folder in which a source lies; empty where it lies in none."""
    path = source if isinstance(source, (str, os.PathLike)) else getattr(source, "path", None)
    return Path(path).resolve().name if path else ""
