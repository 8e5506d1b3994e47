"""Ctrl-C waits until what is being written down is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INSISTING = 5  # Ctrl-C in a row; a few come from one impatient hand


@contextmanager
def held_back() -> Iterator[None]:
    """A Ctrl-C inside is delivered at the end; who insists, on a disk that hangs, is heard at once.

    Python delivers it between any two lines of the main thread, where half an epoch could be
    taken over, or be on disk and not known to be.
    """
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        yield
        return
    came: list[FrameType | None] = []

    def wait(number: int, frame: FrameType | None) -> None:
        came.append(frame)
        if len(came) >= INSISTING:
            usual(number, frame)

    signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if 0 < len(came) < INSISTING:
            usual(signal.SIGINT, came[0])
