"""How the command speaks: one sentence for what goes wrong, a clock for what takes long."""

from __future__ import annotations

import json
import sys
import threading
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import click

T = TypeVar("T")


@contextmanager
def one_sentence(doing: str = "") -> Iterator[None]:
    """What goes wrong, or is warned of, as one sentence; long work says how long it has taken."""
    with warnings.catch_warnings(record=True) as warned, _clock(doing):
        warnings.simplefilter("always", UserWarning)
        try:
            yield
        except (OSError, RuntimeError, TypeError, ValueError) as error:
            _refuse(error)
    for warning in warned:
        click.echo(f"carto: {warning.message}", err=True)


@contextmanager
def _clock(doing: str) -> Iterator[None]:
    """On a terminal, after a second, what is being done and for how long."""
    if not doing or not sys.stderr.isatty():
        yield
        return
    done, began = threading.Event(), time.monotonic()

    def tick() -> None:
        while not done.wait(1):
            click.echo(f"\r{doing}: {time.monotonic() - began:.0f} s", err=True, nl=False)

    ticking = threading.Thread(target=tick, daemon=True)
    ticking.start()
    try:
        yield
    finally:
        done.set()
        ticking.join()
        click.echo("\r\x1b[K", err=True, nl=False)


def with_bar(items: Iterable[T], doing: str) -> Iterator[T]:
    """The items one after another, on a terminal with a bar of how many are done."""
    if not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(list(items), label=doing, file=sys.stderr) as bar:
        yield from bar


def _refuse(error: Exception) -> NoReturn:
    """One sentence, and the exit code of what cannot be read at all."""
    click.echo(f"carto: {' '.join(str(error).split())}", err=True)
    sys.exit(2)


def as_json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, indent=1, ensure_ascii=False)
