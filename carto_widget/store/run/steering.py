"""The steering record: what was asked of a training from outside, and when."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from threading import Lock
from typing import Any

from carto_widget.store.places.place import Place, place_of

FILE = "steering.jsonl"


@dataclass(frozen=True)
class Mark:
    """One thing that was asked of a training, or the beginning of a session.

    Attributes:
        what: "session" (a program began to write), "control", "pause", "resume" or "stop".
        by: "map", "python", "interrupt" (a Ctrl-C ended a pause), or "run": of itself, as a value
            that a resumed run goes on with.
        time: ISO 8601, UTC.
        session: number of the writer.
        epoch: train epoch in flight, else the last sealed one; None before the first.
        batch: `log` calls of that epoch so far, in this session; None where none is in flight.
        name: which control.
        before, after: its value.
    """

    what: str
    by: str
    time: str
    session: int = 0
    epoch: int | None = None
    batch: int | None = None
    name: str | None = None
    before: float | None = None
    after: float | None = None


class SteeringLog:
    """Marks in order of time: in the run one JSON object a line, each on disk when it is told.

    Args:
        place: Of the run; None keeps them in memory.
        is_written: Whether new ones go to its file; of several processes one writes.

    Attributes:
        path: That file; None where nothing is written.
        marks: Oldest first.
    """

    def __init__(self, place: Place | None, *, is_written: bool = True) -> None:
        self._place = place if is_written else None
        self.path = None if self._place is None else str(self._place / FILE)
        self._one_writer = Lock()
        self.marks: list[Mark] = [] if place is None else read_marks(place)

    def append(self, mark: Mark) -> None:
        """Put a mark on record; returns when it is on disk."""
        self.marks.append(mark)
        if self._place is not None:
            known = {key: value for key, value in asdict(mark).items() if value is not None}
            line = json.dumps(known, ensure_ascii=False, allow_nan=False)
            with self._one_writer:
                self._place.append(FILE, line.encode())


def read_marks(run: str | os.PathLike[str] | Place) -> list[Mark]:
    """The marks of a run, oldest first; none where nothing was ever steered."""
    try:
        lines = place_of(run).read(FILE).split(b"\n")
    except FileNotFoundError:
        return []
    found = (_parsed(line) for line in lines)
    return [mark for mark in found if mark is not None]


def now() -> str:
    """The time of a mark."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


_KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("what", "by", "time", "name"), str),
    **dict.fromkeys(("session", "epoch", "batch"), int),
    **dict.fromkeys(("before", "after"), (int, float)),
}


def _parsed(line: bytes) -> Mark | None:
    """None for half a line, whose writer was killed, and for what a later version may write."""
    try:
        held: dict[str, Any] = json.loads(line)
        known = {name: held[name] for name in _KINDS if held.get(name) is not None}
        return Mark(**known) if all(_fits(name, known[name]) for name in known) else None
    except (ValueError, TypeError, AttributeError):
        return None


def _fits(name: str, value: object) -> bool:
    return isinstance(value, _KINDS[name]) and not isinstance(value, bool)
