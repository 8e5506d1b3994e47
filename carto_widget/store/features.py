"""Features: what a model made of each sample before its last layer, of the newest epoch alone.

Beside a part lies a file of the same name, so that whatever makes a part count makes its features
count: row i of one is row i of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.durable import write_file
from carto_widget.store.parts import Part
from carto_widget.store.rows import Rows

COLUMN = "features"


class Features(Protocol):
    """Where the features of a run lie."""

    def write(self, part: Part, values: NDArray[np.float16]) -> None:
        """Put those of a part on record, (R, D); the part itself comes after them."""

    def read(self, part: Part) -> NDArray[np.float16] | None:
        """(R, D) those of a part; None where there are none."""

    def keep(self, parts: Sequence[Part]) -> None:
        """Of one series remove all but those of these parts."""


class FolderFeatures:
    """Features on disk, one ``.npy`` a part; each file is whole or not there.

    Args:
        root: the run folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def _path(self, part: Part) -> Path:
        name = part.path.removeprefix("dynamics/").removesuffix(".parquet")
        return self._root / "features" / f"{name}.npy"

    def write(self, part: Part, values: NDArray[np.float16]) -> None:
        """As ``Features.write``; returns when they are on disk."""

        def save(path: Path) -> None:
            with open(path, "wb") as file:
                np.save(file, values, allow_pickle=False)

        write_file(self._path(part), save)

    def read(self, part: Part) -> NDArray[np.float16] | None:
        """As ``Features.read``; read where they are looked at.

        Raises:
            ValueError: A damaged file.
        """
        path = self._path(part)
        try:
            values: NDArray[np.float16] = np.load(path, mmap_mode="r", allow_pickle=False)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError) as error:
            raise ValueError(f"{path}: these features are damaged ({error})") from error
        return values

    def keep(self, parts: Sequence[Part]) -> None:
        """As ``Features.keep``."""
        kept = {self._path(part) for part in parts}
        for path in self._path(parts[0]).parent.glob("*.npy"):
            if path not in kept:
                path.unlink(missing_ok=True)


class MemoryFeatures:
    """Features in memory."""

    def __init__(self) -> None:
        self._values: dict[Part, NDArray[np.float16]] = {}

    def write(self, part: Part, values: NDArray[np.float16]) -> None:
        """As ``Features.write``."""
        self._values[part] = values

    def read(self, part: Part) -> NDArray[np.float16] | None:
        """As ``Features.read``."""
        return self._values.get(part)

    def keep(self, parts: Sequence[Part]) -> None:
        """As ``Features.keep``."""
        for part in [one for one in self._values if one.series == parts[0].series]:
            if part not in parts:
                del self._values[part]


class Run(Protocol):
    """What of a run is needed to read features."""

    @property
    def features(self) -> Features: ...
    def positions(self, part: Part) -> NDArray[np.int64]: ...


def taken_off(rows: Rows) -> tuple[Rows, NDArray[Any] | None]:
    """Rows without features, and the features."""
    columns = dict(rows.columns)
    values = columns.pop(COLUMN, None)
    return (rows if values is None else Rows(rows.sample, rows.n_seen, columns)), values


def of_epoch(run: Run, parts: Sequence[Part], n: int) -> NDArray[np.float16] | None:
    """(n, D) the features of an epoch's parts, NaN where missing; None where there are none.

    Args:
        run: holds them.
        parts: the epoch's, in order of (rank, chunk): of a sample in several the lowest counts.
        n: number of samples of the split.

    Raises:
        ValueError: features that do not belong to their part.
    """
    found = None
    for part in reversed(parts):
        values = run.features.read(part)
        if values is None:
            continue
        position = run.positions(part)
        if found is None:
            found = np.full((n, values.shape[1]), np.nan, np.float16)
        if values.shape != (len(position), found.shape[1]):
            raise ValueError(
                f"features of {part.path} have shape {values.shape}, expected "
                f"({len(position)}, {found.shape[1]}): a file of this run was changed"
            )
        found[position] = values
    return found
