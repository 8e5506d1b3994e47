"""Questions that take their time: frames go on, order is kept, nothing is left behind."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import comm
import pytest
from jupyter_driver import PATIENCE
from widget_page import Page, Recording, Stopped, dynamics, until

from carto_widget.widget.answers import Answers
from carto_widget.widget.datamap import DataMap

SEARCH = {"kind": "ask", "what": "filter", "tree": {"op": "search", "text": ""}}
QUICK = {"kind": "ask", "what": "past", "epochs": []}
SAVE = {"kind": "ask", "what": "named", "do": "save"}


CODE = {"kind": "ask", "what": "export", "as": "code"}


def ask_code(datamap: DataMap, page: Page, code: Callable[[], str]) -> None:
    """The page asks for the map's code, which comes from this function."""
    datamap._turns._parts = replace(datamap._turns._parts, code=code)
    page.say(CODE | {"id": "code"})


def held(datamap: DataMap, page: Page) -> threading.Event:
    """A question that is being answered until the event is set."""
    began, go_on = threading.Event(), threading.Event()

    def code() -> str:
        began.set()
        assert go_on.wait(PATIENCE)
        return "import this"

    ask_code(datamap, page, code)
    assert began.wait(PATIENCE)
    return go_on


def heard(page: Page) -> None:
    """All that the page has said so far was taken in."""
    page.say(QUICK | {"id": "quick"})
    until(lambda: "quick" in answered(page))


def answered(page: Page) -> list[str]:
    return [header["ask"] for header, _ in page.messages if header["kind"] == "answer"]


def test_frames_and_orders_go_on_while_an_answer_is_worked_out(shown: Any) -> None:
    recording = Recording()
    datamap, page = shown(recording)
    until(lambda: "frame" in page.kinds())
    go_on = held(datamap, page)
    before = page.kinds().count("frame")
    recording.log([0, 1], [0.5, 0.5])
    until(lambda: page.kinds().count("frame") > before)
    heard(page)
    assert answered(page) == ["quick"]
    go_on.set()
    until(lambda: answered(page) == ["quick", "code"])
    assert page.last("answer")[0]["code"] == "import this"


def test_questions_are_answered_in_the_order_they_were_asked(shown: Any) -> None:
    datamap, page = shown(dynamics())
    go_on = held(datamap, page)
    for name in ("first", "second", "third"):
        page.say(
            {"kind": "ask", "id": name, "what": "filter", "tree": {"op": "search", "text": ""}}
        )
    go_on.set()
    until(lambda: answered(page) == ["code", "first", "second", "third"])


def test_what_is_saved_was_selected_when_it_was_asked(shown: Any, tmp_path: Path) -> None:
    datamap, page = shown(dynamics(), ledger=tmp_path / "ledger.jsonl")
    go_on = held(datamap, page)
    until(lambda: "frame" in page.kinds())
    page.lasso(0, 1)
    page.say(SAVE | {"id": "save", "name": "two"})
    heard(page)
    page.lasso(3)
    until(lambda: datamap.selection_count == 1)
    go_on.set()
    until(lambda: answered(page) == ["quick", "code", "save"])
    assert datamap.named["two"].index.tolist() == ["a", "b"]


def test_what_is_saved_is_no_later_selection_however_much_comes_at_once(
    shown: Any, tmp_path: Path
) -> None:
    datamap, page = shown(dynamics(), ledger=tmp_path / "ledger.jsonl")
    until(lambda: "frame" in page.kinds())
    with datamap._chosen.lock:  # as all that a page says during a cell comes at its end
        for name, rows in {"two": (0, 1), "one": (3,)}.items():
            page.lasso(*rows)
            page.say(SAVE | {"id": name, "name": name})
    until(lambda: answered(page) == ["two", "one"])
    assert datamap.named["two"].index.tolist() == ["a", "b"]
    assert datamap.named["one"].index.tolist() == ["d"]


def test_an_answer_comes_after_what_it_has_changed(shown: Any, tmp_path: Path) -> None:
    recording = Stopped()
    datamap, page = shown(recording, ledger=tmp_path / "ledger.jsonl")
    until(lambda: "frame" in page.kinds())

    def code() -> str:
        recording.stop()
        datamap.named["x"] = ["a"]
        return "import this"

    ask_code(datamap, page, code)
    until(lambda: bool(datamap._turns._answered))
    recording.go_on.set()
    until(lambda: answered(page) == ["code"])
    assert page.kinds().index("named") < page.kinds().index("answer")


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, MemoryError])
def test_whatever_a_question_raises_the_next_is_answered(shown: Any, error: type) -> None:
    datamap, page = shown(dynamics())

    def broken() -> str:
        raise error

    ask_code(datamap, page, broken)
    page.say({"kind": "ask", "id": "rows", "what": "export", "as": "tsv"})
    until(lambda: answered(page) == ["code", "rows"])
    refused, fine = [header["error"] for header, _ in page.messages if header["kind"] == "answer"]
    assert (refused, fine) == (error.__name__, None)


def test_a_closed_map_answers_no_more(shown: Any, tmp_path: Path) -> None:
    datamap, page = shown(dynamics(), ledger=tmp_path / "ledger.jsonl")
    go_on = held(datamap, page)
    page.say(SAVE | {"id": "save", "name": "late"})
    heard(page)
    thread = datamap._turns._answers._thread
    datamap.close()
    go_on.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert list(datamap.named) == []


def test_the_thread_ends_with_the_answers_that_are_dropped() -> None:
    answers, done = Answers(), threading.Event()
    answers.put(done.set)
    assert done.wait(PATIENCE)
    thread = answers._thread
    assert thread is not None
    del answers
    gc.collect()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_a_dropped_map_is_let_go_when_its_questions_are_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comm, "create_comm", Page)
    datamap: Any = DataMap(dynamics())
    go_on = held(datamap, datamap.comm)
    threads = [datamap._thread, datamap._turns._answers._thread]
    gone = weakref.ref(datamap)
    datamap.comm._msg_callback = None
    DataMap.close_all()
    del datamap
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE)
    gc.collect()
    assert gone() is None
