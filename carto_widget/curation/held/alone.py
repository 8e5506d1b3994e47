"""A dataset of which nothing is known but what a ledger says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carto_widget.curation.file.entry import OF_A_SAMPLE
from carto_widget.curation.held.held import Held
from carto_widget.curation.samples.dataset import Dataset
from carto_widget.curation.samples.samples import Samples

Origin = tuple[str, int, str]  # fingerprint, rows, split


class Alone(Dataset):
    """The samples that a ledger names, of a dataset that is not at hand.

    Args:
        guid: Of the samples with edits.
        origin: What the ledger's lines call the dataset.
    """

    def __init__(self, guid: NDArray[Any], origin: Origin) -> None:
        self._origin = origin
        super().__init__(guid, origin[2])

    def __len__(self) -> int:
        return self._origin[1]

    def _fingerprints(self, rows: int) -> Iterator[str]:
        if rows == self._origin[1]:
            yield self._origin[0]


def alone(edits: pa.Table, origin: Origin) -> Samples:
    """The samples of a ledger's edits, with the classes that they had."""
    held = Held(edits)
    about = np.flatnonzero(held.kind.is_in(*OF_A_SAMPLE))
    gold = pd.Series(held.classes("from", about), index=held.guid[about], dtype=object)
    first = gold.groupby(level=0, sort=False).first()
    return Samples(Alone(first.index.to_numpy(), origin), first.reset_index(drop=True))


def origins(edits: pa.Table) -> dict[Origin, int]:
    """The datasets that edits are about, and how many are about each."""
    counted = edits.group_by(["dataset", "rows", "split"]).aggregate([("id", "count")])
    return {
        (row["dataset"], row["rows"], row["split"]): row["id_count"] for row in counted.to_pylist()
    }


def ours(edits: pa.Table, wanted: Iterable[Origin]) -> pa.Table:
    """Those of the edits that are about these datasets."""
    wanted = set(wanted)
    for dataset, rows, split in origins(edits).keys() - wanted:
        is_theirs = pc.and_(pc.equal(edits["dataset"], dataset), pc.equal(edits["split"], split))
        edits = edits.filter(pc.invert(pc.and_(is_theirs, pc.equal(edits["rows"], rows))))
    return edits
