"""The map and the page it lies in: theme, keys, room, lost contexts."""

from __future__ import annotations

import pytest
from page_driver import (
    LOSE_FOR_A_WHILE,
    LOSE_FOR_GOOD,
    MIDDLE,
    RED,
    STEERED,
    Map,
    X,
    Y,
    around,
    is_near,
)


def test_the_theme_is_that_of_what_lies_behind(carto: Map) -> None:
    carto.mount().frame([MIDDLE], [MIDDLE], color=[5])
    carto.wait_data("theme", "light")
    carto.wait_pixel(0.5, 0.5, lambda pixel: pixel[3] > 180 and max(pixel[:3]) < 60)
    carto.page.evaluate("() => { document.body.style.background = '#151515'; }")
    carto.wait_data("theme", "dark")
    carto.wait_pixel(0.5, 0.5, lambda pixel: min(pixel[:3]) > 120)


def test_everything_that_takes_focus_keeps_its_keys_from_the_notebook(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.kernel("status", STEERED)
    taking = ".carto canvas, .carto button, .carto [tabindex], .carto input, .carto a"
    carto.page.locator(".carto-stop").wait_for()
    found = carto.page.locator(taking).filter(visible=True).all()
    assert len(found) >= 11
    for one in found:
        assert one.get_attribute("data-lm-suppress-shortcuts") == "true"
        assert one.get_attribute("aria-label") or one.text_content()


@pytest.mark.parametrize("width", [400, 800, 1600])
def test_nothing_runs_over_at_any_width(carto: Map, width: int) -> None:
    carto.page.set_viewport_size({"width": width, "height": 700})
    carto.mount().frame(X, Y)
    carto.kernel("status", STEERED)
    carto.page.locator(".carto-stop").click()
    carto.lasso(around(0.5, 0.5))
    carto.wait_text(".carto-chosen", "1 selected · Python will see this")
    over = """() => {
      const root = document.querySelector('.carto').getBoundingClientRect();
      const parts = ['legend', 'tools', 'controls', 'status', 'transport',
                     'facts', 'chosen', 'clear'];
      return parts.filter(part => {
        const box = document.querySelector(`.carto-${part}`).getBoundingClientRect();
        const [right, bottom] = [box.right - root.right, box.bottom - root.bottom];
        return Math.max(right, bottom, root.left - box.left) > 0.5;
      }); }"""
    carto.settle()
    assert carto.page.evaluate(over) == []
    boxes = [carto.page.locator(part).bounding_box() for part in (".carto-legend", ".carto-tools")]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    assert carto.page.locator(".carto").bounding_box()["height"] == 480  # type: ignore[index] # it is there


def test_the_height_follows_its_trait(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.evaluate("() => widget.model.update({ height: 333 })")
    carto.bare.wait("() => document.querySelector('.carto').offsetHeight === 333")


def test_a_lost_context_is_restored_without_the_kernel(carto: Map) -> None:
    carto.mount().frame([MIDDLE], [MIDDLE])
    carto.page.evaluate(LOSE_FOR_A_WHILE)
    carto.page.evaluate("() => lost.restoreContext()")
    carto.wait_pixel(0.5, 0.5, is_near(RED))


def test_a_context_that_never_comes_back_is_replaced_when_the_map_is_next_in_sight(
    carto: Map,
) -> None:
    carto.mount().frame([MIDDLE], [MIDDLE])
    carto.page.evaluate(LOSE_FOR_GOOD)
    carto.bare.wait("() => document.querySelector('.carto canvas') !== window.old")
    carto.wait_pixel(0.5, 0.5, is_near(RED))
    carto.lasso(around(0.5, 0.5))  # the new canvas listens, too
    carto.wait_data("selected", "1")


def test_unmount_leaves_nothing_behind(carto: Map) -> None:
    carto.page.evaluate("""() => {
      window.open = [];
      for (const target of [window, document, document.documentElement])
        target.addEventListener = function (type, f, options) {
          window.open.push(options.signal);
          EventTarget.prototype.addEventListener.call(this, type, f, options); }; }""")
    carto.mount().frame(X, Y)
    carto.page.evaluate(
        "() => { window.gl = document.querySelector('.carto canvas').getContext('webgl2'); }"
    )
    carto.page.evaluate("() => widget.unmount()")
    assert carto.page.evaluate("() => widget.model.listeners") == 0
    assert carto.page.locator(".carto").count() == 0
    assert carto.page.evaluate("() => window.gl.isContextLost()")
    still = carto.page.evaluate("() => [window.open.length > 0, window.open.every(s => s.aborted)]")
    assert still == [True, True]
