"""The front end as it was built."""

from __future__ import annotations

import os
from pathlib import Path

STATIC = Path(__file__).parent.parent / "static"


def built(name: str, folder: Path = STATIC) -> Path:
    """The path of a built file.

    Raises:
        ImportError: It is not there, as in a clone whose front end was not built.
    """
    path = folder / name
    if not path.is_file():
        raise ImportError(
            f"the map's front end is not built, there is no {path}: in a clone run `make build`, "
            "or with Node 20 or newer `npm ci && npm run build`; pip install carto-widget brings it"
        )
    return path


def text_of(name: str) -> str | Path:
    """A built file's text; its path for who develops it and sees changes at once.

    anywidget watches a path, and so keeps every widget that was ever made from it.
    """
    path = built(name)
    return path if os.environ.get("ANYWIDGET_HMR") == "1" else path.read_text(encoding="utf-8")
