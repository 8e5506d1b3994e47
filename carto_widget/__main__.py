"""`python -m carto_widget`: the `carto` command."""

from carto_widget.cli import carto

carto(prog_name="carto")
