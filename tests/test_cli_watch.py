"""`carto watch`: the map in a terminal."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from cli_run import record, said
from following_driver import Training

import carto_widget as carto
from carto_widget.views.frame import Column, Frame
from carto_widget.views.text import text_picture
from carto_widget.views.view import View


def column(name: str, values: list[float], high: float) -> Column:
    waiting = np.isnan(values) & (name == "variability")
    numbers = np.array(values, np.float32)
    return Column(name, name, "continuous", (0.0, high), numbers, waiting=waiting,
                  waiting_word="one epoch so far")  # fmt: skip


def test_samples_stand_where_they_belong() -> None:
    """Four columns of 0.125, two rows of 0.5; two samples are in one place, one never seen."""
    x = column("variability", [0.0, 0.01, 0.49, np.nan, np.nan], 0.5)
    y = column("confidence", [0.1, 0.2, 0.9, 0.9, np.nan], 1.0)
    never = Column("confidence", "confidence", "continuous", (0.0, 1.0), y.values)
    assert x.waiting is not None
    x.waiting[4] = False
    frame = Frame({"x": x, "y": never})
    lines = text_picture(frame, View(), width=4, height=2).splitlines()
    assert [line[7:] for line in lines[2:4]] == ["|*  *|", "|@   |"]
    assert lines[-3:] == [
        "4 of 5 samples drawn, at most 2 in one place",
        "1 of them at the left edge: one epoch so far",
        "easy-to-learn 2, ambiguous 0, hard-to-learn 2",
    ]


def test_once_draws_what_there_is(tmp_path: Path) -> None:
    record(tmp_path / "run")
    code, text, error = said("watch", tmp_path / "run", "--once")
    regions = carto.table(tmp_path / "run")["region"].value_counts()
    assert (code, error) == (0, "")
    assert text.splitlines()[-2:] == [
        ", ".join(f"{name} {regions[name]}" for name in regions.sort_index().index),
        "ended: 3 epochs on record",
    ]
    assert isinstance(regions.index.dtype, pd.CategoricalDtype)


def test_nothing_to_watch_is_one_sentence(tmp_path: Path) -> None:
    sentence = f"carto: {tmp_path / 'none'}: there is no such file or folder\n"
    assert said("watch", tmp_path / "none") == (2, "", sentence)


class Terminal:
    """`carto watch` on a pseudo-terminal."""

    def __init__(self, run: Path) -> None:
        self._end, theirs = pty.openpty()
        command = [sys.executable, "-m", "carto_widget", "watch", str(run)]
        self.process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        self._seen = ""

    def until(self, pattern: str) -> None:
        """Read until it shows this, from where it was last found."""
        while not (found := re.search(pattern, self._seen)):
            self._seen += os.read(self._end, 4096).decode()
        self._seen = self._seen[found.end() :]

    def close(self) -> int:
        code = self.process.wait()
        os.close(self._end)
        return code


def test_the_picture_follows_a_training_and_ends_with_it(tmp_path: Path) -> None:
    training = Training(tmp_path / "run")
    terminal = Terminal(tmp_path / "run")
    terminal.until("waiting for the first batch")
    training.do("epoch")
    terminal.until("60 of 60 samples drawn")
    terminal.until("60 of them at the left edge: one epoch so far")
    training.do("epoch")
    terminal.until(r"easy-to-learn \d+, ambiguous 20, hard-to-learn \d+")
    terminal.until(f"training, epoch 1: written by process {training.process.pid}")
    training.do("close")
    terminal.until("ended: 2 epochs on record")
    assert terminal.close() == 0
    training.end()


def test_ctrl_c_ends_it_without_a_word(tmp_path: Path) -> None:
    training = Training(tmp_path / "run")
    terminal = Terminal(tmp_path / "run")
    terminal.until("waiting for the first batch")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.close() == 0
    training.end()
