"""Tokens, each with a weight where there is one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from carto_widget.widget.cards.part import Part
from carto_widget.widget.wire import clean

MOST = 512
LONGEST = 80  # letters of a token


def fits(value: Any) -> bool:
    """A list of texts, or of (text, number)."""
    if isinstance(value, np.ndarray):
        value = value.tolist() if value.ndim == 1 else []
    if not isinstance(value, (list, tuple)) or not value:
        return False
    return all(isinstance(one, str) or _is_weighed(one) for one in value[:50])


def part(value: Any, weights: Any = None) -> Part:
    """The tokens and their weights, null where one has none."""
    tokens = [one if _is_weighed(one) else (one, None) for one in value]
    if weights is not None and len(weights) == len(tokens):
        tokens = [(token, weight) for (token, _), weight in zip(tokens, weights, strict=True)]
    wrong = next((token for token, _ in tokens if not isinstance(token, str)), None)
    if wrong is not None:
        raise ValueError(f"a token of {type(wrong).__name__}: expected texts, or (text, number)")
    header: dict[str, Any] = {
        "kind": "tokens",
        "tokens": [clean(token[:LONGEST]) for token, _ in tokens[:MOST]],
        "weights": [_finite(weight) for _, weight in tokens[:MOST]],
    }
    if len(tokens) > MOST:
        header["of"] = len(tokens)
    return Part(header)


def _is_weighed(one: Any) -> bool:
    is_pair = isinstance(one, (list, tuple)) and len(one) == 2 and isinstance(one[0], str)
    return is_pair and (one[1] is None or isinstance(one[1], (int, float, np.number)))


def _finite(weight: Any) -> float | None:
    if weight is None or not math.isfinite(weight):
        return None
    return round(float(weight), 5)
