"""A footer's own checksum: pages of a Parquet file have theirs by the format, its footer has none.

It stands in the footer itself, as the entry `carto.crc`, and counts as eight zeros there.
"""

from __future__ import annotations

import re
import zlib
from typing import Any

ENTRY = "crc"
EMPTY = "00000000"
_FOUND = re.compile(rb"carto\.crc\x18\x08([0-9a-f]{8})")  # as Thrift writes a key and its value
_END = 8  # bytes: how long the footer is, and "PAR1"


def sign(file: memoryview) -> None:
    """Put the checksum of its footer into a file that has the entry with `EMPTY`."""
    start = len(file) - _END - int.from_bytes(file[-_END:-4], "little")
    footer = bytes(file[start:-_END])
    found = _FOUND.search(footer)
    assert found is not None
    place = slice(start + found.start(1), start + found.end(1))
    file[place] = f"{zlib.crc32(footer):08x}".encode()


def footer_fits(file: Any, *, has_entry: bool) -> bool:
    """Whether the footer of an open file has the checksum that it names.

    Args:
        file: can be read and seeked.
        has_entry: it is known to name one; files of the first versions do not.
    """
    size = file.seek(0, 2)
    file.seek(size - _END)
    length = int.from_bytes(file.read(4), "little")
    file.seek(size - _END - length)
    footer: bytes = file.read(length)
    found = _FOUND.search(footer)
    if found is None:
        return not has_entry
    bare = footer[: found.start(1)] + EMPTY.encode() + footer[found.end(1) :]
    return found[1] == f"{zlib.crc32(bare):08x}".encode()
