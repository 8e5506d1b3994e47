"""The quickstart, to be tried: `carto demo`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from carto_widget.cli.voice import one_sentence


@click.command()
@click.option(
    "--headless",
    is_flag=True,
    help="By itself in headless Chromium, which is the default where there is no display.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where its results go: demo-output; where JupyterLab is opened, the working directory.",
)
def demo(headless: bool, folder: Path | None) -> None:
    """Open the quickstart in JupyterLab: train on product reviews and watch the map.

    With --headless the notebook runs by itself and leaves itself, a picture of the map and a table
    of its numbers. Needs the extra: pip install "carto-widget[demo]".
    """
    from carto_widget.demo.show import show

    with one_sentence():
        code = show(headless=headless, folder=folder)
    sys.exit(code)
