"""The data map as a still: PNG and SVG."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from carto_widget.pictures.composed import composed
from carto_widget.pictures.picture import Picture, picture_of
from carto_widget.pictures.png import png_of, small_png_of
from carto_widget.pictures.svg import svg_of
from carto_widget.pictures.themes import theme_named
from carto_widget.store.places.durable import write_file
from carto_widget.store.places.place import path_here
from carto_widget.views.view import View

SIZE = (960.0, 640.0)
MOST = 100_000_000  # pixels of a PNG: 1 GB of memory
OTHERS = frozenset((".png", ".svg", ".html", ".jpg", ".jpeg", ".pdf", ".gif", ".webp"))
PathLike = str | os.PathLike[str]


def to_png(
    source: Any,
    path: PathLike,
    *,
    view: View | Mapping[str, Any] | None = None,
    size: tuple[float, float] = SIZE,
    scale: float = 2.0,
    theme: str = "light",
    title: str | None = None,
) -> None:
    """Write the data map as PNG.

    Args:
        source: Whatever `table` takes, or a DataFrame with columns to draw.
        path: Of the file.
        view: What is drawn against what; without it the data map of the task.
        size: Width and height in CSS pixels.
        scale: Pixels of the file to one CSS pixel.
        theme: "light" or "dark".
        title: Without it the name of the run's folder.

    Raises:
        ValueError: A view that cannot be drawn, a size that is too small or too large, an
            unknown theme, or a path that ends as another kind of picture.
    """
    if not 0.5 <= scale <= 8:
        raise ValueError(f"scale={scale:g}; expected 0.5 to 8")
    pixels = size[0] * size[1] * scale**2
    if pixels > MOST:
        raise ValueError(
            f"size={size[0]:g}x{size[1]:g} at scale={scale:g}: {pixels / 1e6:,.0f} million pixels; "
            f"expected at most {MOST / 1e6:g} million"
        )
    file_here = _named(path, ".png")
    png = png_of_picture(picture_of(source, view, title=title), size, theme, scale)
    write_file(file_here, lambda file: _fill(file, png))


def png_of_picture(
    picture: Picture, size: tuple[float, float], theme: str, scale: float = 2.0
) -> bytes:
    """The picture as a PNG."""
    return png_of(composed(picture, size, theme_named(theme)), scale)


def svg_of_picture(picture: Picture, size: tuple[float, float], theme: str) -> bytes:
    """The picture as an SVG."""
    return svg_of(composed(picture, size, theme_named(theme))).encode()


def to_svg(
    source: Any,
    path: PathLike,
    *,
    view: View | Mapping[str, Any] | None = None,
    size: tuple[float, float] = SIZE,
    theme: str = "light",
    title: str | None = None,
) -> None:
    """Write the data map as SVG: vectors, and above 5,000 samples the points as an image.

    Arguments and errors as of `to_png`.
    """
    file_here = _named(path, ".svg")
    svg = svg_of_picture(picture_of(source, view, title=title), size, theme)
    write_file(file_here, lambda file: _fill(file, svg))


def inline_png(picture: Picture, size: tuple[float, float], most: int) -> bytes:
    """The picture as a light PNG of at most ``most`` bytes, to stand inside a document."""
    return small_png_of(composed(picture, size, theme_named("light")), most)


def _named(path: PathLike, suffix: str) -> Path:
    """The path on this machine; one that names another kind of picture is refused."""
    here = path_here(path)
    if here.suffix.lower() in OTHERS - {suffix}:
        raise ValueError(
            f"{path}: expected a name that ends in {suffix}, which is what is written; "
            "to_png, to_svg and to_html each write their own"
        )
    return here


def _fill(file: Path, content: bytes) -> None:
    file.write_bytes(content)
