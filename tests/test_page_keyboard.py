"""By keyboard: the walk from sample to sample, what is said, and where the focus goes."""

from __future__ import annotations

import numpy as np
import pytest
from page_driver import MIDDLE, MISSING, WAITING, Map
from page_states import STATES, press, rich, selected
from playwright.sync_api import expect

LEFT, RIGHT, UP, DOWN = (f"Shift+Arrow{way}" for way in ("Left", "Right", "Up", "Down"))
FOCUSABLE = """() => [...document.querySelectorAll(
    '.carto :is(a[href], button, input, select, textarea, audio, [tabindex])')]"""
UNGUARDED = f"""() => ({FOCUSABLE})()
  .filter(e => e.dataset.lmSuppressShortcuts !== 'true')
  .map(e => e.outerHTML.slice(0, 120))"""
ACTIVE = """() => {
  const at = document.activeElement;
  const part = ['head', 'filterbar', 'surface', 'drawer', 'timeline', 'controls', 'status']
    .find(name => at.closest('.carto-' + name));
  return part ?? 'outside'; }"""
RING_IN_SIGHT = """() => {
  const [ring, canvas] = ['.carto-ring', '.carto canvas']
    .map(name => document.querySelector(name)?.getBoundingClientRect());
  return ring && canvas.top < ring.top && ring.bottom < canvas.bottom; }"""
# A ring round it, or, of a slider and a list, round its thumb or its entry.
OUTLINE = """() => {
  const at = document.activeElement;
  const entry = document.getElementById(at.getAttribute('aria-activedescendant'));
  const style = getComputedStyle(at);
  if (at.type === 'range') return true;
  if (entry && getComputedStyle(entry).boxShadow !== 'none') return true;
  return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1; }"""


def said(carto: Map, text: str) -> None:
    expect(carto.page.locator(".carto-said [aria-live=polite]")).to_contain_text(text)


def walk(carto: Map, *keys: str) -> None:
    for key in keys:
        press(carto, key)


def at(carto: Map, row: int) -> None:
    """The walk has come to a row, which is said and told."""
    said(carto, f"the text of sample {row}, g{row}")
    expect(carto.page.locator(".carto-tooltip")).to_contain_text(f"g{row}")


@pytest.fixture
def shown(carto: Map) -> Map:
    """A cross of five round the middle, one of them twice, and one on each side's strip."""
    x = [MIDDLE, 50000, 50000, 15000, MIDDLE, MIDDLE, WAITING, MISSING]
    y = [MIDDLE, MIDDLE, MIDDLE, MIDDLE, 50000, 15000, MIDDLE, MISSING]
    carto.mount().frame(x, y)
    texts = [f"the text of sample {i}" for i in range(len(x))]
    carto.kernel("texts", {"guid": [f"g{i}" for i in range(len(x))], "text": texts})
    return carto


def test_the_walk_begins_in_the_middle_and_goes_to_the_nearest_on_each_side(shown: Map) -> None:
    walk(shown, RIGHT)
    at(shown, 0)
    walk(shown, UP)
    at(shown, 4)
    walk(shown, DOWN)
    at(shown, 0)
    walk(shown, DOWN)
    at(shown, 5)
    walk(shown, UP, LEFT)
    at(shown, 3)
    said(shown, "variability 0.114, confidence 0.500")


def test_a_step_where_there_is_none_beyond_shows_again_where_one_is(shown: Map) -> None:
    walk(shown, RIGHT, RIGHT)
    at(shown, 1)
    shown.page.get_by_role("button", name="Lasso").focus()
    expect(shown.page.locator(".carto-tooltip")).to_be_hidden()
    walk(shown, RIGHT)
    at(shown, 1)


def test_samples_nearer_than_a_step_follow_each_other_by_n(shown: Map) -> None:
    walk(shown, RIGHT, RIGHT)
    at(shown, 1)
    walk(shown, RIGHT)  # there is none a step beyond
    walk(shown, "n")
    at(shown, 2)  # on the same spot
    walk(shown, "n")
    at(shown, 0)  # the nearest of all others
    walk(shown, "N", "N")
    at(shown, 1)


def test_the_card_goes_from_neighbour_to_neighbour(shown: Map) -> None:
    shown.page.mouse.click(*shown.at(50000 / 65533, 0.5))
    shown.wait_data("pinned", "2")  # the one on top
    shown.page.get_by_role("button", name="Back to the neighbour before").click()
    shown.wait_data("pinned", "1")
    shown.page.get_by_role("button", name="The next nearest neighbour").click()
    shown.wait_data("pinned", "2")
    press(shown, "n")
    shown.wait_data("pinned", "0")


