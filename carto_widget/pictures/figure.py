"""The paper's figure in Bokeh: the map and three histograms, to pan, zoom and point at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from bokeh.layouts import column as stacked
from bokeh.layouts import row as side_by_side
from bokeh.models import (
    BoxAnnotation,
    ColorBar,
    ColumnDataSource,
    FixedTicker,
    HoverTool,
    Label,
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

from carto_widget.pictures.axis import histogram, spread, ticks
from carto_widget.pictures.legend import rows_of
from carto_widget.pictures.markers import marker_names
from carto_widget.pictures.picture import Picture, picture_of
from carto_widget.pictures.themes import NO_COLOR, Rgb, Theme, codes_of, colors, css, theme_named
from carto_widget.views.frame import Column
from carto_widget.views.view import View

SAMPLE = 25_000  # as many as in the paper's figure
SEED = 0
SIZE = (1080, 680)  # CSS px
STRIP = (-0.11, -0.04)  # of the domain: where samples stand that have no value yet
NAME = 26  # letters of a name in the legend; the hover tells it whole
# Bokeh's own x has no area to fill, its own diamond is thin.
_TURNED = {"x": ("plus", np.pi / 4), "diamond": ("square", np.pi / 4)}
_REST = 256


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
        ValueError: A view that cannot be drawn, or an unknown theme.
        TypeError: A source of another kind.
    """
    picture, dress = picture_of(source, view, title=title), theme_named(theme)
    sizes: dict[str, Any] = {"sizing_mode": "stretch_both"}
    thin = dict(sizes)
    if size is not None:
        width = max(160, size[0] // 4)
        sizes = {"width": size[0] - width, "height": size[1]}
        thin = {"width": width, "height": size[1] // 3}
    frame = picture.frame
    of_y, of_x, of_color = (frame.columns[channel] for channel in ("y", "x", "color"))
    told = [(of_y, dress.up), (of_x, dress.across)]
    if of_color.title:
        told.append((of_color, dress.told))
    histograms = [_histogram(one, color, dress, thin) for one, color in told]
    beside = {} if size is not None else {"sizing_mode": "stretch_height", "width": 260}
    return side_by_side(
        _scatter(picture, dress, sizes),
        stacked(*histograms, **beside),
        **({} if size is not None else sizes),
    )


def _scatter(picture: Picture, theme: Theme, sizes: dict[str, Any]) -> Any:
    columns = picture.frame.columns
    x, y, color = columns["x"], columns["y"], columns["color"]
    wheel = WheelZoomTool()
    plot = figure(
        **sizes,
        x_range=_range(x),
        y_range=_range(y),
        tools=["pan", wheel, "box_zoom", "reset", "save"],
        active_scroll=wheel,
        output_backend="webgl",
    )
    plot.toolbar.logo = None
    _dressed(plot, theme)
    _labelled(plot.xaxis, x, 10, 560)
    _labelled(plot.yaxis, y, 10, 140 * len(y.categories))
    _strips(plot, x, y, theme)
    codes = codes_of(color)
    shown = _shown(picture)
    points = _points(plot, picture, codes, shown, theme)
    plot.add_tools(HoverTool(renderers=[points], tooltips=_tooltips(x, y, color)))
    if color.title:
        _explained(plot, color, codes, theme)
    for word in picture.frame.words:
        plot.add_layout(_word(word.text, word.x, word.y, theme))
    n = int(picture.is_drawn.sum())
    drawn = f" · {len(shown):,} of them drawn, chosen at random (seed {SEED})" * (len(shown) < n)
    small = Title(text=PlainText(picture.subtitle + drawn), text_color=css(theme.quiet))
    small.update(text_font_size="12px", text_font_style="normal")
    plot.add_layout(small, "above")
    large = Title(text=PlainText(picture.title), text_color=css(theme.ink))
    large.update(text_font_size="18px", text_font_style="normal")
    plot.add_layout(large, "above")
    return plot


def _range(column: Column) -> Range1d:
    low, high = column.domain
    span = high - low
    has_strip = column.waiting is not None and column.waiting.any()
    return Range1d(low + span * (STRIP[0] - 0.02 if has_strip else -0.02), high + span * 0.02)


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
    signs = [_sign(names, code) for code in drawn]
    source = ColumnDataSource(
        {
            "x": _where(x, shown, scatter[0]),
            "y": _where(y, shown, scatter[1]),
            "color": [table[code] for code in drawn],
            "marker": [marker for marker, _ in signs],
            "angle": [angle for _, angle in signs],
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
        size=float(np.clip(7 * (3700 / max(1, len(shown))) ** 0.15, 4, 10)),
        marker="marker",
        angle="angle",
        color="color",
        fill_alpha=0.75,
        line_color=css(theme.background),
        line_width=0.5,
    )


def _sign(names: Mapping[int, str], code: int) -> tuple[str, float]:
    """The marker of a code in Bokeh's words, and by how much it is turned."""
    name = names.get(code, "circle")
    return _TURNED.get(name, (name, 0.0))


def _where(
    column: Column, rows: NDArray[np.int64], scatter: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Where on the axis samples stand, in the column's numbers."""
    low, high = column.domain
    along = spread(column, rows, scatter)
    waits = STRIP[0] + scatter * (STRIP[1] - STRIP[0])
    return (low + np.where(np.isnan(along), waits, along) * (high - low)).astype(np.float32)


def _values(column: Column, rows: NDArray[np.int64]) -> Any:
    values = column.values[rows]
    if column.kind != "category":
        return values
    return ["" if np.isnan(v) else column.categories[int(v)] for v in values.tolist()]


def _tooltips(x: Column, y: Column, color: Column) -> list[tuple[str, str]]:
    told = [("guid", "@guid")]
    for name, column in (("x_value", x), ("y_value", y), ("color_value", color)):
        number = "" if column.kind == "category" else "{0,0.[000]}"
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
        label, signs = {"value": f"{_short(name, NAME)}  ({count:,})"}, []
        if code != _REST:
            marker, color_of = names.get(code, "circle"), css(tuple(palette[code].tolist()))
            sign = plot.scatter([np.nan], [np.nan], marker=marker, color=color_of, size=9)
            sign.glyph.line_width = 2.5 if marker == "x" else 1  # a legend does not turn them
            signs = [sign]
        items.append(LegendItem(label=label, renderers=signs))
    legend = Legend(items=items, title=_short(color.title, NAME), border_line_color=None, **look)
    legend.update(label_text_color=css(theme.ink), label_text_font_size="12px", spacing=1)
    plot.add_layout(legend, "right")


def _word(text: str, x: float, y: float, theme: Theme) -> Label:
    return Label(
        x=x,
        y=y,
        text=PlainText(text),
        text_align="center",
        text_baseline="middle",
        text_color=css(theme.ink),
        text_font_size="13px",
        background_fill_color=css(theme.background),
        background_fill_alpha=0.85,
        border_line_color=css(theme.faint),
        border_radius=6,
        padding=5,
    )


def _strips(plot: Any, x: Column, y: Column, theme: Theme) -> None:
    """The bands of samples that have no place on an axis yet."""
    for column, ends in ((x, ("left", "right")), (y, ("bottom", "top"))):
        if column.waiting is None or not column.waiting.any():
            continue
        low, high = column.domain
        edges = [low + (high - low) * at for at in (STRIP[0] - 0.01, STRIP[1] + 0.01)]
        box = dict(zip(ends, edges, strict=True))
        color = css(theme.veil)
        plot.add_layout(
            BoxAnnotation(**box, fill_color=color, fill_alpha=1, line_color=None, level="underlay")
        )
        said = f"{column.waiting_word or 'no value yet'}: {int(column.waiting.sum()):,}"
        note = Title(text=PlainText(said), text_color=css(theme.quiet), text_font_size="11px")
        note.update(text_font_style="normal")
        plot.add_layout(note, "below")


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
    _dressed(plot, theme)
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
    _labelled(plot.xaxis, column, 5, 180)
    plot.yaxis.axis_label = PlainText("samples")
    plot.yaxis.ticker.update(desired_num_ticks=4, min_interval=1)
    plot.yaxis.formatter = NumeralTickFormatter(format="0,0")
    plot.xgrid.visible = False
    return plot


def _labelled(axis: Any, column: Column, wanted: int, room: float) -> None:
    """Title, round numbers, and the names of categories in ``room`` px together."""
    axis.axis_label = PlainText(column.title)
    axis.bounds = column.domain
    if column.kind == "category":
        named = ticks(column, wanted * 60, 60)
        most = max(3, int(room / 7 / max(1, len(named))))
        axis.ticker = FixedTicker(ticks=[value for value, _ in named])
        axis.major_label_overrides = {v: PlainText(_short(name, most)) for v, name in named}
    else:
        axis.ticker.desired_num_ticks = wanted


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _dressed(plot: Any, theme: Theme) -> None:
    plot.background_fill_color = plot.border_fill_color = css(theme.background)
    plot.outline_line_color = None
    for axis in plot.axis:
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_color = css(theme.ink)
        axis.major_label_text_color = css(theme.quiet)
        axis.axis_line_color = axis.major_tick_line_color = None
        axis.minor_tick_line_color = None
    plot.grid.grid_line_color = css(theme.faint)
