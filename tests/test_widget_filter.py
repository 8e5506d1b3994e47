"""Which rows a page's question finds in columns that only Python has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_widget_training import tracked
from widget_page import GUID, Page, dynamics, until

import carto_widget as carto
from carto_widget.widget.wire import mask_of

OWN = pd.DataFrame(
    {
        "text": ["not bad", "I LOVE it", "fine", "not here"],
        "price": [0.1, -2.0, np.nan, 1e6],
        "is_long": [True, False, True, False],
    },
    index=GUID,
)


def ask(page: Page, tree: Any) -> Any:
    """Rows that are found, or why none are."""
    page.messages.clear()
    page.say({"kind": "ask", "id": "me", "what": "filter", "tree": tree})
    until(lambda: "answer" in page.kinds())
    answer, buffers = page.last("answer")
    if answer["error"] is not None:
        assert not buffers
        return answer["error"]
    return np.flatnonzero(mask_of(buffers[0], answer["rows"])).tolist()


def compared(column: str, op: str, value: Any) -> dict[str, Any]:
    return {"op": op, "column": column, "value": value}


@pytest.mark.parametrize(
    ("tree", "rows"),
    [
        (compared("confidence", ">=", 0.4), [1, 2]),  # means 0.3, 0.4, 0.7 and none
        (compared("aum", "<", 0), [0, 1]),  # mean margins -0.2, -0.1, 0.2 and none
        ({"op": "missing", "column": "variability"}, [3]),
        (compared("gold", "=", "yes"), [1, 3]),
        (compared("prediction", "=", "yes"), [0, 1]),  # the other label of both is 1
        (compared("price", "<", 0.2), [0, 1]),
        (compared("is_long", "=", "true"), [0, 2]),
        ({"op": "in", "column": "guid", "values": ["a", "d"]}, [0, 3]),
        ({"op": "search", "text": "NOT"}, [0, 3]),
        (
            {"op": "and", "of": [compared("aum", "<", 0), compared("text", "~", "love")]},
            [1],
        ),
    ],
)
def test_rows_are_found_in_metrics_labels_and_the_users_columns(
    shown: Any, tree: Any, rows: list[int]
) -> None:
    _, page = shown(dynamics(), samples=OWN)
    assert ask(page, tree) == rows


def test_what_cannot_be_answered_is_said(shown: Any) -> None:
    datamap, page = shown(dynamics(), samples=OWN)
    assert "no column 'confidnce'; did you mean 'confidence'" in ask(
        page, compared("confidnce", "<", 1)
    )
    assert "gold has no class 'positive'" in ask(page, compared("gold", "=", "positive"))
    assert ask(page, {"op": "eval", "text": "1"}).startswith("filter: ")
    assert ask(page, None).startswith("filter: ")
    assert "fault" not in repr(datamap)


def test_a_column_that_is_added_later_is_found_and_one_that_changes_is_read_anew(
    shown: Any,
) -> None:
    datamap, page = shown(dynamics(), samples=OWN)
    assert "no column 'score'" in ask(page, compared("score", ">", 0))
    datamap.add_column("score", np.array([1, 0, 0, 1]))
    assert ask(page, compared("score", ">", 0)) == [0, 3]
    datamap.add_column("score", np.array([0, 0, 1, 0]))
    assert ask(page, compared("score", ">", 0)) == [2]


def test_a_table_is_asked_as_well(shown: Any) -> None:
    table = pd.DataFrame({"variability": [0.1, 0.2], "confidence": [0.3, 0.9]}, index=[70, 7])
    _, page = shown(table, view=carto.View(color=None))
    assert ask(page, compared("confidence", ">", 0.5)) == [1]
    assert ask(page, compared("guid", "<", 10)) == [1]


def test_a_training_is_asked_about_its_sealed_epochs(shown: Any) -> None:
    recorder, loader = tracked()
    _, page = shown(recorder)
    assert ask(page, compared("confidence", ">=", 0)) == []  # none is sealed
    for x, gold in loader:
        recorder.log(x[:, :3], gold)
    recorder.end_epoch()
    table = carto.table(recorder)
    assert ask(page, compared("confidence", ">=", 0)) == list(range(len(table)))
    low = np.flatnonzero(table.confidence.to_numpy() < 0.4).tolist()
    assert ask(page, compared("confidence", "<", 0.4)) == low
