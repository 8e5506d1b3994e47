"""What a page asks of the training, from the comm to the recorder and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_widget_training import tracked, trained
from widget_page import SAMPLES, Page, dynamics, until

import carto_widget as carto
from carto_widget.widget import projector

LR = {"name": "lr", "value": 1e-3, "min": 1e-6, "max": 0.1, "log": True}


def told(page: Page, order: str, **more: Any) -> Any:
    """Say it and wait for the answer: the error, or None."""
    page.messages.clear()
    page.say({"kind": "ask", "id": f"{order}-1", "what": "steer", "order": order, **more})
    until(lambda: "answer" in page.kinds())
    answer, _ = page.last("answer")
    assert answer["ask"] == f"{order}-1"
    return answer["error"]


def steps(recorder: carto.Recorder, loader: Any) -> Any:
    """A loop that is driven a batch at a time."""
    for x, gold in loader:
        recorder.log(x[:, :3], gold)
        yield


def test_a_slider_is_told_to_every_page_and_set_by_any(shown: Any) -> None:
    recorder, _ = tracked()
    lr = recorder.control("lr", 1e-3, min=1e-6, max=1e-1, log=True)
    (_, page), (_, other) = shown(recorder), shown(recorder)
    until(lambda: "status" in page.kinds() and "status" in other.kinds())
    assert page.last("status")[0]["controls"] == [LR]
    assert told(page, "set", name="lr", value=1e-4) is None
    assert lr.value == 1e-4
    assert page.kinds().index("status") < page.kinds().index("answer")
    assert page.last("status")[0]["controls"] == [LR | {"value": 1e-4}]
    until(lambda: other.last("status")[0]["controls"] == [LR | {"value": 1e-4}])


def test_a_command_is_obeyed_at_once_however_long_the_thread_rests(
    shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "LOOK", 1e6)
    monkeypatch.setattr(projector, "IDLE", 1e6)
    recorder, loader = tracked()
    loop = steps(recorder, loader)
    next(loop)
    _, page = shown(recorder)
    until(lambda: "frame" in page.kinds())
    assert page.last("status")[0]["can"] == ["pause", "stop"]
    assert told(page, "pause") is None
    assert page.last("status")[0]["text"] == "training, epoch 0: pausing"
    assert page.last("status")[0]["can"] == ["resume", "stop"]
    assert told(page, "stop") is None
    assert page.last("status")[0]["can"] == []
    with pytest.raises(StopIteration):
        next(loop)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"order": "pause"}, "pause came when the training had ended"),
        ({"order": "set", "name": "lr", "value": 7}, "got 7, expected a number from 1e-06 to 0.1"),
        ({"order": "set", "name": "lr", "value": None}, "got None, expected a number"),
        ({"order": "set", "name": "rl", "value": 1}, "there is no control 'rl'; there is 'lr'"),
        ({"order": "__init__"}, "'__init__': expected 'pause', 'resume', 'stop' or 'set'"),
    ],
)
def test_what_cannot_be_done_is_answered_and_hurts_nobody(
    asked: dict[str, Any], says: str, shown: Any
) -> None:
    recorder, loader = tracked()
    lr = recorder.control("lr", 1e-3, min=1e-6, max=1e-1, log=True)
    datamap, page = shown(recorder)
    assert says in told(page, **asked)
    assert lr.value == 1e-3
    trained(recorder, loader, epochs=1)
    until(lambda: "frame" in page.kinds())
    assert "Error" not in repr(datamap)


@pytest.mark.parametrize("kind", ["table", "dynamics", "folder"])
def test_a_map_of_what_is_complete_steers_nothing(kind: str, shown: Any, tmp_path: Path) -> None:
    source: Any = SAMPLES.assign(u=1.0, v=2.0) if kind == "table" else dynamics()
    if kind == "folder":
        recorder, loader = tracked(run=tmp_path / "run")
        recorder.control("lr", 1e-3, min=1e-6, max=1e-1)
        trained(recorder, loader, epochs=1)
        recorder.close()
        source = tmp_path / "run"
    view = carto.View("u", "v", None) if kind == "table" else None
    _, page = shown(source, view=view)
    until(lambda: "status" in page.kinds())
    assert (page.last("status")[0]["can"], page.last("status")[0]["controls"]) == ([], [])
    assert told(page, "stop") == "stop: this map shows what is on record, no training"


def test_a_saved_map_has_nothing_to_press(shown: Any) -> None:
    recorder, loader = tracked()
    recorder.control("lr", 1e-3, min=1e-6, max=1e-1)
    datamap, _ = shown(recorder)
    trained(recorder, loader, epochs=2)
    until(lambda: datamap.snapshot.get("status", {}).get("word") == "training")
    assert datamap.snapshot["status"]["can"] == datamap.snapshot["status"]["controls"] == []
