"""A run as a picture: `carto plot`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from carto_widget.cli.options import file_of, json_option, run_argument, series_options
from carto_widget.cli.voice import as_json, one_sentence, say

SUFFIXES = (".png", ".svg", ".html")


@click.command()
@run_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    required=True,
    help="A .png, .svg or .html.",
)
@click.option("--view", help="Metrics of x,y or x,y,color; else the data map of the task.")
@click.option("--size", help="In CSS pixels, as 960x640; else that, and for .html the window's.")
@click.option("--scale", type=float, help="Pixels of a .png to one CSS pixel; else 2.")
@click.option("--dark", is_flag=True, help="On a dark background.")
@click.option("--title", help="Else the name of the run's folder.")
@series_options
@json_option
def plot(
    run: str,
    output: str,
    view: str | None,
    size: str | None,
    scale: float | None,
    dark: bool,
    title: str | None,
    is_json: bool,
    **which: Any,
) -> None:
    """Draw the map into a file: a still as .png or .svg, the paper's figure as .html.

    RUN is a run folder, or whatever else carto_widget.load reads. No browser is needed.
    """
    import carto_widget as door
    from carto_widget.pictures.picture import name_of, picture_of

    with one_sentence(f"drawing {run}"):
        options: dict[str, Any] = {"theme": "dark" if dark else "light"}
        if size is not None:
            options["size"] = _size(size)
        if scale is not None:
            options["scale"] = scale
        file = file_of(output, SUFFIXES)
        write = _writer(file, options)
        dynamics = door.load(run, **which)
        picture = picture_of(dynamics, _view(view), title=title or name_of(run))
        write(picture, file, **options)
    facts = {
        "path": str(file),
        "samples": len(picture.frame),
        "drawn": int(picture.is_drawn.sum()),
        "epochs": picture.n_epochs,
        "n_bytes": file.stat().st_size,
    }
    say(as_json(facts) if is_json else f"{file}: {_told(picture.subtitle)}")


def _told(subtitle: str) -> str:
    return subtitle.replace(" · ", ", ")


def _writer(file: Path, options: dict[str, Any]) -> Any:
    """What writes such a file."""
    from carto_widget.pictures.page import to_html
    from carto_widget.pictures.still import to_png, to_svg

    suffix = file.suffix.lower()
    if "scale" in options and suffix != ".png":
        raise ValueError(f"--scale: {suffix} has no pixels of its own; it is for .png")
    return dict(zip(SUFFIXES, (to_png, to_svg, to_html), strict=True))[suffix]


def _view(text: str | None) -> Any:
    """`variability,confidence,region` as a view."""
    import carto_widget as door

    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    if len(names) not in (2, 3) or not all(names):
        raise ValueError(f"--view {text}: expected x,y or x,y,color, as variability,confidence")
    return door.View(names[0], names[1], names[2] if len(names) == 3 else None)


def _size(text: str) -> tuple[int, int]:
    """`960x640` as numbers."""
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text.strip())
    if found is None:
        raise ValueError(f"--size {text}: expected width and height, as 960x640")
    return int(found[1]), int(found[2])
