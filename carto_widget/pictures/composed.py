"""A picture as the shapes of a still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from carto_widget.pictures.axis import histogram, spread, ticks
from carto_widget.pictures.layout import EDGE, PAD, SMALLEST, Layout, layout, require_room
from carto_widget.pictures.legend import SMALL, legend, length_of
from carto_widget.pictures.legend_marks import height_of, legend_of_marks, signs_of
from carto_widget.pictures.letters import clamped, width_of
from carto_widget.pictures.markers import Outline, marker_names, marks_of, times_of
from carto_widget.pictures.picture import Picture
from carto_widget.pictures.raster import EACH
from carto_widget.pictures.shapes import Area, Box, Points, Polygon, Shape, Sheet, Words
from carto_widget.pictures.themes import Theme, codes_of, colors, mixed
from carto_widget.views.frame import Column, Frame

_DIMMED, _DIMMED_MOST = 0.16, 0.34  # opacity of what is not selected: alone, and where many are
_RAISED = 1.25  # times the diameter of what is
SIZED = 4.6  # px of a point's diameter at most, where a column sizes it
Ticks = list[tuple[float, str]]
_ARROW: Outline = np.array(
    [(-5, -0.55), (2, -0.55), (2, -2.8), (6, 0), (2, 2.8), (2, 0.55), (-5, 0.55)]
)
_UP = np.array([(0.0, -1.0), (1.0, 0.0)])  # a quarter turn to the left


def composed(picture: Picture, size: tuple[float, float], theme: Theme) -> Sheet:
    """The sheet of a picture, its width and height in CSS px.

    Raises:
        ValueError: There is too little room, or too much.
    """
    require_room(size, SMALLEST)
    width, height = size
    frame = picture.frame
    x, y, color = picture.axis("x"), picture.axis("y"), frame.columns["color"]
    apart = 22 if y.kind == "category" else 56  # each has its name where there is room
    up = _cut(ticks(y, height - 200, apart), min(0.2 * width, 160))
    widest = max((width_of(label, SMALL) for _, label in up), default=0)
    at = layout(frame, size, 1.1 * widest)  # a browser's letters may be wider
    room = max(58.0, at.plot.width / 11)
    across = ticks(x, at.plot.width, room)
    across = _cut(across, at.plot.width / max(1, len(across)) - 8)
    codes = codes_of(color)
    is_each = int(picture.is_drawn.sum()) <= EACH
    of_color = marker_names(color, codes) if is_each and "shape" not in frame.columns else {}
    sheet = Sheet(width, height, theme.background, picture.title)
    untold = [one for one in ("size", "shape") if one in frame.columns and not is_each]
    said = picture.subtitle + f" · {' and '.join(untold)} not drawn" * bool(untold)
    sheet.shapes.extend(_heading(picture.title, said, width, theme))
    sheet.shapes.extend(_axes(picture, at, across, up, theme))
    sheet.shapes.extend(_histograms(picture, at, theme))
    if picture.is_drawn.any():
        sheet.shapes.extend(_points(picture, at, codes, theme))
    sheet.shapes.extend(_words(picture, at, theme))
    if at.legend is not None:
        sheet.shapes.extend(
            _legends(frame, codes[picture.is_in_sight], of_color, at.legend, theme, is_each=is_each)
        )
    return sheet


def _legends(
    frame: Frame,
    codes: NDArray[np.uint8],
    markers: dict[int, str],
    box: Box,
    theme: Theme,
    *,
    is_each: bool,
) -> Iterator[Shape]:
    """What colours mean, and beneath it sizes and shapes, where points are drawn one by one."""
    color, signs = frame.columns["color"], signs_of(frame) if is_each else {}
    room = replace(box, height=max(0.0, box.height - height_of(signs)))
    yield from legend(color, codes, markers, room, theme)
    top = box.y + min(room.height, length_of(color, codes, room))
    under = replace(box, y=top, height=box.bottom - top)
    yield from legend_of_marks(frame, signs, under, theme)


def _cut(values: Ticks, room: float) -> Ticks:
    return [(value, clamped(label, SMALL, room)) for value, label in values]


def _heading(title: str, said: str, width: float, theme: Theme) -> Iterator[Shape]:
    room = width - 2 * EDGE
    yield Words(EDGE, EDGE + 14, clamped(title, 18, room), 18, theme.ink)
    yield Words(EDGE, EDGE + 33, clamped(said, 12, room), 12, theme.quiet)


def _axes(picture: Picture, at: Layout, across: Ticks, up: Ticks, theme: Theme) -> Iterator[Shape]:
    """Strips, faint lines, numbers and titles."""
    x, y, plot = picture.axis("x"), picture.axis("y"), at.plot
    yield from _strips(picture, at, theme)
    outer = Box(plot.x - PAD, plot.y - PAD, plot.width + 2 * PAD, plot.height + 2 * PAD)
    below = at.inside.bottom
    for value, label in across:
        px = plot.x + plot.width * _share(x, value)
        yield Area(Box(px - 0.5, outer.y, 1, outer.height), theme.faint)
        yield Words(px, below + 15, label, SMALL, theme.quiet, "middle")
    for value, label in up:
        py = plot.bottom - plot.height * _share(y, value)
        yield Area(Box(outer.x, py - 0.5, outer.width, 1), theme.faint)
        yield Words(at.inside.x - 6, py + 4, label, SMALL, theme.quiet, "end")
    left, top = EDGE, plot.y - PAD - 10
    title = clamped(y.title, 12.5, outer.right - left - 14)
    yield Polygon(_ARROW @ _UP * 0.9 + (left + 4, top - 4), theme.ink)
    yield Words(left + 14, top, title, 12.5, theme.ink)
    title = clamped(x.title, 12.5, outer.width - 14)
    yield Polygon(_ARROW * 0.9 + (outer.right - 6, below + 32), theme.ink)
    yield Words(outer.right - 17, below + 36, title, 12.5, theme.ink, "end")


def _share(column: Column, value: float) -> float:
    low, high = column.domain
    return (value - low) / (high - low)


def _strips(picture: Picture, at: Layout, theme: Theme) -> Iterator[Shape]:
    """The bands of samples that have no place on an axis yet, and what they wait for."""
    x, y, is_drawn = picture.axis("x"), picture.axis("y"), picture.is_drawn
    for column, box in ((x, at.x_strip), (y, at.y_strip)):
        if column.waiting is None or not min(box.width, box.height):
            continue
        yield Area(Box(box.x - 6, box.y - 6, box.width + 12, box.height + 12), theme.veil)
        n = int((column.waiting & is_drawn).sum())
        words = f"{column.waiting_word or 'no value yet'}: {n:,}"
        if column is x:
            room = at.plot.x + 0.4 * at.plot.width - box.x
            text = clamped(words, SMALL, room)
            yield Words(box.x - 6, at.inside.bottom + 36, text, SMALL, theme.quiet)
        else:
            yield Words(box.right, box.y + 6, words, SMALL, theme.quiet, "end")


def _histograms(picture: Picture, at: Layout, theme: Theme) -> Iterator[Shape]:
    """Of what is in sight, and in it the selection's part."""
    if at.above is not None:
        for start, length, share, strength in _bars(picture, "x"):
            left, height = at.above.x + start * at.above.width, share * at.above.height
            box = Box(left, at.above.bottom - height, max(0.6, length * at.above.width - 1), height)
            yield Area(box, mixed(theme.across, theme.background, strength))
    if at.beside is not None:
        for start, length, share, strength in _bars(picture, "y"):
            height = max(0.6, length * at.beside.height - 1)
            top = at.beside.bottom - (start + length) * at.beside.height
            box = Box(at.beside.x, top, share * at.beside.width, height)
            yield Area(box, mixed(theme.up, theme.background, strength))


