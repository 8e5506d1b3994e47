"""Outlines of points: correctness is told by shape, too, in the paper's order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carto_widget.views.frame import Column

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


# Of about the same area and, the circle apart, weight.
MARKERS: dict[str, Outline] = {
    "circle": _regular(32, 1.0),
    "x": _cross(turned=True),
    "square": _regular(4, 1.26, 1 / 8),
    "plus": _cross(turned=False),
    "diamond": _regular(4, 1.36),
    "triangle": _regular(3, 1.5),
    "inverted_triangle": _regular(3, 1.5, 1 / 2),
}


def marker_names(column: Column, codes: NDArray[np.uint8]) -> dict[int, str]:
    """Code to the marker of its points.

    Fractions of epochs that take at most seven values have a marker each, as in the paper; of more
    values neighbours share one. Everything else is a circle.
    """
    if column.steps is None:
        return {}
    names = list(MARKERS)
    found = [code for code in range(column.steps) if (codes == code).any()]
    if len(found) <= len(names):
        return dict(zip(found, names, strict=False))
    return {code: names[code * len(names) // column.steps] for code in range(column.steps)}
