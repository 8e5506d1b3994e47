"""Named selections in the page: a field, a list, and what is asked of Python."""

from __future__ import annotations

from typing import Any

import pytest
from page_driver import Map, X, Y, around
from playwright.sync_api import Locator, expect

SURE = 3000  # ms for a second press
TOLD = [{"name": "irony", "count": 3}, {"name": "<b>sarcasm</b>", "count": 1}]


@pytest.fixture
def named(carto: Map) -> Map:
    carto.mount().frame(X, Y)
    carto.kernel("send", {"kind": "named", "named": TOLD})
    return carto


def panel(carto: Map) -> Locator:
    return carto.page.get_by_role("dialog", name="Named selections")


def asked(carto: Map) -> list[dict[str, Any]]:
    keys = ("do", "name", "to", "how", "count")
    asks = [ask for ask in carto.kernel("asks") if ask["what"] == "named"]
    return [{key: ask[key] for key in keys if key in ask} for ask in asks]


def test_s_opens_a_field_and_what_is_saved_is_there_at_once_and_waits(named: Map) -> None:
    named.lasso(around(0.5, 0.5))
    named.wait_data("selected", "1")
    named.page.keyboard.press("s")
    field = panel(named).get_by_role("textbox", name="Name this sample")
    expect(field).to_be_focused()
    named.page.keyboard.type("a b x dd")
    named.page.keyboard.press("Enter")
    rows = panel(named).get_by_role("listitem")
    expect(rows).to_have_text(["a b x dd1", "<b>sarcasm</b>1", "irony3"])
    expect(rows.first).to_have_attribute("data-waits", "")
    assert asked(named) == [{"do": "save", "name": "a b x dd", "count": 1}]
    assert named.data("selected") == "1"  # no key of the map was heard
    names = [*TOLD, {"name": "a b x dd", "count": 1}]
    named.kernel("send", {"kind": "named", "named": names})
    named.kernel("answer", named.kernel("asks")[0]["id"])
    expect(rows.first).not_to_have_attribute("data-waits", "")
    expect(rows).to_have_count(3)


# JupyterLab's notebook takes the line break away, which is how a browser submits a form.
WITHOUT_LINE_BREAKS = """() => addEventListener('beforeinput', event => {
  if (event.inputType === 'insertLineBreak') event.preventDefault(); })"""


def test_enter_saves_where_the_page_lets_no_line_break_through(named: Map) -> None:
    named.page.evaluate(WITHOUT_LINE_BREAKS)
    named.lasso(around(0.5, 0.5))
    named.wait_data("selected", "1")
    named.page.keyboard.press("s")
    named.page.keyboard.type("new")
    named.page.keyboard.press("Enter")
    expect(panel(named).get_by_role("listitem")).to_have_count(3)
    assert asked(named) == [{"do": "save", "name": "new", "count": 1}]


def test_what_python_refuses_is_taken_back_and_said(named: Map) -> None:
    named.lasso(around(0.5, 0.5))
    named.wait_data("selected", "1")
    named.page.keyboard.press("s")
    named.page.keyboard.type("new")
    named.page.keyboard.press("Enter")
    expect(panel(named).get_by_role("listitem")).to_have_count(3)
    named.kernel("answer", named.kernel("asks")[0]["id"], "ValueError: no")
    expect(panel(named).get_by_role("listitem")).to_have_count(2)
    named.wait_text(".carto-headline", "ValueError: no")


def test_a_press_selects_and_keys_beside_it_combine(named: Map) -> None:
    named.page.locator(".carto canvas").focus()
    named.page.keyboard.press("s")
    one = panel(named).get_by_role("button", name="irony 3")
    one.click()
    one.click(modifiers=["Shift"])
    one.click(modifiers=["Alt"])
    one.click(modifiers=["Shift", "Alt"])
    hows = ["replace", "add", "subtract", "intersect"]
    assert asked(named) == [{"do": "select", "name": "irony", "how": how} for how in hows]


def test_rename_and_delete(named: Map) -> None:
    named.page.locator(".carto canvas").focus()
    named.page.keyboard.press("s")
    panel(named).get_by_role("button", name="Rename irony").click()
    field = panel(named).get_by_role("textbox", name="Another name for irony")
    expect(field).to_have_value("irony")
    named.page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(panel(named)).to_be_visible()
    panel(named).get_by_role("button", name="Rename irony").click()
    named.page.keyboard.type("dry")
    named.page.keyboard.press("Enter")
    expect(panel(named).get_by_role("listitem").last).to_have_text("dry3")
    named.hold_timers(SURE)
    panel(named).get_by_role("button", name="Delete <b>sarcasm</b>").click()
    assert asked(named) == [{"do": "rename", "name": "irony", "to": "dry"}]
    panel(named).get_by_role("button", name="Delete <b>sarcasm</b>: press again").click()
    expect(panel(named).get_by_role("listitem")).to_have_count(1)
    assert asked(named)[1:] == [{"do": "delete", "name": "<b>sarcasm</b>"}]


def test_the_menu_opens_it_too_and_escape_gives_the_focus_back(named: Map) -> None:
    named.page.get_by_role("button", name="More").click()
    named.page.get_by_role("menuitem", name="Named selections").click()
    expect(panel(named)).to_be_visible()
    expect(panel(named).get_by_role("textbox")).to_have_count(0)  # nothing is selected
    named.page.keyboard.press("Escape")
    expect(panel(named)).to_be_hidden()
    expect(named.page.get_by_role("button", name="More")).to_be_focused()


def test_without_a_name_it_says_what_to_do(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.locator(".carto canvas").focus()
    carto.page.keyboard.press("s")
    expect(panel(carto)).to_contain_text("Select samples on the map, then give them a name here.")
