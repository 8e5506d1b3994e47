"""Files of other tools: found by their content, read whole or not at all, written."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import carto_widget.curation.exchange as room
from carto_widget.curation.exchange.words import Names, Said, Shown
from carto_widget.store.places.durable import write_bytes

MAX_BYTES = 2**30  # of a file


def read_said(path: Path, tool: str | None, names: Names) -> tuple[str, list[Said]]:
    """The tool that wrote a file, and what people said there.

    Raises:
        ValueError: No JSON, larger than a GiB, or of no tool that is known.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"{path}: {size:,} bytes, at most {MAX_BYTES:,} are read; export parts")
    try:
        held = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not JSON ({str(error)[:200]})") from error
    found = [one for one in tools() if one.recognises(held)] if tool is None else [tool_of(tool)]
    if not found or not found[0].recognises(held):
        wanted = tool or ", ".join(one.FORMAT for one in tools())
        raise ValueError(f"{path}: not as {wanted} exports it")
    return found[0].FORMAT, list(found[0].said(held, names))


def write_shown(
    path: Path, tool: str, samples: Sequence[Shown], gold: str | None, *, overwrite: bool
) -> None:
    """Write a file for a tool; it is there whole or not at all.

    Raises:
        FileExistsError: There is such a file.
        ValueError: Another tool, or samples that it cannot show.
    """
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path}: there is such a file; overwrite=True replaces it")
    held = tool_of(tool).written(samples, gold)
    write_bytes(path, json.dumps(held, ensure_ascii=False, indent=1, allow_nan=False).encode())


def tool_of(name: str) -> ModuleType:
    """Raises:
    ValueError: A tool that is not known.
    """
    known = {one.FORMAT: one for one in tools()}
    if name not in known:
        near = get_close_matches(str(name), known, 1, 0)[0]
        raise ValueError(f"format={name!r} is none of {', '.join(known)}; did you mean {near!r}?")
    return known[name]


@cache
def tools() -> tuple[ModuleType, ...]:
    """The files of this room that know a tool."""
    names = sorted(module.name for module in pkgutil.iter_modules(room.__path__))
    files = [import_module(f"{room.__name__}.{name}") for name in names]
    return tuple(file for file in files if hasattr(file, "FORMAT"))


def edit_id(tool: str, one: Said) -> str:
    """The same for the same annotation, so that a file may be read twice."""
    told = json.dumps([tool, one.guid, one.label, one.who, one.of], default=str)
    return sha256(told.encode()).hexdigest()[:32]


def require_said(path: Path, faults: dict[str, list[Any]], n: int) -> None:
    """Raises:
    ValueError: There are faults: of each kind how many, and the first three.
    """
    lines = [
        f"- {what} ({len(found):,}): {_first(found)}" for what, found in faults.items() if found
    ]
    if lines:
        bad = sum(len(found) for found in faults.values())
        raise ValueError(
            "\n".join([f"{path}: nothing is read, {bad:,} of {n:,} labels do not fit", *lines])
        )


def _first(found: Iterable[Any]) -> str:
    shown = [f"{one!r:.60}" for one in found]
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3:,} more" if len(shown) > 3 else "")
