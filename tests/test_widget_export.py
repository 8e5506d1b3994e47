"""What a map gives away: pictures, rows, and the code that makes it again."""

from __future__ import annotations

import re
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from widget_page import GUID, SAMPLES, Recording, dynamics, until

import carto_widget as carto
from carto_widget.views.view import View
from carto_widget.widget.asks import export
from carto_widget.widget.datamap import DataMap
from carto_widget.widget.exports import picture_of_map
from carto_widget.widget.wire import bits_of

Answer = tuple[dict[str, Any], bytes]


def asked(page: Any, *buffers: bytes, **content: Any) -> Answer:
    """The page's question, and the answer to it."""
    ask = f"ask {len(page.messages)}"
    page.say({"kind": "ask", "id": ask, "what": "export", **content}, *buffers)
    until(lambda: any(header.get("ask") == ask for header, _ in page.messages))
    header, buffers = next(m for m in page.messages if m[0].get("ask") == ask)
    return header, b"".join(bytes(buffer) for buffer in buffers)


def made_again(code: str, **names: Any) -> DataMap:
    space: dict[str, Any] = dict(names)
    exec(code, space)  # what a user does with it
    datamap: DataMap = space["datamap"]
    return datamap


# ---- pictures and rows ----


def test_a_png_has_the_pages_size_twice_and_its_theme(shown: Any) -> None:
    _, page = shown(dynamics())
    header, png = asked(page, **{"as": "png", "size": [640, 400], "theme": "dark", "epoch": None})
    assert (header["error"], header["name"]) == (None, "data-map.png")
    image = Image.open(BytesIO(png))
    assert image.size == (1280, 800)
    assert image.getpixel((2, 2)) == (20, 21, 23)


def test_a_size_that_no_picture_has_is_taken_to_the_nearest(shown: Any) -> None:
    _, page = shown(dynamics())
    _, svg = asked(page, **{"as": "svg", "size": [10, 9000], "theme": "light", "epoch": None})
    assert svg.startswith(b'<svg xmlns="http://www.w3.org/2000/svg" width="320" height="1600"')


def test_a_picture_shows_what_is_in_sight_and_says_of_how_many(shown: Any) -> None:
    _, page = shown(dynamics())
    about = {"as": "svg", "size": [640, 400], "theme": "light", "epoch": None}
    _, svg = asked(page, **about)
    assert b"4 samples" in svg
    _, svg = asked(page, bits_of(np.array([True, False, True, False])), **about)
    assert b"2 of 4 samples" in svg
    assert b"not drawn" not in svg


def test_a_picture_shows_as_much_of_the_axes_as_the_page_does(shown: Any) -> None:
    _, page = shown(dynamics())
    about = {"as": "svg", "size": [640, 400], "theme": "light", "epoch": None}
    _, whole = asked(page, **about)
    assert whole.count(b"<use ") == 3  # confidence 0.3, 0.4, 0.7; d was never seen
    _, near = asked(page, **about, ranges={"y": [0.35, 0.72]})
    assert near.count(b"<use ") == 2
    assert b"2 of 4 samples" in near
    wrong, _ = asked(page, **about, ranges={"y": [0.5, 0.5]})
    assert "y from 0.5 to 0.5: expected the lower end first" in wrong["error"]


def test_a_picture_shows_what_is_selected_on_top_of_the_rest(shown: Any, tmp_path: Path) -> None:
    datamap, page = shown(dynamics())
    about = {"as": "svg", "size": [640, 400], "theme": "light", "epoch": None}
    assert b"selected" not in asked(page, **about)[1]
    datamap.select(["b"])
    _, svg = asked(page, **about)
    assert b"1 selected" in svg
    dimmed, raised = re.findall(rb'<g fill-opacity="([0-9.]+)"', svg)
    assert (dimmed, raised) == (b"0.16", b"1.00")
    assert svg.rpartition(b"<g fill")[2].count(b"<use ") == 1
    datamap.to_svg(tmp_path / "with.svg", size=(640, 400))
    datamap.to_svg(tmp_path / "without.svg", size=(640, 400), selection=False)
    assert (tmp_path / "with.svg").read_bytes().count(b"<g fill-opacity") == 2
    assert "selected" not in (tmp_path / "without.svg").read_text()


