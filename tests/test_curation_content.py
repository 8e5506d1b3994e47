"""The hash of a sample's content: equal for equal content, wherever it lies."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from carto_widget.curation.samples.content import contents, covered

TEXTS = ["good", "", "höchst 🙂 good, but bad", "good"]


def one(value: object) -> str | None:
    return contents({"x": [value]})[0]


def test_it_is_sixteen_digits_of_blake2b_and_the_names_of_the_columns() -> None:
    hashed = blake2b(b"tgood", digest_size=8).hexdigest()
    assert contents({"text": ["good"]}) == [f"{hashed} text"]
    hashed = blake2b(b"2,5:n3tgood", digest_size=8).hexdigest()
    (found,) = contents({"text": ["good"], "a, b%": [3]})
    assert found == f"{hashed} a%2C b%25,text"
    assert covered(found) == ["a, b%", "text"]


@pytest.mark.parametrize(
    "held",
    [
        lambda: pd.Series(TEXTS, dtype=object),
        lambda: pd.Series(TEXTS, dtype="string"),
        lambda: pd.Series(TEXTS, dtype="string[pyarrow]"),
        lambda: pd.Series(TEXTS, dtype="category"),
        lambda: pd.Series(TEXTS, dtype=pd.ArrowDtype(pa.string())),
        lambda: np.array(TEXTS),
        lambda: np.array(TEXTS, object),
        lambda: pa.chunked_array([TEXTS[:1], TEXTS[1:]]),
        lambda: pd.Series(["good", None, *TEXTS[2:]]),
        lambda: pd.Series(["good", float("nan"), *TEXTS[2:]], dtype=object),
        lambda: pd.read_csv(io.StringIO(pd.DataFrame({"x": TEXTS, "y": 1}).to_csv()))["x"],
        lambda: [json.loads(json.dumps(text)) for text in TEXTS],
    ],
)
def test_texts_are_the_same_in_any_container(held: Callable[[], Any]) -> None:
    expected = contents({"x": TEXTS})
    assert contents({"x": held()}) == expected
    assert expected[0] == expected[3] != expected[2]


@pytest.mark.parametrize(
    "values",
    [
        np.array([3, 0, -1], np.int8),
        np.array([3, 0, -1], np.int64),
        np.array([3, 0, -1], np.float32),
        pd.Series([3, 0, -1], dtype="Int64"),
        pd.Series([3, 0, -1], dtype="int64[pyarrow]"),
        [np.int16(3), False, -1.0],
        [Decimal(3), 0, np.float64(-1)],
    ],
)
def test_a_number_is_its_value_in_any_type(values: Any) -> None:
    assert contents({"x": values}) == contents({"x": [3, 0, -1]})


def test_a_fraction_is_the_same_in_32_bits_in_64_and_through_text() -> None:
    values = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    expected = contents({"x": values})
    assert contents({"x": values.astype(np.float64)}) == expected
    assert contents({"x": json.loads(json.dumps(values.astype(float).tolist()))}) == expected
    assert one(0.1 + 0.2) == one(0.3) != one(0.3000001)
    assert one(2**53 + 1) != one(2**53)
    assert one(float("inf")) not in (one(float("-inf")), one(None))


def test_what_is_not_there_is_one_thing_and_no_number() -> None:
    missing = [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT"), ""]
    assert len({one(value) for value in missing}) == 1
    assert one(None) != one(0)


def test_times_are_moments_and_bare_times_readings() -> None:
    noon = datetime(2024, 5, 1, 12)
    same = [noon, pd.Timestamp(noon), np.datetime64("2024-05-01T12", "ns")]
    assert len({one(value) for value in same}) == 1
    assert contents({"x": pd.Series([noon])}) == [one(noon)]
    assert contents({"x": np.array([noon], "M8[ns]")}) == [one(noon)]
    there = noon.replace(tzinfo=timezone(timedelta(hours=2)))
    assert one(there) == one(datetime(2024, 5, 1, 10, tzinfo=timezone.utc)) != one(noon)
    assert one(date(2024, 5, 1)) == one(datetime(2024, 5, 1))
    assert one(timedelta(seconds=1)) == one(pd.Timedelta("1s")) == one(np.timedelta64(1, "s"))


def test_lists_arrays_and_tensors_are_their_shape_and_values() -> None:
    torch = pytest.importorskip("torch")
    rows = [[1, 2], [3, 4.5]]
    same = [rows, np.array(rows), np.array(rows, np.float32), torch.tensor(rows), tuple(rows)]
    assert len({one(value) for value in same}) == 1
    assert len({one(value) for value in ([1, 2], [[1, 2]], [1, 2, 0], [2, 1])}) == 4
    assert one([1, None]) == one(np.array([1, np.nan])) != one([1, 0])
    assert one([[1, 2], [3]]) == one(np.array([np.array([1, 2]), np.array([3])], object))
    assert one(["a", "bc"]) == one(np.array(["a", "bc"], object)) != one(["ab", "c"])
    assert one([]) == one(np.empty(0, object)) == one(np.empty(0, np.int8))


def test_images_are_their_bytes_or_their_pixels() -> None:
    from PIL import Image

    pixels = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    assert one(Image.fromarray(pixels)) == one(pixels) == one(pixels.tolist())
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    held = file.getvalue()
    assert one(held) == one({"bytes": held, "path": "a.png"}) == one(bytearray(held))
    assert one(held) != one(pixels)


def test_mappings_are_what_they_hold_by_name() -> None:
    assert one({"a": 1, "b": "x"}) == one({"b": "x", "a": 1.0, "c": None})
    assert one({"a": 1}) != one({"b": 1})


def test_columns_count_in_any_order_and_do_not_run_into_each_other() -> None:
    frame = pd.DataFrame({"a": ["x", "xy"], "b": ["yz", "z"]})
    assert contents(frame) == contents(frame[["b", "a"]])
    assert len(set(contents(frame))) == 2


def test_what_cannot_be_told_has_none_and_no_columns_are_refused() -> None:
    assert contents({"x": ["a", object()], "y": [1, 1]})[1] is None
    assert one([object()]) is None
    with pytest.raises(ValueError, match="no columns"):
        contents({})
