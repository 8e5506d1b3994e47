"""Histograms beside the map: what they count, how they are brushed, and when they are there."""

from __future__ import annotations

import re

import pytest
from page_driver import LAST, Map
from playwright.sync_api import Locator, expect

# 40 rows at x = 0.1 of the axis, 20 at 0.5, 10 at 0.9; all at another height
X = [LAST // 10] * 40 + [LAST // 2] * 20 + [LAST * 9 // 10] * 10
Y = [i * LAST // 70 for i in range(70)]
COLOR = [0] * 40 + [5] * 20 + [10] * 10


@pytest.fixture
def spread(carto: Map) -> Map:
    carto.page.set_viewport_size({"width": 1000, "height": 700})
    carto.page.emulate_media(reduced_motion="reduce")
    carto.mount().frame(X, Y, color=COLOR)
    for one in ("x", "y", "color"):
        expect(side(carto, one).locator(".carto-bars")).to_have_attribute("d", re.compile("M"))
    carto.settle()
    return carto


def side(carto: Map, name: str) -> Locator:
    return carto.page.locator(f'.carto-marginal[data-side="{name}"]')


def edges(carto: Map, name: str) -> tuple[Locator, Locator]:
    both = side(carto, name).get_by_role("slider")
    return both.nth(0), both.nth(1)


def heights(carto: Map, name: str, path: str) -> list[float]:
    """How tall the bars above the plot are, from left to right."""
    bars = side(carto, name).locator(f".carto-{path}")
    expect(bars).to_have_attribute("d", re.compile("^M"))
    d = bars.get_attribute("d") or ""
    return [40 - float(top) for top in re.findall(r"M[^V]*V([\d.]+)", d)]


def drag(carto: Map, name: str, start: float, end: float) -> None:
    """Draw a range out, between shares of the axis."""
    from_, to = carto.at(start, 0)[0], carto.at(end, 0)[0]
    box = side(carto, name).bounding_box()
    assert box is not None
    carto.page.mouse.move(from_, box["y"] + 20)
    carto.page.mouse.down()
    carto.page.mouse.move(to, box["y"] + 20, steps=5)
    carto.page.mouse.up()


def test_bars_stand_where_the_rows_are_and_as_tall_as_they_are_many(spread: Map) -> None:
    assert heights(spread, "x", "bars") == pytest.approx([40, 20, 10], abs=0.02)
    plot = spread.page.get_attribute(".carto canvas", "data-plot")
    assert plot is not None
    left, _, width, _ = map(float, plot.split())
    d = side(spread, "x").locator(".carto-bars").get_attribute("d") or ""
    starts = [float(px) for px in re.findall(r"M([\d.]+)", d)]
    # 0.05, 0.25 and 0.45 of [0, 0.5], whose bins are 0.01 wide; half a pixel is air
    wanted = [left + share * width + 0.5 for share in (0.1, 0.5, 0.9)]
    for start, px in zip(starts, wanted, strict=True):
        assert min(abs(start - px), abs(start + width / 50 - px)) < 0.1


def test_the_selections_share_is_drawn_in(spread: Map) -> None:
    spread.lasso([(0.4, -0.05), (0.6, -0.05), (0.6, 1.05), (0.4, 1.05)])
    spread.wait_data("selected", "20")
    assert heights(spread, "x", "share") == pytest.approx([20], abs=0.02)


def test_counts_turn_into_logarithms_and_back(spread: Map) -> None:
    unit = spread.page.locator(".carto-unit")
    expect(unit).to_have_text("count")
    unit.click()
    expect(unit).to_have_text("log")
    wanted = [40.0, 40 * 3.0445 / 3.7136, 40 * 2.3979 / 3.7136]  # log 41, log 21, log 11
    assert heights(spread, "x", "bars") == pytest.approx(wanted, abs=0.02)
    unit.click()
    expect(unit).to_have_text("count")


def wait_bars(carto: Map, n: int) -> None:
    """Wait until there are so many bars above the plot."""
    js = """n => {
      const d = document.querySelector('[data-side="x"] .carto-bars').getAttribute('d');
      return (d.match(/M/g) ?? []).length === n; }"""
    carto.bare.wait(js, n)


def test_a_range_drawn_out_hides_the_rest_and_a_double_click_shows_it_again(spread: Map) -> None:
    drag(spread, "x", 0.3, 0.7)
    low, high = edges(spread, "x")
    expect(low).to_have_attribute("aria-valuenow", "0.15")
    expect(high).to_have_attribute("aria-valuenow", "0.35")
    wait_bars(spread, 1)
    assert heights(spread, "x", "bars") == pytest.approx([40], abs=0.02)
    spread.page.locator(".carto canvas").focus()
    spread.page.keyboard.press("a")  # everything in sight
    spread.wait_data("selected", "20")
    side(spread, "x").dblclick(position={"x": 300, "y": 20})
    expect(low).to_have_attribute("aria-valuenow", "0")
    wait_bars(spread, 3)


def test_an_edge_is_dragged_and_a_range_is_moved(spread: Map) -> None:
    drag(spread, "x", 0.3, 0.7)
    low, high = edges(spread, "x")
    expect(spread.page.locator(".carto-filterbar")).to_be_visible()  # beneath it the map has moved
    drag(spread, "x", 0.7, 0.8)  # its upper edge
    expect(high).to_have_attribute("aria-valuenow", "0.4")
    expect(low).to_have_attribute("aria-valuenow", "0.15")
    drag(spread, "x", 0.5, 0.4)  # taken in its middle
    expect(high).to_have_attribute("aria-valuenow", "0.35")
    expect(low).to_have_attribute("aria-valuenow", "0.1")
    drag(spread, "x", 0.5, 0.9)  # as far as the axis goes
    expect(high).to_have_attribute("aria-valuenow", "0.5")
    expect(low).to_have_attribute("aria-valuenow", "0.25")


def test_edges_are_moved_by_keys_which_do_not_move_the_map(spread: Map) -> None:
    home = spread.ticks()
    low, high = edges(spread, "y")
    expect(low).to_have_attribute("aria-label", "confidence shown from")
    low.focus()
    spread.page.keyboard.press("ArrowUp")
    expect(low).to_have_attribute("aria-valuenow", "0.02")
    spread.page.keyboard.press("PageUp")
    expect(low).to_have_attribute("aria-valuenow", "0.22")
    high.focus()
    spread.page.keyboard.press("ArrowLeft")
    expect(high).to_have_attribute("aria-valuenow", "0.98")
    spread.page.keyboard.press("Home")
    expect(high).to_have_attribute("aria-valuenow", "0.24")  # never past the other
    spread.page.keyboard.press("Delete")
    expect(high).to_have_attribute("aria-valuenow", "1")
    assert spread.ticks() == home
    assert high.get_attribute("data-lm-suppress-shortcuts") == "true"


def test_the_colours_are_counted_on_the_legend_and_brushed_there(spread: Map) -> None:
    bars = side(spread, "color").locator(".carto-bars")
    expect(bars).to_have_attribute("d", re.compile("M"))
    d = bars.get_attribute("d") or ""
    tall = [(int(i), float(h)) for i, h in re.findall(r"M(\d+)[.\d]*,1v-([.\d]+)", d)]
    assert tall == [(0, 1), (5, 0.5), (10, 0.25)]
    assert side(spread, "color").locator("stop").count() == 22  # each bar in its own colour
    low, _ = edges(spread, "color")
    low.focus()
    for _ in range(3):
        spread.page.keyboard.press("ArrowRight")
    expect(low).to_have_attribute("aria-valuenow", "0.25")  # between two steps
    spread.page.locator(".carto canvas").focus()
    spread.page.keyboard.press("a")
    spread.wait_data("selected", "30")


def test_they_go_with_h_and_where_there_is_little_room(spread: Map) -> None:
    wide = spread.page.get_attribute(".carto canvas", "data-plot")
    spread.page.locator(".carto canvas").focus()
    spread.page.keyboard.press("h")
    expect(side(spread, "x")).to_be_hidden()
    spread.bare.wait(
        "old => document.querySelector('.carto canvas').dataset.plot !== old", wide
    )  # the map has their room
    spread.page.keyboard.press("h")
    expect(side(spread, "y")).to_be_visible()
    spread.page.set_viewport_size({"width": 600, "height": 700})
    for name in ("x", "y", "color"):
        expect(side(spread, name)).to_be_hidden()


def test_a_press_on_a_histogram_begins_no_lasso(spread: Map) -> None:
    drag(spread, "x", 0.3, 0.7)
    assert spread.kernel("selects") == []


def test_they_follow_the_map_as_it_moves(spread: Map) -> None:
    spread.page.locator(".carto canvas").focus()
    for _ in range(8):
        spread.page.keyboard.press("+")
    # about the middle only the middle rows are in sight, and they are the tallest there
    wait_bars(spread, 1)
    assert heights(spread, "x", "bars") == pytest.approx([40], abs=0.02)


def test_the_regions_cuts_are_drawn_and_their_rule_is_told(spread: Map) -> None:
    cuts = [
        {"column": "variability", "text": "the third that varies most", "at": None, "top": 1 / 3},
        {"column": "confidence", "text": "easy from 0.5", "at": 0.5, "top": None},
    ]
    spread.frame(X, Y, frames=2, color=COLOR, cuts=cuts)
    expect(side(spread, "x")).to_have_attribute("title", "the third that varies most")
    expect(side(spread, "y")).to_have_attribute("title", "easy from 0.5")
    plot = spread.page.get_attribute(".carto canvas", "data-plot")
    assert plot is not None
    left, top, width, height = map(float, plot.split())
    # the 23 largest of 70 are the 10 at 0.9 and 13 of the 20 at 0.5
    at_x = side(spread, "x").locator(".carto-cuts").get_attribute("d") or ""
    assert float(at_x[1:].split(",")[0]) == pytest.approx(left + width / 2, abs=0.1)
    at_y = side(spread, "y").locator(".carto-cuts").get_attribute("d") or ""
    assert float(at_y[3:].split("H")[0]) == pytest.approx(top + height / 2, abs=0.1)


# what a frame of the page shows: which frame of points, and the bars above them
PAIRS = """() => {
  const root = document.querySelector('.carto');
  const bars = root.querySelector('.carto-marginal[data-side=x] .carto-bars');
  window.pairs = [];
  const look = () => {
    pairs.push([root.dataset.frame, bars.getAttribute('d')]);
    requestAnimationFrame(look);
  };
  const from = performance.now() + 100;  // one count has a pause to the next
  return new Promise(done => {
    const begin = () => performance.now() > from ? done(look()) : requestAnimationFrame(begin);
    begin();
  }); }"""


def test_bars_come_with_their_points_and_not_a_moment_later(spread: Map) -> None:
    heights(spread, "x", "bars")
    spread.page.evaluate(PAIRS)
    spread.frame([LAST // 2] * 70, Y, frames=2, color=COLOR)
    wait_bars(spread, 1)
    seen = {tuple(pair) for pair in spread.page.evaluate("pairs")}
    assert len(seen) == 2
    assert len({frame for frame, _ in seen}) == 2
