"""A process that trains and records, to be interrupted by Ctrl-C.

It forks one training for each line on its standard input, a JSON object with ``folder``,
``journal``, ``workers`` and ``is_notebook``, and answers with the training's process id. The
training says ``training`` when its loop begins; when it has ended, the journal says which rows were
handed to ``log``, and which came back from it. What the model says of a row follows from the number
of the pass alone (``logits_of``), so that every recorded epoch can be told and compared.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from IPython.core.interactiveshell import InteractiveShell
from torch.utils.data import DataLoader, TensorDataset
from traitlets.config import Config

import carto_widget as carto

N, CLASSES, BATCH, EPOCHS = 192, 3, 8, 8
GOLD = np.arange(N) * 7 % CLASSES


def logits_of(number: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """(N, C) what the model says in pass ``number``, the same in every process."""
    noise = np.random.default_rng(number).normal(size=(N, CLASSES))
    return noise.astype(np.float32)


def say(*words: object) -> None:
    """A line in one write."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


class Passes:
    """The training, and what it knows of itself."""

    def __init__(self, folder: str, workers: int) -> None:
        self.begun: list[list[int]] = []  # rows handed to log, pass by pass
        self.done: list[list[int]] = []  # rows that came back from it
        self.recorder = carto.Recorder(folder)
        data = TensorDataset(torch.arange(N), torch.from_numpy(GOLD))
        loader = DataLoader(data, batch_size=BATCH, shuffle=True, num_workers=workers)
        self.loader = self.recorder.track(loader)

    def fit(self) -> None:
        for _ in range(EPOCHS):
            logits = torch.from_numpy(logits_of(len(self.begun)))
            begun: list[int] = []
            done: list[int] = []
            self.begun.append(begun)
            self.done.append(done)
            for rows, gold in self.loader:
                known = self.recorder.metric("confidence")[self.recorder.batch]
                assert known.shape == (len(rows),)
                begun += rows.tolist()
                self.recorder.log(logits[rows], gold)
                done += rows.tolist()

    def is_bent(self) -> bool:
        """Do the running sums differ from the sealed epochs?"""
        if not any(self.done):
            return False
        table = carto.table(self.recorder, ["confidence"])
        running = self.recorder.metric("confidence")[np.ones(N, bool)]
        return not np.allclose(running, table["confidence"], atol=1e-5, equal_nan=True)


HEARING = (Passes.fit.__code__, InteractiveShell.run_cell.__code__)


def interrupt(number: int, _: object) -> None:
    """Ctrl-C ends a loop or a cell; before, between and after them nobody hears it."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code not in HEARING:
        frame = frame.f_back
    if frame is not None:
        raise KeyboardInterrupt


def train(passes: Passes, is_notebook: bool) -> None:
    """The loop as a script has it; or as a cell that is run again where it was interrupted."""
    if not is_notebook:
        say("training")
        passes.fit()
        return
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.push({"passes": passes, "recorder": passes.recorder})
    say("training")
    for cell in ("passes.fit()", "recorder.resume()\npasses.fit()", "recorder.close()"):
        with suppress(KeyboardInterrupt):  # at the first or last line of a cell: a kernel goes on
            shell.run_cell(cell, store_history=True)


def run(folder: str, journal: str, workers: int, is_notebook: bool) -> None:
    signal.signal(signal.SIGINT, interrupt)
    passes = Passes(folder, workers)
    try:
        train(passes, is_notebook)
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise KeyboardInterrupt from error  # torch heard first of a worker that Ctrl-C had ended
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interpreter that ends would die of it
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # nor does torch speak of a worker any more
        told = {"begun": passes.begun, "done": passes.done, "is_bent": passes.is_bent()}
        Path(journal).write_text(json.dumps(told))


def main() -> None:
    faulthandler.enable()  # where it stood, should it have to be aborted
    torch.set_num_threads(1)
    gc.freeze()
    say("ready")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            run(**json.loads(line))
            return  # and the interpreter ends as it always does
        say("trains", child)
        _, status = os.waitpid(child, 0)
        with suppress(ProcessLookupError):  # a worker begun when Ctrl-C came
            os.killpg(child, signal.SIGKILL)
        say("ended", os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
