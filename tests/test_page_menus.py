"""Menus of the toolbar: where they open, their keys, and how they close."""

from __future__ import annotations

import pytest
from page_driver import Map, X, Y, around
from playwright.sync_api import expect


@pytest.fixture
def narrow(carto: Map) -> Map:
    carto.page.set_viewport_size({"width": 400, "height": 700})
    carto.mount().frame(X, Y)
    carto.wait_data("room", "narrow")
    return carto


def test_with_little_room_the_tools_stay_and_the_rest_is_behind_the_dots(narrow: Map) -> None:
    shown = narrow.page.locator(".carto-tools button:visible")
    expect(shown).to_have_count(4)
    names = [shown.nth(i).get_attribute("aria-label") for i in range(4)]
    assert names == ["Lasso", "Box", "Pan", "More"]
    more = narrow.page.get_by_role("button", name="More")
    expect(more).to_have_attribute("aria-expanded", "false")
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    item = narrow.page.get_by_role("menuitem", name="Show the whole map")
    expect(item).to_be_visible()
    expect(narrow.page.locator("[role^=menuitem]").first).to_be_focused()
    menu, root = narrow.page.get_by_role("menu").bounding_box(), narrow.page.locator(".carto")
    box = root.bounding_box()
    assert menu is not None
    assert box is not None
    assert box["x"] <= menu["x"]
    assert menu["x"] + menu["width"] <= box["x"] + box["width"]


def test_escape_closes_a_menu_alone_and_gives_the_focus_back(narrow: Map) -> None:
    narrow.lasso(around(0.5, 0.5))
    narrow.wait_data("selected", "1")
    more = narrow.page.get_by_role("button", name="More")
    more.click()
    narrow.page.keyboard.press("Escape")
    expect(narrow.page.get_by_role("menu")).to_be_hidden()
    expect(more).to_be_focused()
    assert narrow.data("selected") == "1"
    narrow.page.keyboard.press("Escape")
    narrow.wait_data("selected", "0")


def test_a_press_elsewhere_closes_a_menu(narrow: Map) -> None:
    narrow.page.get_by_role("button", name="More").click()
    expect(narrow.page.get_by_role("menu")).to_be_visible()
    narrow.page.locator(".carto-status").click()
    expect(narrow.page.get_by_role("menu")).to_be_hidden()


def test_an_item_does_what_its_button_does(narrow: Map) -> None:
    narrow.settle()
    home = narrow.ticks()
    narrow.page.locator(".carto canvas").press("+")
    narrow.until(lambda: narrow.ticks()[0] != home[0])
    narrow.page.get_by_role("button", name="More").click()
    expect(narrow.page.get_by_role("menu")).to_be_visible()
    narrow.page.keyboard.press("End")
    narrow.page.keyboard.press("s")  # the letter it begins with
    narrow.page.keyboard.press("Enter")
    expect(narrow.page.get_by_role("menu")).to_be_hidden()
    narrow.until(lambda: narrow.ticks() == home)


def test_the_question_mark_lists_every_key_and_escape_goes_back(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.locator(".carto canvas").press("?")
    dialog = carto.page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_focused()
    listed = dialog.get_by_role("region", name="Select").locator("dd").all_text_contents()
    assert {"lasso", "box", "close; then select nothing"} <= set(listed)
    assert "what is drawn against what" in (dialog.text_content() or "")
    map_box, box = carto.page.locator(".carto").bounding_box(), dialog.bounding_box()
    assert map_box is not None
    assert box is not None
    assert box["y"] + box["height"] <= map_box["y"] + map_box["height"]
    carto.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(carto.page.locator(".carto canvas")).to_be_focused()
