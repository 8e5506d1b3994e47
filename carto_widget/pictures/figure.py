"""The paper's figure in Bokeh: the map and three histograms, to pan, zoom and point at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from bokeh.layouts import column as stacked
from bokeh.layouts import row as side_by_side
from bokeh.models import (
    ColorBar,
    ColumnDataSource,
    HoverTool,
    Legend,
    LegendItem,
    LinearColorMapper,
    NumeralTickFormatter,
    PlainText,
    Range1d,
    Title,
    WheelZoomTool,
)
from bokeh.plotting import figure
from numpy.typing import NDArray

from carto_widget.pictures.axis import histogram, spread
from carto_widget.pictures.figure_axes import (
    STRIP,
    draw_strips,
    dress,
    label,
    range_of,
    short,
    word,
)
from carto_widget.pictures.layout import require_room
from carto_widget.pictures.legend import rows_of
from carto_widget.pictures.markers import marker_names
from carto_widget.pictures.picture import Picture, picture_of
from carto_widget.pictures.themes import NO_COLOR, Rgb, Theme, codes_of, colors, css, theme_named
from carto_widget.views.dates import moment_text
from carto_widget.views.frame import Column
from carto_widget.views.view import View

SAMPLE = 25_000  # as many as in the paper's figure
SEED = 0
SIZE, SMALLEST = (1080, 680), (480, 320)  # CSS px
NAME = 26  # letters of a name in the legend; the hover tells it whole
# A marker in Bokeh's words, its turn and its size, so that all weigh alike: Bokeh's own x has no
# area to fill, its own diamond is thin.
_SIGNS: dict[str, tuple[str, float, float]] = {
    "circle": ("circle", 0.0, 1.0),
    "x": ("plus", np.pi / 4, 1.25),
    "square": ("square", 0.0, 0.9),
    "plus": ("plus", 0.0, 1.25),
    "diamond": ("square", np.pi / 4, 0.9),
    "triangle": ("triangle", 0.0, 1.15),
    "inverted_triangle": ("inverted_triangle", 0.0, 1.15),
}
_REST = 256
_APART = "\u2068\u2069"  # round a name: one written from right to left leaves its number alone


def to_bokeh(
    source: Any,
    *,
    view: View | Mapping[str, Any] | None = None,
    theme: str = "light",
    title: str | None = None,
    size: tuple[int, int] | None = SIZE,
) -> Any:
    """The figure of the paper (Swayamdipta et al. 2020) as a Bokeh layout.

    The map, correctness told by colour and marker, beside it the histograms of its three columns.
    Of more than 25,000 samples as many are drawn, chosen at random with the seed 0, which the
    figure says; the histograms count all.

    Args:
        source: Whatever `table` takes, or a DataFrame with columns to draw.
        view: What is drawn against what; without it the data map of the task.
        theme: "light" or "dark".
        title: Without it the name of the run's folder.
        size: Width and height in CSS pixels; None fills what is round it.

    Returns:
        A `bokeh.models.Row`, to `show` or to put into a page.

    Raises:
        ValueError: A view that cannot be drawn, a size that is too small or too large, or an
            unknown theme.
        TypeError: A source of another kind.
    """
    picture, look = picture_of(source, view, title=title), theme_named(theme)
    of_map, of_histogram, of_column, of_all = _sizes(size)
    x, y, color = (picture.frame.columns[channel] for channel in ("x", "y", "color"))
    told = [(y, look.up), (x, look.across), *([(color, look.told)] if color.title else [])]
    histograms = [_histogram(one, paint, look, of_histogram) for one, paint in told]
    drawn = _scatter(picture, look, of_map)
    return side_by_side(drawn, stacked(*histograms, **of_column), **of_all)


def _sizes(size: tuple[int, int] | None) -> tuple[dict[str, Any], ...]:
    """Of the map, of a histogram, of their column, of all together."""
    if size is None:
        fill = {"sizing_mode": "stretch_both"}
        return fill, fill, {"sizing_mode": "stretch_height", "width": 260}, fill
    require_room(size, SMALLEST)
    width, height = max(160, size[0] // 4), size[1]
    of_map, of_histogram = (size[0] - width, height), (width, height // 3)
    both = [{"width": w, "height": h} for w, h in (of_map, of_histogram)]
    return *both, {}, {}


def _scatter(picture: Picture, theme: Theme, sizes: dict[str, Any]) -> Any:
    columns = picture.frame.columns
    x, y, color = columns["x"], columns["y"], columns["color"]
    wheel = WheelZoomTool()
    plot = figure(
        **sizes,
        x_range=range_of(x),
        y_range=range_of(y),
        tools=["pan", wheel, "box_zoom", "reset", "save"],
        active_scroll=wheel,
        output_backend="webgl",
    )
    plot.toolbar.logo = None
    dress(plot, theme)
    label(plot.xaxis, x, 500)
    label(plot.yaxis, y, max(500, 140 * len(y.categories)))
    draw_strips(plot, x, y, theme)
    codes = codes_of(color)
    shown = _shown(picture)
    points = _points(plot, picture, codes, shown, theme)
    plot.add_tools(HoverTool(renderers=[points], tooltips=_tooltips(x, y, color)))
    if color.title:
        _explained(plot, color, codes, theme)
    for one in picture.frame.words:
        plot.add_layout(word(one.text, one.x, one.y, theme))
    n = int(picture.is_drawn.sum())
    drawn = f" · {len(shown):,} of them drawn, chosen at random (seed {SEED})" * (len(shown) < n)
    small = Title(text=PlainText(picture.subtitle + drawn), text_color=css(theme.quiet))
    small.update(text_font_size="12px", text_font_style="normal")
    plot.add_layout(small, "above")
    large = Title(text=PlainText(picture.title), text_color=css(theme.ink))
    large.update(text_font_size="18px", text_font_style="normal")
    plot.add_layout(large, "above")
    return plot


def _shown(picture: Picture) -> NDArray[np.int64]:
    """The rows that are drawn, in the order in which they lie over each other."""
    rows = np.flatnonzero(picture.is_drawn)
    return np.random.default_rng(SEED).permutation(rows)[:SAMPLE]


def _points(
    plot: Any, picture: Picture, codes: NDArray[np.uint8], shown: NDArray[np.int64], theme: Theme
) -> Any:
    columns = picture.frame.columns
    x, y, color = columns["x"], columns["y"], columns["color"]
    scatter = np.random.default_rng(SEED).random((2, len(shown)))
    names = marker_names(color, codes)
    table = [css(one) for one in map(tuple, colors(color, theme).tolist())]
    drawn = codes[shown].tolist()
    signs = [_SIGNS[names.get(code, "circle")] for code in drawn]
    size = float(np.clip(7 * (3700 / max(1, len(shown))) ** 0.15, 4, 10))
    source = ColumnDataSource(
        {
            "x": _where(x, shown, scatter[0]),
            "y": _where(y, shown, scatter[1]),
            "color": [table[code] for code in drawn],
            "marker": [marker for marker, _, _ in signs],
            "angle": [angle for _, angle, _ in signs],
            "size": [size * share for _, _, share in signs],
            "guid": [str(guid) for guid in picture.guid[shown].tolist()],
            "x_value": _values(x, shown),
            "y_value": _values(y, shown),
            "color_value": _values(color, shown),
        }
    )
    return plot.scatter(
        "x",
        "y",
        source=source,
        size="size",
        marker="marker",
        angle="angle",
        color="color",
        fill_alpha=0.75,
        line_color=css(theme.background),
        line_width=0.5,
    )


def _where(
    column: Column, rows: NDArray[np.int64], scatter: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Where on the axis samples stand, in the column's numbers."""
    low, high = column.domain
    along = spread(column, rows, scatter)
    waits = STRIP[0] + scatter * (STRIP[1] - STRIP[0])
    at: NDArray[np.float64] = low + np.where(np.isnan(along), waits, along) * (high - low)
    return at


