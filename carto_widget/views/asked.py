"""The values of a column, as a question compares them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any
from unicodedata import normalize

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.views.dates import milliseconds
from carto_widget.views.described import kind_of, plain
from carto_widget.views.nearest import nearest

Mask = NDArray[np.bool_]
Literal = str | int | float

ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
_CLASSES = 50  # texts with no more different values are classes, as for the page
_COMPARED, _LETTERS = 5_000, 100  # classes, and letters of what is none, to find what was meant
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
_WHOLE = re.compile(r"[-+]?\d{1,400}", re.ASCII)
_DATE = re.compile(
    r"(\d{4})-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?"
    r"(Z|[+-]\d\d:?\d\d)?)?)?",
    re.ASCII,
)


def folded(text: str) -> str:
    """The text as it is compared when looking for words: however it is written and composed."""
    return text.lower() if text.isascii() else normalize("NFKC", text).lower()


def number_in(text: str) -> float | None:
    """The number that a text is; None where it is none."""
    value = float(text) if _NUMBER.fullmatch(text) else float("inf")
    return value if abs(value) != float("inf") else None


def moment_in(text: str) -> float | None:
    """The moment that an ISO date is, in milliseconds since 1970, UTC; None where it is none."""
    parts = _DATE.fullmatch(text)
    if parts is None:
        return None
    year, month, day, hour, minute, second = (
        int(part or default) for part, default in zip(parts.groups(), "001000", strict=False)
    )
    zone = parts[8] or "Z"
    away = 0 if zone == "Z" else int(zone[0] + "1") * (int(zone[1:3]) * 60 + int(zone[-2:]))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
        since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc) - timedelta(minutes=away)
    except ValueError:  # no such day
        return None
    return since / timedelta(milliseconds=1) + float(f"0.{parts[7] or 0}") * 1000


def written(value: Literal) -> str:
    """A number as the page writes it: 3, 0.1, 0.00001, 1e-7."""
    if isinstance(value, float) and 1e-6 <= abs(value) < 1e-4:
        return np.format_float_positional(value)
    return re.sub(r"e([+-])0", r"e\1", repr(value)) if not isinstance(value, str) else value


class Values:
    """One column (N,): numbers, dates, classes or texts.

    Args:
        name: Of the column, for errors.
        values: (N,) as the user or a metric gave them.
        as_texts: Numbers are names, as guids are.
    """

    def __init__(self, name: str, values: pd.Series[Any], *, as_texts: bool = False) -> None:
        self.name = name
        values = plain(values)
        self.kind = "text" if as_texts else kind_of(values)
        if self.kind == "text":
            self.texts = [str(value) for value in values.tolist()]
            if pd.api.types.is_integer_dtype(values.dtype):
                self._read_numbers = _numbers(values)
        elif self.kind == "category":
            self._name(values)
        else:
            self.numbers = milliseconds(values) if self.kind == "date" else _numbers(values)

    def _name(self, values: pd.Series[Any]) -> None:
        if pd.api.types.is_bool_dtype(values.dtype):
            self.codes: NDArray[Any] = values.astype("boolean").to_numpy("int8", na_value=-1)
            self.classes = ["false", "true"]
            return
        is_categorical = isinstance(values.dtype, pd.CategoricalDtype)
        try:
            codes, levels = pd.factorize(values, sort=False)
        except TypeError:  # lists, arrays
            raise ValueError(f"{self.name} holds values that no question can be asked of") from None
        if not is_categorical and len(levels) > _CLASSES:
            gaps = values.isna().tolist()
            told = zip(values.tolist(), gaps, strict=True)
            self.kind, self.texts = "text", ["" if gap else str(text) for text, gap in told]
            return
        self.classes = [str(level) for level in levels]
        empty = [code for code, level in enumerate(self.classes) if level == ""]
        self.codes = np.where(np.isin(codes, empty), -1, codes)  # an empty text says nothing
        if is_categorical:  # also those that no sample has
            own, there = map(str, values.cat.categories), set(self.classes)
            self.classes += [name for name in own if name not in there]

    @cached_property
    def _folded(self) -> list[str]:
        return [folded(text) for text in self.texts]

    @cached_property
    def _read_numbers(self) -> NDArray[Any]:
        """(N,) the numbers that texts are; NaN where they are none."""
        read = (number_in(text) for text in self.texts)
        return np.array([np.nan if number is None else number for number in read])

    def missing(self) -> Mask:
        """Rows without a value."""
        if self.kind == "category":
            return np.asarray(self.codes < 0)
        if self.kind == "text":
            return self._of_texts(lambda text: not text)
        return np.isnan(self.numbers)

    def holding(self, text: str) -> Mask:
        """Rows whose text has this in it, however it is written."""
        sought = folded(text)
        if self.kind == "text":
            return np.fromiter((sought in one for one in self._folded), bool, len(self.texts))
        if self.kind != "category":
            raise ValueError(f"{self.name} holds {self._what}: ~ looks into texts")
        return self._of_classes(lambda name: sought in folded(name))

    def among(self, values: list[Literal]) -> Mask:
        """Rows whose value is one of these."""
        if self.kind not in ("category", "text"):
            found = np.zeros(len(self.numbers), bool)
            for value in values:
                found |= self.numbers == self._number(value)
            return found
        wanted = {written(value) for value in values}
        moments = {moment_in(value) for value in values if isinstance(value, str)} - {None}

        def is_wanted(text: str) -> bool:
            return text in wanted or (bool(moments) and moment_in(text) in moments)

        if self.kind == "text":
            return np.fromiter(
                (t != "" and is_wanted(t) for t in self.texts), bool, len(self.texts)
            )
        if not any(is_wanted(name) for name in self.classes):
            self._refuse(next(iter(sorted(wanted)), ""))
        return self._of_classes(is_wanted)

    def ordered(self, op: str, value: Literal) -> Mask:
        """Rows whose number or date is less than, at most, ... a value."""
        order = ORDER[op]
        if self.kind not in ("category", "text"):
            return np.asarray(order(self.numbers, self._number(value)))
        moment = moment_in(value) if isinstance(value, str) else None
        bound = _number_of(value) if moment is None else moment
        if bound is None:
            raise ValueError(
                f"{self.name} holds texts, and {value!r} is neither a number nor a date; "
                f"expected =, != or ~ instead of {op}"
            )
        read = number_in if moment is None else moment_in

        def is_so(text: str) -> bool:
            found = read(text)
            return found is not None and bool(order(found, bound))

        if self.kind != "text":
            return self._of_classes(is_so)
        if read is moment_in:
            return self._of_texts(is_so)
        return np.asarray(order(self._read_numbers, bound))

    @property
    def _what(self) -> str:
        return "dates" if self.kind == "date" else "numbers"

    def _number(self, value: Literal) -> Any:
        """The value as a number of this column: rounded as its own are."""
        if isinstance(value, str):
            meant = moment_in(value) if self.kind == "date" else _number_of(value)
            if meant is None:
                example = "'2026-01-31'" if self.kind == "date" else "0.3"
                raise ValueError(
                    f"{self.name} holds {self._what}: expected one such as {example}, got {value!r}"
                )
            value = meant
        if self.numbers.dtype.kind == "f":
            with np.errstate(over="ignore"):
                return self.numbers.dtype.type(value)
        return value if abs(value) < 2**62 else float(value)

    def _of_texts(self, is_wanted: Callable[[str], bool]) -> Mask:
        return np.fromiter(map(is_wanted, self.texts), bool, len(self.texts))

    def _of_classes(self, is_wanted: Callable[[str], bool]) -> Mask:
        table = np.array([*map(is_wanted, self.classes), False], bool)
        return np.asarray(table[self.codes])  # a missing one, -1, is the last

    def _refuse(self, value: str) -> None:
        close = nearest(value[:_LETTERS], self.classes[:_COMPARED])[:3]
        raise ValueError(
            f"{self.name} has no class {value!r}"
            + (f"; did you mean {' or '.join(map(repr, close))}?" if close else "; it is empty")
        )


def _number_of(value: Literal) -> int | float | None:
    """The number that is meant: a page tells the digits of one too large for its own numbers."""
    if not isinstance(value, str):
        return value
    found = number_in(value)
    return found if found is None or not _WHOLE.fullmatch(value) else int(value)


def _numbers(values: pd.Series[Any]) -> NDArray[Any]:
    """(N,) in their own precision; NaN where missing."""
    if values.dtype.kind in "iuf" and isinstance(values.dtype, np.dtype):
        return values.to_numpy()
    return values.to_numpy("float64", na_value=np.nan)
