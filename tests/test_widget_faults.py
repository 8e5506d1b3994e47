"""Messages that are lost or make no sense, a source that fails: what else is asked is done."""

from __future__ import annotations

from typing import Any

import pytest
from widget_page import GUID, Recording, dynamics, until

from carto_widget.widget import pacing
from carto_widget.widget.drawing import Drawn

CODE = {"kind": "ask", "id": "me", "what": "export", "as": "code"}


def test_questions_are_answered_while_the_source_fails(shown: Any) -> None:
    recording = Recording()
    _, page = shown(recording)
    until(lambda: "frame" in page.kinds())
    recording.error = RuntimeError("deliberate")
    until(lambda: "error" in page.kinds())
    page.say(CODE)
    until(lambda: "answer" in page.kinds())
    assert "DataMap(" in page.last("answer")[0]["code"]


def test_a_page_that_comes_while_the_source_fails_has_the_selection(shown: Any) -> None:
    recording = Recording()
    datamap, page = shown(recording)
    until(lambda: "frame" in page.kinds())
    datamap.select(["b"])
    recording.error = RuntimeError("deliberate")
    until(lambda: "error" in page.kinds())
    page.messages.clear()
    page.say({"kind": "hello", "id": "back"})
    until(lambda: {"selection", "error"} <= set(page.kinds()))
    assert page.last("selection")[1] == [bytes([0b10])]


@pytest.mark.parametrize(
    "nonsense",
    [
        {"kind": "ack"},
        {"kind": "ack", "frame": "one"},
        {"kind": "hello"},
        {"kind": "ask", "what": "page"},
        {"kind": ["ack"]},
    ],
)
def test_a_message_without_sense_takes_no_other_along(shown: Any, nonsense: dict[str, Any]) -> None:
    datamap, page = shown(dynamics())
    until(lambda: "frame" in page.kinds())
    page.messages.clear()
    with datamap._chosen.lock:  # in one turn
        for content in ({"kind": "hello", "id": "back"}, nonsense, CODE):
            page.say(content)
    until(lambda: {"welcome", "answer", "named", "selection"} <= set(page.kinds()))


def test_a_page_that_missed_a_selection_is_told_it_and_nothing_else(shown: Any) -> None:
    datamap, page = shown(dynamics())
    until(lambda: "frame" in page.kinds())
    datamap.select(["a", "d"])
    page.say({"kind": "ack", "frame": 1})
    page.say(CODE)
    until(lambda: "answer" in page.kinds())  # the last of a turn
    page.messages.clear()
    page.say({"kind": "selection"})
    until(lambda: "selection" in page.kinds())
    told, bits = page.last("selection")
    assert told["revision"] == 1
    assert bits == [bytes([0b1001])]
    page.say(CODE)  # that much later
    until(lambda: "answer" in page.kinds())
    assert not {"welcome", "static", "columns", "frame"} & set(page.kinds())


def test_where_nothing_comes_back_no_frame_stands_on_another(
    shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in {"PATIENCE": 0.05, "OPEN_INTERVAL": 0.02, "INTERVAL": 0.02}.items():
        monkeypatch.setattr(pacing, name, seconds)
    recording = Recording()
    recording.samples = recording.samples.assign(u=range(len(GUID)))  # type: ignore[union-attr]
    _, page = shown(recording, view={"x": "u", "y": "confidence", "color": None})

    def frames() -> list[dict[str, Any]]:
        return [h for h, _ in page.messages if h["kind"] == "frame" and not h["past"]]

    for step in range(6):
        before = len(frames())
        recording.log([step % 4], [0.5])
        until(lambda before=before: len(frames()) > before)  # type: ignore[misc]  # bound now
    assert "base" not in frames()[-1]

    def stands_on_another() -> bool:
        page.say({"kind": "ack", "frame": frames()[-1]["frame"]})
        recording.log([0], [0.5])
        return "base" in frames()[-1]

    until(stands_on_another)


def test_frames_that_show_alike_take_the_room_of_one() -> None:
    drawn = Drawn()
    assert [drawn.add(epoch, 4) for epoch in [None, 0, 0, 0, 1]] == [1, 2, 3, 4, 5]
    assert drawn.add(1, 9) == 6
    found = [drawn.of(number) for number in range(8)]
    assert found == [None, (None, 4), (0, 4), (0, 4), (0, 4), (1, 4), (1, 9), None]
    assert [drawn.of(odd) for odd in ("1", 1.0, True, None, [1])] == [None] * 5
    assert len(drawn._alike) == 4
