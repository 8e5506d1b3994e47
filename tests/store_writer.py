"""A process that writes epochs back to back, to be killed.

It forks one writer for each line on its standard input (`<run folder> <pause>`) and answers with
the writer's process id; the writer then prints `ack <epoch>` after each epoch that is on disk. With
`<pause>` = k >= 0 it prints `inside <epoch>` and stands still in the write of epoch k, between
the temporary file and its name. The parent kills it there, or anywhere where `<pause>` is -1.
"""

from __future__ import annotations

import os
import sys
import time
from itertools import count
from pathlib import Path

import numpy as np

from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part
from carto_widget.store.run.run import RunFolder

N_ROWS = 3_000


def rows_of(epoch: int) -> Rows:
    """What epoch `epoch` holds, the same in every process."""
    noise = np.random.default_rng(epoch).normal(size=(2, N_ROWS)).astype(np.float32)
    gold = np.arange(N_ROWS, dtype=np.int32) % 3
    count = np.full(N_ROWS, 1 + epoch, np.uint32)
    return Rows.of_classes(
        np.arange(N_ROWS), gold, np.abs(noise[0]), noise[1], (gold + 1) % 3, count
    )


def say(*words: object) -> None:
    """A line in one write: a kill leaves it whole or unsaid."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def stand_still_in(epoch: int) -> None:
    """From now on `os.replace` of that epoch's last part never comes to its end."""
    rename = os.replace
    name = Path(Part(epoch=epoch, chunk=1, last=True).path).name

    def replace(source: str | Path, target: str | Path) -> None:
        if Path(target).name == name:
            say("inside", epoch)
            time.sleep(600)
        rename(source, target)

    os.replace = replace  # type: ignore[assignment]  # the same but for the one epoch


def write(folder: str, pause: int) -> None:
    """Epochs of two chunks each, an `ack` after each, until it is killed or nobody hears it."""
    if pause >= 0:
        stand_still_in(pause)
    run = RunFolder.create(folder)
    run.add_ids("train", Ids(np.arange(N_ROWS), np.arange(N_ROWS)))
    for epoch in count():
        rows = rows_of(epoch)
        half = N_ROWS // 2
        run.write(Part(epoch=epoch, chunk=0), rows.take(slice(half)))
        run.write(Part(epoch=epoch, chunk=1, last=True), rows.take(slice(half, None)))
        say("ack", epoch)


def main() -> None:
    say("ready")
    for line in sys.stdin:
        folder, pause = line.rsplit(maxsplit=1)
        child = os.fork()
        if child == 0:
            write(folder, int(pause))
        say("writer", child)
        os.waitpid(child, 0)
        say("gone")


if __name__ == "__main__":
    main()
