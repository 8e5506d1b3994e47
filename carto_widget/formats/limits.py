"""How large a source may be, so that a damaged or hostile file cannot fill the memory.

Each limit is on what a file *claims* beyond what it holds; large files that hold what they say
are read.
"""

from __future__ import annotations

from pathlib import Path

MAX_LINE = 2**26  # characters of one JSON line: a line of three million logits
MAX_CELLS = 10_000_000  # always allowed: epochs x samples
MAX_SPREAD = 50  # beyond that: samples a mean epoch may lack for each that it has
MAX_UNPACKED = 2**26  # bytes always allowed out of a packed file
MAX_RATIO = 200  # beyond that: bytes out for each byte of a packed file
MAX_ROWS_A_BYTE = 20  # rows a byte of a Parquet file, beyond a million


def require_dense(path: Path, n_epochs: int, n_samples: int, n_rows: int) -> None:
    """Refuse rows so scattered that `(E, N)` arrays of them would be nearly empty and huge.

    Raises:
        ValueError: more than `MAX_CELLS` cells, of which less than one in `MAX_SPREAD` is there.
    """
    cells = n_epochs * n_samples
    if cells > max(MAX_CELLS, MAX_SPREAD * n_rows):
        raise ValueError(
            f"{path}: {n_rows:,} rows of {n_samples:,} samples in {n_epochs:,} epochs, so that "
            f"{cells:,} cells would be nearly empty; an epoch should have at least one sample in "
            f"{MAX_SPREAD}. Give fewer epoch numbers, for example one for each pass"
        )


def require_unpacked(path: Path, what: str, unpacked: int, packed: int) -> None:
    """Refuse a packed piece that claims to hold far more than it can.

    Raises:
        ValueError: over `MAX_UNPACKED` bytes, and over `MAX_RATIO` times the packed ones.
    """
    if unpacked > max(MAX_UNPACKED, MAX_RATIO * packed):
        raise ValueError(
            f"{path}: {what} claims {unpacked:,} bytes out of {packed:,}; refused, as at most "
            f"{MAX_RATIO} times as many are unpacked. Store it uncompressed"
        )


def require_rows(path: Path, n_rows: int, n_bytes: int) -> None:
    """Refuse more rows, or values of lists, than a file can hold.

    Raises:
        ValueError: over a million, and over `MAX_ROWS_A_BYTE` for each byte.
    """
    if not 0 <= n_rows <= max(1_000_000, MAX_ROWS_A_BYTE * n_bytes):
        raise ValueError(f"{path}: claims {n_rows:,} rows in {n_bytes:,} bytes")
