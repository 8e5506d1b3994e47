"""What stands round the points of the Bokeh figure: axes, strips, words."""

from __future__ import annotations

from typing import Any

from bokeh.models import (
    BoxAnnotation,
    DatetimeTicker,
    DatetimeTickFormatter,
    FixedTicker,
    Label,
    NoOverlap,
    PlainText,
    Range1d,
    Title,
)

from carto_widget.pictures.axis import ticks
from carto_widget.pictures.themes import Theme, css
from carto_widget.views.frame import Column

STRIP = (-0.11, -0.04)  # of the domain: where samples stand that have no value yet


def range_of(column: Column) -> Range1d:
    low, high = column.domain
    span = high - low
    has_strip = column.waiting is not None and column.waiting.any()
    return Range1d(low + span * (STRIP[0] - 0.02 if has_strip else -0.02), high + span * 0.02)


def word(text: str, x: float, y: float, theme: Theme) -> Label:
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


def draw_strips(plot: Any, x: Column, y: Column, theme: Theme) -> None:
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


def label(axis: Any, column: Column, room: float, *, is_still: bool = False) -> None:
    """Title, round numbers, and the names of categories in ``room`` px together.

    Args:
        axis: Of the figure.
        column: What lies along it.
        room: Px that its labels have.
        is_still: It is never zoomed, so that its numbers can be set.
    """
    axis.axis_label = PlainText(short(column.title, max(20, int(room / 7))))
    axis.bounds = column.domain
    if not is_still:
        axis.major_label_policy = NoOverlap(min_distance=4)
    if column.kind == "category" or is_still:
        each = 80 if column.kind == "date" else 34 if is_still else 56
        named = ticks(column, room, each)
        most = max(3, int(room / 7 / max(1, len(named)))) if column.kind == "category" else 16
        axis.ticker = FixedTicker(ticks=[value for value, _ in named])
        axis.major_label_overrides = {v: PlainText(short(name, most)) for v, name in named}
    elif column.kind == "date":
        axis.ticker, axis.formatter = DatetimeTicker(), DatetimeTickFormatter()
    else:
        axis.ticker.desired_num_ticks = 10


def short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def dress(plot: Any, theme: Theme) -> None:
    plot.background_fill_color = plot.border_fill_color = css(theme.background)
    plot.outline_line_color = None
    for axis in plot.axis:
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_color = css(theme.ink)
        axis.major_label_text_color = css(theme.quiet)
        axis.axis_line_color = axis.major_tick_line_color = None
        axis.minor_tick_line_color = None
    plot.grid.grid_line_color = css(theme.faint)