def test_the_walk_goes_on_in_the_strip_of_those_that_wait(shown: Map) -> None:
    walk(shown, RIGHT, LEFT, LEFT)
    at(shown, 6)
    said(shown, "one epoch so far")


def test_the_walk_passes_over_what_is_filtered_out(shown: Map) -> None:
    press(shown, "/")
    shown.page.keyboard.type("confidence < 0.6")
    shown.page.keyboard.press("Enter")
    shown.wait_text(".carto-sight", "6 of 8")
    walk(shown, RIGHT)
    at(shown, 0)
    walk(shown, UP, LEFT)
    at(shown, 3)


def test_the_map_follows_the_walk_beyond_its_edge(shown: Map) -> None:
    walk(shown, RIGHT)
    at(shown, 0)
    walk(shown, *["+"] * 6)
    walk(shown, UP)
    at(shown, 4)
    shown.bare.wait(RING_IN_SIGHT)


def test_x_takes_the_sample_into_the_selection_and_out_and_enter_pins_its_card(shown: Map) -> None:
    walk(shown, RIGHT, "x")
    shown.wait_data("selected", "1")
    assert shown.kernel("selects")[-1]["bits"] == [0b1]
    walk(shown, UP)
    at(shown, 4)
    walk(shown, "x")
    shown.wait_data("selected", "2")
    said(shown, "2 selected")
    walk(shown, "x")
    shown.wait_data("selected", "1")
    walk(shown, "Enter")
    shown.wait_data("pinned", "4")
    said(shown, "card of g4")


def test_a_million_are_walked_in_the_worker(carto: Map) -> None:
    carto.mount()
    carto.page.evaluate(
        """() => {
          const n = 1_000_000;
          const codes = salt => Uint16Array.from({ length: n }, (_, i) => (i * salt) % 65534);
          kernel.frame({ x: codes(7919), y: codes(104729), frame: 1 }); }"""
    )
    carto.wait_frames(1)
    walk(carto, RIGHT)
    carto.bare.wait(
        "() => document.querySelector('.carto-said').textContent.includes('variability')"
    )
    first, ring = carto.page.text_content(".carto-said"), carto.page.locator(".carto-ring")
    carto.settle()
    before = ring.bounding_box()
    walk(carto, RIGHT)
    carto.bare.wait("old => document.querySelector('.carto-said').textContent !== old", first)
    carto.settle()
    after = ring.bounding_box()
    assert before is not None
    assert after is not None
    step = np.hypot(after["x"] - before["x"], after["y"] - before["y"])
    assert 7.9 < step < 12  # is seen


def test_ctrl_a_selects_samples_and_never_the_pages_text(carto: Map) -> None:
    carto.page.evaluate("() => document.body.prepend('words of the page')")
    rich(carto)
    press(carto, "Control+a")
    carto.wait_data("selected", "6")
    for state in ("plain", "keys", "more", "list", "view"):
        STATES[state](carto)
        for i in range(carto.page.evaluate(f"() => ({FOCUSABLE})().length")):
            carto.page.evaluate(f"i => ({FOCUSABLE})()[i]?.focus()", i)
            carto.page.keyboard.press("Control+a")
            assert "words" not in carto.page.evaluate("() => String(getSelection())")
        carto.page.keyboard.press("Escape")


def test_a_key_that_is_off_says_why(carto: Map) -> None:
    def told(key: str, why: str) -> None:
        press(carto, key)
        carto.wait_text(".carto-chosen", why)

    carto.mount(connected=False)
    carto.frame([MIDDLE], [MIDDLE])
    told("v", "other views: run the map's cell")
    told("k", "the timeline: run the map's cell")
    told("z", "nothing to undo")
    told("x", "no sample yet")
    said(carto, "no sample yet")


def test_a_key_says_that_python_has_gone(carto: Map) -> None:
    rich(carto)
    carto.page.evaluate("() => widget.model.die()")
    press(carto, "v")
    carto.wait_text(".carto-chosen", "View: Python is not there")
    press(carto, "s")
    carto.wait_text(".carto-chosen", "Names: Python, which keeps them, is not there")


# ---- what is said ----


def test_frames_are_silent_and_changes_are_said_once(carto: Map) -> None:
    rich(carto)
    assert carto.page.text_content(".carto-said") == ""
    carto.frame([1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7], frames=2, epoch=2)
    said(carto, "colour correctness")  # another column, and not another frame
    carto.frame([2, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7], frames=3, epoch=2)
    press(carto, "a")
    said(carto, "7 selected")
    live = carto.page.locator(".carto [aria-live]:not([aria-live=off]), .carto [role=status]")
    assert live.count() == 1


