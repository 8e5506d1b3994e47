"""Points as pixels: each drawn while they are few, how many lie where when they are many."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from carto_widget.pictures.markers import MARKERS, NAMES, Outline
from carto_widget.pictures.shapes import Points
from carto_widget.pictures.themes import NO_COLOR

EACH = 30_000  # points that are drawn one by one
_PHASES = 4  # places of a stamp within a pixel, each way
_FINER = 8  # a stamp's edge is drawn so much larger, then made small

Kind = tuple[int, int, float]  # code, mark, times the diameter
Pixels = NDArray[np.uint8]  # (height, width, 4) RGBA
Amount = NDArray[np.float64]  # (height, width)


def pixels_of(points: Points, scale: float) -> Pixels:
    """The points' box as an image, ``scale`` pixels to one CSS px."""
    width, height = (round(side * scale) for side in (points.box.width, points.box.height))
    if len(points.x) > EACH:
        return _density(points, width, height, scale)
    image = Image.new("RGBA", (width, height), (*points.edge, 0))
    x, y = (points.x - points.box.x) * scale, (points.y - points.box.y) * scale
    cells = np.floor(np.stack([x, y]) * _PHASES).astype(np.int64)
    places, phases = np.divmod(cells, _PHASES)
    stamps: dict[tuple[Kind, int, int], Image.Image] = {}
    for kind, left, top, right, down in zip(
        kinds_of(points), *places.tolist(), *phases.tolist(), strict=True
    ):
        key = (kind, right, down)
        if key not in stamps:
            stamps[key] = _stamp(points, *key, scale)
        half = stamps[key].width // 2
        _lay(image, stamps[key], left - half, top - half)
    return np.asarray(image)


def kinds_of(points: Points) -> Iterator[Kind]:
    """Code, mark and size of each point."""
    return zip(points.codes.tolist(), points.marks.tolist(), points.times.tolist(), strict=True)


def _lay(image: Image.Image, stamp: Image.Image, left: int, top: int) -> None:
    """The stamp over the image; what lies outside is cut off."""
    cut = (max(0, -left), max(0, -top))
    if cut[0] < stamp.width and cut[1] < stamp.height:
        image.alpha_composite(stamp, (max(0, left), max(0, top)), cut)


def _stamp(points: Points, kind: Kind, right: int, down: int, scale: float) -> Image.Image:
    """One point of a kind, its middle so many phases right of and below the stamp's middle."""
    code, mark, times = kind
    diameter = points.diameter * times
    outline = MARKERS[NAMES[mark]] * (diameter / 2 * scale)
    half = int(np.ceil(np.abs(outline).max() + scale)) + 1
    middle = np.array([half + (right + 0.5) / _PHASES, half + (down + 0.5) / _PHASES])
    side = 2 * half + 1
    inner = coverage(outline + middle, side)
    has_edge = points.diameter >= 3.4
    grown = 1 + has_edge * 0.5 / (diameter / 2)
    outer = coverage(outline * grown + middle, side)
    color, edge = points.palette[code].astype(float), np.array(points.edge, float)
    share = np.divide(inner, outer, out=np.zeros_like(inner), where=outer > 0)[..., None]
    strength = points.opacity * (inner + (outer - inner) * 0.7)
    pixels = np.dstack([edge + (color - edge) * share, 255 * strength])
    return Image.fromarray(np.floor(pixels + 0.5).astype(np.uint8))


def coverage(outline: Outline, side: int) -> NDArray[np.float64]:
    """(side, side) 0..1: how much of each pixel a filled outline covers."""
    large = Image.new("L", (side * _FINER, side * _FINER))
    corners = [tuple(corner) for corner in (outline * _FINER - 0.5).tolist()]
    ImageDraw.Draw(large).polygon(corners, fill=255)
    return np.asarray(large.reduce(_FINER), np.float64) / 255


# ---- many ----


def _density(points: Points, width: int, height: int, scale: float) -> Pixels:
    """How many samples lie where, as opacity; what they are on average, as colour."""
    column = np.clip(((points.x - points.box.x) * scale).astype(np.int64), 0, width - 1)
    row = np.clip(((points.y - points.box.y) * scale).astype(np.int64), 0, height - 1)
    at = row * width + column
    disk = _disk(points.diameter * scale)

    def laid(chosen: NDArray[np.bool_], weights: NDArray[np.float64] | None = None) -> Amount:
        """How much of the chosen points, each of its weight, lies on each pixel."""
        counts = np.bincount(at[chosen], weights, width * height).astype(np.float64)
        return _spread(counts.reshape(height, width), disk)

    every, has_color = np.ones(len(at), bool), points.codes != NO_COLOR
    n = laid(every)
    if points.is_ordered:
        n_colored = laid(has_color)
        mean = laid(has_color, points.codes[has_color].astype(float)) / np.maximum(n_colored, 1e-9)
        codes = np.where(n_colored > 1e-6, np.floor(mean + 0.5), NO_COLOR).astype(np.uint8)
        color = points.palette[codes].astype(float)
    else:
        channels = points.palette[points.codes].astype(float).T
        color = np.dstack([laid(every, one) for one in channels]) / np.maximum(n, 1e-9)[..., None]
    alpha = _opacity(n, points.opacity, points.most)
    return np.floor(np.dstack([color, 255 * alpha]) + 0.5).clip(0, 255).astype(np.uint8)


def _opacity(n: NDArray[np.float64], one: float, most: float) -> NDArray[np.float64]:
    """0..1 for ``n`` samples on a pixel: ``one`` for a single one, growing with the logarithm."""
    some = n[n > 1]
    dense = float(np.quantile(some, 0.995)) if len(some) else 2.0
    growth = np.log(np.maximum(n, 1)) / np.log(max(dense, 2.0))
    opacity: Amount = np.minimum(n, 1) * (one + (most - one) * np.minimum(growth, 1))
    return opacity


def _spread(counts: NDArray[np.float64], disk: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every count laid down as a disk."""
    half, (height, width) = len(disk) // 2, counts.shape
    padded = np.pad(counts, half)
    total = np.zeros_like(counts)
    for (dy, dx), weight in zip(product(range(len(disk)), repeat=2), disk.flat, strict=True):
        if weight:
            total += weight * padded[dy : dy + height, dx : dx + width]
    return total


@functools.cache
def _disk(diameter: float) -> NDArray[np.float64]:
    """An odd square of 0..1: how much of each pixel a disk covers."""
    half = int(np.ceil(diameter / 2 - 0.5))
    side = 2 * half + 1
    return coverage(MARKERS["circle"] * (diameter / 2) + side / 2, side)
