"""Rows of numbers, one a sample: `carto table` and `carto subset`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carto_widget.cli.options import epochs_of, file_of, rows_options, run_argument
from carto_widget.cli.voice import as_json, one_sentence, say, with_bar

if TYPE_CHECKING:
    import pandas as pd

FIRST_ROWS = 10
WIDEST = 60  # letters of a name; a file has it whole
SUFFIXES = (".parquet", ".csv")
AT_ONCE = 100_000_000  # samples times epochs: a table of more is computed range by range


@click.command()
@run_argument
@click.option("--metrics", help="Names with commas, or all; else the core ones.")
@rows_options
def table(
    run: str,
    metrics: str | None,
    epochs: str | None,
    output: str | None,
    is_json: bool,
    **which: Any,
) -> None:
    """Compute metrics of every sample: the first rows, or all into a file.

    RUN is a run folder, or whatever else carto_widget.load reads. With --json and without -o
    every row is printed, one JSON object a line.
    """
    import carto_widget as door

    names = metrics if metrics in (None, "all") else [name.strip() for name in metrics.split(",")]
    with one_sentence():
        file = None if output is None else file_of(output, SUFFIXES)
    if file is not None and _is_huge(run, file, epochs, which):
        _write_by_range(run, file, names, is_json, which)
        return
    with one_sentence(f"computing metrics of {run}"):
        dynamics = door.load(run, **which)
        found = door.table(dynamics, names, epochs=epochs_of(epochs))
        _write(found, file)
    _show(found, file, is_json)


def _is_huge(run: str, output: Path, epochs: str | None, which: dict[str, Any]) -> bool:
    """Is the table better computed range by range, as a run's of all epochs into Parquet can be?"""
    import carto_widget as door

    if output.suffix.lower() != ".parquet" or epochs is not None:
        return False
    with suppress(OSError, ValueError):  # not a run, or without an order: said where it is loaded
        parts = door.parts(run, **which)
        return parts.n_samples * len(parts.epochs) > AT_ONCE
    return False


def _write_by_range(
    run: str, output: Path, names: Any, is_json: bool, which: dict[str, Any]
) -> None:
    """The table of more samples than memory holds, with a bar."""
    import pyarrow.parquet as pq

    import carto_widget as door

    def each(function: Callable[..., Any], *arguments: Iterable[Any]) -> Iterator[Any]:
        ranges = list(zip(*arguments, strict=False))  # two of them never end
        return (function(*one) for one in with_bar(ranges, "computing"))

    with one_sentence():
        parts = door.parts(run, **which)
        door.write_table(parts, output, names, map=each)
    columns = [name for name in pq.read_schema(output).names if name != "guid"]
    _say_written(output, parts.n_samples, columns, {}, is_json)


@click.command()
@run_argument
@click.option("--metric", default="variability", show_default=True, help="What ranks the samples.")
@click.option("--fraction", type=float, help="Of the observed samples; else a third.")
@click.option("--threshold", type=float, help="Instead: all from this value on.")
@click.option("--worst", is_flag=True, help="The other end: the easiest first.")
@click.option("--both-ends", is_flag=True, help="Seven tenths from the first end, the rest last.")
@rows_options
def subset(
    run: str,
    epochs: str | None,
    output: str | None,
    is_json: bool,
    split: str,
    mode: str | None,
    task: str | None,
    **asked: Any,
) -> None:
    """Choose the samples at one end of a metric, the hardest first: guid, labels, reason."""
    import carto_widget as door

    with one_sentence(f"computing {asked['metric']} of {run}"):
        file = None if output is None else file_of(output, SUFFIXES)
        dynamics = door.load(run, split, mode=mode, task=task)
        found = door.subset(dynamics, **asked, epochs=epochs_of(epochs))
        _write(found, file)
    _show(found, file, is_json)


def _write(frame: pd.DataFrame, output: Path | None) -> None:
    """Put all rows into a file, whole or not at all."""
    from carto_widget.store.places.durable import write_file

    if output is not None:
        is_csv = output.suffix.lower() == ".csv"
        write_file(output, frame.to_csv if is_csv else frame.to_parquet)


def _show(frame: pd.DataFrame, output: Path | None, is_json: bool) -> None:
    """The first rows, or where all of them are."""
    if output is not None:
        _say_written(output, len(frame), [*frame.columns], frame.attrs, is_json)
    elif is_json:
        rows = frame.reset_index().to_json(orient="records", lines=True, double_precision=15)
        click.echo(rows.lstrip("\n"), nl=False)  # without rows it is a line of nothing
    elif not len(frame):
        say("no sample")
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        first = frame.head(FIRST_ROWS)
        look: dict[str, Any] = {"line_width": width, "max_colwidth": WIDEST}
        say(first.to_string(**look, float_format="{:.4g}".format))
        say(f"\n{len(first)} of {len(frame):,} rows; -o FILE.parquet or .csv writes them all")


def _say_written(
    output: Path, n_rows: int, columns: list[Any], attrs: dict[Any, Any], is_json: bool
) -> None:
    """What the file holds, and what was asked for."""
    if is_json:
        facts = {"path": str(output), "rows": n_rows, "columns": columns}
        say(as_json(facts | {str(name): value for name, value in attrs.items()}))
    else:
        say(f"{output}: {n_rows:,} rows, {len(columns)} columns and the guid")
