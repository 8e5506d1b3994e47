"""What a sample holds, as a hash: the same for the same content in whatever container it lies.

The ledger keeps it with a decision, so that no decision is applied to a sample that has changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import blake2b
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MISSING = {"NoneType", "NAType", "NaTType"}
_BITS = 2.0**24  # of the mantissa of a 32-bit float


def contents(samples: Any) -> list[str | None]:
    """Of each sample the hash of its content, and the names of the columns that it covers.

    Alike are: texts of the same letters; numbers of one value in whatever type, fractions to the
    24 bits that 32-bit floats hold; times of one moment, to the microsecond, or without a zone of
    one reading, a day as its midnight; bytes, and mappings with ``bytes`` (as Arrow holds images)
    by those alone; arrays, tensors, lists and decoded images of one shape with the same values;
    other mappings with the same values by name. Missing are None, NaN, NaT, NA and the empty text,
    which a CSV file cannot tell apart. The file of an image and the image decoded differ, and so do
    a time and its text.

    Args:
        samples: A DataFrame or a mapping, names to columns of N values; all columns count, in any
            order. Guid and gold label do not belong here: they are compared by themselves.

    Returns:
        N texts, 16 hexadecimal digits (64 bits of BLAKE2b), a space and the names (`covered`);
        None for a sample with a value of another kind, or that cannot be read.

    Raises:
        ValueError: No columns.
    """
    by_name = {str(name): name for name in samples}
    names = sorted(by_name)
    if not names:
        raise ValueError("contents: got no columns, expected at least one")
    said = " " + ",".join(name.replace("%", "%25").replace(",", "%2C") for name in names)
    columns = [_column(samples[by_name[name]]) for name in names]
    rows = columns[0] if len(columns) == 1 else map(_joined, zip(*columns, strict=True))
    return [None if row is None else blake2b(row, digest_size=8).hexdigest() + said for row in rows]


def covered(content: str) -> list[str]:
    """The columns whose content a hash stands for."""
    names = content.partition(" ")[2].split(",")
    return [name.replace("%2C", ",").replace("%25", "%") for name in names]


def _column(values: Any) -> Iterator[bytes | None]:
    is_time = getattr(getattr(values, "dtype", None), "kind", "") in ("m", "M")
    for name in () if is_time else ("tolist", "to_pylist"):  # which give times as bare integers
        if hasattr(values, name):
            return map(_told, getattr(values, name)())
    return map(_told, values)


def _told(value: Any) -> bytes | None:
    """The bytes of a value; None where its kind has none."""
    try:
        return _bytes(value)
    except (TypeError, ValueError, OverflowError, OSError, RecursionError):
        return None


def _joined(parts: tuple[bytes | None, ...]) -> bytes | None:
    """Several as one, their lengths first, so that they cannot run into each other."""
    found = [part for part in parts if part is not None]
    return _together(found) if len(found) == len(parts) else None


def _together(parts: list[bytes]) -> bytes:
    return b"%b:%b" % (",".join(map(str, map(len, parts))).encode(), b"".join(parts))


def _bytes(value: Any) -> bytes:
    kind = type(value)
    if kind is str:  # the most frequent first
        return b"t" + value.encode("utf-8", "surrogatepass") if value else b""
    if kind is int:
        return b"n%d" % value
    if kind is float:
        return _number(value)
    if kind.__name__ in _MISSING:
        return b""
    return _rarer(value)


def _rarer(value: Any) -> bytes:
    if isinstance(value, str):
        return _bytes(str(value))
    if isinstance(value, (date, timedelta, np.datetime64, np.timedelta64)):
        return _time(value)
    if isinstance(value, (Integral, np.bool_)):
        return b"n%d" % int(value)
    if isinstance(value, (Real, Decimal)):
        return _number(float(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return b"b" + bytes(value)
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, (list, tuple)):
        return _sequence(value)
    if hasattr(value, "__array__") or hasattr(value, "__array_interface__"):
        return _array(np.asarray(value))
    raise TypeError(type(value).__name__)


def _number(value: float) -> bytes:
    if value.is_integer():
        return b"n%d" % int(value)
    if value != value:
        return b""
    if math.isfinite(value):
        mantissa, exponent = math.frexp(value)
        value = math.ldexp(round(mantissa * _BITS), exponent - 24)
    return b"n%d" % int(value) if value.is_integer() else b"n" + str(value).encode()


def _time(value: Any) -> bytes:
    if isinstance(value, np.generic):
        value = value.astype(value.dtype.str[:2] + "8[us]").item()
        if value is None:
            return b""
    if isinstance(value, timedelta):
        return b"s%d" % int(value // timedelta(microseconds=1))
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if value.tzinfo is not None:
        value = value.astimezone(timezone.utc)
    return b"d" + str(value.isoformat(timespec="microseconds")).encode()


def _mapping(value: Mapping[Any, Any]) -> bytes:
    if isinstance(held := value.get("bytes"), bytes):
        return _bytes(held)
    parts = [(str(name).encode(), _bytes(one)) for name, one in value.items()]
    return b"m" + _together([piece for part in sorted(parts) if part[1] for piece in part])


def _sequence(value: list[Any] | tuple[Any, ...]) -> bytes:
    try:
        found = np.asarray(value)
    except ValueError:  # rows of several lengths
        return _parts(value)
    return _array(found) if found.dtype.kind in "biuf" else _parts(value)


def _array(value: NDArray[Any]) -> bytes:
    """Of numbers the shape and the values as 64-bit floats; of others, or with gaps, each one."""
    if not value.ndim:
        return _bytes(value.item())
    if value.dtype.kind not in "biuf" or np.isnan(value).any():
        return _parts(list(value) if value.dtype.kind in "mM" else value.tolist())
    numbers = value.astype("<f8")
    mantissa, exponent = np.frexp(numbers)
    rounded = np.ldexp(np.rint(mantissa * _BITS), exponent - 24)
    is_whole = numbers == np.rint(numbers)
    return b"a%b:" % str(value.shape).encode() + np.where(is_whole, numbers, rounded).tobytes()


def _parts(value: list[Any] | tuple[Any, ...]) -> bytes:
    if not value:
        return _array(np.empty(0))
    return b"l" + _together([_bytes(one) for one in value])
