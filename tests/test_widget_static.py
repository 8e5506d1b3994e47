"""Columns that are sent once: guid, gold and the user's own, as they fit."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from widget_page import GUID as LETTERS
from widget_page import dynamics, until

from carto_widget.views.complete import frame_of_table
from carto_widget.views.view import View
from carto_widget.widget.static import StaticColumn, static_columns, static_message
from carto_widget.widget.wire import encode

GUID = np.array([7, 8, 9])
GOLD = np.array([0, -1, 1], np.int32)


def texts(column: StaticColumn) -> list[str]:
    offsets, body = np.frombuffer(column.buffers[0], "<u4"), bytes(column.buffers[1])
    return [body[a:b].decode() for a, b in pairwise(offsets)]


def named(columns: list[StaticColumn]) -> dict[str, StaticColumn]:
    return {column.header["name"]: column for column in columns}


def test_guid_and_gold_are_always_there() -> None:
    columns = named(static_columns(GUID, GOLD, ["no", "yes"], None))
    assert texts(columns["guid"]) == ["7", "8", "9"]
    assert columns["gold"].header["categories"] == ["no", "yes"]
    assert bytes(columns["gold"].buffers[0]) == bytes([0, 255, 1])


def test_labels_without_names_are_named_by_number() -> None:
    columns = named(static_columns(GUID, GOLD, None, None))
    assert columns["gold"].header["categories"] == ["0", "1"]


def test_the_users_columns_travel_in_the_kind_that_suits_them() -> None:
    samples = pd.DataFrame(
        {
            "review": ["good", "Größe", None],
            "stars": [5, 1, 3],
            "price": [1.5, np.nan, 2.0],
            "sold": [True, False, True],
            "shop": pd.Categorical(["a", None, "b"]),
            "image": [object(), object(), object()],
        }
    )
    columns = named(static_columns(GUID, GOLD, None, samples))
    assert texts(columns["review"]) == ["good", "Größe", ""]
    assert np.frombuffer(columns["stars"].buffers[0], "<f4").tolist() == [5, 1, 3]
    assert np.isnan(np.frombuffer(columns["price"].buffers[0], "<f4")[1])
    assert columns["sold"].header["categories"] == ["true", "false"]
    assert bytes(columns["shop"].buffers[0]) == bytes([0, 255, 1])
    assert "image" not in columns


def test_dates_are_told_by_their_day_where_none_has_a_time() -> None:
    days = pd.to_datetime(pd.Series(["2023-02-11", None, "2023-02-12"]))
    samples = pd.DataFrame({"day": days, "at": days + pd.Timedelta(hours=1)})
    columns = named(static_columns(GUID, GOLD, None, samples))
    assert columns["day"].header["categories"] == ["2023-02-11", "2023-02-12"]
    assert bytes(columns["day"].buffers[0]) == bytes([0, 255, 1])
    assert columns["at"].header["categories"] == ["2023-02-11 01:00:00", "2023-02-12 01:00:00"]


def test_the_text_to_preview_is_sent_before_the_other_texts() -> None:
    samples = pd.DataFrame({"note": [f"n{i}" for i in range(60)], "text": [""] * 60})
    order = list(named(static_columns(np.arange(60), np.zeros(60, np.int32), None, samples)))
    assert order == ["gold", "guid", "text", "note"]


def test_columns_over_the_budget_stay_behind() -> None:
    samples = pd.DataFrame({"text": ["x" * 1000] * 3, "stars": [1, 2, 3]})
    columns = named(static_columns(GUID, GOLD, None, samples, budget=200))
    assert set(columns) == {"gold", "guid", "stars"}


def test_the_names_of_categories_count_in_the_budget() -> None:
    levels = [f"author {i:05}" for i in range(100)]  # 12 letters each, 4 more on the way
    samples, rows = pd.DataFrame({"by": pd.Categorical(levels)}), np.arange(100)
    gold = np.zeros(100, np.int32)
    left = 2 * 100 - 10 + 4 * 101 + 100  # guids 0 to 99 and where they begin; codes
    assert "by" in named(static_columns(rows, gold, None, samples, budget=1_600 + left))
    assert "by" not in named(static_columns(rows, gold, None, samples, budget=1_599 + left))


def test_more_classes_than_two_bytes_tell_are_texts() -> None:
    rows = np.arange(65_537)
    samples = pd.DataFrame({"by": pd.Categorical([f"a{i}" for i in rows])})
    gold = np.zeros(len(rows), np.int32)
    column = named(static_columns(rows, gold, None, samples, budget=10**7))["by"]
    assert column.header["kind"] == "text"
    assert texts(column)[65_536] == "a65536"
    few = named(static_columns(rows[:-2], gold[:-2], None, samples[:-2], budget=10**7))["by"]
    assert few.header["kind"] == "category"
    assert np.frombuffer(few.buffers[0], "<u2")[-1] == 65_534


def test_more_classes_than_a_byte_tells_take_two() -> None:
    gold = np.array([299, -1], np.int32)
    column = named(static_columns(np.arange(2), gold, None, None))["gold"]
    assert column.header["dtype"] == "u16"
    assert np.frombuffer(column.buffers[0], "<u2").tolist() == [299, 65535]


def test_a_message_lists_its_buffers_in_the_order_of_its_columns() -> None:
    columns = static_columns(GUID, GOLD, None, None)
    header, buffers = static_message(3, columns)
    assert (header["protocol"], header["kind"], header["rows"]) == (1, "static", 3)
    assert len(buffers) == sum(column["n_buffers"] for column in header["columns"]) == 3


def test_a_page_is_told_whose_rows_they_are(shown: Any) -> None:
    _, one = shown(dynamics())
    table = pd.DataFrame({"x": np.arange(4.0), "y": np.arange(4.0)}, index=LETTERS)
    _, two = shown(table, view={"x": "x", "y": "y", "color": None})
    numbers = table.set_axis([0, 1, 2, 3])
    _, three = shown(numbers, view={"x": "x", "y": "y", "color": None})
    other = numbers.set_axis([0.5, 1.5, 2.5, 3.5])
    _, four = shown(other, view={"x": "x", "y": "y", "color": None})
    for page in (one, two, three, four):
        until(lambda page=page: "static" in page.kinds())  # type: ignore[misc]  # bound now
    keys = [page.last("static")[0].get("dataset") for page in (one, two, three, four)]
    assert keys[0] == keys[1] == {"key": keys[0]["key"], "guids": "text"}
    assert keys[2]["guids"] == "int"
    assert keys[2]["key"] != keys[0]["key"]
    assert keys[3] is None
    assert one.state["snapshot"]["static"]["dataset"] == keys[0]


def test_half_a_letter_of_a_class_does_not_keep_the_map_from_its_page() -> None:
    table = pd.DataFrame({"x": [0.0, np.inf, -1e308, 1e308], "text": list("abcd")})
    table["kind"] = pd.Series(["cut \ud83d", "b", "b", "b"], dtype=object)
    frame = encode(frame_of_table(table, View("x", "x", "kind")), 1)
    assert frame.header["columns"][2]["categories"] == ["b", "cut ?"]
    told = static_message(4, static_columns(table.index.to_numpy(), np.full(4, -1), None, table))[0]
    assert told["columns"][-1]["categories"] == ["cut ?", "b"]
    for header in (frame.header, told):
        assert json.dumps(header, ensure_ascii=False, allow_nan=False).encode()