def _bars(picture: Picture, axis: str) -> Iterator[tuple[float, float, float, float]]:
    """Start and length of each bar along the axis, height and strength, 0..1; none beyond it."""
    column, every = picture.axis(axis), picture.is_drawn
    counts, edges = histogram(column, every)
    ends = np.clip([_share(column, float(edge)) for edge in edges], 0, 1)
    parts = [(counts, 0.6)]
    if picture.selected is not None:
        parts = [(counts, 0.3), (histogram(column, every & picture.selected)[0], 1.0)]
    for part, strength in parts:
        for count, start, end in zip(part.tolist(), ends[:-1], ends[1:], strict=True):
            if count:
                share = max(0.02, count / max(counts))
                yield float(start), float(end - start), share, strength


def _points(
    picture: Picture, at: Layout, codes: NDArray[np.uint8], theme: Theme
) -> Iterator[Points]:
    """The samples that have a place, in an order that no file gave them; the selected on top."""
    frame, plot = picture.frame, at.plot
    x, y, color = (frame.columns[channel] for channel in ("x", "y", "color"))
    random = np.random.default_rng(0)
    rows = random.permutation(np.flatnonzero(picture.is_drawn))
    scatter = random.random((2, len(rows)))
    px = plot.x + plot.width * spread(x, rows, "x", picture.axis("x").domain)
    py = plot.bottom - plot.height * spread(y, rows, "y", picture.axis("y").domain)
    strip = at.x_strip
    px = np.where(np.isnan(px), strip.x + scatter[0] * strip.width, px)
    py = np.where(np.isnan(py), at.y_strip.y + scatter[1] * at.y_strip.height, py)
    n = len(rows)
    every = Points(
        at.inside,
        px,
        py,
        codes[rows],
        colors(color, theme),
        color.kind != "category",
        marks_of(frame, codes)[rows],
        times_of(frame)[rows],
        min(diameter(n, plot), SIZED if "size" in frame.columns else np.inf),
        min(0.92, max(0.5, 0.8 * (3700 / n) ** 0.12)),
        theme.background,
    )
    raised = np.zeros(n, bool) if picture.selected is None else picture.selected[rows]
    if not raised.any():
        yield every
        return
    yield replace(_some(every, ~raised), opacity=_DIMMED, most=_DIMMED_MOST)
    on_top = replace(_some(every, raised), opacity=1.0, most=1.0, edge=theme.ink)
    yield replace(on_top, diameter=_RAISED * every.diameter)


