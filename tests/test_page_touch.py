"""Fingers on the map, as the browser itself hears them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from page_driver import Map, X, Y
from playwright.sync_api import CDPSession, expect

LONG = 400  # ms that a finger rests until it begins a lasso
Point = tuple[float, float]


class Fingers:
    """Fingers on the screen, in px of the page."""

    def __init__(self, cdp: CDPSession) -> None:
        self._cdp = cdp

    def _say(self, kind: str, points: list[Point]) -> None:
        touches = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        self._cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def down(self, *points: Point) -> None:
        self._say("touchStart", list(points))

    def move(self, *points: Point) -> None:
        self._say("touchMove", list(points))

    def up(self, *left: Point) -> None:
        self._say("touchEnd", list(left))

    def cancel(self) -> None:
        self._say("touchCancel", [])

    def drag(self, start: Point, end: Point, steps: int = 10) -> None:
        for i in range(1, steps + 1):
            part = i / steps
            self.move(
                (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
            )

    def tap(self, at: Point) -> None:
        self.down(at)
        self.up()


@pytest.fixture
def fingers(carto: Map) -> Iterator[Fingers]:
    cdp = carto.page.context.new_cdp_session(carto.page)
    about = {"enabled": True, "maxTouchPoints": 2}
    cdp.send("Emulation.setTouchEmulationEnabled", about)
    carto.mount().frame(X, Y)
    carto.hold_timers(LONG)
    carto.page.evaluate("() => { document.body.style.height = '3000px'; }")
    yield Fingers(cdp)
    cdp.detach()


def tapped(carto: Map, fingers: Fingers) -> None:
    fingers.tap(carto.at(0.3, 0.8))
    carto.bare.wait("() => document.querySelector('.carto-stage').style.touchAction === 'none'")


def scrolled(carto: Map) -> float:
    y: float = carto.page.evaluate("() => window.scrollY")
    return y


def loop(carto: Map, fingers: Fingers, start: Point) -> None:
    """Round the middle, from a place at its edge."""
    corners = [carto.at(*c) for c in [(0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.4)]]
    for corner in corners:
        fingers.drag(start, corner, 5)
        start = corner


def test_one_finger_scrolls_the_page_until_the_map_was_tapped(carto: Map, fingers: Fingers) -> None:
    x, y = carto.at(0.5, 0.5)
    at_rest = "() => document.addEventListener('scrollend', () => { window.rests = true; })"
    carto.page.evaluate(at_rest)
    fingers.down((x, y))
    fingers.drag((x, y), (x, y - 150))
    fingers.up()
    carto.bare.wait("() => window.rests && window.scrollY > 50")
    assert carto.kernel("selects") == []
    expect(carto.page.locator(".carto-outline")).to_have_count(0)
    carto.page.evaluate("() => window.scrollTo(0, 0)")
    tapped(carto, fingers)
    start = carto.at(0.4, 0.4)
    fingers.down(start)
    loop(carto, fingers, start)
    fingers.up()
    carto.wait_data("selected", "1")
    assert scrolled(carto) == 0


def test_a_finger_that_rests_begins_a_lasso(carto: Map, fingers: Fingers) -> None:
    carto.page.get_by_role("button", name="Pan").evaluate("button => button.click()")
    carto.wait_data("tool", "pan")
    start = carto.at(0.4, 0.4)
    fingers.down(start)
    carto.end_timers()
    carto.wait_data("tool", "lasso")
    mark = carto.page.locator(".carto-begun")
    expect(mark).to_be_visible()  # larger than the finger that lies on it
    box = mark.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) > 50
    assert box["x"] + box["width"] / 2 == pytest.approx(start[0], abs=1)
    loop(carto, fingers, start)
    expect(mark).to_have_count(0)
    fingers.up()
    carto.wait_data("selected", "1")
    assert scrolled(carto) == 0
    assert carto.kernel("selects")[0]["bits"] == [0b010]


def test_two_fingers_zoom_and_move(carto: Map, fingers: Fingers) -> None:
    tapped(carto, fingers)
    home = carto.ticks()
    x, y = carto.at(0.5, 0.5)
    fingers.down((x - 40, y))
    fingers.down((x - 40, y), (x + 40, y))
    for step in range(1, 11):
        fingers.move((x - 40 - 4 * step, y), (x + 40 + 4 * step, y))
    carto.bare.wait("old => [...document.querySelectorAll('.carto-front .carto-tick')]"
                    ".map(t => t.textContent).join() !== old.join()", home)  # fmt: skip
    carto.wait_pixel(0.5, 0.5, lambda pixel: pixel[3] > 180)  # still between the fingers
    for step in range(1, 11):
        fingers.move((x - 80 + 6 * step, y), (x + 80 + 6 * step, y))
    carto.bare.wait("() => document.querySelector('.carto').dataset.tool === 'pan'")
    width = float((carto.page.get_attribute(".carto canvas", "data-plot") or "").split()[2])
    carto.wait_pixel(0.5 + 60 / width, 0.5, lambda pixel: pixel[3] > 180)
    fingers.up((x - 20, y))
    fingers.drag((x - 20, y), (x - 20, y + 80))  # the one that is left does nothing
    fingers.up()
    carto.wait_data("tool", "lasso")
    assert carto.kernel("selects") == []
    assert scrolled(carto) == 0


def test_what_is_taken_away_leaves_nothing_behind(carto: Map, fingers: Fingers) -> None:
    tapped(carto, fingers)
    start = carto.at(0.4, 0.4)
    fingers.down(start)
    fingers.drag(start, carto.at(0.6, 0.6))
    expect(carto.page.locator(".carto-outline")).to_have_count(1)
    fingers.cancel()
    expect(carto.page.locator(".carto-outline")).to_have_count(0)
    carto.frame(Y, X, frames=2)  # a picture that still stood still would not come
    assert carto.kernel("selects") == []
    fingers.down(start)
    fingers.cancel()
    fingers.down(start)
    loop(carto, fingers, start)
    fingers.up()
    carto.wait_data("selected", "1")
