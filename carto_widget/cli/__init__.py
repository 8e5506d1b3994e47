"""The `carto` command: the words of the Python API, each command one call into a room."""

from __future__ import annotations

import click

from carto_widget.cli.converting import convert
from carto_widget.cli.editing import edits
from carto_widget.cli.of_run import check, info
from carto_widget.cli.pictures import plot
from carto_widget.cli.rows import subset, table
from carto_widget.cli.showing import demo
from carto_widget.cli.watching import watch


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="carto-widget", message="%(prog)s %(version)s")
def carto() -> None:
    """Maps of a dataset, from what a model said of it while it learned."""


for command in (info, check, table, subset, plot, convert, edits, watch, demo):
    carto.add_command(command)
