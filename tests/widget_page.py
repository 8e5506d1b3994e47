"""A page at the other end of a map's comm, and sources for it to show."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from comm.base_comm import BaseComm

from carto_widget.demo.server import PATIENCE
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.rows import Rows
from carto_widget.store.snapshot import Cursor, SealedEpoch, Snapshot, Status
from carto_widget.widget.wire import bits_of

Message = tuple[dict[str, Any], list[Any]]
GUID = ["a", "b", "c", "d"]
SAMPLES = pd.DataFrame({"text": ["w", "x", "y", "z"]}, index=GUID)


class Page(BaseComm):
    """The other end of the comm: what reached it, and what it says."""

    def __init__(self, **state: Any) -> None:
        self.messages: list[Message] = []
        self.state: dict[str, Any] = {}
        super().__init__(**state)

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any
    ) -> None:
        data = data or {}
        if data.get("method") == "custom":
            self.messages.append((data["content"], buffers or []))
        elif "state" in data:
            self.state |= data["state"]

    def say(self, content: dict[str, Any], *buffers: bytes) -> None:
        data = {"method": "custom", "content": content}
        self.handle_msg({"content": {"data": data}, "buffers": list(buffers)})

    def lasso(self, *rows: int, how: str = "replace", of: int = 4, frame: int = 1) -> None:
        mask = np.zeros(of, bool)
        mask[list(rows)] = True
        self.say({"kind": "select", "operation": "op", "how": how, "frame": frame}, bits_of(mask))

    def kinds(self) -> list[str]:
        return [content["kind"] for content, _ in self.messages]

    def last(self, kind: str) -> Message:
        """The newest of a kind; waits for the first."""
        until(lambda: kind in self.kinds())
        return next(m for m in reversed(self.messages) if m[0]["kind"] == kind)

    def settle(self) -> None:
        """Wait until all that was said is done: until a question brings its answer alone."""
        while self._brought() > 1:
            pass

    def _brought(self) -> int:
        """Messages that come until a question is answered."""
        before = len(self.messages)
        ask = f"settle {before}"
        self.say({"kind": "ask", "id": ask, "what": "nothing"})
        until(lambda: any(content.get("ask") == ask for content, _ in self.messages))
        return len(self.messages) - before


def until(condition: Callable[[], bool], timeout: float = PATIENCE) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        threading.Event().wait(0.01)


def dynamics() -> TrainingDynamics:
    probability = np.array([[0.2, 0.4, 0.6, np.nan], [0.4, 0.4, 0.8, np.nan]], np.float32)
    return TrainingDynamics.from_arrays(
        gold=np.array([0, 1, 0, 1]),
        guid=GUID,
        gold_probability=probability,
        margin=probability - 0.5,
        other_label=np.where(np.isnan(probability), np.nan, 1),
        label_names=["no", "yes"],
    )


class Recording:
    """A source that goes on: presentations come in, epochs are sealed."""

    def __init__(self) -> None:
        self.flying = Rows.empty()
        self.sealed: list[Rows] = []
        self.status = Status("waiting")
        self.samples: pd.DataFrame | None = SAMPLES
        self.notes: tuple[str, ...] = ()
        self.error: Exception | None = None
        self.lock = threading.RLock()  # to be held while several things happen at once

    def log(self, sample: list[int], probability: list[float]) -> None:
        p = np.array(probability, np.float32)
        zero = np.zeros(len(p), np.int32)
        more = Rows.of_classes(np.array(sample), zero, -np.log(p), p - 0.5, zero + 1, zero + 1)
        with self.lock:
            self.flying = Rows.concatenate([self.flying, more])
            self.status = Status("training", epoch=len(self.sealed))

    def seal(self, word: str = "training") -> None:
        with self.lock:
            self.sealed.append(self.flying.once())
            self.flying = Rows.empty()
            self.status = Status(word, epoch=len(self.sealed) - 1)

    def snapshot(self, since: Cursor) -> Snapshot:
        if self.error is not None:
            raise self.error
        with self.lock:
            epoch = len(self.sealed) if len(self.flying) else None
            start = since.rows if since.epoch == epoch else 0
            return Snapshot(
                Cursor(
                    since.split, since.mode, since.task, len(self.sealed), epoch, len(self.flying)
                ),
                np.array(GUID, object),
                np.zeros(4, np.int32),
                samples=self.samples,
                status=self.status,
                notes=self.notes,
                epoch=epoch,
                sealed=tuple(
                    SealedEpoch(e, lambda kept=kept: kept)  # type: ignore[misc]  # bound now
                    for e, kept in list(enumerate(self.sealed))[since.sealed :]
                ),
                running=self.flying.take(slice(start, None)),
            )


class Stopped(Recording):
    """At which the map's thread can be held in the midst of a turn, when it looks."""

    def __init__(self) -> None:
        super().__init__()
        self._asked, self._is_there, self.go_on = (threading.Event() for _ in range(3))

    def stop(self) -> None:
        """Wait until the map's thread is held."""
        self._asked.set()
        assert self._is_there.wait(PATIENCE)

    def snapshot(self, since: Cursor) -> Snapshot:
        if self._asked.is_set():
            self._is_there.set()
            assert self.go_on.wait(PATIENCE)
        return super().snapshot(since)
