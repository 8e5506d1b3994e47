"""What sizes and shapes mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from carto_widget.pictures.legend import ROW, SMALL
from carto_widget.pictures.letters import clamped
from carto_widget.pictures.markers import LARGEST, MARKERS, SHAPES, SMALLEST
from carto_widget.pictures.shapes import Box, Polygon, Shape, Words
from carto_widget.pictures.themes import Theme, last_code
from carto_widget.views.dates import moment_text
from carto_widget.views.frame import Column, Frame

_HEAD, _GAP = 24.0, 18.0  # px of a title, and above it
_RADIUS = {"size": 2.4, "shape": 4.2}  # px of a point as large as most


@dataclass(frozen=True)
class Sign:
    """A marker, how many times as large as a point, and what it stands for."""

    name: str
    marker: str = "circle"
    times: float = 1.0


def signs_of(frame: Frame) -> dict[str, list[Sign]]:
    """Of "size" and "shape", where the view has them, what is told by which marker."""
    found = {}
    if (size := frame.columns.get("size")) is not None:
        last = last_code(size)
        codes = [0, round(last / 2), last] if last > 1 else [0, last][: last + 1]
        middle = (SMALLEST + LARGEST) / 2
        times = [SMALLEST, middle, LARGEST] if last > 1 else [SMALLEST, LARGEST]
        found["size"] = [
            Sign(_text(size, code), times=one) for code, one in zip(codes, times, strict=False)
        ]
    if (shape := frame.columns.get("shape")) is not None:
        found["shape"] = [
            Sign(name, marker) for name, marker in zip(shape.categories, SHAPES, strict=False)
        ]
    return found


def _text(column: Column, code: int) -> str:
    if column.kind == "category":
        return column.categories[code] if column.categories else ""
    low, high = column.domain
    value = low + (high - low) * code / max(1, last_code(column))
    if column.kind == "date":
        return moment_text(value)
    return f"{value:,.0f}" if column.kind == "count" else f"{value:,.3g}"


def height_of(signs: dict[str, list[Sign]]) -> float:
    """Px that they need."""
    return sum(_GAP + _HEAD + ROW * len(some) for some in signs.values())


def legend_of_marks(
    frame: Frame, signs: dict[str, list[Sign]], box: Box, theme: Theme
) -> Iterator[Shape]:
    """The shapes of a legend of sizes and shapes, as far as there is room."""
    y = box.y
    for channel, some in signs.items():
        y += _GAP
        if y + _HEAD + ROW > box.bottom:
            return
        title = clamped(frame.columns[channel].title, 12.5, box.width)
        yield Words(box.x, y + 12, title, 12.5, theme.ink)
        y += _HEAD
        for sign in some:
            if y + ROW > box.bottom:
                return
            outline = MARKERS[sign.marker] * _RADIUS[channel] * sign.times
            middle = np.array([box.x + 6, y + ROW / 2])
            yield Polygon(outline + middle, theme.quiet)
            text = clamped(sign.name, SMALL, box.width - 21)
            yield Words(box.x + 21, y + ROW / 2 + 4, text, SMALL, theme.ink)
            y += ROW
