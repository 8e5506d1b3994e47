"""A run as a text picture, while it is written: `carto watch`."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

import click

from carto_widget.cli.options import run_argument, series_options
from carto_widget.cli.voice import harmless, one_sentence, say

if TYPE_CHECKING:
    from carto_widget.widget.source import Source

LOOK = 0.5  # s between two looks
HOME, CLEAR, TO_END_OF_LINE, TO_END_OF_SCREEN = "\x1b[H", "\x1b[2J", "\x1b[K", "\x1b[J"


@click.command()
@run_argument
@click.option("--once", is_flag=True, help="Draw what there is and end.")
@series_options
def watch(run: str, once: bool, split: str, mode: str | None, task: str | None) -> None:
    """Draw the map in the terminal, again and again while the run is written.

    It ends when the run does, or with Ctrl-C.
    """
    from carto_widget.widget.opened import source_of

    with one_sentence():
        source = source_of(run, samples=None, split=split, mode=mode, task=task)
        shown = ""
        try:
            while True:
                picture = _picture(source)
                if picture != shown:
                    _draw(picture, is_first=not shown)
                    shown = picture
                if once or not source.is_going_on:
                    return
                time.sleep(LOOK)
        except KeyboardInterrupt:
            return


def _picture(source: Source) -> str:
    """The map and the status line, as of now."""
    from carto_widget.views.tasks import drawing
    from carto_widget.views.text import text_picture

    view = drawing(source.seen.kind).view
    source.look(view)
    if not len(source.seen.guid):
        return source.seen.status.text
    columns, lines = shutil.get_terminal_size((84, 28))
    frame = source.frame(view)
    size = {"width": max(20, min(columns - 10, 100)), "height": max(5, min(lines - 9, 30))}
    return f"{text_picture(frame, view, **size)}\n{source.seen.status.text}"


def _draw(picture: str, *, is_first: bool) -> None:
    """On a terminal over the picture before it, else below."""
    if not sys.stdout.isatty():
        say(picture)
        return
    lines = "".join(f"{line}{TO_END_OF_LINE}\n" for line in harmless(picture).split("\n"))
    click.echo(f"{CLEAR * is_first}{HOME}{lines}{TO_END_OF_SCREEN}", nl=False)
