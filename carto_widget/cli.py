"""The `carto` command: the words of the Python API, each command one call into a room."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from carto_widget.store.parts import Part


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="carto-widget", message="%(prog)s %(version)s")
def carto() -> None:
    """Maps of a dataset, from what a model said of it while it learned."""


@carto.command()
@click.argument("run", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="The same facts as one JSON object.")
def check(run: str, as_json: bool) -> None:
    """Read a run whole and say what it holds, what was verified, what is missing or damaged.

    Exit code 0: sound; 1: something is wrong; 2: not a run.
    """
    from carto_widget.store.inspection import inspected
    from carto_widget.store.sentences import paragraph

    try:
        account = inspected(run, _with_progress)
    except (OSError, ValueError) as error:
        _refuse(error)
    text = paragraph(account)
    facts: dict[str, Any] = {"is_sound": account.is_sound, **asdict(account), "paragraph": text}
    click.echo(json.dumps(facts, indent=1, ensure_ascii=False) if as_json else text)
    sys.exit(0 if account.is_sound else 1)


def _with_progress(parts: list[Part]) -> Iterable[Part]:
    """The parts, with a bar on a terminal where reading them takes a while."""
    if not sys.stderr.isatty():
        yield from parts
        return
    with click.progressbar(parts, label="reading", file=sys.stderr) as bar:
        yield from bar


def _refuse(error: Exception) -> NoReturn:
    """One sentence, and the exit code of what cannot be read at all."""
    click.echo(f"carto: {error}", err=True)
    sys.exit(2)
