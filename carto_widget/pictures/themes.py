"""The map's colours, on light and on dark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from carto_widget.views.frame import Column

Rgb = tuple[int, int, int]
ThemeName = Literal["light", "dark"]
NO_COLOR = 255  # the code of what has none
_LAST = 254


def rgb(hexadecimal: str) -> Rgb:
    """`#5070db` as bytes."""
    red, green, blue = bytes.fromhex(hexadecimal[1:])
    return red, green, blue


def css(color: Rgb) -> str:
    """Bytes as `#5070db`."""
    return f"#{bytes(color).hex()}"


def mixed(color: Rgb, other: Rgb, share: float) -> Rgb:
    """So much of one colour in another."""
    both = zip(color, other, strict=True)
    red, green, blue = (round(share * a + (1 - share) * b) for a, b in both)
    return red, green, blue


def _list(hexadecimals: str) -> tuple[Rgb, ...]:
    return tuple(rgb(one) for one in hexadecimals.split())


@dataclass(frozen=True)
class Theme:
    """Colours of what is drawn.

    Attributes:
        ink, quiet, faint, veil: Of words, of numbers, of lines, of areas.
        absent: Of samples whose colour is missing.
        diverging, sequential: Stops of fractions of epochs, and of other numbers.
        across, up, told: Of the histograms of x, y and colour, as in the paper's figure.
    """

    background: Rgb
    ink: Rgb
    quiet: Rgb
    faint: Rgb
    veil: Rgb
    absent: Rgb
    diverging: tuple[Rgb, ...]
    sequential: tuple[Rgb, ...]
    across: Rgb
    up: Rgb
    told: Rgb


THEMES: dict[ThemeName, Theme] = {
    "light": Theme(
        background=rgb("#ffffff"),
        ink=rgb("#22262b"),
        quiet=rgb("#5c626a"),
        faint=rgb("#e8eaec"),
        veil=rgb("#f4f5f6"),
        absent=rgb("#9a9a9a"),
        diverging=_list("#5070db #222222 #d1483a"),
        sequential=_list("#440154 #46327e #365c8d #277f8e #1fa187 #4ac16d #a0c31e"),
        across=rgb("#008080"),
        up=rgb("#622a87"),
        told=rgb("#86bf91"),
    ),
    "dark": Theme(
        background=rgb("#141517"),
        ink=rgb("#e4e3df"),
        quiet=rgb("#a3a8ae"),
        faint=rgb("#2b2d30"),
        veil=rgb("#1f2123"),
        absent=rgb("#8a8a8a"),
        diverging=_list("#6f8dff #e3e1dc #ff6a55"),
        sequential=_list("#5a4fa2 #3f6f9f #2d8f95 #27ad81 #5cc863 #aadc32 #fde725"),
        across=rgb("#35b0a8"),
        up=rgb("#b083d6"),
        told=rgb("#86bf91"),
    ),
}
# Okabe and Ito's colours without those that a background swallows, then each the farthest from
# those before it as people with any colour vision see them.
CATEGORICAL = _list(
    "#0072b2 #d55e00 #009e73 #cc79a7 #56b4e9 #e69f00 #78004b #1414f0 #784b00 #3c2d96 "
    "#9669ff #69d296 #964b78 #d200b4 #ff4b69 #c3004b #00694b #5a00d2 #ff78d2 #4b5ae1"
)
OTHER = rgb("#8d8d8d")  # all the other categories, and quiet ones


def theme_named(name: str) -> Theme:
    """The theme of this name.

    Raises:
        ValueError: There is none.
    """
    for known, theme in THEMES.items():
        if name == known:
            return theme
    raise ValueError(f"theme={name!r}; expected {' or '.join(map(repr, THEMES))}")


def last_code(column: Column) -> int:
    """The last code that stands for a value."""
    if column.kind == "category":
        return max(0, min(len(column.categories) - 1, _LAST))
    return _LAST if column.steps is None else column.steps - 1


def codes_of(column: Column) -> NDArray[np.uint8]:
    """(N,) uint8: a step, a category, or 0..254 over the domain; 255 where there is no value."""
    low, high = (0.0, 1.0) if column.kind == "category" else column.domain
    last = 1 if column.kind == "category" else last_code(column)
    values = column.values
    gaps = np.isnan(values) if column.waiting is None else np.isnan(values) | column.waiting
    scaled = (np.where(gaps, low, values) - low) * (last / (high - low))
    codes = np.floor(np.clip(scaled, 0, last_code(column)) + 0.5).astype(np.uint8)
    codes[gaps] = NO_COLOR
    return codes


def colors(column: Column, theme: Theme) -> NDArray[np.uint8]:
    """(256, 3) uint8: the colour of each code."""
    table = np.tile(np.array(theme.absent, np.uint8), (256, 1))
    n = last_code(column) + 1
    if column.kind == "category":
        table[:n] = [CATEGORICAL[code % len(CATEGORICAL)] for code in range(n)]
        if column.n_other:
            table[n - 1] = OTHER
        table[list(column.quiet)] = OTHER
        return table
    stops = np.array(theme.diverging if column.kind == "steps" else theme.sequential)
    at, known = np.linspace(0, 1, n), np.linspace(0, 1, len(stops))
    blended = [np.interp(at, known, stops[:, channel]) for channel in range(3)]
    table[:n] = np.floor(np.stack(blended, axis=1) + 0.5)
    return table
