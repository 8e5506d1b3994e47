"""What the colours mean, and how many samples have each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from carto_widget.pictures.axis import ticks
from carto_widget.pictures.letters import clamped, lines, width_of
from carto_widget.pictures.markers import MARKERS
from carto_widget.pictures.shapes import Area, Box, Polygon, Shape, Words
from carto_widget.pictures.themes import NO_COLOR, Rgb, Theme, colors, last_code, mixed
from carto_widget.views.frame import Column

ROW = 20.0  # px
SMALL = 11.5  # px, of letters
RAMP = 150.0  # px
MOST = 12  # rows


def rows_of(column: Column, codes: NDArray[np.uint8]) -> list[tuple[int, str, int]]:
    """Code, name and number of samples: steps that occur from the highest, categories as they come.

    Of more than twelve categories those with the most samples; the code of the rest is 256.
    """
    counts = np.bincount(codes, minlength=257)
    if column.steps is not None:
        low, high = column.domain
        last = column.steps - 1
        names = [f"{low + (high - low) * code / last:.2g}" for code in range(last + 1)]
        if (low, high) == (0.0, 1.0):
            names = [f"{code / last:.1f}" for code in range(last + 1)]
        rows = [
            (code, names[code], int(counts[code])) for code in range(last, -1, -1) if counts[code]
        ]
    else:
        rows = [(i, name, int(counts[i])) for i, name in enumerate(column.categories[:NO_COLOR])]
    if len(rows) > MOST:
        most = sorted(rows, key=lambda row: -row[2])[: MOST - 1]
        rest = [row for row in rows if row not in most]
        of_rest = (256, f"and {len(rest)} more", sum(row[2] for row in rest))
        rows = [*(row for row in rows if row in most), of_rest]
    if counts[NO_COLOR]:
        rows.append((NO_COLOR, column.waiting_word or "missing", int(counts[NO_COLOR])))
    return rows


def legend(
    column: Column, codes: NDArray[np.uint8], markers: dict[int, str], box: Box, theme: Theme
) -> Iterator[Shape]:
    """The shapes of a legend: a row a value, or a ramp."""
    if not column.title:
        return
    title = lines(column.title, 12.5, box.width)
    for i, line in enumerate(title):
        yield Words(box.x, box.y - 10 - 16 * (len(title) - 1 - i), line, 12.5, theme.ink)
    if column.steps is None and column.kind != "category":
        yield from _ramp(column, box, theme)
        return
    rows = rows_of(column, codes)
    most = max((n for code, _, n in rows if code <= NO_COLOR), default=0)
    palette = colors(column, theme)
    for i, (code, name, count) in enumerate(rows):
        y = box.y + i * ROW
        if y + ROW > box.bottom:
            return
        color: Rgb = tuple(palette[min(code, NO_COLOR)].tolist())
        share = count / most if count and code <= NO_COLOR else 0.0  # none of the rest together
        yield from _row(name, count, share, Box(box.x, y, box.width, ROW), color, theme)
        if code <= NO_COLOR:
            outline = MARKERS[markers.get(code, "circle")] * 4.2 + (box.x + 5, y + ROW / 2)
            yield Polygon(outline, color)


def length_of(column: Column, codes: NDArray[np.uint8], box: Box) -> float:
    """Px from the top of a legend to its end."""
    if not column.title:
        return -ROW  # nor is there a title above it
    if column.steps is None and column.kind != "category":
        return _ramp_height(box) + 6
    return len(rows_of(column, codes)) * ROW


def _ramp_height(box: Box) -> float:
    return max(30.0, min(RAMP, box.height - 20))


def _row(
    name: str, count: int, share: float, box: Box, color: Rgb, theme: Theme
) -> Iterator[Shape]:
    """A name and a count over a bar of so much of the row."""
    number, start = f"{count:,}", box.x + 16
    room = box.right - start
    if share:
        length = max(1.0, room * share)
        bar = mixed(color, theme.background, 0.22)
        yield Area(Box(start, box.y + 2, length, box.height - 4), bar)
    text = clamped(name, SMALL, room - 16 - width_of(number, SMALL))
    base = box.y + box.height / 2 + 4
    yield Words(start + 5, base, text, SMALL, theme.ink)
    yield Words(box.right - 5, base, number, SMALL, theme.quiet, "end")


def _ramp(column: Column, box: Box, theme: Theme) -> Iterator[Shape]:
    height = _ramp_height(box)
    n, palette = last_code(column) + 1, colors(column, theme)
    cells = int(height / 2)
    for cell in range(cells):
        code = round(cell / (cells - 1) * (n - 1))
        y = box.y + 6 + height - (cell + 1) * height / cells
        yield Area(Box(box.x, y, 12, height / cells + 0.5), tuple(palette[code].tolist()))
    low, high = column.domain
    for value, label in ticks(column, height, 36):
        y = box.y + 6 + height * (1 - (value - low) / (high - low))
        yield Words(box.x + 20, y + 4, label, SMALL, theme.quiet)
