"""What a live recorder tells whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.rows import Rows
from carto_widget.store.run.steering import Mark

WORDS = ("waiting", "training", "paused", "ended", "interrupted", "failed", "stopped")


@dataclass(frozen=True)
class Cursor:
    """How far a listener has come, so that it is told only what is new.

    Attributes:
        split: which split it follows.
        mode: which mode; None takes online where there is any.
        task: which task; None takes the only one.
        sealed: sealed epochs it has taken over.
        epoch: the epoch in flight whose rows it has begun to take over.
        rows: rows of that epoch it has taken over.
        past: how often the run took back what listeners had been told; where it is another one
            than before, a listener begins anew.
    """

    split: str = "train"
    mode: str | None = None
    task: str | None = None
    sealed: int = 0
    epoch: int | None = None
    rows: int = 0
    past: int = 0


@dataclass(frozen=True)
class Status:
    """How a recording stands.

    Attributes:
        word: one of `WORDS`.
        detail: what failed, or why recording stopped.
        epoch: the epoch it is about, where there is one.
    """

    word: str
    detail: str = ""
    epoch: int | None = None

    def __post_init__(self) -> None:
        if self.word not in WORDS:
            raise ValueError(f"status {self.word!r}: expected one of {', '.join(WORDS)}")

    @property
    def is_going_on(self) -> bool:
        """May there be news within a second?"""
        return self.word in ("waiting", "training", "paused")

    @property
    def text(self) -> str:
        """The sentence for the status line."""
        at = "" if self.epoch is None else f"epoch {self.epoch}"
        detail = f": {self.detail}" if self.detail else ""
        if self.word == "waiting":
            return "waiting for the first batch"
        if self.word == "stopped":
            return f"recording stopped{detail}"
        joint = " at " if self.word in ("interrupted", "failed") else ", "
        return self.word + (joint + at if at else "") + detail


@dataclass(frozen=True)
class SealedEpoch:
    """An epoch that is complete; `read()` gives its rows, `.sample` being the position."""

    epoch: int
    read: Callable[[], Rows]


@dataclass(frozen=True)
class ControlState:
    """A number that the loop reads and that may be set from outside.

    Attributes:
        name: on its slider.
        value: as it is now.
        min, max: its range, both included.
        log: whether the slider's scale is logarithmic.
    """

    name: str
    value: float
    min: float
    max: float
    log: bool = False


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A recorder's answer to "what is new since this cursor?".

    Attributes:
        since: the cursor for the next call.
        guid: (N,) int64 or str objects; grows at the end only.
        gold: (N, ...) gold label as in `TrainingDynamics`, as far as it is known.
        samples: the user's DataFrame of this split, or None.
        label_names: names of the classes, or None.
        kind: what is learned (docs/tasks.md).
        is_compact: rows are kept in fewer bytes, and without what then cannot be had.
        status: how the recording stands.
        badge: what has been verified, e.g. "identity checked on 3,708 samples".
        notes: what the user should know, e.g. "in memory only: nothing is saved".
        n_nonfinite: presentations whose logits held a NaN or +inf.
        epoch: the epoch in flight, or None.
        sealed: epochs sealed since the cursor, ascending.
        running: rows of the epoch in flight since the cursor, `.sample` being the position;
            presentations, so a sample may come twice. Where `Cursor.epoch` was another epoch
            they start from its first row.
        can: what may be asked of the training now, of "pause", "resume" and "stop".
        controls: the numbers that may be set.
        marks: what was asked of it so far, and where its sessions began, oldest first.
    """

    since: Cursor
    guid: NDArray[Any]
    gold: NDArray[np.int32]
    samples: Any = None
    label_names: list[str] | None = None
    kind: str = "multiclass"
    is_compact: bool = False
    status: Status = field(default_factory=lambda: Status("waiting"))
    badge: str = ""
    notes: tuple[str, ...] = ()
    n_nonfinite: int = 0
    epoch: int | None = None
    sealed: tuple[SealedEpoch, ...] = ()
    running: Rows = field(default_factory=Rows.empty)
    can: tuple[str, ...] = ()
    controls: tuple[ControlState, ...] = ()
    marks: tuple[Mark, ...] = ()
