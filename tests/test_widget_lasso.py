"""The selection of a map: lassos from the page, operations from Python."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from widget_page import SAMPLES, Recording, Stopped, dynamics, until

from carto_widget.widget.datamap import DataMap


def test_a_lasso_becomes_rows_in_the_datasets_order(shown: Any) -> None:
    datamap, page = shown(dynamics(), samples=SAMPLES)
    until(lambda: "frame" in page.kinds())
    page.lasso(2, 0)
    rows = datamap.selection
    assert rows.index.tolist() == ["a", "c"]
    assert rows["text"].tolist() == ["w", "y"]
    assert rows["confidence"].tolist() == pytest.approx([0.3, 0.7])
    assert rows["gold"].tolist() == ["no", "no"]
    assert rows.attrs == {"frame": 1, "epoch": 1}
    assert (datamap.selection_revision, datamap.selection_count) == (1, 2)


def test_the_pages_own_lasso_is_confirmed_without_its_bits(shown: Any) -> None:
    _, page = shown(dynamics())
    page.lasso(1)
    until(lambda: "selection" in page.kinds())
    header, buffers = page.last("selection")
    assert (header["operation"], header["revision"], header["count"]) == ("op", 1, 1)
    assert buffers == []
    page.lasso(2, how="add")
    until(lambda: page.last("selection")[0]["revision"] == 2)
    assert page.last("selection")[1] == [bytes([0b110])]


def test_operations_apply_in_the_order_they_came(shown: Any) -> None:
    datamap, page = shown(dynamics())
    page.lasso(0, 1, 2)
    page.lasso(1, how="subtract")
    page.lasso(3, how="add")
    page.lasso(2, 3, how="intersect")
    assert datamap.selection.index.tolist() == ["c", "d"]
    assert datamap.selection_revision == 4


def test_a_lasso_on_a_sample_of_the_rows_is_refused(shown: Any) -> None:
    datamap, page = shown(dynamics())
    until(lambda: "frame" in page.kinds())
    page.lasso(0, of=9)
    assert len(datamap.selection) == 0
    until(lambda: "error" in page.kinds())
    assert "draw it again on the whole map" in page.last("error")[0]["text"]
    page.lasso(1)
    assert datamap.selection.index.tolist() == ["b"]


def test_a_selection_without_rows_keeps_its_columns(shown: Any) -> None:
    datamap, page = shown(dynamics(), samples=SAMPLES)
    page.lasso(0)
    full = datamap.selection
    datamap.select(None)
    assert len(datamap.selection) == 0
    assert datamap.selection.columns.tolist() == full.columns.tolist()
    assert datamap.selection.dtypes.tolist() == full.dtypes.tolist()


def test_each_selection_is_a_fresh_frame(shown: Any) -> None:
    datamap, _ = shown(dynamics(), samples=SAMPLES)
    datamap.select(["a"])
    rows = datamap.selection
    rows.loc["a", "text"] = "changed"
    assert datamap.selection.loc["a", "text"] == "w"
    assert SAMPLES.loc["a", "text"] == "w"


def test_before_the_first_epoch_ends_the_numbers_are_missing(shown: Any) -> None:
    class Unsealed(Recording):
        run = type("Run", (), {"epochs": lambda self, series: [], "ids": lambda self, s: None})()

        def series(self, *names: Any) -> None:
            return None

    datamap, page = shown(Unsealed())
    page.lasso(1)
    rows = datamap.selection
    assert rows["text"].tolist() == ["x"]
    assert rows["confidence"].isna().all()
    assert rows["n_observed"].tolist() == [0]


def test_listeners_are_called_until_they_are_ended(shown: Any) -> None:
    datamap, page = shown(dynamics())
    seen: list[tuple[int, str]] = []

    def listen(of: DataMap) -> None:
        seen.append((of.selection_count, threading.current_thread().name))

    end = datamap.on_select(listen)
    page.lasso(0, 1)
    until(lambda: len(seen) == 1)
    datamap.select(["a"])
    until(lambda: len(seen) == 2)
    assert seen == [(2, "carto-map"), (1, "carto-map")]
    end()
    end()
    page.lasso(3)
    until(lambda: datamap.selection_revision == 3)
    datamap.add_column("later", np.arange(4))
    assert len(seen) == 2


def test_a_listener_finds_the_count_of_what_it_is_told_of(
    shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, called = Stopped(), threading.Event()
    datamap, page = shown(recording)
    until(lambda: "frame" in page.kinds())
    seen: list[int] = []

    def listen(of: DataMap) -> None:
        seen.append(of.selection_count)
        called.set()

    datamap.on_select(listen)
    publish = page.publish_msg

    def slow(*message: Any, **more: Any) -> None:
        recording.go_on.set()
        called.wait(0.2)  # it waits for the traits, or has been called before
        publish(*message, **more)

    recording.stop()
    monkeypatch.setattr(page, "publish_msg", slow)
    datamap.select(["a"])
    until(lambda: bool(seen))
    assert seen == [1]


@pytest.mark.parametrize("error", [ZeroDivisionError, SystemExit, KeyboardInterrupt])
def test_what_a_listener_raises_is_said_and_keeps_no_other_from_being_called(
    shown: Any, error: type[BaseException]
) -> None:
    datamap, page = shown(dynamics())
    seen: list[int] = []

    def broken(of: DataMap) -> None:
        if of.selection_count == 1:
            raise error("deliberate")

    datamap.on_select(broken)
    datamap.on_select(lambda of: seen.append(of.selection_count))
    page.lasso(0)
    note = f"on_select: {error.__name__}: deliberate"
    until(lambda: "status" in page.kinds() and page.last("status")[0]["notes"] == [note])
    assert seen == [1]
    page.lasso(1, 2)
    until(lambda: seen == [1, 2])
    until(lambda: page.last("status")[0]["notes"] == [])
