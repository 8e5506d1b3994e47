"""What of a file of a run can be read, and what cannot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from carto_widget.store.files.checksum import ENTRY, footer_fits
from carto_widget.store.places.place import File, opened

PREFIX = "carto."
FEW = 3
BROKEN = (OSError, pa.ArrowException, UnicodeDecodeError)  # what a damaged file raises
_REMEDY = "Restore the file from a copy; carto.load(run, on_damage='skip') opens the rest"


@dataclass(frozen=True)
class Damage:
    """What of a file cannot be read.

    Attributes:
        file: its path.
        lost: column and row group of each piece; none where no piece can be read.
        kept: row groups that can be read whole.
        n_lost: rows in the others.
        why: what is wrong, where no piece can be read.
    """

    file: str
    lost: tuple[tuple[str, int], ...] = ()
    kept: tuple[int, ...] = ()
    n_lost: int = 0
    why: str = ""

    def __str__(self) -> str:
        if not self.lost:
            return f"{self.file} is damaged: {self.why}"
        named = ", ".join(f"{name} in row group {group}" for name, group in self.lost[:FEW])
        more = f" and {len(self.lost) - FEW} more" if len(self.lost) > FEW else ""
        return f"{self.file} is damaged: {named}{more} ({self.n_lost:,} rows)"


def open_file(path: File) -> pq.ParquetFile:
    """A file of which footer and place are verified, and each page will be when it is read.

    Raises:
        OSError, pyarrow.ArrowException, UnicodeDecodeError: it is damaged.
    """
    source = opened(path)
    file = pq.ParquetFile(source, page_checksum_verification=True)
    noted = file.schema_arrow.metadata or {}
    with open(path, "rb") if isinstance(path, Path) else nullcontext(source) as handle:
        fits = footer_fits(handle, has_entry=(PREFIX + ENTRY).encode() in noted)
    if not fits or (PREFIX + "run").encode() not in noted:
        file.close()
        raise OSError("its footer does not have the checksum or the run that it should name")
    named = noted.get((PREFIX + "file").encode(), b"").decode()  # the first versions named none
    if named and not _posix(path).endswith("/" + named):
        file.close()
        raise OSError(f"it was written as {named} and put here by hand")
    return file


def read_groups(
    file: pq.ParquetFile, groups: Sequence[int], names: Sequence[str], **how: bool
) -> pa.Table:
    """Columns of some row groups.

    Raises:
        OSError, pyarrow.ArrowException: they are damaged.
    """
    table = file.read_row_groups(list(groups), columns=list(names), **how)
    if table.num_rows != sum(file.metadata.row_group(group).num_rows for group in groups):
        raise OSError("there are fewer rows than its footer says")  # of a single column
    return table


@contextmanager
def named_damage(path: File) -> Iterator[None]:
    """What pyarrow says of a damaged file as a ValueError that names file, column, row group."""
    try:
        yield
    except (FileNotFoundError, PermissionError):
        raise
    except BROKEN as error:
        damage = damage_of(path) or Damage(str(path), why=_first_line(error))
        raise ValueError(f"{damage}. {_REMEDY}") from error


def damage_of(path: File) -> Damage | None:
    """What of a file cannot be read; None where all can. Every page is read.

    Raises:
        FileNotFoundError: there is none.
    """
    try:
        with open_file(path) as file:
            groups, names = range(file.num_row_groups), file.schema_arrow.names
            if not _fails(file, groups, names):
                return None
            lost = tuple((n, g) for g in groups for n in names if _fails(file, [g], [n]))
            kept = tuple(g for g in groups if g not in {group for _, group in lost})
            n_kept = sum(file.metadata.row_group(g).num_rows for g in kept)
            if lost:
                return Damage(str(path), lost, kept, file.metadata.num_rows - n_kept)
            return Damage(str(path), why="its row groups do not make up a file")
    except (FileNotFoundError, PermissionError):
        raise
    except BROKEN as error:
        return Damage(str(path), why=_first_line(error))


def _fails(file: pq.ParquetFile, groups: Sequence[int], names: Sequence[str]) -> bool:
    try:
        read_groups(file, groups, names)
    except BROKEN:
        return True
    return False


def _posix(path: File) -> str:
    return path.as_posix() if isinstance(path, Path) else path.url


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
