"""A blind review: no message tells a label, what the model says, or what others said."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
from review_page import GUID, NAMES, Open, asked, cards
from widget_page import until

SAMPLES = pd.DataFrame(
    {
        "text": ["red apple", "red pear", "green apple", "blue sky", "grey sky", "stone"],
        "label": ["LABEL no", "LABEL yes", "LABEL no", "LABEL no", "LABEL yes", "LABEL no"],
        "stars": [11, 55, 11, 11, 55, 11],
        "words": pd.Series([["a"], ["b"]] * 3),
        "weights": pd.Series([[0.111], [0.222]] * 3),
    }
).set_axis(GUID)
TOLD = {
    "protocol",
    "kind",
    "open",
    "id",
    "key",
    "size",
    "at",
    "order",
    "blind",
    "reviewer",
    "reason",
}


def blind(reviewed: Open, **options: Any) -> tuple[Any, Any, Any]:
    datamap, page = reviewed(samples=SAMPLES, **options)
    page.settle()
    review = datamap.review(blind=True, reviewer="bob")
    until(lambda: "review" in page.kinds())
    page.messages.clear()  # the map itself has gold labels
    return datamap, page, review


def said(page: Any) -> str:
    """All that Python said, but for the names of the classes, which a reviewer must know."""
    headers = []
    for header, buffers in page.messages:
        kinds = ("answer", "review", "named", "status", "frame")
        assert header["kind"] in kinds, header["kind"]
        if header["kind"] == "review":
            assert header.keys() - TOLD == {"classes", "counts", "changes", "changed"} & {*header}
            header = {**header, "classes": [sorted(one) for one in header["classes"]]}
        if header["kind"] != "frame":
            headers.append(header)
            assert not buffers
    return json.dumps(headers)


def test_cards_tell_neither_label_nor_model(reviewed: Open) -> None:
    _, page, review = blind(reviewed)
    found = cards(page, review._session.id)
    keys = {"row", "position", "parts", "neighbours", "neighbours_by", "decided"}
    assert {key for card in found for key in card} == keys
    assert {key for card in found for near in card["neighbours"] for key in near} == {"row", "text"}
    parts = [(part["column"], part["kind"]) for card in found for part in card["parts"]]
    assert set(parts) == {("text", "text"), ("words", "tokens")}
    text = said(page)
    assert not any(word in text for word in ("LABEL", "11", "55", "0.111", "suggested", "gold"))
    assert not any(f'"{name}"' in text for name in NAMES)


def test_answers_do_not_tell_whether_a_choice_was_the_gold_label(reviewed: Open) -> None:
    datamap, page, review = blind(reviewed)
    row = GUID.index("a")  # its gold label is "no"
    right = decided_blind(page, review, [{"id": "1", "row": row, "kind": "relabel", "to": "no"}])
    assert datamap.edits["kind"].tolist() == ["keep"]
    wrong = decided_blind(page, review, [{"id": "2", "row": row, "kind": "relabel", "to": "yes"}])
    assert datamap.edits["kind"].tolist() == ["keep", "relabel"]
    for answer in (right, wrong):
        assert answer["counts"] == {
            **{"decided": 1, "left": 5, "keep": 0, "relabel": 1, "drop": 0, "unsure": 0}
        }
    kept = {"id": "3", "row": row, "kind": "keep"}
    assert "hidden" in decided_blind(page, review, [kept])["refused"][0]["why"]


def decided_blind(page: Any, review: Any, decisions: list[dict[str, Any]]) -> dict[str, Any]:
    return asked(page, "decide", review=review._session.id, decisions=decisions)


def test_a_card_tells_ones_own_choice_alike_whether_it_was_the_gold_label(reviewed: Open) -> None:
    datamap, page, review = blind(reviewed)
    datamap.ledger.by("ann").relabel(["c"], "yes", note="of ann")
    no, yes = GUID.index("a"), GUID.index("b")
    decided_blind(
        page,
        review,
        [
            {"id": "1", "row": no, "kind": "relabel", "to": "no"},
            {"id": "2", "row": yes, "kind": "relabel", "to": "no"},
        ],
    )
    found = {card["row"]: card["decided"] for card in cards(page, review._session.id)}
    assert found[no] == {"id": "1", "kind": "relabel", "to": "no", "who": "bob"}
    assert found[yes] == {"id": "2", "kind": "relabel", "to": "no", "who": "bob"}
    assert found[GUID.index("c")] is None  # what others say is not told
    assert "of ann" not in said(page)


def test_the_columns_of_the_map_stand_still_until_it_is_closed(reviewed: Open) -> None:
    datamap, page, review = blind(reviewed)
    decided_blind(page, review, [{"id": "1", "row": 0, "kind": "relabel", "to": "yes"}])
    until(lambda: "review" in page.kinds())
    datamap.select(["a"])
    assert "decision" not in datamap.selection
    review.close()
    assert datamap.selection["decision"].tolist() == ["relabel"]


def test_the_order_tells_nothing(reviewed: Open) -> None:
    datamap, _, review = blind(reviewed)
    assert datamap._desk.message["order"] == "random, seed 0"
    assert not np.array_equal(review.queue.index, GUID)


def test_pages_and_the_still_hide_the_map_until_it_is_closed(reviewed: Open) -> None:
    datamap, page, review = blind(reviewed)
    until(lambda: page.state.get("is_blind") is True)
    review.close()
    until(lambda: page.state["is_blind"] is False)
    datamap.review(blind=True)
    until(lambda: datamap.is_blind)
    datamap.review()
    until(lambda: not datamap.is_blind)
