"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

run_argument = click.argument("run", type=click.Path())
json_option = click.option("--json", "is_json", is_flag=True, help="The same facts as JSON.")


def series_options(command: F) -> F:
    """Which training dynamics are meant, where a run has several."""
    task = click.option("--task", help="Which head, where there are several.")
    mode = click.option("--mode", help="online or eval; online where there is any.")
    split = click.option("--split", default="train", show_default=True, help="Whose samples.")
    return split(mode(task(command)))


def rows_options(command: F) -> F:
    """Of which epochs rows are computed, and where they go."""
    epochs = click.option(
        "--epochs", help="0:5 (epochs 0 to 4), -3: (the last three), or 0,2,4; else all."
    )
    output = click.option(
        "-o", "--output", type=click.Path(), help="A .parquet or .csv for all rows."
    )
    return output(epochs(series_options(json_option(command))))


def file_of(output: str, suffixes: tuple[str, ...]) -> Path:
    """The file that `-o` names.

    Raises:
        ValueError: of a kind that is not written, or not on this machine.
    """
    from carto_widget.store.places.place import path_here

    path = path_here(output)
    if path.suffix.lower() not in suffixes:
        kinds = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        raise ValueError(f"-o {output}: expected a name that ends in {kinds}")
    return path


def epochs_of(text: str | None) -> slice | list[int] | None:
    """`0:5` as a slice, `0,2,4` as a list."""
    if text is None:
        return None
    try:
        if ":" in text:
            start, stop = (int(bound) if bound.strip() else None for bound in text.split(":"))
            return slice(start, stop)
        return [int(number) for number in text.split(",")]
    except ValueError:
        raise ValueError(f"--epochs {text}: expected 0:5, -3: or 0,2,4") from None
