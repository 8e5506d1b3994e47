"""A legend of many classes is two lines, and a button that opens the rest."""

from __future__ import annotations

from typing import Any

import pytest
from page_driver import Map
from playwright.sync_api import expect

N = 30
CLASSES = [f"class {i}" for i in range(N)]
KIND = {"name": "kind", "title": "kind", "kind": "category", "categories": CLASSES, "steps": None}
LINES = """() => new Set([...document.querySelectorAll('.carto-legend > *')]
  .filter(e => e.checkVisibility() && !e.matches('.carto-popover'))
  .map(e => Math.round((e.getBoundingClientRect().top + e.getBoundingClientRect().bottom) / 20)))
  .size"""

# Does the button name as many classes as the lines leave out?
IS_COUNTED = """all => {
  const kept = document.querySelectorAll('.carto-legend > .carto-name').length;
  return document.querySelector('.carto-legend .carto-more').textContent ===
    `and ${all - kept} more`; }"""


@pytest.fixture
def classed(carto: Map) -> Map:
    carto.mount()
    codes = [65533 * i // (N - 1) for i in range(N)]
    carto.frame(codes, codes, color=list(range(N)), columns={"color": KIND})
    carto.settle()
    return carto


def more(carto: Map) -> Any:
    return carto.page.locator(".carto-legend .carto-more")


def kept(carto: Map) -> int:
    return carto.page.locator(".carto-legend > .carto-name").count()


@pytest.mark.parametrize("width", [320, 400, 800, 1200])
def test_all_classes_are_on_two_lines_or_behind_the_button_at_their_end(
    classed: Map, width: int
) -> None:
    classed.page.set_viewport_size({"width": width, "height": 700})
    room = "narrow" if width < 600 else "wide"
    classed.wait_data("room", room)
    expect(more(classed)).to_be_visible()
    classed.bare.wait(f"() => ({LINES})() === 2 && ({IS_COUNTED})({N})")
    classed.settle()
    more(classed).click()
    rest = classed.page.get_by_role("dialog", name="More classes").get_by_role("button")
    assert rest.all_text_contents() == CLASSES[kept(classed) :]


def test_the_rest_is_reached_and_used_by_keys_alone(classed: Map) -> None:
    more(classed).focus()
    classed.page.keyboard.press("Enter")
    first = CLASSES[kept(classed)]
    expect(classed.page.get_by_role("button", name=first, exact=True)).to_be_focused()
    classed.page.keyboard.press("Tab")
    classed.page.keyboard.press("Enter")
    classed.wait_text(".carto-sight", f"{N - 1} of {N}")
    second = classed.page.get_by_role("button", name=CLASSES[kept(classed) + 1], exact=True)
    expect(second).to_have_attribute("aria-pressed", "false")
    expect(second).to_be_focused()
    classed.page.keyboard.press("Escape")
    expect(classed.page.get_by_role("dialog", name="More classes")).to_be_hidden()
    expect(more(classed)).to_be_focused()


def test_few_classes_have_no_button(carto: Map) -> None:
    carto.mount()
    few = {**KIND, "categories": CLASSES[:3]}
    carto.frame([0, 30000, 65533], [0, 30000, 65533], color=[0, 1, 2], columns={"color": few})
    assert kept(carto) == 3
    expect(more(carto)).to_be_hidden()
