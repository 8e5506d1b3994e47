"""The map without a browser: what it is given, what it sends, how it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jupyter_driver import PATIENCE
from widget_page import SAMPLES, Recording, dynamics, until

from carto_widget.store.snapshot import Status
from carto_widget.views.view import View
from carto_widget.widget.built import built
from carto_widget.widget.datamap import DataMap

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


def test_a_table_that_has_no_usual_columns_is_told_how_to_be_drawn() -> None:
    table = pd.DataFrame({"u": [1.0], "v": [3.0]})
    with pytest.raises(ValueError, match=r"for example view=carto.View\('u', 'v', None\)$"):
        DataMap(table)


def test_what_is_no_function_or_no_samples_is_refused(shown: Any) -> None:
    datamap, _ = shown(dynamics())
    with pytest.raises(TypeError, match=r"on_select\(3\): expected a function"):
        datamap.on_select(3)
    with pytest.raises(TypeError, match="samples=: expected a DataFrame, got list"):
        DataMap(dynamics(), samples=["a"])  # type: ignore[arg-type]  # wrong on purpose


def test_a_view_set_later_is_refused_too(shown: Any) -> None:
    datamap, _ = shown(dynamics())
    with pytest.raises(ValueError, match="there is no such column"):
        datamap.view = View("nothing")
    assert datamap.view == View()


def test_a_front_end_that_was_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(ImportError, match=r"not built.*widget\.js.*make build.*npm run build"):
        built("widget.js", tmp_path)
    assert built("widget.js").is_file()


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
    page.settle()
    datamap.select(["b"])
    page.say({"kind": "hello", "id": "me"})
    assert page.last("welcome") == ({"protocol": 1, "kind": "welcome", "to": "me"}, [])
    wanted = {"columns", "frame", "more", "named", "selection", "static", "status", "timeline"}

    def answer() -> set[str]:
        return {*page.kinds()[page.kinds().index("welcome") + 1 :]}

    until(lambda: wanted <= answer())
    assert answer() == wanted
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


def test_a_map_that_no_page_shows_is_not_drawn_until_one_does(shown: Any) -> None:
    recording = Recording()
    datamap, page = shown(recording)
    until(lambda: page.kinds().count("frame") == 1)
    page.say({"kind": "ack", "frame": 1})
    page.say({"kind": "unwatched"})
    page.settle()
    recording.log([0], [0.2])
    until(lambda: page.kinds().count("frame") == 2)  # another page would acknowledge this one
    recording.log([1], [0.4])
    recording.seal()
    until(lambda: datamap.snapshot.get("frame", {}).get("unseen") == 2)  # it goes on counting
    assert page.kinds().count("frame") == 2
    page.say({"kind": "hello", "id": "back"})
    until(lambda: page.last("frame")[0]["unseen"] == 2)


def test_a_map_that_another_page_shows_is_drawn_on(shown: Any) -> None:
    recording = Recording()
    _, page = shown(recording)
    until(lambda: page.kinds().count("frame") == 1)
    page.say({"kind": "unwatched"})
    for n in (2, 3, 4):
        recording.log([0], [0.2])
        until(lambda n=n: page.kinds().count("frame") == n)  # type: ignore[misc]  # bound now
        page.say({"kind": "ack", "frame": n})


def test_a_note_that_the_status_says_already_is_left_out(shown: Any) -> None:
    recording = Recording()
    recording.status = Status("stopped", "4 rows for 10 samples")
    recording.notes = ("recording stopped, training goes on: 4 rows for 10 samples", "in memory")
    _, page = shown(recording)
    until(lambda: "status" in page.kinds())
    assert page.last("status")[0]["text"] == "recording stopped: 4 rows for 10 samples"
    assert page.last("status")[0]["notes"] == ["in memory"]


def test_the_end_of_an_epoch_is_kept(shown: Any) -> None:
    recording = Recording()
    datamap, page = shown(recording)
    recording.log([0, 1, 2, 3], [0.2, 0.4, 0.6, 0.8])
    recording.seal("ended")
    until(lambda: page.state["snapshot"].get("status", {}).get("word") == "ended")
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


# ---- columns ----


def test_an_added_column_is_drawn_and_selected(shown: Any) -> None:
    datamap, page = shown(dynamics(), samples=SAMPLES)
    until(lambda: "frame" in page.kinds())
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
    datamap._thread.join(PATIENCE)
    assert not datamap._thread.is_alive()