def _some(points: Points, of: NDArray[np.bool_]) -> Points:
    parts = {name: getattr(points, name)[of] for name in ("x", "y", "codes", "marks", "times")}
    return replace(points, **parts)


def diameter(n: int, plot: Box) -> float:
    """The more points and the smaller the plot, the smaller they are."""
    room = (plot.width * plot.height / 250_000) ** 0.25
    return float(np.clip(5.2 * (3700 / n) ** 0.2 * room, 1.4, 8))


def _words(picture: Picture, at: Layout, theme: Theme) -> Iterator[Shape]:
    """The regions' words, or what is to be said of a picture without points."""
    plot, frame, x, y = at.plot, picture.frame, picture.axis("x"), picture.axis("y")
    middle = plot.x + plot.width / 2
    if not picture.is_drawn.any():
        said = "no sample has a place here yet"
        if not len(frame):
            is_awaited = picture.n_epochs == 0  # of a table nothing is known of epochs
            said = "waiting for the first batch" if is_awaited else "no samples"
        yield Words(middle, plot.y + 0.4 * plot.height, said, 14, theme.quiet, "middle")
    if plot.width < 300:
        return
    for word in frame.words:
        if not (0 <= _share(x, word.x) <= 1 and 0 <= _share(y, word.y) <= 1):
            continue  # it stands where the picture does not reach
        half = width_of(word.text, 13) / 2 + 4
        px = plot.x + plot.width * _share(x, word.x)
        px = min(max(px, plot.x + half), plot.right - half)
        py = plot.bottom - plot.height * _share(y, word.y)
        yield Words(px, py + 4, word.text, 13, theme.ink, "middle", theme.background)
