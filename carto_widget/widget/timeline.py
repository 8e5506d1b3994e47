"""The `timeline` message: the epochs that are over, their curves, and what was asked when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from carto_widget.store.run.steering import Mark
from carto_widget.widget.past import Past
from carto_widget.widget.wire import PROTOCOL, Header


class Timeline:
    """What the page draws its timeline from, told when it is another one.

    Args:
        past: Of whose epochs.
    """

    def __init__(self, past: Past) -> None:
        self._past = past
        self._told: Header = {}
        self.is_learning = False  # is there more to be known of the curves?

    def forget(self) -> None:
        """The page has not been told."""
        self._told = {}

    def news(self) -> Header | None:
        """The message, where the page has another one; the epochs first, the curves when known."""
        epochs = self._past.known()
        if not epochs:
            return None
        self.is_learning = self._past.learn() if self._told else True
        message = {
            "protocol": PROTOCOL,
            "kind": "timeline",
            "epochs": epochs,
            "curves": self._past.curves.headers(epochs),
            "marks": marks_of(self._past.marks),
            **({"names": list(self._past.names)} if self._past.names else {}),
        }
        if message == self._told:
            return None
        self._told = message
        return message


def marks_of(marks: Iterable[Mark]) -> list[dict[str, Any]]:
    """The marks that lie on the axis of epochs, which begins with the first session.

    ``at`` is how much of the epoch was over, 0 to 1; None where that is not known.
    """
    return [
        {
            "epoch": mark.epoch,
            "at": 1.0 if mark.batch is None else 0.0 if mark.batch == 0 else None,
            "kind": mark.what,
            "text": _said(mark),
        }
        for mark in marks
        if mark.epoch is not None and (mark.what, mark.session) != ("session", 0)
    ]


def _said(mark: Mark) -> str:
    if mark.what == "session":
        return f"session {mark.session} began"
    if mark.what == "control":
        before = "" if mark.before is None else f" {mark.before:.4g} →"
        after = "" if mark.after is None else f" {mark.after:.4g}"
        return f"{mark.name}{before}{after}"
    word = {"pause": "paused", "resume": "went on", "stop": "stopped"}.get(mark.what, mark.what)
    by = {"map": " from the map", "python": " from Python", "interrupt": " by an interrupt"}
    return word + by.get(mark.by, "")
