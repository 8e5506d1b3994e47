"""Drives `following_training.py`: a training in a process of its own, done step by step."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

TRAINING = Path(__file__).with_name("following_training.py")


class Training:
    """A training in a process of its own."""

    def __init__(self, path: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(TRAINING), str(path), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready\n"

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def do(self, word: str) -> float:
        """Let it do something; when it was done."""
        assert self.process.stdin is not None
        print(word, file=self.process.stdin, flush=True)
        assert self._line().startswith("done ")
        return time.monotonic()

    def end(self, *, kill: bool = False) -> None:
        if kill:
            self.process.kill()
        self.process.communicate()
