"""The snapshot: a whole map in at most 1 MB."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carto_widget.store.snapshot import Cursor, Snapshot
from carto_widget.views.frame import Column, Frame
from carto_widget.widget.saved import LIMIT, Picture, saved_picture
from carto_widget.widget.selection import Selection
from carto_widget.widget.wire import encode


def saved(n: int, selected: slice = slice(0), text: str = "a review") -> dict[str, Any]:
    ramp = np.linspace(0, 1, n, dtype=np.float32)
    column = Column("c", "c", "continuous", (0.0, 1.0), ramp)
    mask = np.zeros(n, bool)
    mask[selected] = True
    return saved_picture(
        Picture(
            encode(Frame({"x": column, "y": column, "color": column}), 1),
            {"kind": "status", "word": "ended"},
            Selection(mask, revision=5),
            Snapshot(Cursor(), np.arange(n), np.zeros(n, np.int32)),
            pd.DataFrame({"text": [text] * n}),
        )
    )


def size(snapshot: dict[str, Any]) -> int:
    headers = {key: value for key, value in snapshot.items() if key != "buffers"}
    return len(json.dumps(headers)) + sum(len(buffer) for buffer in snapshot["buffers"])


@pytest.mark.parametrize("n", [0, 1, 3_708, 100_000, 135_000, 1_000_000])
def test_a_snapshot_stays_below_a_megabyte(n: int) -> None:
    snapshot = saved(n, slice(None), text="a review of some length " * 4)
    assert size(snapshot) <= LIMIT
    assert snapshot["of"] == n
    assert snapshot["rows"] == snapshot["frame"]["rows"] == snapshot["static"]["rows"]


def test_a_small_map_is_saved_whole_with_its_texts() -> None:
    snapshot = saved(3_708)
    assert snapshot["rows"] == snapshot["of"] == 3_708
    assert [c["name"] for c in snapshot["static"]["columns"]] == ["gold", "guid", "text"]
    assert len(snapshot["buffers"]) == 3 + 1 + 2 + 2


def test_a_large_map_is_saved_as_a_fair_sample_the_same_each_time() -> None:
    first, again = saved(1_000_000, slice(500_000)), saved(1_000_000, slice(500_000))
    assert 100_000 < first["rows"] < 200_000
    assert first["buffers"] == again["buffers"]
    x = np.frombuffer(first["buffers"][0], "<u2") / 65533
    assert (np.diff(x) >= 0).all()  # in the dataset's order
    assert x.mean() == pytest.approx(0.5, abs=0.01)
    bits = np.unpackbits(np.frombuffer(first["buffers"][-1], np.uint8), bitorder="little")
    kept = x < 0.5
    assert (bits[: len(x)] == kept).mean() > 0.9999  # the selected half, row for row
    assert first["selection"] == {"revision": 5, "count": 500_000}


def test_nothing_selected_saves_no_bits() -> None:
    snapshot = saved(10)
    assert snapshot["selection"] is None
    assert len(snapshot["buffers"]) == 8
