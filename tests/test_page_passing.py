"""Rows that are filtered out: not drawn in any way, not under the pointer, not in a lasso."""

from __future__ import annotations

import pytest
from page_driver import LAST, MIDDLE, Map, around, is_empty
from playwright.sync_api import expect
from test_page_filters import GOLD, ask, box, in_sight
from test_page_software import NO_WEBGL
from test_page_software import is_empty as is_clear
from test_page_software import wait_pixel as wait_software

PAUSE = 300  # ms without a letter until what was written is asked
NEGATIVE, POSITIVE = 0, 2
# A million rows round one place that are positive, and one that is negative far from it.
CROWD = """gold => {
  const n = 1_000_000;
  const codes = turn => Uint16Array.from({ length: n }, (_, row) =>
    row ? 65533 * (0.5 + 0.2 * Math.sqrt((row * 0.618034) % 1) * turn(2.4 * row)) : 6553);
  const color = new Uint8Array(n).fill(2);
  color[0] = 0;
  kernel.frame({ x: codes(Math.cos), y: codes(Math.sin), color, columns: { color: gold } }); }"""
COUNT_SENT = """() => {
  window.sentToGpu = 0;
  const { prototype } = WebGL2RenderingContext;
  for (const name of ["texImage2D", "texSubImage2D", "bufferData"]) {
    const real = prototype[name];
    prototype[name] = function (...all) {
      for (const one of all) window.sentToGpu += one?.byteLength ?? 0;
      return real.apply(this, all);
    };
  } }"""


def is_there(pixel: list[int]) -> bool:
    return pixel[3] > 100


def clear(carto: Map) -> None:
    carto.page.get_by_role("button", name="Clear all filters").click()
    expect(box(carto)).to_have_value("")


def one_above_the_other(carto: Map) -> None:
    """Row 1, positive, lies on row 0, negative; row 2 alone in a corner."""
    places = [MIDDLE, MIDDLE, LAST]
    columns = {"color": GOLD}
    carto.frame(places, places, color=[NEGATIVE, POSITIVE, POSITIVE], columns=columns)
    carto.kernel("texts", {"guid": ["below", "above", "corner"]})


def test_points_filtered_out_are_not_drawn_and_come_back(carto: Map) -> None:
    one_above_the_other(carto.mount())
    carto.wait_pixel(1, 1, is_there)
    above = carto.pixel(0.5, 0.5)
    ask(carto, "gold = negative")
    carto.wait_pixel(1, 1, is_empty)
    carto.wait_pixel(0.5, 0.5, lambda pixel: is_there(pixel) and pixel != above)
    ask(carto, "gold = neutral")
    carto.wait_pixel(0.5, 0.5, is_empty)
    clear(carto)
    carto.wait_pixel(0.5, 0.5, lambda pixel: pixel == above)
    carto.wait_pixel(1, 1, is_there)


def test_the_processor_does_not_draw_them_either(carto: Map) -> None:
    carto.page.evaluate(NO_WEBGL)
    one_above_the_other(carto.mount())
    wait_software(carto, 1, 1, is_there)
    ask(carto, "gold = negative")
    wait_software(carto, 1, 1, is_clear)
    wait_software(carto, 0.5, 0.5, is_there)
    clear(carto)
    wait_software(carto, 1, 1, is_there)


def test_the_pointer_finds_the_row_below_one_that_is_filtered_out(carto: Map) -> None:
    one_above_the_other(carto.mount())
    carto.move(0.5, 0.5)
    carto.wait_text(".carto-tooltip", "above")
    ask(carto, "gold = negative")
    in_sight(carto, "1 of 3 in sight")
    carto.move(0.52, 0.5)
    carto.move(0.5, 0.5)
    carto.wait_text(".carto-tooltip", "below")
    carto.move(1, 1)
    expect(carto.page.locator(".carto-tooltip")).to_be_hidden()
    carto.lasso(around(0.5, 0.5))
    carto.wait_data("selected", "1")
    assert carto.kernel("selects")[-1]["bits"] == [0b001]


@pytest.mark.slow
def test_a_crowd_filtered_out_costs_a_bit_a_row_and_comes_back(carto: Map) -> None:
    carto.mount()
    carto.page.evaluate(CROWD, GOLD)
    carto.wait_frames(1)
    carto.wait_data("drawn", "all")
    carto.wait_pixel(0.5, 0.5, is_there)
    carto.page.evaluate(COUNT_SENT)
    carto.hold_timers(PAUSE)  # it is asked by Enter alone
    ask(carto, "gold = negative")
    in_sight(carto, "1 of 1,000,000 in sight")
    carto.wait_pixel(0.5, 0.5, is_empty)
    carto.wait_pixel(0.1, 0.1, is_there)
    assert 0 < carto.page.evaluate("() => sentToGpu") <= 1_000_000 / 8
    carto.move(0.1, 0.1)
    expect(carto.page.locator(".carto-tooltip")).to_be_visible()
    carto.move(0.5, 0.5)
    expect(carto.page.locator(".carto-tooltip")).to_be_hidden()
    carto.lasso(around(0.5, 0.5, 0.45))
    carto.wait_data("selected", "1")
    clear(carto)
    carto.wait_pixel(0.5, 0.5, lambda pixel: not is_empty(pixel))  # not selected, so dim
