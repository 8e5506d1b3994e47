"""Where everything of a still has its place."""

from __future__ import annotations

from dataclasses import dataclass

from carto_widget.pictures.shapes import Box
from carto_widget.views.frame import Column, Frame

SMALLEST, LARGEST = (240, 180), (5000, 5000)
EDGE = 18.0  # px that stay free all round
PAD = 7.0  # px round the data, so that a point on the border is drawn whole
HEAD = 60.0  # px of title and subtitle
TITLE_OF_Y = 24.0  # px above the plot
UNDER = 44.0  # px under the plot: numbers and title of x
HISTOGRAM = 44.0  # px
TOLD = ("color", "size", "shape")  # what a legend explains
GAP = 16.0  # px between plot and strip, plot and legend


@dataclass(frozen=True)
class Layout:
    """Boxes in CSS px.

    Attributes:
        plot: Where the axes' domains lie.
        x_strip, y_strip: Where samples stand that have no x, no y yet.
        above, beside: The histograms of x and y; None where there is no room.
        legend: None where there is no room.
    """

    plot: Box
    x_strip: Box
    y_strip: Box
    above: Box | None
    beside: Box | None
    legend: Box | None

    @property
    def inside(self) -> Box:
        """Where points may be: plot and strips with the room round them."""
        x, bottom = min(self.plot.x, self.x_strip.x), max(self.plot.bottom, self.y_strip.bottom)
        top, right = self.plot.y, self.plot.right
        return Box(x - PAD, top - PAD, right - x + 2 * PAD, bottom - top + 2 * PAD)


def require_room(size: tuple[float, float], least: tuple[int, int]) -> None:
    """Raise ValueError unless a picture of ``size`` has its parts and fits into memory."""
    if not all(low <= side <= high for low, side, high in zip(least, size, LARGEST, strict=True)):
        ends = [f"{width:g}x{height:g}" for width, height in (size, least, LARGEST)]
        raise ValueError("size={}: expected at least {}, at most {}".format(*ends))


def layout(frame: Frame, size: tuple[float, float], numbers: float) -> Layout:
    """Places of a picture of ``size``; ``numbers`` is the width of the longest on the y axis."""
    width, height = size
    has_histograms = width >= 560 and height >= 380
    key = 176.0 if width >= 720 else 132.0 if width >= 440 else 0.0
    if not any(frame.columns[one].title for one in TOLD if one in frame.columns):  # all alike
        key = 0.0
    left = EDGE + numbers + 10 + PAD
    right = width - EDGE - PAD - (key + GAP if key else 0)
    top = HEAD + TITLE_OF_Y + PAD
    if has_histograms:
        top += HISTOGRAM
        right -= HISTOGRAM
    bottom = height - EDGE - UNDER - PAD
    across = _strip(frame.columns["x"], right - left)
    along = _strip(frame.columns["y"], bottom - top) * 0.75
    plot = Box(
        left + across + GAP * (across > 0),
        top,
        max(1.0, right - left - across - GAP * (across > 0)),
        max(1.0, bottom - top - along - GAP * (along > 0)),
    )
    return Layout(
        plot,
        Box(left, plot.y, across, plot.height),
        Box(plot.x, plot.bottom + GAP * (along > 0), plot.width, along),
        Box(plot.x, HEAD, plot.width, HISTOGRAM) if has_histograms else None,
        Box(right + PAD, plot.y, HISTOGRAM, plot.height) if has_histograms else None,
        Box(width - EDGE - key, top - PAD, key, bottom - top + 2 * PAD) if key else None,
    )


def _strip(column: Column, length: float) -> float:
    """How thick the strip of an axis is."""
    if column.waiting is None or not column.waiting.any():
        return 0.0
    return min(96.0, max(52.0, 0.08 * length))
