"""What colours, sizes and shapes mean, beside the Bokeh figure's map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from bokeh.models import ColorBar, Legend, LegendItem, LinearColorMapper, PlainText
from numpy.typing import NDArray

from carto_widget.pictures.figure_axes import short
from carto_widget.pictures.figure_points import SIGNS
from carto_widget.pictures.legend import rows_of
from carto_widget.pictures.legend_marks import signs_of
from carto_widget.pictures.markers import marker_names
from carto_widget.pictures.themes import NO_COLOR, Rgb, Theme, colors, css
from carto_widget.views.frame import Column, Frame

NAME = 26  # letters of a name; the hover tells it whole
_REST = 256
_APART = "\u2068\u2069"  # round a name: one written from right to left leaves its number alone


def explain(
    plot: Any, frame: Frame, codes: NDArray[np.uint8], theme: Theme, *, has_marks: bool
) -> None:
    """A row a value with its number of samples, or a ramp; then sizes and shapes."""
    color, items, title = frame.columns["color"], [], ""
    look: dict[str, Any] = {
        "title_text_color": css(theme.ink),
        "title_text_font_style": "normal",
        "background_fill_color": css(theme.background),
    }
    if color.title and color.steps is None and color.kind != "category":
        plot.add_layout(_ramp(color, theme, look), "right")
    elif color.title:
        title = short(color.title, NAME)
        markers = marker_names(color, codes) if has_marks and "shape" not in frame.columns else {}
        items = _rows(plot, color, codes, markers, theme)
    items.extend(_marks(plot, frame, theme))
    if not items:
        return
    legend = Legend(items=items, title=title or None, border_line_color=None, **look)
    legend.update(label_text_color=css(theme.ink), label_text_font_size="12px", spacing=1)
    plot.add_layout(legend, "right")


def _ramp(color: Column, theme: Theme, look: dict[str, Any]) -> ColorBar:
    low, high = color.domain
    table = [css(one) for one in map(tuple, colors(color, theme)[:NO_COLOR].tolist())]
    mapper = LinearColorMapper(palette=table, low=low, high=high)
    bar = ColorBar(color_mapper=mapper, title=PlainText(color.title), **look)
    bar.update(major_label_text_color=css(theme.quiet), bar_line_color=None, width=10)
    return bar


def _rows(
    plot: Any, color: Column, codes: NDArray[np.uint8], markers: dict[int, str], theme: Theme
) -> list[LegendItem]:
    palette, items = colors(color, theme), []
    for code, name, count in rows_of(color, codes):
        label, signs = _value(short(name, NAME), f"  ({count:,})"), []
        if code != _REST:
            paint = tuple(palette[code].tolist())
            signs = [_sign(plot, markers.get(code, "circle"), paint)]
        items.append(LegendItem(label=label, renderers=signs))
    return items


def _marks(plot: Any, frame: Frame, theme: Theme) -> Iterator[LegendItem]:
    """Sizes in words, for a legend draws all markers alike; and the shapes."""
    for channel, signs in signs_of(frame).items():
        title = short(frame.columns[channel].title, NAME)
        if channel == "size":
            ends = f": {short(signs[0].name, NAME)} small, {short(signs[-1].name, NAME)} large"
            yield LegendItem(label=_value(title, ends))
            continue
        yield LegendItem(label=_value(title, ":"))
        for sign in signs:
            drawn = _sign(plot, sign.marker, theme.quiet)
            yield LegendItem(label=_value(short(sign.name, NAME)), renderers=[drawn])


def _value(name: str, more: str = "") -> dict[str, str]:
    return {"value": f"{_APART[0]}{name}{_APART[1]}{more}"}


def _sign(plot: Any, marker: str, color: Rgb) -> Any:
    """A point that is nowhere, for the legend, which does not turn markers."""
    named = marker if marker in ("x", "diamond") else SIGNS[marker][0]
    sign = plot.scatter([np.nan], [np.nan], marker=named, color=css(color), size=9)
    sign.glyph.line_width = 2.5 if marker == "x" else 1
    return sign
