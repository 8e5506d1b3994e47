"""Saving and copying on the page: what is asked of Python, and what becomes of the answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from page_driver import Map, X, Y, around
from playwright.sync_api import expect

from carto_widget.widget.built import more_message


@pytest.fixture
def drawn(carto: Map) -> Map:
    carto.mount().frame(X, Y)
    return carto


def press(drawn: Map, name: str) -> None:
    drawn.page.locator(".carto canvas").press("e")
    drawn.page.get_by_role("menuitem", name=name).click()


def asked(drawn: Map, n: int) -> dict[str, Any]:
    drawn.bare.wait("n => kernel.asks().filter(({what}) => what === 'export').length === n", n)
    asks: list[dict[str, Any]] = drawn.page.evaluate(
        "() => kernel.asks().filter(({what}) => what === 'export')"
    )
    return asks[-1]


def answer(drawn: Map, ask: dict[str, Any], about: dict[str, Any], text: str = "") -> None:
    drawn.page.evaluate(
        "([id, about, text]) => kernel.answer(id, null, about,"
        " text ? [new TextEncoder().encode(text)] : [])",
        [ask["id"], about, text],
    )


def test_a_picture_is_asked_for_as_the_page_looks_and_saved(drawn: Map) -> None:
    press(drawn, "Save as PNG")
    ask = asked(drawn, 1)
    box = drawn.page.locator("#root").bounding_box()
    assert box is not None
    assert (ask["as"], ask["theme"], ask["epoch"]) == ("png", "light", None)
    assert ask["size"] == [round(box["width"]), 480]
    assert ask["ranges"] == {}
    button = drawn.page.locator("[data-entry=export]")
    expect(button).to_have_attribute("data-waits", "")
    with drawn.page.expect_download() as download:
        answer(drawn, ask, {"name": "reviews.png"}, "the picture")
    assert download.value.suggested_filename == "reviews.png"
    assert Path(download.value.path()).read_text() == "the picture"
    expect(button).not_to_have_attribute("data-waits", "")
    drawn.wait_text(".carto-chosen", "saved as PNG")


def test_a_picture_is_asked_for_of_what_is_in_sight(drawn: Map) -> None:
    drawn.page.locator(".carto canvas").press("/")
    drawn.page.keyboard.type("confidence > 0.7")
    drawn.page.keyboard.press("Enter")
    drawn.wait_text(".carto-sight", "1 of 5 in sight")
    press(drawn, "Save as SVG")
    asked(drawn, 1)
    js = "() => [...new Uint8Array(kernel.buffers('ask').at(-1)[0])]"
    assert drawn.page.evaluate(js) == [0b00100]


def test_a_picture_is_asked_for_of_the_axes_as_far_as_they_are_seen(drawn: Map) -> None:
    drawn.page.locator(".carto canvas").press("+")
    press(drawn, "Save as PNG")
    ranges = asked(drawn, 1)["ranges"]
    for low, high in (ranges["x"], ranges["y"]):
        assert 0 < low < high < 1


def test_the_rows_of_a_selection_are_asked_for_block_by_block(drawn: Map) -> None:
    drawn.lasso(around(0.5, 0.5))
    drawn.wait_data("selected", "1")
    press(drawn, "Save the selection as CSV")
    first = asked(drawn, 1)
    assert (first["as"], first["from"]) == ("csv", 0)
    answer(drawn, first, {"name": "s.csv", "next": 1, "rows": 9, "revision": 4}, "a,b\n1,2\n")
    second = asked(drawn, 2)
    assert (second["from"], second["rows"], second["revision"]) == (1, 9, 4)
    with drawn.page.expect_download() as download:
        answer(drawn, second, {"name": "s.csv", "next": None}, "3,4\n")
    assert Path(download.value.path()).read_text() == "a,b\n1,2\n3,4\n"


def test_without_a_selection_there_are_no_rows_to_save(drawn: Map) -> None:
    drawn.page.locator(".carto canvas").press("e")
    item = drawn.page.get_by_role("menuitem", name="Save the selection as CSV")
    expect(item).to_have_attribute("aria-disabled", "true")
    assert item.get_attribute("title") == "Nothing is selected"
    item.click(force=True)
    drawn.wait_text(".carto-chosen", "Nothing is selected")
    assert drawn.page.evaluate("() => kernel.asks().length") == 0


def test_the_code_is_copied(drawn: Map) -> None:
    drawn.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press(drawn, "Copy the Python that makes this map")
    answer(drawn, asked(drawn, 1), {"code": "import carto_widget as carto\n"})
    drawn.wait_text(".carto-chosen", "Python copied")
    assert drawn.page.evaluate("() => navigator.clipboard.readText()") == (
        "import carto_widget as carto\n"
    )


def test_why_python_refuses_is_said(drawn: Map) -> None:
    press(drawn, "Save as SVG")
    ask = asked(drawn, 1)
    drawn.kernel("answer", ask["id"], "epoch=7: it is not on record")
    drawn.wait_text(".carto-headline", "epoch=7: it is not on record")


def test_the_status_line_tells_frames_and_bytes(drawn: Map) -> None:
    # a minute later, for as long as the test takes
    drawn.page.evaluate("() => { const t = performance.now() + 6e4; performance.now = () => t; }")
    drawn.kernel("frame", {"x": X, "y": Y, "frame": 2})
    drawn.page.locator(".carto-headline").hover()
    drawn.bare.wait("() => document.querySelector('.carto-headline').title.includes('received')")
    title = drawn.page.locator(".carto-headline").get_attribute("title") or ""
    received = sum(map(len, more_message()[1])) + 2 * 25  # a frame has 25 bytes
    assert title.endswith(f"0.1 frames a second, {received / 1000:,.1f} kB received")
