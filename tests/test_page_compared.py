"""A comparison and a table of spreads in the page: arrows between two places, ellipses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from page_driver import Map
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


def test_ellipses_lie_round_the_samples_that_have_a_spread(carto: Map) -> None:
    carto.mount()
    none = float("nan")
    wide = [0.05, none]  # a tenth of the axis across, a twentieth of that up
    spread = {"major": wide, "minor": wide, "angle": [0, none]}
    spread |= {"variability_spread": wide, "confidence_spread": wide}
    carto.page.evaluate("all => kernel.numbers(all)", spread)
    carto.frame(x=[HALF, QUARTER], y=[HALF, QUARTER], live=False)
    carto.page.locator(".carto-ellipses path").first.wait_for(state="attached")
    (found,) = paths(carto, ".carto-ellipses path").values()
    left, top, width, height = places(carto)
    assert found[:2] == pytest.approx([left + 0.6 * width, top + height / 2], abs=0.3)
    assert found[2:5] == pytest.approx([0.1 * width, 0.05 * height, 0], abs=0.3)
    assert len(found) == 16  # one place, two arcs of seven numbers
