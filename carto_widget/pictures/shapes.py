"""What a still is made of, in CSS pixels from its top left corner; PNG and SVG draw the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from carto_widget.pictures.markers import Outline
from carto_widget.pictures.themes import Rgb

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Box:
    """A rectangle without a colour."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True)
class Area:
    """A filled rectangle."""

    box: Box
    color: Rgb


@dataclass(frozen=True)
class Polygon:
    """A filled outline (K, 2)."""

    outline: Outline
    color: Rgb


@dataclass(frozen=True)
class Words:
    """One line of text; ``y`` is its baseline, ``halo`` the colour round its letters."""

    x: float
    y: float
    text: str
    size: float
    color: Rgb
    anchor: Anchor = "start"
    halo: Rgb | None = None


@dataclass(frozen=True)
class Points:
    """Samples, in the order in which they lie over each other.

    Attributes:
        box: Outside of which none reaches.
        x, y: (n,) float64, their middles.
        codes: (n,) uint8, their colours' codes.
        palette: (256, 3) uint8, the colour of each code.
        is_ordered: Lie the codes on a scale, so that a place has a mean of them?
        marks: (n,) uint8, index of its marker's name; 0 is the circle.
        times: (n,) float32, how many times the diameter it has.
        diameter: Of a circle.
        opacity: Of one point, 0..1.
        most: Of the place where they lie densest.
        edge: The colour round a point.
    """

    box: Box
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    codes: NDArray[np.uint8]
    palette: NDArray[np.uint8]
    is_ordered: bool
    marks: NDArray[np.uint8]
    times: NDArray[np.float32]
    diameter: float
    opacity: float
    edge: Rgb
    most: float = 0.97


Shape = Area | Polygon | Words | Points


@dataclass(frozen=True)
class Sheet:
    """A still as shapes, the last on top."""

    width: float
    height: float
    background: Rgb
    title: str
    shapes: list[Shape] = field(default_factory=list)
