"""Text files copied record by record: only what changes is written anew."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray


class _Raw:
    """The lines of a file, and those of them that a reader has taken since it was last asked."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._taken = file, [""]

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self._taken.append(line)
            yield line

    def taken(self) -> str:
        text = "".join(self._taken)
        self._taken = []
        return text


def copied_records(
    source: Path,
    target: Path,
    delimiter: str,
    column: int,
    new: Mapping[int, Any],
    kept: NDArray[np.bool_],
) -> None:
    """Write a CSV file again.

    Args:
        column: Where the label is.
        new: Row to new label.
        kept: (N,) which rows stay.

    Raises:
        ValueError: Its records are not the rows that were read.
    """
    limit = csv.field_size_limit(sys.maxsize)
    try:
        with (
            open(source, encoding="utf-8", newline="") as read,
            open(target, "w", encoding="utf-8", newline="") as written,
        ):
            raw = _Raw(read)
            row = -2  # the header comes first
            for record in csv.reader(raw, delimiter=delimiter):
                text = raw.taken()
                is_row = len(record) > 1 or any(cell.strip() for cell in record)
                row += is_row
                if is_row and row in new:
                    record[column] = str(new[row])
                    text = _written(record, delimiter, text)
                if row < 0 or row >= len(kept) or kept[row]:
                    written.write(text)
    finally:
        csv.field_size_limit(limit)
    _require_all(source, row + 1, len(kept))


def copied_lines(
    source: Path, target: Path, key: str, new: Mapping[int, Any], kept: NDArray[np.bool_]
) -> None:
    """Write a JSON lines file again; arguments as `copied_records`, the label is under ``key``."""
    row = -1
    with (
        open(source, encoding="utf-8", newline="") as read,
        open(target, "w", encoding="utf-8", newline="") as written,
    ):
        for line in read:
            row += bool(line.strip("\ufeff \t\r\n"))
            if row in new and line.strip():
                held = json.loads(line.lstrip("\ufeff"))
                held[key] = new[row]
                text = json.dumps(held, ensure_ascii=line.isascii())
                line = text + line[len(line.rstrip("\r\n")) :]
            if row < 0 or row >= len(kept) or kept[row]:
                written.write(line)
    _require_all(source, row + 1, len(kept))


def _written(record: list[str], delimiter: str, text: str) -> str:
    """A record with the line end that it had."""
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="").writerow(record)
    return line.getvalue() + text[len(text.rstrip("\r\n")) :]


def _require_all(source: Path, found: int, expected: int) -> None:
    if found != expected:
        raise ValueError(
            f"{source}: {found:,} records where pandas reads {expected:,} rows; read it with "
            "pandas, apply to the DataFrame and write that"
        )
