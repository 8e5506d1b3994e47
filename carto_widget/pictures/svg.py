"""A sheet as SVG: everything as vectors, but many points as an image."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from PIL import Image

from carto_widget.pictures.markers import MARKERS, NAMES, Outline
from carto_widget.pictures.raster import kinds_of, pixels_of
from carto_widget.pictures.shapes import Area, Points, Polygon, Sheet, Words
from carto_widget.pictures.themes import css

VECTORS = 5_000  # points that are shapes of their own
_RASTER = 2.0  # pixels to one CSS px of the image of more points
_FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif"


def svg_of(sheet: Sheet) -> str:
    """The sheet as one document that asks for nothing outside of it."""
    size = f'width="{sheet.width:g}" height="{sheet.height:g}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
        f'viewBox="0 0 {sheet.width:g} {sheet.height:g}" role="img" '
        f'font-family="{_FONT}" aria-label={quoteattr(_printable(sheet.title))}>',
        f"<title>{_text(sheet.title)}</title>",
        f'<rect {size} fill="{css(sheet.background)}"/>',
    ]
    for shape in sheet.shapes:
        if isinstance(shape, Area):
            lines.append(_area(shape))
        elif isinstance(shape, Polygon):
            lines.append(f'<path d="{_path(shape.outline)}" fill="{css(shape.color)}"/>')
        elif isinstance(shape, Words):
            lines.append(_words(shape))
        elif len(shape.x) > VECTORS:
            lines.append(_image(shape))
        else:
            lines.extend(_shapes(shape))
    return "\n".join([*lines, "</svg>", ""])


def _printable(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n" or letter.isprintable())


def _text(text: str) -> str:
    return escape(_printable(text))


def _area(area: Area) -> str:
    box = area.box
    return (
        f'<rect x="{box.x:.2f}" y="{box.y:.2f}" width="{box.width:.2f}" '
        f'height="{box.height:.2f}" fill="{css(area.color)}"/>'
    )


def _path(outline: Outline) -> str:
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in outline.tolist()) + "Z"


def _words(words: Words) -> str:
    halo = ""
    if words.halo is not None:
        halo = f' stroke="{css(words.halo)}" stroke-width="4" paint-order="stroke"'
        halo += ' stroke-linejoin="round"'
    anchor = "" if words.anchor == "start" else f' text-anchor="{words.anchor}"'
    return (
        f'<text x="{words.x:.2f}" y="{words.y:.2f}" font-size="{words.size:g}" '
        f'fill="{css(words.color)}"{anchor}{halo}>{_text(words.text)}</text>'
    )


def _shapes(points: Points) -> Iterator[str]:
    """Each point a use of its kind's marker."""
    prefix = f"m{zlib.crc32(np.stack([points.x, points.y]).tobytes()):x}"
    edge = f' stroke="{css(points.edge)}" stroke-width="0.5"' * (points.diameter >= 3.4)
    kinds = list(kinds_of(points))
    names = {kind: f"{prefix}-{i}" for i, kind in enumerate(sorted(set(kinds)))}
    yield "<defs>"
    for (code, mark, times), name in names.items():
        outline = MARKERS[NAMES[mark]] * points.diameter * times / 2
        color = css(tuple(points.palette[code].tolist()))
        yield f'<path id="{name}" d="{_path(outline)}" fill="{color}"/>'
    yield f'</defs>\n<g fill-opacity="{points.opacity:.2f}"{edge}>'
    for x, y, kind in zip(points.x.tolist(), points.y.tolist(), kinds, strict=True):
        yield f'<use href="#{names[kind]}" x="{x:.1f}" y="{y:.1f}"/>'
    yield "</g>"


def _image(points: Points) -> str:
    file, box = BytesIO(), points.box
    Image.fromarray(pixels_of(points, _RASTER)).save(file, "PNG")
    return (
        f'<image x="{box.x:.2f}" y="{box.y:.2f}" width="{box.width:.2f}" '
        f'height="{box.height:.2f}" href="data:image/png;base64,'
        f'{base64.b64encode(file.getvalue()).decode()}"/>'
    )
