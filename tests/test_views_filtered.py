"""Questions about rows, walked over columns: what they find, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carto_widget.views.asked import Values, folded, moment_in, written
from carto_widget.views.filtered import checked, rows_of

AGREED = json.loads((Path(__file__).parent / "filters_agreed.json").read_text())

TABLE = pd.DataFrame(
    {
        "confidence": np.array([0.1, 0.3, 0.5, np.nan], np.float32),
        "count": [0, 2, 2**53 + 1, -1],
        "gold": pd.Categorical(["neg", "pos", None, "pos"], categories=["neg", "pos", "unused"]),
        "is_long": [True, False, True, False],
        "seen": np.array(["2026-01-31", "2026-02-01T12:00", "NaT", "2025-01-01"], "datetime64[s]"),
        "text": ["I LOVE it", "cafe\u0301", "", "not bad"],
        "words": [["a"], ["b"], [], ["c"]],
    },
    index=[7, 70, 12, 5],
)


def column(name: str) -> Values:
    if name == "guid":
        return Values(name, TABLE.index.to_series(), as_texts=True)
    return Values(name, TABLE[name])


def found(tree: Any) -> list[int]:
    searched = [column("text"), column("guid")]
    mask = rows_of(checked(tree), column, lambda: searched, len(TABLE))
    assert mask.dtype == bool
    return np.flatnonzero(mask).tolist()


def compared(column: str, op: str, value: Any) -> dict[str, Any]:
    return {"op": op, "column": column, "value": value}


@pytest.mark.parametrize(
    ("tree", "rows"),
    [
        (compared("confidence", "<", 0.3), [0]),
        (compared("confidence", "=", 0.3), [1]),  # as float32 rounds it
        (compared("confidence", "!=", 0.3), [0, 2]),
        (compared("confidence", ">", 1e300), []),
        (compared("count", "=", 2**53 + 1), [2]),
        (compared("count", "=", "9007199254740993"), [2]),  # what a page has no number for
        (compared("count", ">=", "9007199254740994"), []),
        (compared("guid", "<", "10"), [0, 3]),
        (compared("count", ">=", 2), [1, 2]),
        (compared("count", "<", 10**300), [0, 1, 2, 3]),
        (compared("gold", "=", "pos"), [1, 3]),
        (compared("gold", "!=", "pos"), [0]),
        (compared("gold", "=", "unused"), []),
        (compared("gold", "~", "O"), [1, 3]),
        (compared("is_long", "=", "true"), [0, 2]),
        (compared("seen", ">=", "2026-01-31T12:00Z"), [1]),
        (compared("seen", "=", "2026-01-31"), [0]),
        (compared("seen", "<", 1_769_817_600_000), [3]),  # 31 January 2026 in milliseconds
        (compared("text", "~", "CAFÉ"), [1]),
        (compared("guid", "<", 10), [0, 3]),
        (compared("guid", "=", 12), [2]),
        ({"op": "in", "column": "guid", "values": [5, "7", 99]}, [0, 3]),
        ({"op": "in", "column": "gold", "values": ["neg", "what"]}, [0]),
        ({"op": "missing", "column": "confidence"}, [3]),
        ({"op": "missing", "column": "gold"}, [2]),
        ({"op": "missing", "column": "seen"}, [2]),
        ({"op": "missing", "column": "text"}, [2]),
        ({"op": "search", "text": "love"}, [0]),
        ({"op": "search", "text": "7"}, [0, 1]),
        ({"op": "not", "of": compared("confidence", "<", 0.3)}, [1, 2, 3]),
        ({"op": "and", "of": [compared("count", ">", 0), compared("gold", "=", "pos")]}, [1]),
        ({"op": "or", "of": [compared("count", ">", 2), compared("gold", "=", "neg")]}, [0, 2]),
    ],
)
def test_rows(tree: Any, rows: list[int]) -> None:
    assert found(tree) == rows


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        (compared("confidence", "<", "low"), "confidence holds numbers: expected one such as 0.3"),
        (compared("confidence", "~", "3"), "confidence holds numbers: ~ looks into texts"),
        (compared("seen", ">", "yesterday"), "seen holds dates: expected one such as '2026-01-31'"),
        (compared("gold", "=", "positive"), "gold has no class 'positive'; did you mean 'pos'"),
        (compared("text", "<", "b"), "text holds texts, and 'b' is neither a number nor a date"),
        (compared("words", "=", "a"), "words holds values that no question can be asked of"),
    ],
)
def test_what_a_column_cannot_be_asked_is_said(tree: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("~", r"\~")):
        found(tree)


def deep(levels: int) -> dict[str, Any]:
    tree: dict[str, Any] = {"op": "missing", "column": "gold"}
    for _ in range(levels):
        tree = {"op": "not", "of": tree}
    return tree


@pytest.mark.parametrize(
    "tree",
    [
        None,
        "confidence < 1",
        [],
        {},
        {"op": "__import__"},
        {"op": ["and"], "of": []},
        {"op": "and", "of": []},
        {"op": "and", "of": {"op": "missing", "column": "gold"}},
        {"op": "not", "of": None},
        {"op": "missing", "column": 3},
        {"op": "missing", "column": "gold", "more": 1},
        {"op": "=", "column": "gold"},
        compared("gold", "=", None),
        compared("gold", "=", True),
        compared("gold", "=", float("nan")),
        compared("gold", "=", float("inf")),
        compared("gold", "=", 10**400),
        compared("gold", "=", ["pos"]),
        compared("gold", "=", "x" * 10_001),
        {"op": "in", "column": "gold", "values": "pos"},
        {"op": "in", "column": "gold", "values": [1] * 2_001},
        {"op": "or", "of": [{"op": "missing", "column": "gold"}] * 2_001},
        deep(65),
        deep(5_000),
    ],
)
def test_what_is_no_tree_is_refused_before_it_is_walked(tree: Any) -> None:
    with pytest.raises(ValueError, match=r"^filter: "):
        checked(tree)


def test_a_column_of_very_many_classes_is_asked_like_any_other() -> None:
    names = [
        f"author {i}" for i in range(100_000)
    ]  # among them minutes, were each looked for in all
    values = Values("author", pd.Series(pd.Categorical(names[:3], categories=names)))
    assert values.among(["author 2"]).tolist() == [False, False, True]
    assert values.among(["author 99999"]).tolist() == [False] * 3
    with pytest.raises(ValueError, match="no class 'author'; did you mean 'author 0'"):
        values.among(["author"])


def test_a_tree_as_deep_as_may_be_is_walked() -> None:
    assert found(deep(64)) == [2]


def test_texts_are_folded_and_dates_and_numbers_read_as_the_page_does() -> None:
    assert folded("\uff21PP \ufb01ne \u00c9") == folded("app fine e\u0301")
    moments = [
        "1970-01-02",
        "1970-01-01 00:00:01.5",
        "1970-01-01T02:00+02:00",
        "1970-02-31",
        "1970",
    ]
    assert [moment_in(text) for text in moments] == [86_400_000, 1_500, 0, None, None]
    assert [written(value) for value in (3, 0.1, 1.5e-5, 1e-7, 1e21, "a")] == [
        "3",
        "0.1",
        "0.000015",
        "1e-7",
        "1e+21",
        "a",
    ]


def test_python_finds_the_rows_on_which_it_agreed_with_the_page() -> None:
    columns = {
        name: Values(name, pd.Series(values, dtype=AGREED["dtypes"][name]), as_texts=name == "guid")
        for name, values in AGREED["columns"].items()
    }
    searched = [columns["text"], columns["guid"]]
    n = len(AGREED["columns"]["text"])
    for case in AGREED["cases"]:
        mask = rows_of(checked(case["tree"]), columns.__getitem__, lambda: searched, n)
        assert np.flatnonzero(mask).tolist() == case["rows"], case["tree"]