def test_a_scrubbed_epoch_and_the_end_of_the_training_are_said(carto: Map) -> None:
    rich(carto)
    press(carto, "[")
    said(carto, "epoch 1")
    press(carto, "}")
    said(carto, "the newest epoch, 2")
    carto.kernel("status", {"word": "ended", "text": "training ended", "epoch": 2})
    said(carto, "training ended")


def test_what_went_wrong_is_said_at_once(carto: Map) -> None:
    rich(carto)
    STATES["error"](carto)
    alarm = carto.page.locator(".carto-said [role=alert]")
    expect(alarm).to_contain_text("ValueError: cannot be paused")


# ---- the focus ----


@pytest.mark.parametrize("state", STATES)
def test_whatever_takes_the_focus_keeps_its_keys_from_the_notebook(carto: Map, state: str) -> None:
    rich(carto)
    STATES[state](carto)
    assert carto.page.evaluate(UNGUARDED) == []


def test_tab_goes_through_the_parts_in_order_each_with_a_visible_focus_and_leaves(
    carto: Map,
) -> None:
    rich(carto)
    selected(carto)
    press(carto, "/")
    press(carto, "c")
    carto.wait_data("browser", "list")
    carto.page.evaluate("() => document.activeElement.blur()")
    carto.page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); }")
    parts: list[str] = []
    for _ in range(80):
        carto.page.keyboard.press("Tab")
        part = carto.page.evaluate(ACTIVE)
        if part == "outside":
            break
        assert carto.page.evaluate(OUTLINE), carto.page.evaluate(
            "() => document.activeElement.outerHTML.slice(0, 200)"
        )
        if parts[-1:] != [part]:
            parts.append(part)
    assert parts == ["head", "filterbar", "surface", "drawer", "timeline", "controls", "status"]


def test_escape_closes_one_thing_after_the_other_and_then_clears(carto: Map) -> None:
    rich(carto)
    selected(carto)
    press(carto, "c")
    carto.wait_data("browser", "list")
    carto.page.locator(".carto-entry").first.click()
    carto.bare.wait("() => document.querySelector('.carto').dataset.pinned !== ''")
    press(carto, "/")
    carto.page.locator(".carto canvas").focus()
    press(carto, "?")
    expect(carto.page.get_by_role("dialog", name="Keys")).to_be_focused()
    escape = "Escape"
    carto.page.keyboard.press(escape)
    expect(carto.page.get_by_role("dialog", name="Keys")).to_be_hidden()
    expect(carto.page.locator(".carto canvas")).to_be_focused()  # where it was opened
    carto.page.keyboard.press(escape)
    carto.wait_data("pinned", "")
    carto.page.keyboard.press(escape)
    carto.wait_data("browser", "")
    carto.page.keyboard.press(escape)
    expect(carto.page.locator(".carto-filterbar")).to_be_hidden()
    assert carto.data("selected") == "1"
    carto.page.keyboard.press(escape)
    carto.wait_data("selected", "0")


@pytest.mark.parametrize("name", ["View", "Search and filter", "More"])
def test_the_focus_goes_back_to_the_button_that_opened(carto: Map, name: str) -> None:
    rich(carto)
    button = carto.page.get_by_role("button", name=name, exact=True)
    button.focus()
    carto.page.keyboard.press("Enter")
    expect(button).not_to_be_focused()
    carto.page.keyboard.press("Escape")
    expect(button).to_be_focused()


def test_the_focus_stays_on_the_map_when_its_button_is_gone(carto: Map) -> None:
    rich(carto)
    selected(carto)
    carto.page.get_by_role("button", name="Clear the selection").focus()
    carto.page.keyboard.press("Enter")
    carto.wait_data("selected", "0")
    expect(carto.page.locator(".carto canvas")).to_be_focused()


def test_the_keys_that_are_listed_are_all_there_are(carto: Map) -> None:
    rich(carto)
    STATES["keys"](carto)
    review = "[aria-label='While reviewing']"  # where keys mean something else
    for where, least in ((f"section:not({review})", 40), (f"section{review}", 8)):
        titles = carto.page.locator(f".carto-keys {where} dd").all_text_contents()
        keys = carto.page.locator(f".carto-keys {where} dt > span").all_text_contents()
        assert len(titles) == len(set(titles))
        assert len(keys) == len(set(keys)) > least
