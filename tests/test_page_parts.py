"""The second part of the front end: it comes from Python once, and the map does without."""

from __future__ import annotations

from page_driver import MIDDLE, Map, around
from playwright.sync_api import expect

SEEN = """() => ['legend', 'tools', 'stage', 'status']
  .map(name => document.querySelector(`.carto-${name}`))
  .filter(one => one.checkVisibility({ visibilityProperty: true }))
  .map(one => [one.className, one.getBoundingClientRect().toJSON()])"""
WAITING = ".carto-tools { animation-play-state: paused !important }"
PAST = {"epochs": [0, 1, 2], "curves": [], "marks": []}


def broken(carto: Map, text: str) -> None:
    """Python sends another text as the second part."""
    js = "text => { kernel.more = [new TextEncoder().encode(text), new Uint8Array()]; }"
    carto.page.evaluate(js, text)
    carto.page.evaluate("() => kernel.send({ kind: 'more' }, kernel.more)")


def test_without_python_the_map_offers_what_it_can_do_alone(carto: Map) -> None:
    carto.mount(connected=False).frame([MIDDLE], [MIDDLE])
    carto.page.locator(".carto canvas").focus()
    carto.page.keyboard.press("?")
    words = carto.page.inner_text(".carto-keys")
    assert "lasso" in words
    assert "list of the samples" not in words
    carto.kernel("welcome")
    carto.wait_data("parts", "all")
    carto.page.keyboard.press("Escape")
    carto.page.keyboard.press("?")
    assert "list of the samples" in carto.page.inner_text(".carto-keys")


def test_a_second_part_that_cannot_be_loaded_is_said_and_the_map_goes_on(carto: Map) -> None:
    carto.mount(connected=False)
    broken(carto, "export default () => { throw new Error('no room') }")
    expect(carto.page.locator(".carto-facts")).to_contain_text("could not be loaded: no room")
    carto.until(lambda: len(carto.bare.errors) == 1)
    assert "no room" in carto.bare.errors.pop()
    carto.frame([MIDDLE], [MIDDLE])
    carto.lasso(around(0.5, 0.5))
    carto.wait_data("selected", "1")
    carto.wait_text(".carto-facts", "could not be loaded: no room")
    carto.kernel("welcome")  # Python sends it again
    carto.wait_data("parts", "all")
    expect(carto.page.locator(".carto-facts")).to_have_text("1 sample")


def test_it_is_asked_for_until_it_has_come_and_every_view_has_it(carto: Map) -> None:
    carto.mount().frame([MIDDLE], [MIDDLE])
    hellos = "() => widget.model.sent.map(s => s.content).filter(c => c.kind === 'hello')"
    assert [hello["more"] for hello in carto.page.evaluate(hellos)] == [False]
    carto.page.evaluate("() => widget.model.live()")
    assert [hello["more"] for hello in carto.page.evaluate(hellos)] == [False, True]
    carto.page.evaluate("() => widget.render(document.querySelector('#second'))")
    carto.page.locator("#second [data-entry=samples]").click()
    carto.page.locator("#second .carto-drawer").wait_for()


def test_nothing_that_was_seen_moves_when_the_second_part_comes(carto: Map) -> None:
    carto.page.add_style_tag(content=WAITING)  # else, after half a second, the buttons are shown
    carto.mount(connected=False)
    carto.kernel("send", {"kind": "timeline", **PAST})
    carto.frame([MIDDLE], [MIDDLE])
    carto.settle()
    before = carto.page.evaluate(SEEN)
    assert [name for name, _ in before] == ["carto-legend", "carto-stage", "carto-status"]
    carto.kernel("welcome")
    carto.wait_data("parts", "all")
    expect(carto.page.locator(".carto-timeline")).to_be_visible()
    carto.settle()
    after = carto.page.evaluate(SEEN)
    assert [name for name, _ in after] == [
        "carto-legend", "carto-tools", "carto-stage", "carto-status",
    ]  # fmt: skip
    assert [one for one in after if one[0] != "carto-tools"] == before
