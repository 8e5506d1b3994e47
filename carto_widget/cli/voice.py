"""How the command speaks: one sentence for what goes wrong, a clock for what takes long."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import click

T = TypeVar("T")
# What a terminal obeys instead of showing it, or shows in an order that nobody wrote.
_OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """A text in which names from elsewhere, of labels or files, say nothing to the terminal."""
    return _OBEYED.sub(lambda found: json.dumps(found[0])[1:-1], text)


def say(text: str, *, is_error: bool = False) -> None:
    """Lines on standard output or error, in whichever alphabet those have."""
    encoding = (sys.stderr if is_error else sys.stdout).encoding or "utf-8"
    told = harmless(text).encode(encoding, "backslashreplace").decode(encoding)
    click.echo(told, err=is_error)


@contextmanager
def one_sentence(doing: str = "") -> Iterator[None]:
    """What goes wrong, or is warned of, as one sentence; long work says how long it has taken."""
    with warnings.catch_warnings(record=True) as warned, _clock(doing):
        warnings.simplefilter("always", UserWarning)
        try:
            yield
        except BrokenPipeError:  # nobody reads on, which is no mistake
            raise
        except (OSError, RuntimeError, TypeError, ValueError) as error:
            _refuse(error)
    for warning in warned:
        say(f"carto: {warning.message}", is_error=True)


@contextmanager
def _clock(doing: str) -> Iterator[None]:
    """On a terminal, after a second, what is being done and for how long."""
    if not doing or not sys.stderr.isatty():
        yield
        return
    doing = harmless(doing)
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
    say(f"carto: {' '.join(str(error).split())}", is_error=True)
    sys.exit(2)


def as_json(facts: dict[str, Any]) -> str:
    standard = json.loads(json.dumps(facts), parse_constant=str)  # infinity is no number there
    return json.dumps(standard, indent=1)
