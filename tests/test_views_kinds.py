"""Dates, bools and many categories on the channels of a view."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from carto_widget.views.complete import frame_of_table
from carto_widget.views.dates import date_domain, date_text, moment_text, moments, round_step
from carto_widget.views.described import own_column
from carto_widget.views.few import Few
from carto_widget.views.view import View
from carto_widget.widget.wire import color_codes, encode, position_codes

DAY = 86_400_000


def dated(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(pd.Series(texts)))


def ms(text: str) -> float:
    return pd.Timestamp(text).timestamp() * 1000


def test_dates_are_milliseconds_in_their_own_kind() -> None:
    column = own_column("day", dated("1970-01-02", None, "1970-01-04"))
    assert (column.kind, column.title, column.is_own) == ("date", "day", True)
    assert column.values.tolist()[::2] == [DAY, 3 * DAY]
    assert np.isnan(column.values[1])
    assert column.values.dtype == np.float64


def test_moments_of_a_zone_are_told_in_utc() -> None:
    column = own_column("seen", dated("2020-01-01 02:00+02:00", "2020-01-02 02:00+02:00"))
    assert column.title == "seen (UTC)"
    assert column.values.tolist() == [ms("2020-01-01"), ms("2020-01-02")]


def test_pythons_own_dates_are_dates() -> None:
    column = own_column("born", pd.Series([date(1970, 1, 3), None], dtype=object))
    assert column.kind == "date"
    assert column.values[0] == 2 * DAY


def test_periods_are_dates() -> None:
    column = own_column("month", pd.Series(pd.period_range("2020-01", periods=2, freq="M")))
    assert column.values.tolist() == [ms("2020-01-01"), ms("2020-02-01")]


@pytest.mark.parametrize(
    ("first", "last", "low", "high"),
    [
        ("2019-03-04", "2022-08-01", "2019-01-01", "2023-01-01"),
        ("2020-02-10", "2020-06-20", "2020-02-01", "2020-07-01"),
        ("2020-02-10 13:00", "2020-02-10 16:20", "2020-02-10 13:00", "2020-02-10 17:00"),
        ("2020-02-11", "2020-03-10", "2020-02-10", "2020-03-16"),  # Mondays
        ("2020-02-11", "2020-02-11", "2020-02-11", "2020-02-11 00:00:00.001"),
    ],
)
def test_an_axis_of_dates_ends_at_round_moments(first: str, last: str, low: str, high: str) -> None:
    assert date_domain(np.array([ms(first), ms(last)])) == (ms(low), ms(high))


def test_an_axis_of_dates_grows_and_never_shrinks() -> None:
    year = (ms("2019-01-01"), ms("2023-01-01"))
    inside = np.array([ms("2020-01-01"), ms("2020-02-01"), np.nan])
    assert date_domain(inside, year) == year
    assert date_domain(np.array([ms("2024-05-01")]), year) == (ms("2018-01-01"), ms("2026-01-01"))
    assert date_domain(np.array([np.nan]), None) == (0, DAY)


@pytest.mark.parametrize(
    ("span", "text"),
    [("3650D", "2020"), ("365D", "2020-03"), ("20D", "2020-03-05"), ("1D", "03-05 14:00")],
)
def test_a_date_is_told_as_far_as_the_axis_tells_it(span: str, text: str) -> None:
    step = round_step(pd.Timedelta(span).total_seconds() * 1000)
    assert date_text(ms("2020-03-05 14:00"), step) == text


@pytest.mark.parametrize(
    "text", ["2020-03-05", "2020-03-05 14:00", "2020-03-05 14:00:07", "2020-03-05 14:00:00.500"]
)
def test_a_moment_is_told_whole(text: str) -> None:
    assert moment_text(ms(text)) == text


def test_moments_of_months_are_their_firsts() -> None:
    at = moments(ms("2020-01-10"), ms("2020-03-02"), ("M", 1)).tolist()
    assert at == [ms(f"2020-0{month}-01") for month in (1, 2, 3, 4)]


def test_dates_a_second_apart_have_places_of_their_own() -> None:
    column = own_column("at", dated("2020-01-01 00:00:00", "2020-01-01 00:00:01", None))
    assert position_codes(column, "x").tolist() == [0, 65533, 65535]
    assert color_codes(column).tolist() == [0, 254, 255]


def test_large_numbers_close_together_have_places_of_their_own() -> None:
    column = own_column("id", pd.Series([1_700_000_000.0, 1_700_000_001.0]))
    assert position_codes(column, "x").tolist() == [0, 65533]


@pytest.mark.parametrize(
    "values", [[True, True, True], pd.array([True, None, True]), [True, None, True]]
)
def test_bools_are_false_and_true_whatever_occurs(values: object) -> None:
    column = own_column("is_long", pd.Series(values))
    assert (column.kind, column.categories) == ("category", ("false", "true"))
    assert (column.values[0], column.values[2]) == (1, 1)


def test_numbers_in_a_column_of_objects_stay_numbers() -> None:
    column = own_column("stars", pd.Series([3, None, 5], dtype=object))
    assert column.kind in ("continuous", "count")
    assert column.values.tolist()[::2] == [3, 5]


# ---- many categories ----


def authors() -> pd.DataFrame:
    """22 authors: a0 four times, a1 three times, the others twice, of z alone once."""
    names = ["a0"] * 4 + ["a1"] * 3 + [f"b{i:02}" for i in range(19) for _ in range(2)] + ["z"]
    return pd.DataFrame({"author": names, "u": np.arange(float(len(names)))})


def test_colour_tells_the_twenty_largest_apart_and_the_others_together() -> None:
    table = authors()
    frame = frame_of_table(table, View("u", "u", "author"))
    color = frame.columns["color"]
    expected = ("a0", "a1", *(f"b{i:02}" for i in range(18)), "other (2)")
    assert color.categories == expected
    assert color.values.tolist()[:7] == [0, 0, 0, 0, 1, 1, 1]
    assert color.values.tolist()[-3:] == [20, 20, 20]  # b18 and z
    header = encode(frame, 1).header["columns"][2]
    assert (header["other"], header["domain"]) == (2, [-0.5, 20.5])


def test_twenty_categories_keep_their_order_and_have_no_others() -> None:
    table = pd.DataFrame({"c": [f"c{i:02}" for i in range(20)], "u": np.arange(20.0)})
    color = frame_of_table(table, View("u", "u", "c")).columns["color"]
    assert (len(color.categories), color.n_other) == (20, 0)


def test_shape_tells_seven_apart() -> None:
    shape = frame_of_table(authors(), View("u", "u", None, shape="author")).columns["shape"]
    assert shape.categories == ("a0", "a1", "b00", "b01", "b02", "b03", "b04", "other (15)")


def test_shape_tells_numbers_by_parts_of_their_axis() -> None:
    table = pd.DataFrame({"u": [0.0, 0.19, 0.2, 1.0, np.nan]})
    shape = frame_of_table(table, View("u", "u", None, shape="u")).columns["shape"]
    assert shape.categories == ("0 to 0.2", "0.2 to 0.4", "0.4 to 0.6", "0.6 to 0.8", "0.8 to 1")
    assert shape.values.tolist()[:4] == [0, 0, 1, 4]
    assert color_codes(shape).tolist()[4] == 255


def test_an_axis_has_room_for_254_categories_and_says_what_to_do_with_more() -> None:
    table = pd.DataFrame({"text": [f"text {i}" for i in range(255)], "u": np.arange(255.0)})
    wrong = r"View\(x='text'\): 255 different values have no room on an axis, 254 have; put it on c"
    with pytest.raises(ValueError, match=wrong):
        frame_of_table(table, View("text", "u", None))
    frame = frame_of_table(table[1:], View("text", "u", "text"))
    assert len(frame.columns["x"].categories) == 254
    assert frame.columns["color"].n_other == 234


def test_the_largest_categories_are_chosen_once() -> None:
    few, table = Few(), authors()
    later = table["author"].replace({"b18": "b17"})  # now the largest but b18 is gone, z is left
    later.iloc[-1] = "b18"
    first = few.of("color", own_column("author", table["author"]))
    assert few.of("color", own_column("author", later)).categories[:3] == first.categories[:3]
    anew = few.of("color", own_column("author", later), is_settled=False)
    assert anew.categories[:3] == ("a0", "b17", "a1")


def test_what_is_gone_is_chosen_anew() -> None:
    few, table = Few(), authors()
    few.of("color", own_column("author", table["author"]))
    later = few.of("color", own_column("author", table["author"].replace("a1", "y")))
    assert later.categories[:2] == ("a0", "y")
