"""Arrays as bytes: what the browser reads, protocol 1.

Everything is little-endian. Row i of a frame, of a static column and of the bits of a selection is
row i of the map's guids.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.views.bands import aside, has_bands
from carto_widget.views.frame import Column, Frame, Numbers

PROTOCOL = 1
LAST = 65_533  # position codes 0..LAST lie on the domain
NOT_DEFINED = 65_534  # observed too seldom: stands in the strip beside the axis
MISSING = 65_535  # not drawn
LAST_COLOR = 254
NO_COLOR = 255
CHUNK = 1_000_000  # bytes in one message
BLOCK = 1 << 15  # rows at a time: the temporaries stay in the cache

Header = dict[str, Any]
Buffers = list[bytes | memoryview]
Tell = Callable[[Header, Buffers], None]  # sends a message to the page


def clean(text: str) -> str:
    """The text as UTF-8 can carry it: half a letter, as of a text that was cut, is a "?"."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


# ---- numbers to codes ----


def position_codes(column: Column, axis: str) -> NDArray[np.uint16]:
    """(N,) uint16: 0..65533 over the domain, 65534 not defined yet, 65535 missing.

    Numbers outside the domain, infinite ones among them, stand at its edge; samples of one class
    beside each other, so that what is drawn is what is pointed at and enclosed.
    """
    codes = np.empty(len(column.values), "<u2")
    values = column.values
    if has_bands(column):
        values = values + aside(axis, len(values))
    _quantise(values, column.domain, LAST, MISSING, codes)
    if column.waiting is not None:
        codes[column.waiting] = NOT_DEFINED
    return codes


def color_codes(column: Column) -> NDArray[np.uint8]:
    """(N,) uint8: a step, 0..254 over the domain, or a category's index; 255 missing.

    Categories past the 254th share its code.
    """
    codes = np.empty(len(column.values), np.uint8)
    if column.kind == "category":
        _quantise(column.values, (0.0, float(LAST_COLOR)), LAST_COLOR, NO_COLOR, codes)
    else:
        last = LAST_COLOR if column.steps is None else column.steps - 1
        _quantise(column.values, column.domain, last, NO_COLOR, codes)
    if column.waiting is not None:
        codes[column.waiting] = NO_COLOR
    return codes


def _quantise(
    values: Numbers,
    domain: tuple[float, float],
    last: int,
    missing: int,
    codes: NDArray[Any],
) -> None:
    """Write round((values - lo) / (hi - lo) * last), cut to 0..last, into ``codes``."""
    lo, hi = domain
    number = values.dtype.type
    scale = number(last / (hi - lo))
    scratch = np.empty(BLOCK, number)
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        scaled = scratch[: len(block)]
        np.subtract(block, number(lo), out=scaled)
        np.multiply(scaled, scale, out=scaled)
        scaled += number(0.5)
        np.clip(scaled, 0, last + 0.5, out=scaled)
        gaps = np.isnan(scaled)
        if gaps.any():
            scaled[gaps] = missing
        codes[start : start + BLOCK] = scaled


# ---- frames ----


@dataclass(frozen=True)
class EncodedFrame:
    """A frame as messages: one header, one array of codes a column.

    Attributes:
        header: What every chunk's message says, without ``chunk`` and ``chunks``.
        codes: (N,) codes of each column, in the header's order.
    """

    header: Header
    codes: list[NDArray[Any]]

    @property
    def n_bytes(self) -> int:
        """Bytes of all buffers together."""
        return sum(codes.nbytes for codes in self.codes)

    def chunks(self) -> Iterator[tuple[Header, Buffers]]:
        """Messages of at most 1 MB; message k of K holds the k-th of K blocks of rows, all but the
        last of one length."""
        count = max(1, math.ceil(self.n_bytes / CHUNK))
        block = math.ceil(len(self) / count)
        for k in range(count):
            rows = slice(k * block, (k + 1) * block)
            buffers: Buffers = [np.ascontiguousarray(codes[rows]).data for codes in self.codes]
            yield self.header | {"chunk": k, "chunks": count}, buffers

    def since(self, base: EncodedFrame | None) -> EncodedFrame:
        """The same frame for a page that has ``base``: what is alike does not travel again."""
        if base is None or len(base) != len(self):
            return self
        header, codes = [], []
        for column, own in self.columns():
            role = base.role_of(column, own)
            header.append(column if role is None else column | {"same": role})
            if role is None:
                codes.append(own)
        if len(codes) == len(header):
            return self
        return EncodedFrame(self.header | {"columns": header, "base": base.header["frame"]}, codes)

    def role_of(self, column: Header, codes: NDArray[Any]) -> str | None:
        """On what such a column with these codes is drawn; None where there is none.

        One column may be drawn on two channels, each with codes of its own.
        """
        alike = (
            one["role"]
            for one, own in self.columns()
            if _identity(one) == _identity(column) and _are_alike(codes, own)
        )
        return next(alike, None)

    def columns(self) -> Iterator[tuple[Header, NDArray[Any]]]:
        """Each column's header with its codes."""
        return zip(self.header["columns"], self.codes, strict=True)

    def __len__(self) -> int:
        rows: int = self.header["rows"]
        return rows

    def take(self, rows: NDArray[np.int64]) -> EncodedFrame:
        """The same picture of fewer samples."""
        header = self.header | {"rows": len(rows)}
        return EncodedFrame(header, [codes[rows] for codes in self.codes])