def _values(column: Column, rows: NDArray[np.int64]) -> Any:
    values = column.values[rows]
    if column.kind == "date":
        return ["" if np.isnan(value) else moment_text(value) for value in values.tolist()]
    if column.kind != "category":
        return values
    return ["" if np.isnan(v) else column.categories[int(v)] for v in values.tolist()]


def _tooltips(x: Column, y: Column, color: Column) -> list[tuple[str, str]]:
    told = [("guid", "@guid")]
    for name, column in (("x_value", x), ("y_value", y), ("color_value", color)):
        number = "" if column.kind in ("category", "date") else "{0,0.[000]}"
        if column.title:
            told.append((column.title, f"@{name}{number}"))
    return told


def _explained(plot: Any, color: Column, codes: NDArray[np.uint8], theme: Theme) -> None:
    """What the colours mean: a row a value with its number of samples, or a ramp."""
    palette = colors(color, theme)
    look: dict[str, Any] = {
        "title_text_color": css(theme.ink),
        "title_text_font_style": "normal",
        "background_fill_color": css(theme.background),
    }
    if color.steps is None and color.kind != "category":
        low, high = color.domain
        table = [css(one) for one in map(tuple, palette[:NO_COLOR].tolist())]
        mapper = LinearColorMapper(palette=table, low=low, high=high)
        bar = ColorBar(color_mapper=mapper, title=PlainText(color.title), **look)
        bar.update(major_label_text_color=css(theme.quiet), bar_line_color=None, width=10)
        plot.add_layout(bar, "right")
        return
    names = marker_names(color, codes)
    items = []
    for code, name, count in rows_of(color, codes):
        said, signs = {"value": f"{_APART[0]}{short(name, NAME)}{_APART[1]}  ({count:,})"}, []
        if code != _REST:
            marker, color_of = names.get(code, "circle"), css(tuple(palette[code].tolist()))
            sign = plot.scatter([np.nan], [np.nan], marker=marker, color=color_of, size=9)
            sign.glyph.line_width = 2.5 if marker == "x" else 1  # a legend does not turn them
            signs = [sign]
        items.append(LegendItem(label=said, renderers=signs))
    legend = Legend(items=items, title=short(color.title, NAME), border_line_color=None, **look)
    legend.update(label_text_color=css(theme.ink), label_text_font_size="12px", spacing=1)
    plot.add_layout(legend, "right")


