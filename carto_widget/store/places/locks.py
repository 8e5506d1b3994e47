"""One process writes a run (of several ranks: one each): a lock that dies with its process."""

from __future__ import annotations

import errno
import os
import struct
import sys
from pathlib import Path
from threading import Lock

try:
    import fcntl
except ImportError:  # no POSIX: nothing is locked
    fcntl = None  # type: ignore[assignment]

_FLOCK = "hhqqi"  # struct flock of Linux: type, whence, start, length, process
_one_at_a_time = Lock()  # closing a file that another thread has just locked would free it
_held: dict[Path, list[int]] = {}  # by lock file, an open one for each writer of this process


def lock(folder: Path, rank: int) -> bool:
    """Become the writer of a run; again in the same process is no harm.

    Returns:
        Whether others are kept from it; not where there are no locks.

    Raises:
        ValueError: Another process is.
    """
    if fcntl is None:
        return False
    with _one_at_a_time:
        return _lock(folder, _path(folder, rank))


def _lock(folder: Path, path: Path) -> bool:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        writer = os.read(file, 20).decode(errors="replace")
        os.close(file)
        if error.errno not in (errno.EACCES, errno.EAGAIN):
            return False  # a file system without locks
        raise ValueError(
            f"{folder} is being written by process {writer or 'unknown'}: end it, or "
            "recorder.close() there, before this run goes on; or record a new run"
        ) from None
    os.truncate(file, 0)
    os.pwrite(file, str(os.getpid()).encode(), 0)
    _held.setdefault(path, []).append(file)
    return True


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
    with _one_at_a_time:
        paths = sorted(folder.glob(".writer-rank=*"))
        return [pid for path in paths if (pid := _writer(path))]


def has_locks(folder: Path) -> bool:
    """Whether a writer of this run has ever said who it is, so that `writers` can be believed."""
    return any(path.stat().st_size for path in folder.glob(".writer-rank=*"))


def _writer(path: Path) -> str | None:
    if _held.get(path.absolute()):  # opening it once more and closing would free our own lock
        return str(os.getpid())
    if fcntl is None:
        return None
    with open(path, encoding="utf-8") as file:
        return (file.read(20) or "unknown") if _is_held(file.fileno()) else None


def _is_held(file: int) -> bool:
    """Whether another process holds a lock; on Linux without taking it for a moment."""
    try:
        if sys.platform == "linux" and sys.maxsize > 2**32:
            asked = struct.pack(_FLOCK, fcntl.F_WRLCK, 0, 0, 0, 0)
            kind, *_ = struct.unpack(_FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, asked))
            return bool(kind != fcntl.F_UNLCK)
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in (errno.EACCES, errno.EAGAIN)
    return False
