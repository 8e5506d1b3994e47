"""Writes filters_agreed.json: random questions and the rows that Python finds.

The page's tests and Python's own compare their rows with it. Run it where the meaning of a question
changes: ``python tests/filters_agreed.py``.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from carto_widget.views.asked import Values
from carto_widget.views.filtered import checked, rows_of

FILE = Path(__file__).parent / "filters_agreed.json"
ROWS, CASES = 60, 400
TEXTS = ["not bad", "I LOVE it", "caf\u00e9", "CAFE\u0301", "", "\ufb01ne \U0001f642", "0.5", "b"]
TEXTS += ["9007199254740993", "9007199254740992", "0.00001"]
DATES = ["2026-01-31", "2026-01-31 12:00:00", "2025-12-01T00:00Z", "", "2027-01-01T01:00+02:00"]
DATES += ["2026-02-31", "0050-06-01"]
CLASSES = ["neg", "pos", "10", "9", "na\u00efve"]
NUMBERS = [0, 0.5, -1, 0.25, 1, 12, 9.5, 1e-5, 1e-7, 1e21, 2**53]

Tree = dict[str, Any]


def columns(dice: random.Random) -> tuple[dict[str, list[Any]], dict[str, str]]:
    eighths = [None if dice.random() < 0.2 else dice.randint(0, 8) / 8 for _ in range(ROWS)]
    found: dict[str, list[Any]] = {
        "guid": list(range(5, 5 + ROWS)),
        "text": [dice.choice(TEXTS) for _ in range(ROWS)],
        "when": [dice.choice(DATES) + " " * (i > 50) for i in range(ROWS)],
        "gold": [dice.choice([*CLASSES, None]) for _ in range(ROWS)],
        "price": [dice.choice([None, *NUMBERS]) for _ in range(ROWS)],
        "confidence": eighths,
    }
    kinds = {"gold": "category", "price": "float32", "confidence": "float32", "guid": "int64"}
    return found, {name: kinds.get(name, "object") for name in found}


def literal(dice: random.Random, column: str) -> Any:
    if column == "confidence":  # drawn: the page knows it to 1 in 65,533 of its axis
        return dice.choice([-1, 0, 0.125, 0.5, 0.75, 1, 12])
    if column == "price":
        return dice.choice(NUMBERS)
    if column == "when":
        return dice.choice([*DATES, "2026-01"])
    if column == "gold":
        return dice.choice(CLASSES)
    return dice.choice([*TEXTS, *NUMBERS, "2026-01-31"])


def tree(dice: random.Random, names: list[str], depth: int) -> Tree:
    kind = dice.randrange(9 if depth else 5)
    name = dice.choice(names)
    if kind == 0:
        return {"op": "missing", "column": name}
    if kind == 1:
        return {"op": "in", "column": name, "values": [literal(dice, name) for _ in range(3)]}
    if kind == 2:
        return {"op": "search", "text": dice.choice(["not", "CAFE\u0301", "fi", "1", "zzz"])}
    if kind < 5:
        op = dice.choice(["=", "!=", "<", "<=", ">", ">=", "~"])
        return {"op": op, "column": name, "value": literal(dice, name)}
    if kind < 7:
        return {"op": "not", "of": tree(dice, names, depth - 1)}
    parts = [tree(dice, names, depth - 1) for _ in range(dice.randint(2, 3))]
    return {"op": dice.choice(["and", "or"]), "of": parts}


def main() -> None:
    dice = random.Random(5)
    data, dtypes = columns(dice)
    values = {
        name: Values(name, pd.Series(all_, dtype=dtypes[name]), as_texts=name == "guid")
        for name, all_ in data.items()
    }
    cases: list[dict[str, Any]] = []
    while len(cases) < CASES:
        asked = tree(dice, list(data), 2)
        try:
            searched = [values["text"], values["guid"]]
            mask = rows_of(checked(asked), values.__getitem__, lambda s=searched: s, ROWS)  # type: ignore[misc]  # bound now
        except ValueError:  # asked of the wrong kind of column
            continue
        if 0 < mask.sum() < ROWS or dice.random() < 0.1:
            cases.append({"tree": asked, "rows": np.flatnonzero(mask).tolist()})
    FILE.write_text(json.dumps({"columns": data, "dtypes": dtypes, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
