"""The selection in the page: clicks, everything, the rest, back and on again."""

from __future__ import annotations

import random

from page_driver import Map, X, Y, around
from playwright.sync_api import expect


def rows(carto: Map) -> list[int]:
    """The bits of everything that was sent to Python."""
    return [int.from_bytes(one["bits"], "little") for one in carto.kernel("selects")]


def test_a_click_with_a_key_beside_it_selects_and_a_plain_one_does_not(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.keyboard.down("Shift")
    carto.page.mouse.click(*carto.at(0.5, 0.5))
    carto.wait_data("selected", "1")
    carto.page.mouse.click(*carto.at(0.9, 0.9))
    carto.wait_data("selected", "2")
    carto.page.mouse.click(*carto.at(0.3, 0.9))  # on nothing
    carto.page.keyboard.up("Shift")
    carto.page.keyboard.down("Alt")
    carto.page.mouse.click(*carto.at(0.5, 0.5))
    carto.page.keyboard.up("Alt")
    carto.wait_data("selected", "1")
    carto.page.mouse.click(*carto.at(0.1, 0.1))
    carto.page.locator(".carto-card").wait_for()
    sent = [(one["how"], one["bits"]) for one in carto.kernel("selects")]
    assert sent == [("add", [0b010]), ("add", [0b100]), ("subtract", [0b010])]


def test_everything_in_sight_and_what_is_not_selected_of_it(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.locator(".carto canvas").focus()
    carto.page.keyboard.press("a")
    carto.wait_data("selected", "4")  # one waits beside the axis, one is not drawn
    carto.lasso(around(0.5, 0.5))
    carto.wait_data("selected", "1")
    carto.page.keyboard.press("i")
    carto.wait_data("selected", "3")
    assert rows(carto) == [0b1111, 0b0010, 0b1101]
    assert {one["how"] for one in carto.kernel("selects")} == {"replace"}


def test_undo_and_redo_by_key_and_button_are_told_to_python(carto: Map) -> None:
    carto.mount().frame(X, Y)
    undo = carto.page.get_by_role("button", name="Undo the selection")
    redo = carto.page.get_by_role("button", name="Redo the selection")
    expect(undo).to_have_attribute("aria-disabled", "true")
    carto.lasso(around(0.1, 0.1))
    carto.lasso(around(0.5, 0.5))
    carto.kernel("selection", 2, 1, carto.kernel("selects")[-1]["operation"])
    carto.kernel("selection", 3, 2, None, [0b101])  # made in Python
    carto.wait_data("selected", "2")
    expect(redo).to_have_attribute("aria-disabled", "true")
    carto.page.keyboard.press("z")
    carto.wait_data("selected", "1")
    undo.click()
    undo.click()
    carto.wait_data("selected", "0")
    expect(undo).to_have_attribute("aria-disabled", "true")
    carto.page.keyboard.press("Shift+Z")
    redo.click()
    carto.page.keyboard.press("Control+y")
    carto.wait_data("selected", "2")
    assert rows(carto) == [0b001, 0b010, 0b010, 0b001, 0, 0b001, 0b010, 0b101]
    carto.page.keyboard.press("Control+z")
    carto.wait_data("selected", "1")
    carto.lasso(around(0.9, 0.9))
    expect(redo).to_have_attribute("aria-disabled", "true")


def test_the_steps_outlive_a_kernel_that_comes_back(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.lasso(around(0.5, 0.5))
    carto.page.evaluate("() => widget.model.live()")
    carto.kernel("welcome")
    carto.kernel("selection", 0, 0, None, [0])
    carto.wait_data("selected", "0")
    carto.page.keyboard.press("z")
    carto.wait_data("selected", "1")
    assert rows(carto) == [0b010, 0b010]


def test_the_brush_selects_what_it_touches_and_its_size_changes(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.locator(".carto canvas").focus()
    carto.page.keyboard.press("r")
    carto.begin([(0.1, 0.1), (0.5, 0.5)])
    expect(carto.page.locator(".carto-stroke")).to_have_count(1)
    expect(carto.page.locator(".carto-round")).to_have_attribute("r", "14")
    carto.page.mouse.up()
    carto.wait_data("selected", "2")
    expect(carto.page.locator(".carto-stroke")).to_have_count(0)
    x, y = carto.at(0.9, 0.9)
    carto.page.keyboard.down("Shift")
    carto.page.mouse.click(x + 20, y)  # one dab, too far
    carto.page.keyboard.up("Shift")
    for _ in range(3):
        carto.page.keyboard.press(".")
    carto.page.keyboard.down("Shift")
    carto.page.mouse.click(x + 20, y)
    carto.page.keyboard.up("Shift")
    carto.wait_data("selected", "3")
    carto.page.mouse.wheel(0, 120)  # the map was clicked: the wheel is the brush's
    radius = "() => Number(document.querySelector('.carto-round').getAttribute('r'))"
    carto.bare.wait(f"() => ({radius})() < 14 * 1.25 ** 3")
    assert rows(carto) == [0b011, 0, 0b100]
    carto.page.keyboard.press("l")
    expect(carto.page.locator(".carto-round")).to_have_count(0)


def test_the_page_shows_what_a_kernel_holds_that_applies_what_it_is_told(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.locator(".carto canvas").focus()
    chance, held, heard = random.Random(4), 0, 0
    combined = {
        "replace": lambda old, new: new,
        "add": lambda old, new: old | new,
        "subtract": lambda old, new: old & ~new,
    }
    for revision in range(1, 31):
        what = chance.choice(["lasso", "Shift", "Alt", "a", "i", "z", "Z", "python"])
        before = carto.kernel("selects")
        if what == "python":
            held = chance.randrange(16)
        elif len(what) == 1:
            carto.page.keyboard.press("Shift+Z" if what == "Z" else what)
        else:
            place = chance.choice([0.1, 0.5, 0.9])
            if what != "lasso":
                carto.page.keyboard.down(what)
            carto.lasso(around(place, place))
            if what != "lasso":
                carto.page.keyboard.up(what)
            js = "n => kernel.selects().length > n"  # a lasso is answered by and by
            carto.bare.wait(js, len(before))
        told = carto.kernel("selects")[heard:]
        heard += len(told)
        for one in told:
            held = combined[one["how"]](held, int.from_bytes(one["bits"], "little"))
        operation = told[-1]["operation"] if told else None
        count = bin(held).count("1")
        carto.kernel("selection", revision, count, operation, [held])
        carto.wait_data("selected", str(count))
