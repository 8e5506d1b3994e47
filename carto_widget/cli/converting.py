"""Training dynamics in another layout: `carto convert`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from carto_widget.cli.options import json_option, series_options
from carto_widget.cli.voice import as_json, one_sentence, say


@click.command()
@click.argument("source", metavar="IN", type=click.Path())
@click.argument("target", metavar="OUT", type=click.Path())
@click.option("--format", "how", help="jsonl, parquet, csv or npz; else by the name of OUT.")
@series_options
@json_option
def convert(source: str, target: str, how: str | None, is_json: bool, **which: Any) -> None:
    """Write training dynamics in a layout that other tools read.

    IN is a run folder, or whatever else carto_widget.load reads. OUT is a .parquet, .csv or .npz,
    or a folder, which gets training_dynamics/dynamics_epoch_<N>.jsonl as the original paper's
    code writes them.
    """
    import carto_widget as door

    with one_sentence(f"converting {source}"):
        if os.path.exists(source) and os.path.exists(target) and os.path.samefile(source, target):
            raise ValueError(f"{target}: IN and OUT are the same; nothing was written")
        dynamics = door.load(source, **which)
        door.save(dynamics, target, how)
    facts = {
        "path": target,
        "format": how or Path(target).suffix.removeprefix(".").lower() or "jsonl",
        "samples": len(dynamics.guid),
        "epochs": len(dynamics.epochs),
    }
    told = f"{target}: {facts['samples']:,} samples, {facts['epochs']} epochs as {facts['format']}"
    say(as_json(facts) if is_json else told)
