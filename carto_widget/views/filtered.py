"""Which rows a question finds: a tree of comparisons, walked over columns. Nothing is evaluated."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from carto_widget.views.asked import ORDER, Mask, Values

Tree = dict[str, Any]

DEEPEST = 64
MOST = 2_000  # tests and values in a tree
LONGEST = 10_000  # letters of a text

_FIELDS: dict[str, tuple[str, ...]] = {
    "and": ("of",),
    "or": ("of",),
    "not": ("of",),
    "missing": ("column",),
    "search": ("text",),
    "in": ("column", "values"),
    **dict.fromkeys([*ORDER, "=", "!=", "~"], ("column", "value")),
}


def checked(tree: Any) -> Tree:
    """The tree, if it is one.

    Raises:
        ValueError: Something else than comparisons joined by and, or, not; too deep, too large.
    """
    room = [MOST]
    _check(tree, 0, room)
    found: Tree = tree
    return found


def _check(tree: Any, depth: int, room: list[int]) -> None:
    _take(room, 1)
    if depth > DEEPEST:
        raise ValueError(f"filter: more than {DEEPEST} deep; ask for less at once")
    op = tree.get("op") if isinstance(tree, dict) else None
    if not isinstance(op, str) or op not in _FIELDS or tree.keys() != {"op", *_FIELDS[op]}:
        raise ValueError(f"filter: {_short(tree)}, expected a comparison, or and, or, not of some")
    if op == "not":
        _check(tree["of"], depth + 1, room)
    elif op in ("and", "or"):
        parts = tree["of"]
        if not isinstance(parts, list) or not parts:
            raise ValueError(f"filter: {op} of {_short(parts)}, expected a list of comparisons")
        for part in parts:
            _check(part, depth + 1, room)
    else:
        _check_test(tree, room)


def _take(room: list[int], parts: int) -> None:
    room[0] -= parts
    if room[0] < 0:
        raise ValueError(f"filter: more than {MOST} comparisons and values; ask for less at once")


def _check_test(test: Tree, room: list[int]) -> None:
    for name in ("column", "text"):
        if name in test and not _is_text(test[name]):
            raise ValueError(f"filter: {name} {_short(test[name])}, expected a text")
    values = test.get("values", [test["value"]] if "value" in test else [])
    if not isinstance(values, list):
        raise ValueError(f"filter: values {_short(values)}, expected a list")
    _take(room, len(values))
    for value in values:
        if not (_is_text(value) or _is_number(value)):
            raise ValueError(f"filter: value {_short(value)}, expected a text or a finite number")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) <= 1.7976931348623157e308 and not math.isnan(value)


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, (str, int, float, bool, type(None))) else ""
    return text[:60] or f"a {type(value).__name__}"


def rows_of(
    tree: Tree, column: Callable[[str], Values], searched: Callable[[], Sequence[Values]], n: int
) -> Mask:
    """(N,) bool: the rows that a checked tree finds.

    A comparison never holds where there is no value; ``not`` turns any answer round.

    Args:
        tree: As ``checked`` returns it.
        column: The values of a column by its name.
        searched: The columns in which words are looked for.
        n: Rows.

    Raises:
        ValueError: A column that is not there, or that holds something else than is asked.
    """
    op = tree["op"]
    if op in ("and", "or"):
        join = np.logical_and if op == "and" else np.logical_or
        found = [rows_of(part, column, searched, n) for part in tree["of"]]
        return np.asarray(join.reduce(found), bool)
    if op == "not":
        return ~rows_of(tree["of"], column, searched, n)
    if op == "search":
        holding = [values.holding(tree["text"]) for values in searched()]
        return np.asarray(np.logical_or.reduce([np.zeros(n, bool), *holding]), bool)
    return _tested(column(tree["column"]), tree)


def _tested(values: Values, test: Tree) -> Mask:
    op = test["op"]
    if op == "missing":
        return values.missing()
    if op == "~":
        return values.holding(str(test["value"]))
    if op in ORDER:
        return values.ordered(op, test["value"])
    found = values.among(test["values"] if op == "in" else [test["value"]])
    return ~found & ~values.missing() if op == "!=" else found
