"""A sheet as PNG."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, PngImagePlugin

from carto_widget.pictures.letters import font
from carto_widget.pictures.raster import coverage, pixels_of
from carto_widget.pictures.shapes import Area, Points, Polygon, Sheet, Words

_SMALLER = ((1.5, 256), (1.25, 256), (1.0, 256), (1.0, 64), (0.75, 32))  # scale, colours
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def png_of(sheet: Sheet, scale: float) -> bytes:
    """The sheet at ``scale`` pixels to one CSS px."""
    return _file(_image(sheet, scale), sheet.title, scale)


def small_png_of(sheet: Sheet, most: int) -> bytes:
    """The sheet in at most ``most`` bytes where that can be: fewer colours, then fewer pixels."""
    for scale, colors in _SMALLER:
        png = _file(_few_colors(_image(sheet, scale), colors), sheet.title, scale)
        if len(png) <= most:
            break
    return png


def _image(sheet: Sheet, scale: float) -> Image.Image:
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
    return image.convert("RGB")


def _few_colors(image: Image.Image, most: int) -> Image.Image:
    """The image in so many colours, its background's among them."""
    few = image.quantize(most, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette, behind = few.getpalette() or [], 3 * np.asarray(few)[0, 0]
    palette[behind : behind + 3] = np.asarray(image)[0, 0].tolist()
    few.putpalette(palette)
    return few


def _file(image: Image.Image, title: str, scale: float) -> bytes:
    facts = PngImagePlugin.PngInfo()
    facts.add_itxt("Title", title)
    file = BytesIO()
    dots = 96 * scale
    image.save(file, "PNG", pnginfo=facts, dpi=(dots, dots))
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
