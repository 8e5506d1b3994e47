"""Files that samples name: local, ordinary, read and never written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

LARGEST = 64_000_000  # bytes
_LONGEST = 1024  # letters of what can be a path


def has_suffix(value: Any, suffixes: frozenset[str]) -> bool:
    """Does this name a file with one of these suffixes?"""
    if isinstance(value, str) and (len(value) > _LONGEST or "\n" in value or "\0" in value):
        return False
    is_path = isinstance(value, (str, os.PathLike))
    return is_path and os.path.splitext(os.fspath(value))[1].lower() in suffixes


def local_file(value: Any, suffixes: frozenset[str]) -> Path:
    """The file, seen from the working directory.

    Raises:
        ValueError: There is no such file, or it is none of these, or too large.
    """
    text = os.fspath(value)
    if "://" in text or text.startswith(("\\\\", "//")):
        raise ValueError(f"{text} is not on this machine; it is not fetched")
    if not has_suffix(value, suffixes):
        raise ValueError(f"{text}: expected one of {', '.join(sorted(suffixes))}")
    path = Path(text)
    if not path.is_file():
        whence = "" if path.is_absolute() else f" in {Path.cwd()}"
        raise ValueError(f"there is no file {text}{whence}")
    size = path.stat().st_size
    if size > LARGEST:
        raise ValueError(f"{text} has {size:,} bytes, more than {LARGEST:,}")
    return path
