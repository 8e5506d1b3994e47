"""A map as a cell shows it: the widget, and beneath it a still for where no widget can be."""

from __future__ import annotations

import base64
import contextvars
import html
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from carto_widget.pictures.picture import Picture
from carto_widget.pictures.still import inline_png

INTERVAL = 5.0  # s between two stills, but for those that a cell waits for
REST = 20.0  # times as long as drawing a still took, until the next
PATIENCE = 2.0  # s that a cell waits for its still
SIZE = (720, 480)
BYTES = 108_000  # of the PNG: 144 kB of text in the notebook
HIDDEN = "The map is hidden while it is reviewed blind."

Bundle = tuple[dict[str, Any], dict[str, Any]] | None
Publish = Callable[..., Any]


def notebook_shell() -> Any:
    """The IPython of a kernel; None in a terminal, or where there is none."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return shell if hasattr(shell, "kernel") else None


class Shown:
    """What one map has given to the cells that show it.

    A cell gets two outputs: the widget, and a still that can be replaced (an image in the widget's
    own bundle never could). All stills of a map have one display id, so they change together. The
    page hides them while a view of the map lives.

    Attributes:
        name: The display id, and the class by which the page finds the stills.
        is_due: There is something else to be seen on the still.
    """

    def __init__(self) -> None:
        self.name = f"carto-still-{secrets.token_hex(8)}"
        self.is_due = True
        self._publish: Publish | None = None
        self._forget: Callable[[], None] = lambda: None
        self._html = ""
        self._is_out = False  # on a page
        self._lock = threading.Lock()
        self._next = float("-inf")
        self._awaited: deque[threading.Event] = deque()

    # ---- the user's thread ----

    def display(self, shell: Any, widget: Bundle, wake: threading.Event) -> None:
        """Show the widget and its still in the cell that runs, and keep the still up to date."""
        is_first = self._publish is None
        self._publish = publish = shell.display_pub.publish
        data, metadata = widget or ({}, {})
        # of its text what will still be true when the notebook is opened again
        text = str(data.get("text/plain", "")).partition(": ")[0]
        publish(data | {"text/plain": f"{text})"}, metadata)
        self.wait(wake)
        with self._lock:
            publish({"text/html": self._html}, transient={"display_id": self.name})
            self._is_out = True
        if is_first:  # what runs a notebook without a page listens no longer than its cells
            at_end = lambda _: self.wait(wake)  # noqa: E731
            shell.events.register("post_run_cell", at_end)
            self._forget = lambda: shell.events.unregister("post_run_cell", at_end)

    def wait(self, wake: threading.Event) -> None:
        """Have the map's thread look and draw at once."""
        if self._publish is not None:
            self._awaited.append(done := threading.Event())
            wake.set()
            done.wait(PATIENCE)

    def close(self, wake: threading.Event) -> None:
        """A last still, which takes the place of the widget."""
        self.wait(wake)
        self._forget()
        self._publish, self._forget = None, lambda: None

    # ---- the map's thread ----

    def waiting(self) -> list[threading.Event]:
        """Who waits for the turn that begins now."""
        return [self._awaited.popleft() for _ in range(len(self._awaited))]

    def turn(self, picture: Callable[[], Picture] | None, *, at_once: bool) -> float:
        """Replace the still where it is due, None by words; the seconds until it may be."""
        if not self.is_due or self._publish is None:
            return float("inf")
        started = time.monotonic()
        if started < self._next and not at_once:
            return self._next - started
        self.is_due = False
        drawn = still_html(picture and picture(), self.name)
        with self._lock:
            self._html = drawn
            if self._is_out:
                # In an empty context the message belongs to the cell that runs, not to the one in
                # which this thread began: nbclient listens to no other.
                update = {"transient": {"display_id": self.name}, "update": True}
                contextvars.Context().run(self._publish, {"text/html": drawn}, **update)
        spent = time.monotonic() - started
        self._next = started + max(INTERVAL, REST * spent)
        return float("inf")


def still_html(picture: Picture | None, name: str) -> str:
    """The picture as HTML that needs nothing else, also after a sanitiser; None: it is hidden."""
    # Jupyter writes a line of text where a widget's state was not saved: the still says more.
    before = f".jp-OutputArea-child:has(+ .jp-OutputArea-child .{name})"
    lost = f"{before} > .jp-OutputArea-output:not(:has(*)) {{ display: none; }}"
    seen = f"<p>{HIDDEN}</p>" if picture is None else _image(picture)
    return f'<div class="carto-still {name}"><style>{lost}</style>{seen}</div>'


def _image(picture: Picture) -> str:
    png = base64.b64encode(inline_png(picture, SIZE, BYTES)).decode()
    x, y, color = (picture.frame.columns[role].title for role in ("x", "y", "color"))
    alt = f"Data map {picture.title}, {picture.subtitle}: {x} across, {y} up, colour {color}"
    return (
        f'<img alt="{html.escape(alt)}" width="{SIZE[0]}" height="{SIZE[1]}" '
        f'style="max-width: 100%; height: auto" src="data:image/png;base64,{png}">'
    )
