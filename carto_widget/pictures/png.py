"""A sheet as PNG."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, PngImagePlugin

from carto_widget.pictures.letters import font
from carto_widget.pictures.raster import coverage, pixels_of
from carto_widget.pictures.shapes import Area, Points, Polygon, Sheet, Words

_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def png_of(sheet: Sheet, scale: float) -> bytes:
    """The sheet at ``scale`` pixels to one CSS px."""
    size = (round(sheet.width * scale), round(sheet.height * scale))
    image = Image.new("RGBA", size, (*sheet.background, 255))
    pen = ImageDraw.Draw(image)
    for shape in sheet.shapes:
        if isinstance(shape, Area):
            _area(pen, shape, scale)
        elif isinstance(shape, Polygon):
            _polygon(image, shape, scale)
        elif isinstance(shape, Words):
            _words(pen, shape, scale)
        else:
            _points(image, shape, scale)
    facts = PngImagePlugin.PngInfo()
    facts.add_itxt("Title", sheet.title)
    file = BytesIO()
    dots = 96 * scale
    image.convert("RGB").save(file, "PNG", pnginfo=facts, dpi=(dots, dots))
    return file.getvalue()


def _area(pen: ImageDraw.ImageDraw, area: Area, scale: float) -> None:
    left, top = round(area.box.x * scale), round(area.box.y * scale)
    width, height = round(area.box.width * scale), round(area.box.height * scale)
    right, bottom = left + max(1, width) - 1, top + max(1, height) - 1
    pen.rectangle((left, top, right, bottom), fill=area.color)


def _polygon(image: Image.Image, polygon: Polygon, scale: float) -> None:
    outline = polygon.outline * scale
    corner = np.floor(outline.min(axis=0)) - 1
    side = int(np.ceil((outline.max(axis=0) - corner).max())) + 2
    covered = np.floor(255 * coverage(outline - corner, side) + 0.5).astype(np.uint8)
    image.paste((*polygon.color, 255), (int(corner[0]), int(corner[1])), Image.fromarray(covered))


def _words(pen: ImageDraw.ImageDraw, words: Words, scale: float) -> None:
    pen.text(
        (words.x * scale, words.y * scale),
        words.text,
        fill=words.color,
        font=font(words.text, words.size * scale),
        anchor=_ANCHORS[words.anchor],
        stroke_width=round(2.2 * scale) if words.halo else 0,
        stroke_fill=words.halo,
    )


def _points(image: Image.Image, points: Points, scale: float) -> None:
    corner = (round(points.box.x * scale), round(points.box.y * scale))
    image.alpha_composite(Image.fromarray(pixels_of(points, scale)), corner)
