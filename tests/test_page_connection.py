"""The map and its kernel: greeted, gone, saved, in error."""

from __future__ import annotations

from page_driver import (
    MIDDLE,
    SAVED,
    Map,
    X,
    Y,
    around,
    is_empty,
)

# Notes every state that the map comes into.
SEEN = """() => {
  window.seen = [];
  new MutationObserver(all => {
    for (const { target } of all)
      if (seen.at(-1) !== target.dataset.state) seen.push(target.dataset.state);
  }).observe(document, { subtree: true, attributeFilter: ['data-state'] }); }"""


def test_a_hello_that_nobody_answers_is_said_and_the_saved_picture_stays(carto: Map) -> None:
    carto.page.evaluate(SEEN)
    carto.mount(connected=False, snapshot=SAVED)
    carto.wait_data("frames", "1")
    assert [carto.data(k) for k in ("frame", "epoch", "selected")] == ["12", "3", "1"]
    assert carto.kernel("hellos") == 1
    carto.wait_data("state", "disconnected")
    assert carto.page.evaluate("() => seen") == ["saved", "disconnected"]
    carto.wait_text(".carto-status", "not connected: show it again")
    assert not is_empty(carto.pixel(0.5, 0.5))
    carto.kernel("welcome")
    carto.wait_data("state", "live")


def test_a_kernel_that_has_gone_is_said_and_one_that_comes_back_is_greeted(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.evaluate("() => widget.model.die()")
    carto.wait_text(".carto-headline", "kernel gone: run its cell again")
    assert carto.data("state") == "disconnected"
    carto.page.evaluate("() => widget.model.live()")
    assert carto.kernel("hellos") == 2
    carto.kernel("welcome")
    carto.wait_data("state", "live")
    carto.page.evaluate("() => widget.model.live()")  # another kernel, which does not know the map
    carto.wait_text(".carto-headline", "kernel gone: run its cell again")


def test_python_is_told_when_the_last_view_goes_and_greeted_when_one_comes_back(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.evaluate("() => widget.unrender()")
    assert carto.kernel("unwatched") == 1
    carto.kernel("frame", {"x": X, "y": Y, "frame": 2})
    assert carto.kernel("acks") == [1]
    carto.page.evaluate("() => widget.render(document.querySelector('#second'))")
    assert carto.kernel("hellos") == 2
    carto.kernel("frame", {"x": X, "y": Y, "frame": 3})
    assert carto.kernel("acks") == [1, 3]


def test_what_another_page_selected_is_asked_for_and_nothing_else(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.kernel("selection", 1, 1, "another page's")
    assert carto.page.evaluate("() => widget.model.sent.at(-1).content.kind") == "selection"
    assert carto.kernel("hellos") == 1
    carto.kernel("selection", 1, 1, None, [2])
    carto.wait_data("selected", "1")


def test_a_selection_on_a_saved_sample_is_not_told_to_python(carto: Map) -> None:
    carto.mount(connected=False, snapshot=SAVED | {"of": 500, "selection": None})
    carto.wait_data("frames", "1")
    carto.lasso(around(0.5, 0.5))
    carto.wait_data("selected", "1")
    assert carto.kernel("selects") == []


def test_rows_of_the_whole_are_not_named_on_the_sample(carto: Map) -> None:
    carto.mount(connected=False, snapshot=SAVED | {"of": 3})
    carto.wait_data("frames", "1")
    carto.kernel("welcome")
    carto.kernel("texts", {"guid": ["p", "q", "r"], "text": ["none", "other", "one"]})
    carto.kernel("selection", 9, 2, None, [0b101])
    carto.move(0.5, 0.5)
    carto.wait_text(".carto-tooltip", "two")
    assert carto.data("selected") == "1"
    carto.frame([0, MIDDLE, 60000], [0, MIDDLE, 60000], frames=2)
    carto.wait_data("selected", "2")
    carto.move(0.52, 0.52)
    carto.move(0.5, 0.5)
    carto.wait_text(".carto-tooltip", "other")


def test_what_is_drawn_round_on_the_sample_is_no_selection_of_the_whole(carto: Map) -> None:
    carto.mount(connected=False, snapshot=SAVED | {"of": 3, "selection": None})
    carto.wait_data("frames", "1")
    carto.kernel("welcome")
    carto.kernel("texts", {"guid": ["p", "q", "r"], "text": ["none", "other", "one"]})
    carto.begin(around(0.5, 0.5))  # while it lasts the picture stands still
    carto.kernel("frame", {"x": [0, 9, MIDDLE], "y": [0, 9, MIDDLE], "frame": 20})
    carto.wait_data("frame", "")
    carto.page.mouse.up()
    carto.wait_data("frame", "20")
    assert carto.kernel("selects") == []  # its row 1 was another sample
    carto.lasso(around(0.5, 0.5))
    carto.wait_data("selected", "1")
    assert carto.kernel("selects")[0]["bits"] == [0b100]
    carto.move(0.52, 0.52)
    carto.move(0.5, 0.5)
    carto.wait_text(".carto-tooltip", "one")


def test_an_unknown_protocol_is_said(carto: Map) -> None:
    carto.mount()
    carto.page.evaluate("() => widget.model.receive({ protocol: 2, kind: 'frame' })")
    carto.wait_errors("protocol 1, Python sent 2")


def test_an_error_from_python_is_shown(carto: Map) -> None:
    carto.mount()
    carto.kernel("send", {"kind": "error", "text": "no column 'speed'"})
    carto.wait_text(".carto-headline", "no column 'speed'")
    assert carto.data("state") == "error"


def test_the_status_line_says_what_the_run_does(carto: Map) -> None:
    carto.mount().frame([0], [0])
    notes = ["in memory only: nothing is saved"]
    badge = "identity checked on 1 sample"
    said = {"text": "training, epoch 3", "badge": badge, "notes": notes, "nonfinite": 2}
    carto.kernel("status", said)
    carto.wait_text(".carto-headline", "training, epoch 3")
    facts = carto.page.inner_text(".carto-facts").split(" · ")
    assert facts == ["1 sample", "2 not finite", badge, *notes]


def test_why_a_recording_stopped_is_said_in_full(carto: Map) -> None:
    carto.mount().frame([0], [0])
    why = "recording stopped: " + "4 rows for 10. " * 12
    carto.kernel("status", {"word": "stopped", "text": why})
    carto.wait_data("run", "stopped")
    headline = carto.page.locator(".carto-headline")
    assert not headline.evaluate("line => line.scrollWidth > line.clientWidth")
