"""The small pictures of docs/metrics.md: where each metric puts the quickstart's sentences.

Drawn by ``python docs/metrics.py --pictures``, which trains the quickstart's model first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from metrics_runs import Run, record, runs
from PIL import Image

import carto_widget as carto
from carto_widget.metrics.registry import built_in_names
from carto_widget.metrics.table import supported
from carto_widget.pictures.composed import diameter
from carto_widget.pictures.letters import width_of
from carto_widget.pictures.markers import MARKERS
from carto_widget.pictures.picture import Picture, picture_of
from carto_widget.pictures.png import png_of
from carto_widget.pictures.shapes import Area, Box, Points, Polygon, Shape, Sheet, Words
from carto_widget.pictures.themes import (
    NO_COLOR,
    THEMES,
    Theme,
    codes_of,
    colors,
    last_code,
    mixed,
)
from carto_widget.views.frame import Column
from carto_widget.views.tasks import drawing

FOLDER = Path(__file__).parent / "images" / "metrics"
SIZE = (240, 180)  # CSS px
PLOT = Box(9, 9, 222, 142)
SMALL = 9.5  # px, of letters
SCALE = 1.5
RAMP = 77  # px; 11 steps have a whole number each
COLORS = 32  # of points in a file
BEYOND = 0.01  # of the samples, at either end of a scale


def file_of(name: str, theme: str) -> Path:
    """Where the picture of a metric lies."""
    return FOLDER / (f"{name}.png" if theme == "light" else f"{name}-{theme}.png")


def draw() -> None:
    """Train, and draw every metric's picture on light and on dark."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        record(Path(folder))
        found = list(runs(Path(folder)))
        for name in built_in_names():
            picture = picture_of_metric(name, found)
            for theme in THEMES:
                file_of(name, theme).write_bytes(drawn(picture, THEMES[theme]))


def picture_of_metric(name: str, found: list[Run]) -> Picture:
    """The map of the first run that has a metric, coloured by it."""
    for source, kind in found:
        is_table = isinstance(source, pd.DataFrame)
        if name in (source if is_table else supported(source.signals)):
            view = drawing(kind).view
            return picture_of(source, carto.View(view.x, view.y, color=name), title=name)
    raise ValueError(f"no run has what {name!r} needs: record one")


def drawn(picture: Picture, theme: Theme) -> bytes:
    """The points on two bare axes, and under them what their colours mean."""
    color = _within(picture.frame.columns["color"])
    palette = colors(color, theme)
    sheet = Sheet(*SIZE, theme.background, picture.title)
    sheet.shapes.append(Area(Box(PLOT.x - 4, PLOT.bottom + 3, PLOT.width + 8, 1), theme.faint))
    sheet.shapes.append(Area(Box(PLOT.x - 4, PLOT.y - 4, 1, PLOT.height + 8), theme.faint))
    sheet.shapes.append(_points(picture, color, palette, theme))
    is_one = bool(np.nanmin(color.values) == np.nanmax(color.values))
    names = color.categories or [_number(color.domain[0], color)] * is_one
    sheet.shapes.extend(
        _names(names, color, palette, theme) if names else _scale(color, palette, theme)
    )
    image = Image.open(BytesIO(png_of(sheet, SCALE)))
    file = BytesIO()
    few = _few(np.vstack([palette[: last_code(color) + 1], palette[NO_COLOR]]), theme)
    image.quantize(palette=few, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _few(palette: Any, theme: Theme) -> Image.Image:
    """The colours of a file: some of the points', whole and half in the background, and words'."""
    chosen = palette[np.linspace(0, len(palette) - 1, min(len(palette), COLORS)).astype(int)]
    whole = [*map(tuple, chosen.tolist()), theme.quiet]
    mixes = [mixed(one, theme.background, share) for share in (1, 0.75, 0.5, 0.25) for one in whole]
    image = Image.new("P", (1, 1))
    image.putpalette([part for one in [theme.background, theme.faint, *mixes] for part in one])
    return image


def _within(color: Column) -> Column:
    """Numbers on a scale that leaves the farthest out; counts from the lowest to the highest."""
    if color.categories or color.steps:
        return color
    beyond = 0 if color.kind == "count" else BEYOND
    low, high = np.nanquantile(color.values, (beyond, 1 - beyond))
    return replace(color, domain=(float(low), float(high if high > low else low + 1)))


def _points(picture: Picture, color: Column, palette: Any, theme: Theme) -> Points:
    """The samples that have a place, in an order that no file gave them."""
    x, y = (picture.frame.columns[channel] for channel in ("x", "y"))
    rows = np.random.default_rng(0).permutation(np.flatnonzero(picture.is_drawn))
    codes = codes_of(color)
    rows = rows[np.argsort(codes[rows] != NO_COLOR, kind="stable")]  # those without a value below
    across, up = ((one.values[rows] - one.domain[0]) / np.ptp(one.domain) for one in (x, y))
    return Points(
        Box(0, 0, SIZE[0], PLOT.bottom + 8),
        PLOT.x + PLOT.width * across,
        PLOT.bottom - PLOT.height * up,
        codes[rows],
        palette,
        color.kind != "category",
        np.zeros(len(rows), np.uint8),
        np.ones(len(rows), np.float32),
        0.8 * diameter(len(rows), PLOT),
        0.8,
        theme.background,
    )


def _scale(color: Column, palette: Any, theme: Theme) -> Iterator[Shape]:
    """A ramp between two numbers."""
    low, high = (_number(end, color) for end in color.domain)
    n = color.steps or RAMP
    left, width, y = (SIZE[0] - RAMP) // 2, RAMP // n, SIZE[1] - 14
    for k in range(n):
        code = round(k * last_code(color) / (n - 1))
        area = Box(left + k * width, y, width - bool(color.steps), 6)
        yield Area(area, _rgb(palette, code))
    yield Words(left - 5, y + 6.5, low, SMALL, theme.quiet, "end")
    yield Words(left + n * width + 4, y + 6.5, high, SMALL, theme.quiet)
    if np.isnan(color.values).any():
        x = SIZE[0] - 8 - _width("missing")
        yield from _name("missing", _rgb(palette, NO_COLOR), x, theme)


def _number(value: float, color: Column) -> str:
    """In two digits; 0 where it is not told from it."""
    return "0" if abs(value) < 0.002 * np.ptp(color.domain) else f"{value:.2g}"


def _names(names: Sequence[str], color: Column, palette: Any, theme: Theme) -> Iterator[Shape]:
    """A dot and a name each."""
    codes = [*range(len(names))]
    if np.isnan(color.values).any():
        names, codes = [*names, "none"], [*codes, NO_COLOR]
    x = SIZE[0] / 2 - sum(map(_width, names)) / 2 - 5 * (len(names) - 1)
    for name, code in zip(names, codes, strict=True):
        yield from _name(name, _rgb(palette, code), x, theme)
        x += _width(name) + 10


def _name(name: str, color: Any, x: float, theme: Theme) -> Iterator[Shape]:
    y = SIZE[1] - 11
    yield Polygon(MARKERS["circle"] * 3 + (x + 3, y), color)
    yield Words(x + 9, y + 3.5, name, SMALL, theme.quiet)


def _width(name: str) -> float:
    return 9 + width_of(name, SMALL)


def _rgb(palette: Any, code: int) -> Any:
    return tuple(palette[code].tolist())