def test_a_picture_shows_the_epoch_that_the_page_shows(shown: Any) -> None:
    _, page = shown(dynamics())
    about = {"as": "svg", "size": [640, 400], "theme": "light"}
    header, first = asked(page, **about, epoch=0)
    _, last = asked(page, **about, epoch=None)
    assert header["name"] == "data-map-epoch-0.svg"
    assert b"1 epoch" in first
    assert b"2 epochs" in last
    wrong, _ = asked(page, **about, epoch=7)
    assert "epoch=7: it is not on record" in wrong["error"]


def test_a_picture_of_a_training_shows_any_epoch_and_disturbs_no_other(
    tmp_path: Path, shown: Any
) -> None:
    recorder = carto.Recorder(tmp_path / "run", label_names=["no", "yes"])
    guid = np.arange(6)
    for p in (0.2, 0.4, 0.9):
        probabilities = np.tile(np.array([p, 1 - p], np.float32), (6, 1))
        recorder.log_epoch(probabilities, np.zeros(6, int), guid=guid)
    datamap, page = shown(recorder)
    until(lambda: "timeline" in page.kinds())
    past = datamap._source.past
    waiting = past.frames(datamap.view, [0, 1, 2])
    assert next(waiting).epoch == 0
    picture = picture_of_map(datamap._source, datamap.view, 1)
    assert picture.n_epochs == 2
    confidence = picture.frame.columns["y"].values
    assert confidence == pytest.approx(np.full(6, 0.3))  # (0.2 + 0.4) / 2
    assert [frame.epoch for frame in waiting] == [1, 2]
    recorder.close()


def test_a_picture_of_an_epoch_needs_no_frame_of_its_view(tmp_path: Path, shown: Any) -> None:
    recorder = carto.Recorder(tmp_path / "run", label_names=["no", "yes"])
    for p in (0.2, 0.4, 0.9):
        probabilities = np.tile(np.array([p, 1 - p], np.float32), (6, 1))
        recorder.log_epoch(probabilities, np.zeros(6, int), guid=np.arange(6))
    datamap, _ = shown(recorder)
    datamap.epoch = 1
    datamap.view = View("forgetting_events", "confidence", "aum")
    picture = picture_of_map(datamap._source, datamap.view, 1)
    assert picture.n_epochs == 2
    assert picture.frame.columns["y"].values == pytest.approx(np.full(6, 0.3))
    recorder.close()


def test_the_rows_of_a_selection_come_in_blocks_with_one_header(shown: Any) -> None:
    table = pd.DataFrame({"u": np.arange(5000), "text": ["a, b"] * 5000})
    datamap, page = shown(table, view=View("u", "u", None))
    datamap.select(table.index[10:4990])
    text, header = b"", {"next": 0}
    while header["next"] is not None:
        more = {"rows": header["rows"], "revision": header["revision"]} if text else {}
        header, block = asked(page, **{"as": "csv", "from": header["next"], **more})
        assert header["error"] is None
        text += block
    found = pd.read_csv(StringIO(text.decode()), index_col=0)
    assert found["u"].tolist() == list(range(10, 4990))
    assert found["text"].unique().tolist() == ["a, b"]
    header, block = asked(page, **{"as": "tsv"})
    assert block.startswith(b"\tu\ttext\n10\t10\ta, b\n")


