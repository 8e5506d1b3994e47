"""Contrast of what axe does not judge: drawn text, graphics, outlines, in every theme."""

from __future__ import annotations

import pytest
from page_driver import Map
from page_states import STATES, THEMES, dressed, press, rich
from playwright.sync_api import expect

TEXT, GRAPHIC = 4.5, 3.0
# Selector, property with the colour, and the least contrast to what lies behind.
DRAWN = [
    (".carto-tick", "fill", TEXT),
    (".carto-word", "fill", TEXT),
    (".carto-count", "fill", TEXT),
    (".carto-waiting", "fill", TEXT),
    (".carto-title", "color", TEXT),
    (".carto-legend-title", "color", TEXT),
    (".carto-name bdi", "color", TEXT),
    (".carto-headline", "color", TEXT),
    (".carto-facts", "color", TEXT),
    (".carto-chosen", "color", TEXT),
    (".carto-live", "color", TEXT),
    (".carto-knob", "color", TEXT),
    (".carto-scrubber > span", "color", TEXT),
    (".carto-curve-name", "color", TEXT),
    (".carto-control output", "color", TEXT),
    (".carto-control bdi", "color", TEXT),
    (".carto-chip bdi", "color", TEXT),
    (".carto-sight", "color", TEXT),
    (".carto-combobox input", "color", TEXT),
    (".carto-combobox input::placeholder", "color", TEXT),
    (".carto-tools button svg", "stroke", GRAPHIC),
    (".carto-tools button[aria-pressed=true] svg", "stroke", GRAPHIC),
    (".carto-outline", "stroke", GRAPHIC),
    (".carto-ring", "stroke", GRAPHIC),
    (".carto-pin", "stroke", GRAPHIC),
    (".carto-bars", "fill", GRAPHIC),
    (".carto-share", "fill", GRAPHIC),
    (".carto-curve", "stroke", GRAPHIC),
    (".carto-marks i", "background-color", GRAPHIC),
    (".carto-rail > i", "background-color", GRAPHIC),
]
BARS = {".carto-bars", ".carto-share"}  # hidden where a card is open
CHIP = ".carto-chip bdi"  # there where its box is closed
# Contrast of the first element that a selector finds to all that is painted behind it.
CONTRAST = """drawn => {
  const sheet = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
  const context = sheet.getContext('2d', { willReadFrequently: true });
  const bytes = layers => {
    context.clearRect(0, 0, 1, 1);
    for (const [color, alpha] of layers) {
      context.globalAlpha = alpha;
      context.fillStyle = color;
      context.fillRect(0, 0, 1, 1);
    }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(
      c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement)
      layers.unshift([getComputedStyle(at).backgroundColor, 1]);
    return [['white', 1], ...layers];
  };
  const found = {};
  for (const [selector, property, least] of drawn) {
    const [plain, pseudo] = selector.split('::');
    const element = [...document.querySelectorAll('.carto ' + plain)]
      .find(e => e.checkVisibility({ visibilityProperty: true }));
    if (!element) continue;
    const style = getComputedStyle(element, pseudo && '::' + pseudo);
    const part = Number(style[property + 'Opacity'] ?? 1);
    let alpha = part;
    for (let at = element; at; at = at.parentElement) alpha *= Number(getComputedStyle(at).opacity);
    const isGround = property === 'background-color';
    const ground = behind(isGround ? element.parentElement : element);
    const [a, b] = [bytes([...ground, [style[property], alpha]]), bytes(ground)].map(light);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found[selector] = [Number(ratio.toFixed(2)), least];
  }
  return found; }"""
# The outline of what has the focus, on what lies around it.
FOCUS = ":focus-visible"


def judged(carto: Map, drawn: list[tuple[str, str, float]]) -> tuple[set[str], dict[str, str]]:
    """What was found, and what is too faint in some theme."""
    seen: set[str] = set()
    faint: dict[str, str] = {}
    for theme in THEMES:
        dressed(carto, theme)
        for selector, (ratio, least) in carto.page.evaluate(CONTRAST, drawn).items():
            seen.add(selector)
            if ratio < least:
                faint[f"{selector} in {theme}"] = f"{ratio} < {least}"
    return seen, faint


def pin(carto: Map) -> None:
    carto.page.mouse.click(*carto.at(0.5, 0.5))
    carto.wait_data("pinned", "1")


def test_what_is_drawn_can_be_told_from_its_ground(carto: Map) -> None:
    carto.page.set_viewport_size({"width": 1000, "height": 800})
    rich(carto)
    STATES["filtered"](carto)
    press(carto, "/")
    carto.page.get_by_role("combobox", name="Search and filter").fill("")
    pin(carto)
    press(carto, "a")
    press(carto, "Escape")
    carto.wait_data("pinned", "")
    carto.page.locator(".carto-bars").first.wait_for(state="attached")
    pin(carto)
    carto.move(0.1, 0.1)
    carto.begin([(0.2, 0.2), (0.4, 0.2), (0.4, 0.4)])
    carto.settle()
    seen, faint = judged(carto, DRAWN)
    carto.page.mouse.up()
    assert faint == {}
    assert {selector for selector, *_ in DRAWN} - seen <= {*BARS, CHIP}


def test_the_histograms_can_be_told_from_their_ground(carto: Map) -> None:
    carto.page.set_viewport_size({"width": 1000, "height": 800})
    rich(carto)
    press(carto, "a")
    drawn = [one for one in DRAWN if one[0] in BARS]
    carto.bare.wait("() => document.querySelector('.carto-share')?.getAttribute('d')")
    seen, faint = judged(carto, drawn)
    assert faint == {}
    assert len(seen) == 2


def test_a_filter_can_be_told_from_its_ground(carto: Map) -> None:
    rich(carto)
    STATES["filtered"](carto)
    assert judged(carto, [one for one in DRAWN if one[0] == CHIP]) == ({CHIP}, {})


@pytest.mark.parametrize(
    "selector",
    ["canvas", ".carto-tools button", ".carto-title", ".carto-scrubber", ".carto-edge"],
)
def test_the_focus_can_be_told_from_its_ground(carto: Map, selector: str) -> None:
    carto.page.set_viewport_size({"width": 1000, "height": 800})
    rich(carto)
    carto.page.keyboard.press("Tab")  # from here on the focus is one by keyboard
    carto.settle()
    part = carto.page.locator(f".carto {selector}").first
    part.focus()
    expect(part).to_be_focused()
    seen, faint = judged(carto, [(FOCUS, "outlineColor", GRAPHIC)])
    assert seen == {FOCUS}
    assert faint == {}
