"""A comparison and a table of spreads in the page: arrows between two places, ellipses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from page_driver import Map, around, is_empty
from playwright.sync_api import expect

QUARTER, HALF, MOST = 16383, 32767, 58980
WORDS = ["fixed", "broken", "same"]
COLOR = {"kind": "category", "name": "change", "categories": WORDS, "quiet": [2], "domain": [0, 2]}
BEFORE: dict[str, Any] = {"x": [QUARTER, HALF, HALF, 65535], "y": [QUARTER, MOST, HALF, HALF]}
AFTER: dict[str, Any] = {"x": [QUARTER, HALF, HALF, HALF], "y": [MOST, QUARTER, HALF, HALF]}
ARROWS = ".carto-arrows path"
PATHS = """selector => [...document.querySelectorAll(selector)].map(
  path => [path.style.stroke, path.getAttribute('d')])"""
BLUE, VERMILION = "rgb(0, 114, 178)", "rgb(213, 94, 0)"


@pytest.fixture
def compared(carto: Map) -> Map:
    """A sample that rises, one that falls, one that stays, and one that the first run has not."""
    carto.mount()
    told = {"epochs": [0, 1], "names": ["before", "after"], "curves": [], "marks": []}
    carto.kernel("send", {"kind": "timeline", **told})
    about: Any = {"color": [0, 1, 2, 2], "columns": {"color": COLOR}, "sealed": True, "live": False}
    carto.kernel("frame", {**BEFORE, **about, "frame": 100, "epoch": 0, "past": True})
    carto.frame(**AFTER, **about, epoch=1)
    carto.page.locator(ARROWS).first.wait_for(state="attached")
    carto.settle()
    return carto


def paths(carto: Map, selector: str) -> dict[str, list[float]]:
    """Stroke to the numbers of its path."""
    found = carto.page.evaluate(PATHS, selector)
    return {color: [float(n) for n in re.findall(r"-?[\d.]+", d)] for color, d in found}


def places(carto: Map) -> Any:
    """Left, top, width and height of the plot."""
    return [float(one) for one in (carto.data("plot") or "").split()]


def test_arrows_lead_from_before_to_after_in_the_colour_of_what_became(compared: Map) -> None:
    found = paths(compared, ARROWS)
    left, top, width, height = places(compared)
    rising = found[BLUE]
    expected = [left + width / 4, top + height * 0.75, left + width / 4, top + height * 0.1]
    assert rising[:4] == pytest.approx(expected, abs=0.2)
    assert found[VERMILION][1] < found[VERMILION][3]  # it falls
    assert all(not numbers for color, numbers in found.items() if color not in (BLUE, VERMILION))


def test_of_a_selection_its_own_samples_have_arrows(compared: Map) -> None:
    compared.kernel("selection", 1, 1, None, [0b10])
    compared.bare.wait("() => document.querySelectorAll('.carto-arrows path').length === 1")
    assert [*paths(compared, ARROWS)] == [VERMILION]
    compared.page.locator(".carto canvas").focus()
    compared.page.keyboard.press("t")
    expect(compared.page.locator(ARROWS)).to_have_count(0)


def test_the_slider_has_two_stops_with_names(compared: Map) -> None:
    slider = compared.page.get_by_role("slider", name="Run")
    expect(slider).to_have_attribute("aria-valuetext", "after")
    slider.press("Home")
    compared.wait_data("epoch", "0")
    expect(slider).to_have_attribute("aria-valuetext", "before")
    expect(compared.page.locator(".carto-live")).to_have_text("after")
    assert BLUE in paths(compared, ARROWS)  # both places are shown from either end
    compared.page.locator(".carto-live").click()
    compared.wait_data("epoch", "1")


def drag(compared: Map, *ways: float) -> None:
    """Drag the handle by these shares of the way from before to after, and hold it."""
    box = compared.page.locator(".carto-rail").bounding_box()
    assert box is not None
    for i, way in enumerate(ways):
        compared.page.mouse.move(box["x"] + way * box["width"], box["y"] + 20, steps=4)
        if i == 0:
            compared.page.mouse.down()


def test_between_the_stops_points_are_found_and_selected_where_they_are_seen(compared: Map) -> None:
    slider = compared.page.get_by_role("slider", name="Run")
    drag(compared, 1, 0.7, 0.4)
    compared.page.mouse.up()
    at = 0.25 + 0.4 * 0.65  # the height of the one that rises
    expect(slider).to_have_attribute("aria-valuetext", "40% of the way from before to after")
    expect(compared.page.locator(".carto-knob")).to_have_text("40%")
    compared.wait_pixel(0.25, at, lambda pixel: pixel[3] > 180)
    assert is_empty(compared.pixel(0.25, 0.25))
    compared.move(0.25, at)
    expect(compared.page.locator(".carto-tooltip")).to_contain_text("in-between confidence")
    compared.lasso(around(0.25, 0.25))
    compared.lasso(around(0.25, at))
    compared.wait_data("selected", "1")
    sent = compared.page.evaluate("widget.model.sent.filter(one => one.content.kind === 'select')")
    assert [one["content"]["frame"] for one in sent] == [100, 100]  # drawn nearest to before
    expect(slider).to_have_attribute("aria-valuetext", "40% of the way from before to after")


def test_the_handle_goes_by_tenths_and_at_an_end_shows_the_run_itself(compared: Map) -> None:
    page = compared.page
    slider, knob = page.get_by_role("slider", name="Run"), page.locator(".carto-knob")
    for text in ("90%", "80%"):
        slider.press("ArrowLeft")
        expect(slider).to_have_attribute(
            "aria-valuetext", f"{text} of the way from before to after"
        )
    for key, text in {"PageDown": "before", "ArrowRight": "10%", "PageUp": "after"}.items():
        slider.press(key)
        expect(knob).to_have_text(text)
    drag(compared, 0.5, 0.003)
    expect(knob).to_have_text("0%")
    page.mouse.up()
    expect(knob).to_have_text("before")
    expect(page.locator(".carto-y")).to_have_text("↑ confidence")


def test_ellipses_lie_round_the_samples_that_have_a_spread(carto: Map) -> None:
    carto.mount()
    none = float("nan")
    wide = [0.05, none]  # a tenth of the axis across, a twentieth of that up
    spread = {"major": wide, "minor": wide, "angle": [0, none]}
    spread |= {"variability_spread": wide, "confidence_spread": wide}
    carto.page.evaluate("all => kernel.numbers(all)", spread)
    carto.frame(x=[HALF, QUARTER], y=[HALF, QUARTER], live=False)
    carto.page.locator(".carto-ellipses path").first.wait_for(state="attached")
    carto.settle()
    (found,) = paths(carto, ".carto-ellipses path").values()
    left, top, width, height = places(carto)
    assert found[:2] == pytest.approx([left + 0.6 * width, top + height / 2], abs=0.3)
    assert found[2:5] == pytest.approx([0.1 * width, 0.05 * height, 0], abs=0.3)
    assert len(found) == 16  # one place, two arcs of seven numbers
