"""Answers that take their time, worked out beside the frames."""

from __future__ import annotations

import contextlib
import contextvars
import threading
import weakref
from collections.abc import Callable
from queue import SimpleQueue

Job = Callable[[], None]


class Answers:
    """A thread that does one job after the other, in the order they came.

    It begins with the first job, and ends with ``close`` or when the answers are dropped; what
    waits then is not done.
    """

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Job | None] = SimpleQueue()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self.close = weakref.finalize(self, _end, self._waiting, self._closed)

    def put(self, job: Job) -> None:
        """Do this when all that came before is done."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=contextvars.copy_context().run,
                args=(_work, self._waiting, self._closed),
                name="carto-answers",
                daemon=True,
            )
            self._thread.start()
        self._waiting.put(job)


def _work(waiting: SimpleQueue[Job | None], closed: threading.Event) -> None:
    while (job := waiting.get()) is not None and not closed.is_set():
        with contextlib.suppress(BaseException):  # a job says itself what went wrong
            job()
        del job


def _end(waiting: SimpleQueue[Job | None], closed: threading.Event) -> None:
    closed.set()
    waiting.put(None)