def _histogram(column: Column, color: Rgb, theme: Theme, sizes: dict[str, Any]) -> Any:
    counts, edges = histogram(column)
    span = float(edges[-1] - edges[0])
    plot = figure(
        **sizes,
        x_range=Range1d(edges[0] - 0.02 * span, edges[-1] + 0.02 * span),
        y_range=Range1d(0, max(1.0, 1.05 * float(counts.max(initial=0)))),
        tools="",
        toolbar_location=None,
    )
    dress(plot, theme)
    source = ColumnDataSource(
        {"left": edges[:-1], "right": edges[1:], "top": counts, "n": [f"{n:,}" for n in counts]}
    )
    bars = plot.quad(
        left="left",
        right="right",
        top="top",
        bottom=0,
        source=source,
        color=css(color),
        fill_alpha=0.8,
        line_color=css(theme.background),
        line_width=0.5,
    )
    plot.add_tools(HoverTool(renderers=[bars], tooltips=[("samples", "@n")]))
    label(plot.xaxis, column, 180, is_still=True)
    plot.yaxis.axis_label = PlainText("samples")
    plot.yaxis.ticker.update(desired_num_ticks=4, min_interval=1)
    plot.yaxis.formatter = NumeralTickFormatter(format="0,0")
    plot.xgrid.visible = False
    return plot
