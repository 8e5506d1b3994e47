"""Epoch files whose lines are all alike, through pyarrow's CSV reader: faster than as JSON.

Split at its commas, `{"guid":7,"logits_epoch_0":[0.5,1.5],"gold":1}` is four cells: numbers, or a
text, between pieces that every line repeats. What is taken here has this one meaning as JSON;
anything else (another order of the keys, escapes, null, spaces) is left to the readers of JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_BLOCK = 2**20  # bytes read at a time
_NOT_IN_TEXT = np.array([byte < 32 or byte in b'"\\' for byte in range(256)])
_ZERO = np.uint8(ord("0"))
_LINE = r"""(?x)
    (?P<guid> \{"guid":[ ]?) (?: (?P<quote>") [^",\\]* " | -?\d+ )
    (?P<comma> ,[ ]?) (?P<logits> "logits_epoch_%d":[ ]?\[) (?P<numbers> [^\[\]"]+ ) \]
    (?P=comma) (?P<gold> "gold":[ ]?) -?\d+ \}\s*"""


class _Unlike(Exception):
    """A line is not like the first."""


class Cell(NamedTuple):
    """What surrounds a cell's value, and what the value is."""

    before: str
    kind: str
    after: str = ""


def cells_of_line(line: str, number: int) -> list[Cell] | None:
    """The cells of a line of epoch `number`; None where it is not as plain as that."""
    found = re.fullmatch(_LINE % number, line)
    if found is None:
        return None
    space, quote = found["comma"][1:], found["quote"] or ""
    logits = [Cell(space, "number")] * (found["numbers"].count(",") + 1)
    logits[0] = Cell(space + found["logits"], "number")
    logits[-1] = logits[-1]._replace(after="]")
    guid = Cell(found["guid"] + quote, "text" if quote else "integer", quote)
    return [guid, *logits, Cell(space + found["gold"], "integer", "}")]


def numbers_of(column: Any, dtype: type[np.generic]) -> NDArray[Any]:
    """The numbers of a pyarrow array without nulls (its own `to_numpy` loads pandas, 60 MB)."""
    return np.frombuffer(column.buffers()[1], dtype)[column.offset : column.offset + len(column)]


def blocks_of_cells(file: Path, cells: list[Cell]) -> Iterator[list[Any] | None]:
    """Guids, each logit and gold labels, pyarrow arrays, a part of the file after the other.

    None, and no more, where a line is not like the first.
    """
    import pyarrow as pa

    try:
        for lines in _blocks(file):
            for block in _split(lines, len(cells)):
                yield [_values(*one) for one in zip(block.columns, cells, strict=True)]
    except (pa.ArrowException, _Unlike):
        yield None


def _blocks(file: Path) -> Iterator[bytes]:
    """Whole lines, about `_BLOCK` bytes at a time."""
    with open(file, "rb") as opened:
        while lines := opened.read(_BLOCK):
            rest = opened.readline(_BLOCK)
            if len(rest) == _BLOCK:
                raise _Unlike
            yield lines + rest


def _split(lines: bytes, n_cells: int) -> list[Any]:
    """Lines at their commas, as record batches of bytes."""
    import pyarrow as pa
    import pyarrow.csv

    names = [str(i) for i in range(n_cells)]
    found: list[Any] = pyarrow.csv.read_csv(
        pa.BufferReader(lines),
        pyarrow.csv.ReadOptions(use_threads=False, block_size=len(lines) + 1, column_names=names),
        pyarrow.csv.ParseOptions(quote_char=False, double_quote=False),
        pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.binary())),
    ).to_batches()
    return found


def _values(column: Any, cell: Cell) -> Any:
    """The values of one cell."""
    import pyarrow as pa
    import pyarrow.compute as pc

    before, after = cell.before.encode(), cell.after.encode()
    if before:
        if not pc.all(pc.starts_with(column, before)).as_py():
            raise _Unlike
        column = pc.binary_replace_slice(column, 0, len(before), b"")
    if after:
        if not pc.all(pc.ends_with(column, after)).as_py():
            raise _Unlike
        column = pc.binary_slice(column, 0, -len(after))
    if cell.kind == "text":
        if _NOT_IN_TEXT[_letters(column)].any():
            raise _Unlike
        return column.cast(pa.string())
    values = column.view(pa.string()).cast(pa.float64() if cell.kind == "number" else pa.int64())
    if not _are_json(column, cell.kind):
        raise _Unlike
    return values


def _are_json(column: Any, kind: str) -> bool:
    """Whether pyarrow's numbers are JSON's too: no `+5`, `.5`, `5.`, `05`, `0x5`, `inf`."""
    letters, starts, ends = _letters(column), _offsets(column)[:-1], _offsets(column)[1:]
    first = starts + (letters[starts] == ord("-"))
    of_first = letters[first] - _ZERO
    after_zero = first[(of_first == 0) & (first + 1 < ends)] + 1
    is_bare_point = (letters[:-1] == ord(".")) & (letters[1:] - _ZERO > 9)
    return not (
        (of_first > 9).any()
        or (letters[ends - 1] - _ZERO > 9).any()
        or (len(after_zero) and kind == "integer")
        or (letters[after_zero] - _ZERO <= 9).any()
        or is_bare_point.any()
    )


def _letters(column: Any) -> NDArray[np.uint8]:
    """The bytes of all values, one after the other."""
    offsets = _offsets(column)
    data = column.buffers()[2]
    letters = np.frombuffer(b"" if data is None else data, np.uint8)
    return letters[offsets[0] : offsets[-1]]


def _offsets(column: Any) -> NDArray[np.int32]:
    first = column.offset
    return np.frombuffer(column.buffers()[1], np.int32)[first : first + len(column) + 1]
