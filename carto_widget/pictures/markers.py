"""Outlines of points: of a view's shape, else of correctness in the paper's order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carto_widget.pictures.themes import NO_COLOR, codes_of, last_code
from carto_widget.views.frame import Column, Frame

Outline = NDArray[np.float64]  # (K, 2), y downwards


def _regular(corners: int, radius: float, turned: float = 0.0) -> Outline:
    at = 2 * np.pi * (np.arange(corners) / corners + turned)
    return radius * np.stack([np.sin(at), -np.cos(at)], axis=1)


def _cross(turned: bool) -> Outline:
    arm, half = 1.25, 0.36
    corner = [(half, half), (half, arm), (-half, arm)]
    quarters = [np.array(corner) @ _turn(k * np.pi / 2) for k in range(4)]
    return np.concatenate(quarters) @ _turn(np.pi / 4 if turned else 0.0)


def _turn(angle: float) -> NDArray[np.float64]:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _star() -> Outline:
    corners = _regular(10, 1.5)
    corners[1::2] *= 0.72 / 1.5
    return corners


# Of about the same area and, the circle apart, weight.
MARKERS: dict[str, Outline] = {
    "circle": _regular(32, 1.0),
    "x": _cross(turned=True),
    "square": _regular(4, 1.26, 1 / 8),
    "plus": _cross(turned=False),
    "diamond": _regular(4, 1.36),
    "triangle": _regular(3, 1.5),
    "inverted_triangle": _regular(3, 1.5, 1 / 2),
    "star": _star(),
}
NAMES = tuple(MARKERS)
_OF_STEPS = [name for name in NAMES if name != "star"]  # the paper's, in its order
# Of the shape codes 0, 1, ...: as the map in a page has them.
SHAPES = ("circle", "square", "diamond", "triangle", "plus", "x", "inverted_triangle", "star")
SMALLEST, LARGEST = 0.6, 2.4  # times a point's diameter
_SIZES = 12  # from one to the other


def marker_names(column: Column, codes: NDArray[np.uint8]) -> dict[int, str]:
    """Code to the marker of its points.

    Fractions of epochs that take at most seven values have a marker each, as in the paper; of more
    values neighbours share one. Everything else is a circle.
    """
    if column.steps is None:
        return {}
    names = _OF_STEPS
    found = [code for code in range(column.steps) if (codes == code).any()]
    if len(found) <= len(names):
        return dict(zip(found, names, strict=False))
    return {code: names[code * len(names) // column.steps] for code in range(column.steps)}


def marks_of(frame: Frame, codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N,) index into ``NAMES``: of the view's shape, without one of the colours' codes."""
    shape = frame.columns.get("shape")
    table = np.zeros(256, np.uint8)
    if shape is None:
        for code, name in marker_names(frame.columns["color"], codes).items():
            table[code] = NAMES.index(name)
        return table[codes]
    for code in range(NO_COLOR):
        table[code] = NAMES.index(SHAPES[code % len(SHAPES)])
    return table[codes_of(shape)]


def times_of(frame: Frame) -> NDArray[np.float32]:
    """(N,) so many times a point's diameter, in steps; the smallest where there is no size."""
    size = frame.columns.get("size")
    if size is None:
        return np.ones(len(frame), np.float32)
    codes, last = codes_of(size), max(1, last_code(size))
    step = np.floor(np.where(codes == NO_COLOR, 0, codes) * (_SIZES / last) + 0.5) / _SIZES
    return (SMALLEST + (LARGEST - SMALLEST) * step).astype(np.float32)
