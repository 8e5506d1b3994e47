"""Little room: nothing runs over the map's border or over something else, all can be reached."""

from __future__ import annotations

import pytest
from page_driver import Map
from page_states import STATES, rich

# What is drawn beyond the map or is cut off by it, and what lies on something else of its row.
BEYOND = """() => {
  const map = document.querySelector('.carto').getBoundingClientRect();
  const shown = [...document.querySelectorAll('.carto :is(button, input, select, .carto-name,' +
      ' .carto-headline, .carto-facts, .carto-chosen, .carto-scrubber, .carto-popover,' +
      ' .carto-offers, .carto-wrong, .carto-chip, .carto-drawer, .carto-tooltip, h3)')]
    .filter(e => e.checkVisibility({ visibilityProperty: true }))
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && box.height > 0);
  const named = e => e.outerHTML.slice(0, 110);
  const isIn = box => box.left >= map.left - 1 && box.right <= map.right + 1 &&
                      box.top >= map.top - 1 && box.bottom <= map.bottom + 1;
  const isScrolled = e => {
    for (let at = e.parentElement; at && !at.matches('.carto'); at = at.parentElement)
      if (/auto|scroll/.test(getComputedStyle(at).overflowY)) return true;
    return false; };
  const out = shown.filter(([e, box]) => !isIn(box) && !isScrolled(e)).map(([e]) => named(e));
  const onTop = (e, box) => {
    const at = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    return at && !e.contains(at) && !at.contains(e) ? at : null; };
  const sheets = '.carto-popover, .carto-drawer, .carto-review, .carto-offers, .carto-wrong';
  const isOver = at => at.closest(sheets);
  const covered = shown
    .filter(([e, box]) => e.matches('button, input, select') && isIn(box) && !isScrolled(e))
    .flatMap(([e, box]) => {
      const at = onTop(e, box);
      return at && !isOver(at) ? [named(e) + ' under ' + named(at)] : []; });
  const page = document.documentElement.scrollWidth > document.documentElement.clientWidth;
  return [...out, ...covered, ...(page ? ['the page scrolls sideways'] : [])]; }"""


@pytest.mark.parametrize("width", [320, 400])
@pytest.mark.parametrize("state", STATES)
def test_nothing_overflows_or_overlaps(carto: Map, state: str, width: int) -> None:
    carto.page.set_viewport_size({"width": width, "height": 700})
    rich(carto)
    STATES[state](carto)
    carto.settle()
    assert carto.page.evaluate(BEYOND) == []


@pytest.mark.parametrize("width", [320, 400])
def test_what_has_no_room_as_a_button_is_in_the_menu(carto: Map, width: int) -> None:
    rich(carto)
    carto.page.set_viewport_size({"width": 1400, "height": 700})
    carto.bare.wait(
        "() => document.querySelectorAll('.carto-tools button:not([hidden])').length > 10"
    )
    names = "es => es.filter(e => e.checkVisibility()).map(e => e.getAttribute('aria-label'))"
    wide = carto.page.locator(".carto-tools [data-entry]").evaluate_all(names)
    carto.page.set_viewport_size({"width": width, "height": 700})
    carto.wait_data("room", "narrow")
    near = carto.page.locator(".carto-tools [data-entry]").evaluate_all(names)
    STATES["more"](carto)
    listed = carto.page.locator(".carto-item > span").all_text_contents()
    assert set(wide) == {*near, *listed} & set(wide)
