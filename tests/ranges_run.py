"""Runs on disk whose epochs are split over ranks and chunks in many ways."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part
from carto_widget.store.run.run import RunFolder

N, EPOCHS, CLASSES = 101, 4, 9
ODD_ONES = (np.nan, np.inf, -np.inf, 0.0)


def presented(epoch: int) -> np.ndarray:
    """Samples in the order of a training: shuffled, some twice, some missing, 100 never seen."""
    rng = np.random.default_rng(epoch)
    order = rng.permutation(np.delete(np.arange(N - 1), rng.integers(0, N - 1, 9)))
    return np.concatenate([order, order[:7]])


def said(epoch: int, sample: np.ndarray) -> Rows:
    """What a model that stands still says of samples: ties, infinities, NaN among it."""
    rng = np.random.default_rng(100 + epoch)
    logits = rng.normal(0, 2, (N, CLASSES)).astype(np.float32)
    gold = np.arange(N, dtype=np.int32) % CLASSES
    logits -= np.log(np.exp(logits).sum(1, keepdims=True))
    loss, margin = -logits[np.arange(N), gold], rng.normal(0, 1, N).astype(np.float32)
    for k, odd in enumerate(ODD_ONES):
        margin[k * 20 + epoch] = odd
    loss[epoch], loss[40 + epoch], logits[epoch] = np.nan, np.inf, np.nan
    other = (gold + 1 + rng.integers(0, CLASSES - 1, N, np.int32)) % CLASSES
    columns = {"gold": gold, "loss": loss, "margin": margin, "other_label": other}
    columns["logits"] = logits.astype(np.float16)
    n_seen = np.ones(len(sample), np.uint32)
    return Rows(sample, n_seen, {name: values[sample] for name, values in columns.items()})


def write(run: RunFolder, epochs: range, ranks: int, chunks: int) -> RunFolder:
    """The epochs' presentations dealt to ranks in turn, and each rank's cut into chunks."""
    for epoch in epochs:
        for rank in range(ranks):
            pieces = np.array_split(presented(epoch)[rank::ranks], chunks)
            for chunk, sample in enumerate(pieces):
                part = Part(
                    epoch=epoch,
                    session=run.session,
                    rank=rank,
                    ranks=ranks,
                    chunk=chunk,
                    last=chunk == chunks - 1,
                )
                run.write(part, said(epoch, sample).once())
    return run


def made(path: Path, *, ranks: int = 1, chunks: int = 1, guid: np.ndarray | None = None) -> str:
    """A run whose dataset grew once."""
    run = RunFolder.create(path, description={"task": "multiclass"})
    guid = np.arange(N) if guid is None else guid
    run.add_ids("train", Ids(guid[: N // 2], np.arange(N // 2)))
    run.add_ids("train", Ids(guid, np.arange(N)))
    write(run, range(EPOCHS), ranks, chunks)
    run.close()
    return str(path)
