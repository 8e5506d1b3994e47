"""The paper's figure in Bokeh: the map, histograms and a table, to pan, zoom, point and select."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bokeh.layouts import column as stacked
from bokeh.layouts import row as side_by_side
from bokeh.models import (
    ColumnDataSource,
    HoverTool,
    NumeralTickFormatter,
    PlainText,
    Range1d,
    Title,
    WheelZoomTool,
)
from bokeh.plotting import figure

from carto_widget.pictures.axis import histogram
from carto_widget.pictures.figure_axes import draw_strips, dress, label, range_of, word
from carto_widget.pictures.figure_legend import explain
from carto_widget.pictures.figure_points import Table, image_on, points_on, told_of
from carto_widget.pictures.figure_table import table_of
from carto_widget.pictures.layout import require_room
from carto_widget.pictures.picture import Picture, picture_of
from carto_widget.pictures.raster import EACH
from carto_widget.pictures.sampled import sampled
from carto_widget.pictures.themes import Rgb, Theme, codes_of, css, theme_named
from carto_widget.views.frame import Column
from carto_widget.views.view import View

SIZE, SMALLEST = (1080, 900), (480, 320)  # CSS px
TABLE = (90, 240)  # px of its height, at least and at most


def to_bokeh(
    source: Any,
    *,
    view: View | Mapping[str, Any] | None = None,
    theme: str = "light",
    title: str | None = None,
    size: tuple[int, int] | None = SIZE,
) -> Any:
    """The figure of the paper (Swayamdipta et al. 2020) as a Bokeh layout.

    The map, correctness told by colour and marker, beside it the histograms of its three columns,
    beneath it a table of the points; what is selected on the map is selected in the table, and
    the other way round. Of more than 200,000 samples those are points that are hard to learn or
    ambiguous, and of the others as many as there is room for; where those alone are more, a fair
    part of them (seed 0, which the figure says). Beneath the points lies an image of all, and the
    histograms count all.

    Args:
        source: Whatever `table` takes, or a DataFrame with columns to draw.
        view: What is drawn against what; without it the data map of the task.
        theme: "light" or "dark".
        title: Without it the name of the run's folder.
        size: Width and height in CSS pixels; None fills what is round it.

    Returns:
        A `bokeh.models.Column`, to `show` or to put into a page.

    Raises:
        ValueError: A view that cannot be drawn, a size that is too small or too large, or an
            unknown theme.
        TypeError: A source of another kind.
    """
    picture, look = picture_of(source, view, title=title), theme_named(theme)
    of_map, of_histogram, of_column, of_table, of_all = _sizes(size)
    x, y, color = (picture.frame.columns[channel] for channel in ("x", "y", "color"))
    told = [(y, look.up), (x, look.across), *([(color, look.told)] if color.title else [])]
    histograms = [_histogram(one, paint, look, of_histogram) for one, paint in told]
    plot, source, columns = _scatter(picture, look, of_map)
    drawn = side_by_side(plot, stacked(*histograms, **of_column), **of_all)
    return stacked(drawn, table_of(source, columns, look, of_table), **of_all)


def _sizes(size: tuple[int, int] | None) -> tuple[dict[str, Any], ...]:
    """Of the map, of a histogram, of their column, of the table, of all together."""
    if size is None:
        fill = {"sizing_mode": "stretch_both"}
        beneath = {"sizing_mode": "stretch_width", "height": TABLE[1]}
        return fill, fill, {"sizing_mode": "stretch_height", "width": 260}, beneath, fill
    require_room(size, SMALLEST)
    under = round(min(max(0.28 * size[1], TABLE[0]), TABLE[1]))
    width, height = max(160, size[0] // 4), size[1] - under
    sides = (size[0] - width, height), (width, height // 3), (size[0], under)
    of_map, of_histogram, of_table = [{"width": w, "height": h} for w, h in sides]
    return of_map, of_histogram, {}, of_table, {}


def _scatter(
    picture: Picture, theme: Theme, sizes: dict[str, Any]
) -> tuple[Any, ColumnDataSource, Table]:
    """The map, its points' source, and which of that has a column in the table."""
    columns = picture.frame.columns
    x, y, color = columns["x"], columns["y"], columns["color"]
    wheel = WheelZoomTool()
    plot = figure(
        **sizes,
        x_range=range_of(x),
        y_range=range_of(y),
        tools=["pan", wheel, "box_select", "lasso_select", "box_zoom", "reset", "save"],
        active_scroll=wheel,
        output_backend="webgl",
    )
    plot.toolbar.logo = None
    dress(plot, theme)
    label(plot.xaxis, x, 500)
    label(plot.yaxis, y, max(500, 140 * len(y.categories)))
    draw_strips(plot, x, y, theme)
    shown = sampled(picture)
    if shown.said:
        image_on(plot, picture, theme)
    table, told = told_of(picture, shown.rows)
    points = points_on(plot, picture, shown.rows, told, theme, over=bool(shown.said))
    plot.add_tools(HoverTool(renderers=points, tooltips=_tooltips(table)))
    has_marks = len(shown.rows) <= EACH
    explain(plot, picture.frame, codes_of(color), theme, has_marks=has_marks)
    for one in picture.frame.words:
        plot.add_layout(word(one.text, one.x, one.y, theme))
    small = Title(text=PlainText(picture.subtitle + shown.said), text_color=css(theme.quiet))
    small.update(text_font_size="12px", text_font_style="normal")
    plot.add_layout(small, "above")
    large = Title(text=PlainText(picture.title), text_color=css(theme.ink))
    large.update(text_font_size="18px", text_font_style="normal")
    plot.add_layout(large, "above")
    return plot, points[0].data_source, table


def _tooltips(table: Table) -> list[tuple[str, str]]:
    told = []
    for key, (title, column) in table.items():
        is_number = column is not None and column.kind not in ("category", "date")
        told.append((title, f"@{key}" + "{0,0.[000]}" * is_number))
    return told


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
