"""Files that are there whole or not at all, whenever the process or the machine stops."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

PATIENCE = 2.0  # s for which a scanner may hold a file that is to get its name (Windows)

_number = count()
_REMEDIES = {
    errno.ENOSPC: "free some space there",
    errno.EDQUOT: "free some of your quota there",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f)",
    errno.EROFS: "make it writable",
    errno.EACCES: "make it writable for this user",
    errno.EPERM: "make it writable for this user",
}


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the platform can (Windows cannot)."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, each one's name durable."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        sync_folder(one.parent)


def write_file(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file, then give it its name: fsync, rename, fsync the folder.

    The temporary name starts with a dot and does not end like the file, so that no reader that
    goes by names takes it; a killed writer leaves it behind, and it is never read.
    """
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{next(_number)}.tmp")
    try:
        write(temporary)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        _named(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def _named(temporary: Path, path: Path) -> None:
    """Give a file its name; where somebody holds it for a moment, a little later."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            os.replace(temporary, path)
            return
        except PermissionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def write_bytes(path: Path, content: Any) -> None:
    """`write_file` of bytes; an error says what can be done about it."""
    try:
        write_file(path, lambda temporary: _fill(temporary, content))
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0)
        if remedy is None:
            raise
        raise OSError(error.errno, f"{error.strerror}: {remedy}", str(path)) from error


def _fill(path: Path, content: Any) -> None:
    with open(path, "wb") as file:
        file.write(content)


def append_line(path: Path, line: bytes) -> None:
    """Put a line behind those of a file; half a line that a killed writer left stays alone."""
    is_new = not path.exists()
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        is_torn = _is_torn(file, os.lseek(file, 0, os.SEEK_END))
        whole = b"\n" * is_torn + line + b"\n"
        end = _write(file, whole, path)
        if not is_torn and _is_torn(file, end - len(whole)):  # its writer was killed meanwhile
            _write(file, b"\n" + whole, path)
        os.fsync(file)
    finally:
        os.close(file)
    if is_new:
        sync_folder(path.parent)


def _is_torn(file: int, at: int) -> bool:
    """Is what stands before a place in a file half a line?"""
    return at > 0 and os.lseek(file, at - 1, os.SEEK_SET) >= 0 and os.read(file, 1) != b"\n"


def _write(file: int, content: bytes, path: Path) -> int:
    """Write at the end of a file; where that is now."""
    if os.write(file, content) < len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    return os.lseek(file, 0, os.SEEK_CUR)