def _identity(column: Header) -> tuple[Any, ...]:
    """What tells a column's codes, whatever they are drawn on."""
    return (column["name"], column["dtype"], *column["domain"])


def _are_alike(codes: NDArray[Any], others: NDArray[Any]) -> bool:
    """Compared at the start first, where codes of a training mostly differ."""
    return np.array_equal(codes[:BLOCK], others[:BLOCK]) and np.array_equal(codes, others)


def encode(
    frame: Frame, number: int, colors: Mapping[str, Mapping[str, str]] | None = None
) -> EncodedFrame:
    """The frame in the wire's codes.

    Args:
        frame: The picture.
        number: Of the frame.
        colors: Column -> category -> the colour that somebody has chosen for it.
    """
    columns, codes = [], []
    for role, column in frame.columns.items():
        coded = position_codes(column, role) if role in ("x", "y") else color_codes(column)
        columns.append(_column_header(role, column, coded) | _chosen(column, colors))
        codes.append(coded)
    header = {
        "protocol": PROTOCOL,
        "kind": "frame",
        "frame": number,
        "epoch": frame.epoch,
        "live": frame.live,
        "rows": len(frame),
        "columns": columns,
        "words": [{"text": w.text, "x": w.x, "y": w.y} for w in frame.words],
        "cuts": [
            {"column": c.column, "text": c.text, "at": c.at, "top": c.top} for c in frame.cuts
        ],
        "unseen": frame.n_unseen,
    }
    return EncodedFrame(header, codes)


def _chosen(column: Column, colors: Mapping[str, Mapping[str, str]] | None) -> Header:
    own = (colors or {}).get(column.name)
    return {"colors": [own.get(name) for name in column.categories]} if own else {}


def _column_header(role: str, column: Column, codes: NDArray[Any]) -> Header:
    is_position = role in ("x", "y")
    header: Header = {
        "role": role,
        "name": column.name,
        "title": column.title,
        "kind": column.kind,
        "dtype": "u16" if is_position else "u8",
        "domain": list(column.domain),
        "n_waiting": 0 if column.waiting is None else int(np.count_nonzero(column.waiting)),
        "n_missing": int(np.count_nonzero(codes == (MISSING if is_position else NO_COLOR))),
    }
    if column.steps is not None:
        header["steps"] = column.steps
    if column.categories:
        header["categories"] = [clean(name) for name in column.categories]
    if column.n_other:
        header["other"] = column.n_other
    if column.quiet:
        header["quiet"] = list(column.quiet)
    if column.waiting_word:
        header["waiting"] = column.waiting_word
    return header


# ---- selections ----


def bits_of(mask: NDArray[np.bool_]) -> bytes:
    """One bit a row, bit i of byte i >> 3, lowest first."""
    return np.packbits(mask, bitorder="little").tobytes()


def mask_of(bits: bytes | memoryview, rows: int) -> NDArray[np.bool_]:
    """(rows,) bool; rows that the bits do not reach are not selected.

    Raises:
        ValueError: The bits name a row that does not exist.
    """
    mask = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little").astype(bool)
    if mask[rows:].any():
        raise ValueError(f"the selection names row {int(np.flatnonzero(mask)[-1])} of {rows} rows")
    return np.pad(mask[:rows], (0, max(0, rows - len(mask))))
