"""Features: what a model made of each sample before its last layer, when it last did.

Beside a part lies a file of the same name, so that whatever makes a part count makes its features
count: row i of one is row i of the other.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.places.place import Place, opened
from carto_widget.store.rows import Rows
from carto_widget.store.run.parts import Part

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
        place: of the run.
    """

    def __init__(self, place: Place) -> None:
        self._place = place

    def write(self, part: Part, values: NDArray[np.float16]) -> None:
        """As ``Features.write``; returns when they are on disk."""
        file = io.BytesIO()
        np.save(file, values, allow_pickle=False)
        self._place.replace(_name(part), file.getbuffer())

    def read(self, part: Part) -> NDArray[np.float16] | None:
        """As ``Features.read``; in a folder read where they are looked at.

        Raises:
            ValueError: A damaged file.
        """
        path = self._place / _name(part)
        try:
            values: NDArray[np.float16] = np.load(
                opened(path), mmap_mode="r" if isinstance(path, Path) else None, allow_pickle=False
            )
        except FileNotFoundError:
            return None
        except Exception as error:  # what Python's parser says of the header of a damaged one
            raise ValueError(f"{path}: these features are damaged ({error})") from error
        return values

    def keep(self, parts: Sequence[Part]) -> None:
        """As ``Features.keep``."""
        kept = {_name(part) for part in parts}
        folder = _name(parts[0]).rpartition("/")[0]
        for name in self._place.names(folder):
            if name.endswith(".npy") and name not in kept:
                self._place.remove(name)


def _name(part: Part) -> str:
    return f"features/{part.path.removeprefix('dynamics/').removesuffix('.parquet')}.npy"


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
    def footer(self, part: Part) -> dict[str, str]: ...
    def positions(self, part: Part) -> NDArray[np.int64]: ...


def taken_off(rows: Rows) -> tuple[Rows, NDArray[Any] | None]:
    """Rows without features, and the features."""
    columns = dict(rows.columns)
    values = columns.pop(COLUMN, None)
    return (rows if values is None else Rows(rows.sample, rows.n_seen, columns)), values


Epochs = Sequence[Sequence[Part]]  # the parts of each, the newest epoch first


def newest(run: Run, epochs: Epochs, n: int) -> NDArray[np.float16] | None:
    """(n, D) of each sample the newest features, NaN where missing; None where there are none.

    Args:
        run: holds them.
        epochs: of each its parts in order of (rank, chunk): of a sample in several the lowest
            counts. Features of another width than the newest are passed over.
        n: number of samples of the split.

    Raises:
        ValueError: features that do not belong to their part, or are damaged.
    """
    found = None
    for part, values, position, is_newest in _held(run, epochs, n):
        require_checksum(run, part, values)
        if found is None:
            found = np.full((n, values.shape[1]), np.nan, np.float16)
        found[position[is_newest]] = values[is_newest]
    return found


def needed(run: Run, epochs: Epochs, n: int) -> list[Part]:
    """The parts without whose features `newest` would give others."""
    return [part for part, *_ in _held(run, epochs, n)]


def _held(
    run: Run, epochs: Epochs, n: int
) -> Iterator[tuple[Part, NDArray[np.float16], NDArray[np.int64], NDArray[np.bool_]]]:
    """Parts that have the newest features of some samples: values, positions, which are newest.

    None older than those that hold two rows a sample, lest sampling with replacement fill the disk.
    """
    there = [(part, run.features.read(part)) for parts in epochs for part in parts]
    held = [(part, values) for part, values in there if values is not None]
    if not held:
        return
    _, like = max(held, key=lambda one: (one[0].epoch, one[0].session))
    is_known, n_rows = np.zeros(n, bool), 0
    for part, values in held:
        if values.shape[1:] != like.shape[1:]:
            continue
        if is_known.all() or n_rows >= 2 * n:
            return
        position = run.positions(part)
        require_fit(part, values, len(position))
        is_newest = ~is_known[position]
        is_known[position] = True
        if is_newest.any():
            n_rows += len(values)
            yield part, values, position, is_newest


def checksum(values: NDArray[np.float16]) -> str:
    """What a part's footer names of its features: the CRC-32 of the values, row by row."""
    return f"{zlib.crc32(np.ascontiguousarray(values, '<f2').tobytes()):08x}"


def require_sound(run: Run, part: Part) -> None:
    """Raise a ValueError unless the features of a part, if there are any, are as written."""
    values = run.features.read(part)
    if values is not None:
        require_fit(part, values, len(run.positions(part)))
        require_checksum(run, part, values)


def require_checksum(run: Run, part: Part, values: NDArray[np.float16]) -> None:
    """Raise where features are not those that their part names; the first versions named none."""
    named = run.footer(part).get(COLUMN)
    if named is not None and named != checksum(values):
        raise ValueError(
            f"features of {part.path} are damaged: they do not have the checksum that their part "
            "names. Restore the file from a copy"
        )


def require_fit(part: Part, values: NDArray[Any], n_rows: int) -> None:
    """Raise unless features are (n_rows, D) floats in half precision."""
    if values.ndim != 2 or len(values) != n_rows or values.dtype != np.float16:
        raise ValueError(
            f"features of {part.path} are {values.dtype} of shape {values.shape}, expected float16 "
            f"of shape ({n_rows}, D): a file of this run was changed"
        )
