"""The map without a browser: what it sends, what it understands, what the user gets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import comm
import numpy as np
import pandas as pd
import pytest
from comm.base_comm import BaseComm

from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.rows import Rows
from carto_widget.store.snapshot import Cursor, SealedEpoch, Snapshot, Status
from carto_widget.views.view import View
from carto_widget.widget.datamap import DataMap
from carto_widget.widget.wire import bits_of

Message = tuple[dict[str, Any], list[Any]]
GUID = ["a", "b", "c", "d"]
SAMPLES = pd.DataFrame({"text": ["w", "x", "y", "z"]}, index=GUID)


class Page(BaseComm):
    """The other end of the comm: what reached it, and what it says."""

    def __init__(self, **state: Any) -> None:
        self.messages: list[Message] = []
        self.state: dict[str, Any] = {}
        super().__init__(**state)

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any
    ) -> None:
        data = data or {}
        if data.get("method") == "custom":
            self.messages.append((data["content"], buffers or []))
        elif "state" in data:
            self.state |= data["state"]

    def say(self, content: dict[str, Any], *buffers: bytes) -> None:
        data = {"method": "custom", "content": content}
        self.handle_msg({"content": {"data": data}, "buffers": list(buffers)})

    def lasso(self, *rows: int, how: str = "replace", of: int = 4, frame: int = 1) -> None:
        mask = np.zeros(of, bool)
        mask[list(rows)] = True
        self.say({"kind": "select", "operation": "op", "how": how, "frame": frame}, bits_of(mask))

    def kinds(self) -> list[str]:
        return [content["kind"] for content, _ in self.messages]

    def last(self, kind: str) -> Message:
        return next(m for m in reversed(self.messages) if m[0]["kind"] == kind)


def until(condition: Callable[[], bool], timeout: float = 20) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        threading.Event().wait(0.01)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[DataMap, Page]]]:
    """Makes a map whose comm ends in a page."""
    monkeypatch.setattr(comm, "create_comm", Page)
    maps: list[DataMap] = []

    def show(source: Any, **more: Any) -> tuple[DataMap, Page]:
        maps.append(DataMap(source, **more))
        page = maps[-1].comm
        assert isinstance(page, Page)
        return maps[-1], page

    yield show
    for datamap in maps:
        datamap.close()
        datamap._thread.join(20)
        assert not datamap._thread.is_alive()


def dynamics() -> TrainingDynamics:
    probability = np.array([[0.2, 0.4, 0.6, np.nan], [0.4, 0.4, 0.8, np.nan]], np.float32)
    return TrainingDynamics.from_arrays(
        gold=np.array([0, 1, 0, 1]),
        guid=GUID,
        gold_probability=probability,
        margin=probability - 0.5,
        other_label=np.where(np.isnan(probability), np.nan, 1),
        label_names=["no", "yes"],
    )


class Recording:
    """A source that goes on: presentations come in, epochs are sealed."""

    def __init__(self) -> None:
        self.flying = Rows.empty()
        self.sealed: list[Rows] = []
        self.status = Status("waiting")
        self.samples: pd.DataFrame | None = SAMPLES
        self.error: Exception | None = None
        self.lock = threading.Lock()

    def log(self, sample: list[int], probability: list[float]) -> None:
        p = np.array(probability, np.float32)
        zero = np.zeros(len(p), np.int32)
        more = Rows(np.array(sample), zero, -np.log(p), p - 0.5, zero + 1, zero + 1)  # type: ignore[arg-type]  # cast by Rows
        with self.lock:
            self.flying = Rows.concatenate([self.flying, more])
            self.status = Status("training", epoch=len(self.sealed))

    def seal(self, word: str = "training") -> None:
        with self.lock:
            self.sealed.append(self.flying.once())
            self.flying = Rows.empty()
            self.status = Status(word, epoch=len(self.sealed) - 1)

    def snapshot(self, since: Cursor) -> Snapshot:
        if self.error is not None:
            raise self.error
        with self.lock:
            epoch = len(self.sealed) if len(self.flying) else None
            start = since.rows if since.epoch == epoch else 0
            return Snapshot(
                Cursor(
                    since.split, since.mode, since.task, len(self.sealed), epoch, len(self.flying)
                ),
                np.array(GUID, object),
                np.zeros(4, np.int32),
                samples=self.samples,
                status=self.status,
                epoch=epoch,
                sealed=tuple(
                    SealedEpoch(e, lambda kept=kept: kept)  # type: ignore[misc]  # bound now
                    for e, kept in list(enumerate(self.sealed))[since.sealed :]
                ),
                running=self.flying.take(slice(start, None)),
            )


# ---- what it is given ----


def test_an_unknown_keyword_names_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"no argument 'hight'; did you mean 'height'\?"):
        DataMap(SAMPLES, hight=300)


def test_a_source_that_cannot_be_drawn_says_what_can() -> None:
    with pytest.raises(TypeError, match=r"DataMap\(int\): expected a Recorder"):
        DataMap(3)


def test_a_view_of_an_unknown_column_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="there is confidence, "):
        DataMap(dynamics(), view=View("confidnce"))


def test_a_view_set_later_is_refused_too(shown: Any) -> None:
    datamap, _ = shown(dynamics())
    with pytest.raises(ValueError, match="there is no such column"):
        datamap.view = View("nothing")
    assert datamap.view == View()


def test_a_table_needs_no_training(shown: Any) -> None:
    table = pd.DataFrame({"u": [1.0, 2.0], "v": [3.0, 4.0]}, index=[7, 9])
    datamap, page = shown(table, view=View("u", "v", None))
    until(lambda: "frame" in page.kinds())
    header, buffers = page.last("frame")
    assert [column["name"] for column in header["columns"]] == ["u", "v", ""]
    assert buffers[2] == bytes([0, 0])
    assert np.frombuffer(buffers[0], "<u2").tolist() == [0, 65533]
    datamap.select([9])
    assert datamap.selection.index.tolist() == [9]
    assert datamap.selection.columns.tolist() == ["u", "v"]


# ---- what it sends ----


def test_a_complete_source_is_kept_from_the_start(shown: Any) -> None:
    datamap, _ = shown(dynamics(), samples=SAMPLES)
    saved = datamap.snapshot
    assert (saved["protocol"], saved["rows"], saved["of"]) == (1, 4, 4)
    assert saved["frame"]["chunks"] == 1
    assert saved["frame"]["live"] is False
    assert [column["name"] for column in saved["static"]["columns"]] == ["gold", "guid", "text"]
    y = np.frombuffer(saved["buffers"][1], "<u2")  # confidence .3, .4, .7, missing
    assert np.round(y[:3] / 65533, 4).tolist() == [0.3, 0.4, 0.7]
    assert y[3] == 65535
    assert saved["status"]["text"] == "ended: 2 epochs on record"
    assert saved["status"]["observed"] == 3


def test_a_hello_is_answered_with_everything(shown: Any) -> None:
    datamap, page = shown(dynamics(), samples=SAMPLES)
    until(lambda: "status" in page.kinds())
    datamap.select(["b"])
    page.messages.clear()
    page.say({"kind": "hello", "id": "me"})
    until(lambda: len(page.kinds()) >= 5)
    assert page.messages[0] == ({"protocol": 1, "kind": "welcome", "to": "me"}, [])
    assert sorted(page.kinds()[1:]) == ["frame", "selection", "static", "status"]
    header, (bits,) = page.last("selection")
    assert (header["revision"], header["count"], header["operation"]) == (1, 1, None)
    assert bits == bytes([0b10])
    assert all(content["protocol"] == 1 for content, _ in page.messages)


def test_frames_follow_the_training(shown: Any) -> None:
    recording = Recording()
    _, page = shown(recording)
    until(lambda: page.kinds().count("frame") == 1)
    page.say({"kind": "ack", "frame": 1})
    recording.log([0, 2], [0.2, 0.6])
    until(lambda: page.kinds().count("frame") == 2)
    header, buffers = page.last("frame")
    assert (header["epoch"], header["live"], header["unseen"]) == (0, True, 2)
    x, y = (np.frombuffer(buffer, "<u2").tolist() for buffer in buffers[:2])
    assert x == [65534, 65535, 65534, 65535]
    assert y == [round(0.2 * 65533), 65535, round(0.6 * 65533), 65535]
    assert header["columns"][0]["waiting"] == "one epoch so far"
    until(lambda: page.last("status")[0]["text"] == "training, epoch 0")


def test_a_frame_comes_only_when_something_has_changed(shown: Any) -> None:
    recording = Recording()
    recording.log([0], [0.2])
    datamap, page = shown(recording)
    until(lambda: page.kinds().count("frame") == 1)
    page.say({"kind": "ack", "frame": 1})
    looks: list[DataMap] = []
    datamap.on_select(looks.append)
    page.lasso(0)
    until(lambda: bool(looks))
    assert page.kinds().count("frame") == 1


def test_the_end_of_an_epoch_is_kept(shown: Any) -> None:
    recording = Recording()
    datamap, page = shown(recording)
    recording.log([0, 1, 2, 3], [0.2, 0.4, 0.6, 0.8])
    recording.seal("ended")
    until(lambda: datamap.snapshot.get("status", {}).get("word") == "ended")
    assert datamap.snapshot["frame"]["epoch"] == 0
    assert datamap.snapshot["frame"]["live"] is False
    assert page.state["snapshot"]["rows"] == 4


def test_a_change_of_view_is_drawn(shown: Any) -> None:
    datamap, page = shown(dynamics())
    until(lambda: "frame" in page.kinds())
    datamap.view = View("aum", "confidence", None)
    until(lambda: page.last("frame")[0]["columns"][0]["name"] == "aum")
    page.handle_msg(
        {
            "content": {
                "data": {
                    "method": "update",
                    "state": {"view": {"x": "loss_mean", "y": "aum", "color": None}},
                    "buffer_paths": [],
                }
            },
            "buffers": [],
        }
    )
    until(lambda: page.last("frame")[0]["columns"][0]["name"] == "loss_mean")
    assert datamap.view == View("loss_mean", "aum", None)


def test_a_fault_in_drawing_is_shown_and_the_thread_goes_on(shown: Any) -> None:
    recording = Recording()
    datamap, page = shown(recording)
    until(lambda: "frame" in page.kinds())
    recording.error = RuntimeError("deliberate")
    until(lambda: "error" in page.kinds())
    assert page.last("error")[0]["text"] == "RuntimeError: deliberate"
    assert "RuntimeError: deliberate" in repr(datamap)
    recording.error = None
    recording.log([0], [0.5])
    until(lambda: page.last("frame")[0]["unseen"] == 3)
    until(lambda: "deliberate" not in repr(datamap))


# ---- the selection ----


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


def test_a_listeners_fault_is_shown_and_the_next_lasso_still_counts(shown: Any) -> None:
    datamap, page = shown(dynamics())
    datamap.on_select(lambda _: 1 / 0)
    page.lasso(0)
    until(lambda: "error" in page.kinds())
    assert "ZeroDivisionError" in page.last("error")[0]["text"]
    page.lasso(1)
    assert datamap.selection.index.tolist() == ["b"]


# ---- columns ----


def test_an_added_column_is_drawn_and_selected(shown: Any) -> None:
    datamap, page = shown(dynamics(), samples=SAMPLES)
    datamap.add_column("length", pd.Series([4.0, 1.0], index=["d", "a"]))
    datamap.view = View("length", "confidence")
    until(lambda: page.last("frame")[0]["columns"][0]["name"] == "length")
    header, buffers = page.last("frame")
    assert header["columns"][0]["domain"] == [1, 4]
    assert np.frombuffer(buffers[0], "<u2").tolist() == [0, 65535, 65535, 65533]
    datamap.select(["d"])
    assert datamap.selection["length"].tolist() == [4.0]
    assert [c["name"] for c in page.last("static")[0]["columns"]] == ["length"]


@pytest.mark.parametrize(
    ("name", "values", "complaint"),
    [
        ("length", [1, 2], r"shape \(2,\) for 4 samples"),
        ("length", pd.Series([1], index=["q"]), r"1 unknown guid\(s\), the first: 'q'"),
        ("text", [1, 2, 3, 4], "the samples have a column of this name"),
        ("aum", [1, 2, 3, 4], "the metrics have a column of this name"),
    ],
)
def test_a_column_that_does_not_fit_is_refused(
    shown: Any, name: str, values: Any, complaint: str
) -> None:
    datamap, _ = shown(dynamics(), samples=SAMPLES)
    with pytest.raises(ValueError, match=complaint):
        datamap.add_column(name, values)


# ---- its life ----


def test_it_works_without_a_kernel() -> None:
    datamap = DataMap(dynamics(), samples=SAMPLES)
    datamap.select(["a", "b"])
    assert repr(datamap) == (
        "DataMap(TrainingDynamics: 4 samples; ended: 2 epochs on record; 2 selected)"
    )
    assert len(datamap.selection) == 2
    datamap.close()
    datamap._thread.join(20)
    assert not datamap._thread.is_alive()


def test_names_that_are_not_built_do_not_exist() -> None:
    datamap = DataMap(dynamics())
    for name in ("named", "edits", "ledger", "to_png"):
        with pytest.raises(AttributeError):
            getattr(datamap, name)
    with pytest.raises(ValueError, match="the map shows the newest epoch"):
        datamap.epoch = 3
    datamap.close()
