"""Columns that do not change with the frames: guid, gold label and the user's own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.views.preview import FEW, is_text, preview_name
from carto_widget.views.table import readable
from carto_widget.widget.wire import PROTOCOL, Buffers, Header, clean

_CLASSES = 65_535  # that two bytes tell, beside a missing one
BUDGET = 1_000_000  # bytes of guids, texts and the user's numbers together


@dataclass(frozen=True)
class StaticColumn:
    """One column as it travels: its header and its buffers."""

    header: Header
    buffers: Buffers

    @property
    def n_bytes(self) -> int:
        """Bytes of the buffers and the names of categories together."""
        categories: Sequence[str] = self.header.get("categories", ())
        names = sum(len(name.encode("utf-8", "replace")) + 4 for name in categories)
        return names + sum(len(buffer) for buffer in self.buffers)


def static_message(
    rows: int, columns: Sequence[StaticColumn], dataset: Header | None = None
) -> tuple[Header, Buffers]:
    """The message that carries ``columns``, each of ``rows`` values, and says whose they are."""
    header: Header = {
        "protocol": PROTOCOL,
        "kind": "static",
        "rows": rows,
        "columns": [column.header for column in columns],
    }
    if dataset is not None:
        header["dataset"] = dataset
    return header, [buffer for column in columns for buffer in column.buffers]


def static_columns(
    guid: NDArray[Any],
    gold: NDArray[Any],
    label_names: Sequence[str] | None,
    samples: pd.DataFrame | None,
    budget: int = BUDGET,
) -> list[StaticColumn]:
    """Guid, gold label and as many of the user's columns as fit, the text to preview first.

    Args:
        guid: (N,) int64 or str.
        gold: (N, ...) as in ``TrainingDynamics``.
        label_names: Names of the classes; None names them by number.
        samples: (N, ...) the user's columns; None where there are none.
        budget: Bytes of all columns but gold.
    """
    columns, left = [], budget
    for column in [gold_column(gold, label_names), *_others(guid, samples, budget)]:
        if column is None:
            continue
        is_free = column.header["name"] == "gold" and column.header["kind"] != "text"
        if not is_free and column.n_bytes > left:
            continue
        columns.append(column)
        left -= 0 if is_free else column.n_bytes
    return columns


def restated_columns(
    samples: pd.DataFrame, names: Collection[str], budget: int = BUDGET
) -> Iterator[StaticColumn | None]:
    """Some of the user's columns alone, each a few bytes a sample."""
    for name in names:
        if name in samples:
            yield _column(name, samples[name], budget)


def _others(
    guid: NDArray[Any], samples: pd.DataFrame | None, budget: int
) -> Iterator[StaticColumn | None]:
    yield text_column("guid", guid, budget)
    if samples is None:
        return
    preview = preview_name(samples)
    if preview is not None:
        yield text_column(preview, _texts(samples[preview]), budget)
    for name in samples.columns:
        if isinstance(name, str) and name not in ("guid", "gold", preview):
            yield _column(name, samples[name], budget)


def gold_column(gold: NDArray[Any], label_names: Sequence[str] | None) -> StaticColumn | None:
    """The gold label: a category of ``label_names``, a number, or the names of several."""
    if gold.dtype.kind == "f":
        return number_column("gold", gold)
    if gold.ndim == 2:
        texts = readable(gold, label_names)
        codes, levels = pd.factorize(texts, sort=False)
        if len(levels) < 255:
            return category_column("gold", codes, [str(level) for level in levels])
        return text_column("gold", _texts(texts))
    known = int(gold.max(initial=-1)) + 1
    names = list(label_names or [])
    names += [str(label) for label in range(len(names), known)]
    return category_column("gold", gold, names)


def text_column(name: str, texts: Iterable[Any], budget: int = BUDGET) -> StaticColumn | None:
    """Texts as one UTF-8 string and where each begins; None where they exceed ``budget``."""
    encoded, left = list[bytes](), budget - 4
    for text in texts:
        encoded.append(str(text).encode("utf-8", "replace"))
        left -= 4 + len(encoded[-1])
        if left < 0:
            return None
    ends = np.cumsum([0, *map(len, encoded)])
    header = {"name": name, "title": name, "kind": "text", "dtype": "utf8", "n_buffers": 2}
    return StaticColumn(header, [ends.astype("<u4").tobytes(), b"".join(encoded)])


def category_column(name: str, codes: NDArray[Any], categories: Sequence[str]) -> StaticColumn:
    """Indices into ``categories``; negative codes are missing."""
    dtype, missing = ("u8", 255) if len(categories) < 255 else ("u16", 65_535)
    coded = np.where(codes < 0, missing, codes).astype("u1" if dtype == "u8" else "<u2")
    header = {
        "name": name,
        "title": name,
        "kind": "category",
        "dtype": dtype,
        "categories": [clean(name) for name in categories],
        "n_buffers": 1,
    }
    return StaticColumn(header, [coded.tobytes()])


def number_column(name: str, values: NDArray[Any]) -> StaticColumn:
    """Numbers, NaN where missing."""
    header = {"name": name, "title": name, "kind": "number", "dtype": "f32", "n_buffers": 1}
    return StaticColumn(header, [values.astype("<f4").tobytes()])


def _column(name: str, values: pd.Series[Any], budget: int) -> StaticColumn | None:
    """The column in the kind that suits its values; None where it has none or is too long."""
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        return None if 4 * len(values) > budget else number_column(name, _floats(values))
    if len(values) > budget or not (is_text(values) or _is_plain(values)):
        return None
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        values = _days(values)
    codes, levels = pd.factorize(values, sort=False)
    if pd.api.types.is_bool_dtype(values.dtype):
        return category_column(name, codes, [str(level).lower() for level in levels])
    is_category = isinstance(values.dtype, pd.CategoricalDtype) and len(levels) <= _CLASSES
    if len(levels) <= FEW or is_category:
        return category_column(name, codes, [str(level) for level in levels])
    return text_column(name, _texts(values), budget)


def _floats(values: pd.Series[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # beyond float32 it is infinite
        return values.to_numpy("float32", na_value=np.nan)


def _texts(values: pd.Series[Any]) -> Iterator[str]:
    both = zip(values, values.isna(), strict=True)
    return ("" if gap else str(text) for text, gap in both)


def _days(values: pd.Series[Any]) -> pd.Series[Any]:
    """Dates by their day, where none has a time of day."""
    is_day = (values.dt.normalize() == values) | values.isna()
    return values.dt.strftime("%Y-%m-%d") if is_day.all() else values


def _is_plain(values: pd.Series[Any]) -> bool:
    """Bools, categories and dates: what can be told by a short text."""
    dtype = values.dtype
    return (
        isinstance(dtype, pd.CategoricalDtype)
        or pd.api.types.is_bool_dtype(dtype)
        or pd.api.types.is_datetime64_any_dtype(dtype)
    )
