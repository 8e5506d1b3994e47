"""Where a ledger is, if nobody says so: beside the run, else where one works."""

from __future__ import annotations

import os
from pathlib import Path

from carto_widget.store.places.place import is_url


def ledger_path(given: str | os.PathLike[str] | None, run: str | None) -> Path:
    """The file.

    Args:
        given: The user's.
        run: The path of the run whose samples they are, where there is one.

    Raises:
        TypeError: ``given`` is no path.
        ValueError: ``given`` is not on this machine.
    """
    if given is not None and not isinstance(given, (str, os.PathLike)):
        raise TypeError(f"ledger={given!r}: expected a path or None, got {type(given).__name__}")
    if given is not None and is_url(os.fspath(given)):
        raise ValueError(f"ledger={os.fspath(given)!r}: expected a file on this machine")
    if given is not None:
        return Path(given)
    if run is None:
        return Path("carto-ledger.jsonl")
    name = run.rstrip("/\\")
    path = Path(name.rsplit("/", 1)[-1] if is_url(name) else name)
    return path.with_name(f"{path.name}.ledger.jsonl")
