"""One process writes a run (of several ranks: one each): a lock that dies with its process."""

from __future__ import annotations

import errno
import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # no POSIX: nothing is locked
    fcntl = None  # type: ignore[assignment]

_held: dict[Path, list[int]] = {}  # by lock file, an open one for each writer of this process


def lock(folder: Path, rank: int) -> None:
    """Become the writer of a run; again in the same process is no harm.

    Raises:
        ValueError: Another process is.
    """
    if fcntl is None:
        return
    path = _path(folder, rank)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        writer = os.read(file, 20).decode(errors="replace")
        os.close(file)
        if error.errno not in (errno.EACCES, errno.EAGAIN):
            return  # a file system without locks
        raise ValueError(
            f"{folder} is being written by process {writer or 'unknown'}: end it, or "
            "recorder.close() there, before this run goes on; or record a new run"
        ) from None
    os.truncate(file, 0)
    os.pwrite(file, str(os.getpid()).encode(), 0)
    _held.setdefault(path, []).append(file)


def unlock(folder: Path, rank: int) -> None:
    """One writer of this process has ended; with its last the run is free."""
    files = _held.get(_path(folder, rank), [])
    # Closing one of several would free the lock of all: POSIX counts by process.
    for file in files if len(files) == 1 else ():
        os.close(file)
    del files[-1:]


def _path(folder: Path, rank: int) -> Path:
    return folder.absolute() / f".writer-rank={rank:05d}"


def writers(folder: Path) -> list[str]:
    """Process ids of those that write a run now; none where the file system has no locks."""
    return [pid for path in sorted(folder.glob(".writer-rank=*")) if (pid := _writer(path))]


def _writer(path: Path) -> str | None:
    if _held.get(path.absolute()):  # opening it once more and closing would free our own lock
        return str(os.getpid())
    if fcntl is None:
        return None
    with open(path, encoding="utf-8") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            is_held = error.errno in (errno.EACCES, errno.EAGAIN)
            return (file.read(20) or "unknown") if is_held else None
    return None