def test_rows_that_are_too_many_for_a_page_are_refused_with_what_to_do(
    shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    datamap, page = shown(dynamics(), samples=SAMPLES)
    datamap.select(GUID[:2])
    monkeypatch.setitem(export.MOST, "csv", 10)
    header, _ = asked(page, **{"as": "csv"})
    assert 'in Python: datamap.selection.to_csv("selection.csv")' in header["error"]


@pytest.mark.parametrize("about", [{"rows": 10**9}, {"rows": 0}, {"rows": "all"}, {"from": -5}])
def test_a_block_that_is_none_is_refused(shown: Any, about: dict[str, Any]) -> None:
    datamap, page = shown(dynamics(), samples=SAMPLES)
    datamap.select(["a", "b"])
    header, body = asked(page, **{"as": "csv"} | about)
    assert "expected 1 to 200,000, from 0" in header["error"]
    assert body == b""


def test_a_selection_that_changes_while_it_is_saved_is_not_mixed(shown: Any) -> None:
    datamap, page = shown(dynamics(), samples=SAMPLES)
    datamap.select(GUID[:2])
    header, _ = asked(page, **{"as": "csv", "from": 0})
    datamap.select(GUID[2:])
    wrong, _ = asked(page, **{"as": "csv", "from": 1, "revision": header["revision"]})
    assert "has changed" in wrong["error"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../a b", "a-b.png"),
        ("", "data-map.png"),
        ("Größe:1", "Größe-1.png"),
        ("x" * 99, "x" * 80 + ".png"),
    ],
)
def test_a_file_has_a_name_that_any_system_takes(title: str, name: str) -> None:
    assert export.file_name(title, "png") == name


# ---- code ----


def test_the_code_of_a_run_makes_the_same_map(tmp_path: Path, shown: Any) -> None:
    carto.save(dynamics(), tmp_path / "run")
    datamap, _ = shown(str(tmp_path / "run"), view=View("aum", "confidence", "gold"), height=333)
    datamap.select(GUID[:2])
    datamap.epoch = 0
    code = datamap.code()
    again = made_again(code)
    try:
        assert (again.view, again.height, again.epoch) == (datamap.view, 333, 0)
        assert again.selection.equals(datamap.selection)
        assert again.code() == code
    finally:
        again.close()


def test_the_code_of_what_is_in_memory_names_it(shown: Any) -> None:
    source = dynamics()
    datamap, _ = shown(source, samples=SAMPLES)
    datamap.view = View("variability", "confidence", None, size="aum")
    assert datamap.code() == (
        "import carto_widget as carto\n"
        "\n"
        "# dynamics: the TrainingDynamics that the map was made of\n"
        "# samples: the DataFrame that was given\n"
        "datamap = carto.DataMap(\n"
        "    dynamics,\n"
        "    view=carto.View('variability', 'confidence', None, size='aum'),\n"
        "    samples=samples,\n"
        "    height=480,\n"
        ")\n"
        "datamap\n"
    )
    again = made_again(datamap.code(), dynamics=source, samples=SAMPLES)
    assert again.view == datamap.view
    again.close()


def test_many_selected_samples_are_counted_and_not_written_out(shown: Any) -> None:
    table = pd.DataFrame({"u": np.arange(200.0)})
    datamap, page = shown(table, view=View("u", "u", None))
    datamap.select(table.index[:150])
    assert "# 150 samples were selected" in datamap.code()
    header, _ = asked(page, **{"as": "code"})
    assert header["code"] == datamap.code()


def test_the_code_of_a_recorder_names_its_class(shown: Any) -> None:
    recording = Recording()
    datamap, _ = shown(recording)
    assert "# recording: the Recording that the map was made of" in datamap.code()


def test_the_code_of_a_recording_on_disk_names_the_samples_that_the_recorder_had(
    tmp_path: Path, shown: Any
) -> None:
    own = pd.DataFrame({"author": ["p", "q"]}, index=["a", "b"])
    recorder = carto.Recorder(tmp_path / "run", samples=own)
    datamap, _ = shown(recorder, view=View("author", "author", None))
    recorder.log_epoch(np.full((2, 2), 0.5), np.zeros(2, int), guid=["a", "b"])
    recorder.close()
    until(lambda: "samples=samples" in datamap.code())
    again = made_again(datamap.code(), samples=own)
    assert again.view == datamap.view
    again.close()
