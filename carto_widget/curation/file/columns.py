"""Lines of a ledger as columns: edits many at a time, what else there is one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as pa_json

from carto_widget.curation.file.entry import EDITS, NO_MORE, OF_A_SAMPLE, Entry, is_whole, parsed

CHUNK = 1 << 23  # bytes that are parsed at a time; one bad line makes one chunk slow

_NEAR = 1 << 16  # bytes in which a line says whether guids and classes are numbers

_TEXT, _INT = pa.string(), pa.int64()
NAMES = ("guid", "from", "to")  # texts, or numbers under another name: guid_number, ...
_TEXTS = ("reason", "note", "tag", "run", "content", "name", "color", "rule", "of")
_HEAD = ("id", "when", "who", "kind", "dataset", "split")
_REQUIRED = (*_HEAD, "rows")
SCHEMA = pa.schema(
    [(name, _TEXT) for name in _HEAD]
    + [("rows", _INT), ("epoch", _INT)]
    + [(name, _TEXT) for name in NAMES]
    + [(f"{name}_number", _INT) for name in NAMES]
    + [(name, _TEXT) for name in _TEXTS]
)


@dataclass
class Columns:
    """What lines say.

    Attributes:
        edits: One row an edit, in the file's order, with the columns of ``SCHEMA``.
        others: Entries of other kinds.
        unread: Lines that are none.
    """

    edits: pa.Table = field(default_factory=SCHEMA.empty_table)
    others: list[Entry] = field(default_factory=list)
    unread: int = 0


def columns_of(lines: bytes) -> Columns:
    """All lines of a file, or some."""
    chunks = list(_chunks(lines))
    if len(chunks) < 2:
        return _together(map(_chunk_columns, chunks))
    with ThreadPoolExecutor() as pool:
        return _together(pool.map(_chunk_columns, chunks))


def columns_of_entries(entries: Iterable[Entry]) -> Columns:
    """The same of entries; one that lacks what its kind needs counts as unread."""
    found, rows = Columns(), []
    for one in entries:
        if one.kind not in EDITS:
            found.others.append(one)
        elif (row := _row(one)) is None:
            found.unread += 1
        else:
            rows.append(row)
    found.edits = pa.Table.from_pylist(rows, SCHEMA)
    return found


def _together(parts: Iterable[Columns]) -> Columns:
    found, tables = Columns(), []
    for part in parts:
        tables.append(part.edits)
        found.others += part.others
        found.unread += part.unread
    found.edits = pa.concat_tables([SCHEMA.empty_table(), *tables])
    return found


def _chunks(lines: bytes) -> Iterator[memoryview]:
    start = 0
    while start < len(lines):
        end = lines.find(b"\n", min(start + CHUNK, len(lines)))
        end = len(lines) if end < 0 else end + 1
        yield memoryview(lines)[start:end]
        start = end


def _chunk_columns(chunk: memoryview) -> Columns:
    lines = bytes(chunk)
    n = _plain_lines(lines)
    table = _parsed_table(lines) if n else None
    if table is None or len(table) != n:
        return _slowly(lines.split(b"\n"))
    is_edit = pc.is_in(table["kind"], pa.array(EDITS))
    needs_guid = pc.is_in(table["kind"], pa.array(OF_A_SAMPLE))
    has_guid = pc.or_(pc.is_valid(table["guid"]), pc.is_valid(table["guid_number"]))
    fits = pc.and_(is_edit, pc.or_(pc.invert(needs_guid), has_guid))
    for name in _REQUIRED:
        fits = pc.and_(fits, pc.is_valid(table[name]))
    fits = pc.and_(fits, pc.less(table["when"], NO_MORE))
    if pc.all(fits).as_py():
        return Columns(table)
    split = lines.split(b"\n")
    rest = _slowly(split[row] for row in np.flatnonzero(~fits.to_numpy()).tolist())
    return _together([Columns(table.filter(fits)), rest])


def _plain_lines(lines: bytes) -> int:
    """How many lines there are, if each is an object and in UTF-8, else 0: Arrow reads others, too,
    or dies of them."""
    letters = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    starts = np.append(0, ends[:-1] + 1)
    is_whole = len(ends) and ends[-1] == len(lines) - 1 and ends[0]
    if not is_whole or (letters[starts] != ord("{")).any() or (letters[ends - 1] != ord("}")).any():
        return 0
    return len(ends) if lines.isascii() or _is_utf8(lines) else 0


def _is_utf8(lines: bytes) -> bool:
    """Are these letters?"""
    try:
        lines.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parsed_table(lines: bytes) -> pa.Table | None:
    """The lines as a table; None where one is not as those before it."""
    types: dict[str, Any] = dict.fromkeys((*_HEAD, *_TEXTS), _TEXT)
    types |= {"rows": _INT, "epoch": _INT}
    types |= {name: _kind_of(lines, name) for name in NAMES}
    try:
        table = pa_json.read_json(
            pa.BufferReader(lines),
            read_options=pa_json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=pa_json.ParseOptions(
                explicit_schema=pa.schema(list(types.items())), unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowInvalid:
        return None
    columns = {name: table[name] for name in types}
    for name in NAMES:
        nothing = pa.nulls(len(table), _TEXT if types[name] == _INT else _INT)
        numbers, texts = (table[name], nothing) if types[name] == _INT else (nothing, table[name])
        columns |= {name: texts, f"{name}_number": numbers}
    return pa.table({name: columns[name] for name in SCHEMA.names}, SCHEMA)


def _kind_of(lines: bytes, name: str) -> pa.DataType:
    """Is the first value under a name a text or a number?"""
    key = b'"' + name.encode() + b'":'
    at = lines.find(key, 0, _NEAR)
    value = lines[at + len(key) : at + len(key) + 9].lstrip()
    return _INT if at >= 0 and value[:1] in b"-0123456789" and value else _TEXT


def _slowly(lines: Iterable[bytes]) -> Columns:
    held = [parsed(line) for line in lines if line.strip()]
    found = columns_of_entries(one for one in held if one is not None)
    found.unread += held.count(None)
    return found


def _row(one: Entry) -> dict[str, Any] | None:
    """What a line of an edit says; None where it is not what its kind needs."""
    said = one.said
    row: dict[str, Any] = {name: getattr(one, name) for name in _REQUIRED}
    guid = said.get("guid")
    if one.kind in OF_A_SAMPLE and not (isinstance(guid, str) or is_whole(guid)):
        return None
    for name in NAMES:
        row[name] = said[name] if isinstance(said.get(name), str) else None
        row[f"{name}_number"] = said[name] if is_whole(said.get(name)) else None
    row["epoch"] = said["epoch"] if is_whole(said.get("epoch")) else None
    for name in _TEXTS:
        row[name] = said[name] if isinstance(said.get(name), str) else None
    return row
