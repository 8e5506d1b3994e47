"""The points of the Bokeh figure, what lies beneath them, and what each is told by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import CDSView, ColumnDataSource, IndexFilter
from bokeh.transform import linear_cmap
from numpy.typing import NDArray

from carto_widget.pictures.axis import spread
from carto_widget.pictures.figure_axes import STRIP, range_of
from carto_widget.pictures.markers import NAMES, marks_of, times_of
from carto_widget.pictures.picture import Picture
from carto_widget.pictures.raster import EACH, pixels_of
from carto_widget.pictures.sampled import SEED
from carto_widget.pictures.shapes import Box, Points
from carto_widget.pictures.themes import NO_COLOR, Theme, codes_of, colors, css
from carto_widget.pictures.told import golds, lines_to_read
from carto_widget.views.dates import moment_text
from carto_widget.views.frame import Column

Rows = NDArray[np.int64]
Table = dict[str, tuple[str, Column | None]]  # key in the source to title and column
SIDE = 480  # bins across and up of the image beneath
# A marker in Bokeh's words, its turn and its size, so that all weigh alike: Bokeh's own x has no
# area to fill, its own diamond is thin.
SIGNS: dict[str, tuple[str, float, float]] = {
    "circle": ("circle", 0.0, 1.0),
    "x": ("plus", np.pi / 4, 1.25),
    "square": ("square", 0.0, 0.9),
    "plus": ("plus", 0.0, 1.25),
    "diamond": ("square", np.pi / 4, 0.9),
    "triangle": ("triangle", 0.0, 1.15),
    "inverted_triangle": ("inverted_triangle", 0.0, 1.15),
    "star": ("star", 0.0, 1.4),
}


def told_of(picture: Picture, rows: Rows) -> tuple[Table, dict[str, Any]]:
    """What the table has a column for, and the values of these rows, one list or array a key."""
    frame, own = picture.frame, picture.own
    table: Table = {"guid": ("guid", None)}
    data: dict[str, Any] = {"guid": [str(guid) for guid in picture.guid[rows].tolist()]}
    drawn = {one.name: one for one in reversed([*frame.columns.values()]) if one.title}
    labels = None if "gold" in drawn else golds(picture)
    if labels is not None:
        table["gold"] = ("gold label", None)
        data["gold"] = [labels[row] for row in rows.tolist()]
    for i, (name, column) in enumerate(reversed(drawn.items())):
        key = f"value_{i}"
        table[key] = (column.title, column)
        is_grouped = column.n_other and own is not None and name in own
        values = own[name] if own is not None and is_grouped else None
        data[key] = _values(column, rows) if values is None else _texts(values.iloc[rows])
    line = lines_to_read(picture, rows)
    if line is not None and line[0] not in drawn:
        table["text"], data["text"] = (line[0], None), line[1]
    return table, data


def _texts(values: pd.Series[Any]) -> list[str]:
    return ["" if gap else str(one) for one, gap in zip(values, values.isna(), strict=True)]


def _values(column: Column, rows: Rows) -> Any:
    values = column.values[rows]
    if column.kind == "date":
        return ["" if np.isnan(value) else moment_text(value) for value in values.tolist()]
    if column.kind != "category":
        return values
    return ["" if np.isnan(v) else column.categories[int(v)] for v in values.tolist()]


def points_on(
    plot: Any, picture: Picture, rows: Rows, told: dict[str, Any], theme: Theme, *, over: bool
) -> list[Any]:
    """Draw these rows, in their order, the rarest marker on top; ``over`` an image of all.

    A renderer a marker, all of one source: Bokeh's WebGL mixes markers up where some of the
    points are selected.
    """
    frame = picture.frame
    x, y, color = (frame.columns[channel] for channel in ("x", "y", "color"))
    codes, scatter = codes_of(color), np.random.default_rng(SEED).random((2, len(rows)))
    side = float(np.clip(7 * (3700 / max(1, len(rows))) ** 0.15, 3.5, 10))
    marks, size = np.zeros(len(rows), np.uint8), np.full(len(rows), side, np.float32)
    if "shape" in frame.columns or len(rows) <= EACH:
        marks = marks_of(frame, codes)[rows]
        size *= np.array([SIGNS[name][2] for name in NAMES], np.float32)[marks]
    source = ColumnDataSource(
        {
            "x": _where(x, "x", rows, scatter[0]),
            "y": _where(y, "y", rows, scatter[1]),
            "color": codes[rows],
            "size": size * times_of(frame)[rows],
            **told,
        }
    )
    counts = np.bincount(marks, minlength=1)
    drawn = [mark for mark in np.argsort(-counts, kind="stable").tolist() if counts[mark]] or [0]
    palette = [css(one) for one in map(tuple, colors(color, theme).tolist())]
    look: dict[str, Any] = {
        "color": linear_cmap("color", palette, -0.5, NO_COLOR + 0.5),
        "fill_alpha": 0.75,
        "line_color": css(theme.background),
        "line_width": 0.0 if over else 0.5,
        "nonselection_fill_alpha": 0.08,
        "nonselection_line_alpha": 0.08,
        "selection_fill_alpha": 1.0,
    }
    made = []
    for mark in drawn:
        marker, angle, _ = SIGNS[NAMES[mark]]
        if len(drawn) > 1:
            look["view"] = CDSView(filter=IndexFilter(np.flatnonzero(marks == mark).tolist()))
        made.append(
            plot.scatter("x", "y", source=source, size="size", marker=marker, angle=angle, **look)
        )
    return made


def _where(column: Column, axis: str, rows: Rows, scatter: NDArray[np.float64]) -> Any:
    """Where on the axis samples stand, in the column's numbers."""
    low, high = column.domain
    along = spread(column, rows, axis)
    waits = STRIP[0] + scatter * (STRIP[1] - STRIP[0])
    at = low + np.where(np.isnan(along), waits, along) * (high - low)
    return at.astype(column.values.dtype)


def image_on(plot: Any, picture: Picture, theme: Theme) -> None:
    """Draw how many samples lie where, and what they are on average, of all that have a place."""
    frame = picture.frame
    x, y, color = (frame.columns[channel] for channel in ("x", "y", "color"))
    rows = np.flatnonzero(picture.is_drawn)
    scatter = np.random.default_rng(SEED).random((2, len(rows)))
    ends = [range_of(one) for one in (x, y)]
    places = [_where(x, "x", rows, scatter[0]), _where(y, "y", rows, scatter[1])]
    at = [
        (place.astype(np.float64) - end.start) / (end.end - end.start) * SIDE
        for place, end in zip(places, ends, strict=True)
    ]
    bins = Points(
        Box(0, 0, SIDE, SIDE),
        at[0],
        at[1],  # upwards, as Bokeh's rows of an image go
        codes_of(color)[rows],
        colors(color, theme),
        color.kind != "category",
        np.zeros(len(rows), np.uint8),
        np.ones(len(rows), np.float32),
        2.0,
        0.12,
        theme.background,
    )
    pixels = np.ascontiguousarray(pixels_of(bins, 1.0)).view(np.uint32)[..., 0]
    across, up = ends
    plot.image_rgba(
        [pixels],
        x=across.start,
        y=up.start,
        dw=across.end - across.start,
        dh=up.end - up.start,
        level="underlay",
    )
