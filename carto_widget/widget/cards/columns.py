"""Which column of the samples is shown how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from carto_widget.views.preview import preview_name
from carto_widget.widget.cards.kinds import text, tokens
from carto_widget.widget.cards.own import Renderers, own_parts
from carto_widget.widget.cards.part import Part, all_kinds, fault, line

_LOOKED_AT = 2_000  # rows, for the first values that are there
_FIRST = 8  # values that tell the kind
_MOST_PARTS = 12
_MOST_FACTS = 60
_PLAIN = "biufcmM"  # kinds of dtypes whose values are told in a line


@dataclass(frozen=True)
class _Shown:
    """One column: where it stands, its name, and how it is shown ("row": in a line)."""

    place: int
    name: str
    kind: str


class Columns:
    """How the cards show the user's columns; looked at once, while they are the same.

    Args:
        samples: (N, ...) the user's columns.
    """

    def __init__(self, samples: pd.DataFrame) -> None:
        self.samples = samples
        preview = preview_name(samples)
        self._shown = [
            _Shown(place, str(name), _kind(samples.iloc[:, place], name == preview))
            for place, name in enumerate(samples.columns)
        ]
        self._weights = self._weights_of_tokens()

    @cached_property
    def blind(self) -> Columns:
        """Without what may tell the label: numbers, categories, texts that repeat, weights."""
        seen = [one for one in self._shown if one.kind != "row" and not self._repeats(one)]
        return Columns(self.samples.iloc[:, [one.place for one in seen]])

    def _repeats(self, shown: _Shown) -> bool:
        values = self.samples.iloc[:, shown.place]
        return shown.kind == "text" and 2 * values.nunique() <= len(values)

    def parts(self, row: int, renderers: Renderers) -> list[tuple[str, Part]]:
        """What there is to show of a row: (column, part), the plain values last and together."""
        parts: list[tuple[str, Part]] = []
        facts: list[list[str | None]] = []
        for shown in self._shown:
            function = renderers.get(shown.name)
            if function is None and shown.kind == "row":
                if shown.place not in self._weights.values():
                    facts.append([shown.name, self._line(row, shown.place)])
                continue
            value = self._value(row, shown.place)
            if len(parts) >= _MOST_PARTS or (function is None and is_missing(value)):
                continue
            if function is not None:
                parts += own_parts(shown.name, function, value)
            else:
                parts.append((shown.name, self._part(shown, value, row)))
        if facts:
            parts.append(("", Part({"kind": "row", "facts": facts[:_MOST_FACTS]})))
        return parts

    def _part(self, shown: _Shown, value: Any, row: int) -> Part:
        try:
            weights = self._weights.get(shown.place)
            if weights is not None:
                return tokens.part(value, self._value(row, weights))
            return all_kinds()[shown.kind].part(value)
        except Exception as error:  # of this value alone; the other parts and cards stand
            return fault(error)

    def _value(self, row: int, place: int) -> Any:
        return self.samples.iloc[row, place]

    def _line(self, row: int, place: int) -> str | None:
        value = self._value(row, place)
        try:
            return None if is_missing(value) else line(value)
        except Exception as error:  # an object's own words
            return line(f"{type(error).__name__}: {error}")

    def _weights_of_tokens(self) -> dict[int, int]:
        """Of each column of tokens the first that has a number for each of them."""
        found: dict[int, int] = {}
        for shown in self._shown:
            if shown.kind != "tokens":
                continue
            first: list[Any] = _first(self.samples.iloc[:, shown.place], 1)
            for other in self._shown:
                values: list[Any] = _first(self.samples.iloc[:, other.place], 1)
                are_numbers = other.kind == "row" and any(map(_are_numbers, values))
                if are_numbers and len(values[0]) == len(first[0]):
                    found[shown.place] = other.place
                    break
        return found


def image_name(samples: pd.DataFrame) -> Any:
    """The first column of images; None where there is none."""
    names = (samples.columns[place] for place in range(samples.shape[1]))
    kinds = (_kind(samples.iloc[:, place], False) for place in range(samples.shape[1]))
    return next((name for name, kind in zip(names, kinds, strict=True) if kind == "image"), None)


def is_missing(value: Any) -> bool:
    """None, NaN, NaT and their like."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _kind(values: pd.Series[Any], is_preview: bool) -> str:
    if getattr(values.dtype, "kind", "O") in _PLAIN:
        return "row"
    first, kinds = _first(values), all_kinds()
    if is_text := is_preview or any(map(text.fits, first)):
        kinds = {name: kinds[name] for name in ("image", "audio")}  # paths are texts, too
    found = next((name for name, kind in kinds.items() if first and _most(kind.fits, first)), "row")
    return "text" if is_text and found == "row" else found


def _most(fits: Callable[[Any], bool], values: Sequence[Any]) -> bool:
    return 2 * sum(map(fits, values)) > len(values)


def _first(values: pd.Series[Any], most: int = _FIRST) -> list[Any]:
    """The first values that are there."""
    found: list[Any] = []
    for value in values.iloc[:_LOOKED_AT]:
        if not is_missing(value):
            found.append(value)
        if len(found) == most:
            break
    return found


def _are_numbers(values: Any) -> bool:
    if isinstance(values, np.ndarray):
        return values.ndim == 1 and values.dtype.kind in "iuf"
    if not isinstance(values, (list, tuple)) or not values:
        return False
    return all(isinstance(one, (int, float)) or one is None for one in values)
