"""A frame in characters, for a terminal."""

from __future__ import annotations

import numpy as np

from carto_widget.metrics.cartography import REGIONS, region
from carto_widget.views.dates import date_text, round_step
from carto_widget.views.frame import Column, Frame
from carto_widget.views.view import View

SHADES = " .:-=+*#%@"  # the more samples in a place, the darker


def text_picture(frame: Frame, view: View, *, width: int = 72, height: int = 18) -> str:
    """The picture as lines of characters: how many samples lie where, and in each region.

    Args:
        frame: What is drawn.
        view: Of what it is the picture.
        width, height: Of the map, in characters, without what stands round it.
    """
    x, y = frame.columns["x"], frame.columns["y"]
    is_waiting = np.zeros(len(frame), bool) if x.waiting is None else x.waiting
    along = np.where(is_waiting, x.domain[0], x.values)
    is_drawn = np.isfinite(along) & np.isfinite(y.values)
    counts, _, _ = np.histogram2d(
        y.values[is_drawn], along[is_drawn], bins=(height, width), range=(y.domain, x.domain)
    )
    most, edge = int(counts.max()), f"+{'-' * width}+"
    shades = np.ceil((len(SHADES) - 1) * np.log1p(counts) / np.log1p(max(most, 1))).astype(int)
    rows = ["".join(SHADES[shade] for shade in row) for row in shades[::-1]]
    left, right = _ends(x)
    bottom, top = _ends(y)
    x_axis = f"{left}{x.title:^{max(width - len(left + right), 0)}}{right}"
    lines = [
        y.title,
        f"{top:>6} {edge}",
        *(f"{'':6} |{row}|" for row in rows),
        f"{bottom:>6} {edge}",
        f"{'':8}{x_axis}",
        f"{int(is_drawn.sum()):,} of {len(frame):,} samples drawn, at most {most:,} in one place",
    ]
    if is_waiting.any():
        lines.append(f"{int(is_waiting.sum()):,} of them at the left edge: {x.waiting_word}")
    if (view.x, view.y) == ("variability", "confidence"):
        lines.append(_regions(frame))
    return "\n".join(lines)


def _ends(column: Column) -> tuple[str, str]:
    low, high = column.domain
    if column.kind == "date":
        step = round_step(high - low)
        return date_text(low, step), date_text(high, step)
    return f"{low:.4g}", f"{high:.4g}"


def _regions(frame: Frame) -> str:
    """How many samples each region has."""
    x, y = frame.columns["x"], frame.columns["y"]
    is_once = np.isnan(x.values) if x.waiting is None else x.waiting
    variability = np.where(is_once, 0, x.values)
    codes = region(y.values, variability, np.where(is_once, 1, 2))
    return ", ".join(f"{name} {int((codes == code).sum()):,}" for code, name in enumerate(REGIONS))
