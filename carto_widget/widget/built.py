"""The front end as it was built."""

from __future__ import annotations

import os
from pathlib import Path

from carto_widget.widget.wire import PROTOCOL, Buffers, Header

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


_MORE = [text_of("more.js"), text_of("more.css")]  # of the same build as what was sent before it


def more_message() -> tuple[Header, Buffers]:
    """The second part of the front end: what is of use only where there is a kernel."""
    texts = [text if isinstance(text, str) else text.read_text("utf-8") for text in _MORE]
    return {"protocol": PROTOCOL, "kind": "more"}, [text.encode() for text in texts]
