"""A process that trains as it is told: one word a line on its standard input.

`epoch` logs a whole epoch, `half` begins one, `rest` ends it; each is answered with
`done <epochs sealed>`. `close` ends the recording; a kill leaves it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import torch
from cli_run import GOLD, N, logits_of
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto
from carto_widget.record.epochs import epoch as epochs
from carto_widget.record.values import steps as computing

computing.LONGEST = epochs.CHUNK_SECONDS = 0.0  # every batch goes to disk as a chunk of its own


def steps(recorder: carto.Recorder) -> Iterator[int]:
    """After each batch; an epoch has two."""
    data = TensorDataset(torch.arange(N), GOLD)
    loader = recorder.track(DataLoader(data, batch_size=N // 2, shuffle=False))
    for epoch in range(1_000):
        for rows, gold in loader:
            recorder.log(logits_of(epoch)[rows], gold)
            yield epoch


def main() -> None:
    how = sys.argv[2] if len(sys.argv) > 2 else "new"
    recorder = carto.Recorder(sys.argv[1], if_exists=how)  # type: ignore[arg-type]  # one of the two
    training = steps(recorder)
    os.write(1, b"ready\n")
    for word in sys.stdin:
        if word == "close\n":
            recorder.close()
        else:
            next(training)
        if word == "epoch\n":
            next(training)
        if word != "half\n":
            recorder.end_epoch()
        os.write(1, f"done {len(recorder.run.epochs(recorder.series()))}\n".encode())


if __name__ == "__main__":
    main()
