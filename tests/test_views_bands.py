"""Samples of one class or whole number lie side by side, at one place in map and pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from carto_widget.pictures.axis import spread
from carto_widget.views.bands import aside
from carto_widget.views.complete import frame_of_table
from carto_widget.views.frame import Column, Domain, Frame
from carto_widget.views.view import View
from carto_widget.widget.wire import LAST, encode, position_codes

N = 3000


def drawn(y: Any, **more: Any) -> Frame:
    table = pd.DataFrame({"x": np.linspace(0, 1, len(y)), "y": y, **more})
    return frame_of_table(table, View("x", "y", None))


def read_back(column: Column) -> np.ndarray[Any, Any]:
    """The numbers that stand where the codes are."""
    low, high = column.domain
    codes = position_codes(column, "y")
    return low + codes.astype(float) / LAST * (high - low)


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (pd.Categorical(["a", "b", "c"] * (N // 3)), [0, 1, 2] * (N // 3)),
        ([False, True, True] * (N // 3), [0, 1, 1] * (N // 3)),
        ([1, 5, 2] * (N // 3), [1, 5, 2] * (N // 3)),
    ],
)
def test_the_nearest_whole_number_is_the_rows_own(values: Any, numbers: list[int]) -> None:
    at = read_back(drawn(values).columns["y"])
    np.testing.assert_array_equal(np.round(at), numbers)
    beside = at - numbers
    assert np.abs(beside).max() <= 0.351
    # even over the band: a tenth of the rows in each tenth of it, to four standard deviations
    counts, _ = np.histogram(beside, 10, (-0.35, 0.35))
    assert np.abs(counts - N / 10).max() < 4 * np.sqrt(N / 10)


def test_numbers_that_are_many_or_not_whole_stand_where_they_are() -> None:
    for values in (np.arange(N), np.arange(N) % 2 / 2):
        column = drawn(values).columns["y"]
        step = (column.domain[1] - column.domain[0]) / LAST
        np.testing.assert_allclose(read_back(column), values, atol=0.51 * step)


def test_a_row_stands_aside_by_its_number_alone_and_otherwise_up_than_across() -> None:
    def mixed(number: int) -> int:  # MurmurHash3's last steps, in Python's own whole numbers
        number = (number ^ number >> 16) * 0x85EBCA6B % 2**32
        number = (number ^ number >> 13) * 0xC2B2AE35 % 2**32
        return number ^ number >> 16

    wanted = [0.7 * mixed(row ^ 0x9E3779B9) / 2**32 - 0.35 for row in range(100)]
    np.testing.assert_allclose(aside("x", 100), wanted, atol=1e-7)
    np.testing.assert_array_equal(aside("x", 100_000)[:100], aside("x", 100))
    assert abs(np.corrcoef(aside("x", N), aside("y", N))[0, 1]) < 0.06


def test_pictures_draw_each_row_where_the_map_does() -> None:
    for values in (pd.Categorical(["b", "a"] * 50), [3, 1] * 50):
        column = drawn(values).columns["y"]
        rows = np.arange(len(values))[::-1]
        codes = position_codes(column, "y")[rows]
        np.testing.assert_allclose(spread(column, rows, "y"), codes / LAST, atol=1e-5)


def test_an_axis_of_few_whole_numbers_has_room_for_whole_bands_and_does_not_creep() -> None:
    table = pd.DataFrame({"x": [0, 1], "stars": [1, 5]})
    view = View("x", "stars", None)
    axes: dict[str, Domain] = {}
    for _ in range(3):
        frame = frame_of_table(table, view, axes)
        axes = {"stars": frame.columns["y"].domain}
        assert frame.columns["y"].domain == (0.5, 5.5)
        assert encode(frame, 1).header["columns"][1]["domain"] == [0.5, 5.5]
