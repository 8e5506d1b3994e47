"""Keys on whatever of the map takes the focus do nothing to the notebook around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from jupyter_driver import NotebookPage, Server, jupyter_server
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.notebook

SHOW = """
import numpy as np, pandas as pd
import carto_widget as carto

draw = np.random.default_rng(0)
frame = pd.DataFrame({"text": [f"sample {i}" for i in range(60)], "label": draw.integers(0, 3, 60)})
recorder = carto.Recorder(samples=frame, gold="label", label_names=["a", "b", "c"])
for epoch in range(3):
    recorder.log_epoch(draw.dirichlet([1, 1, 1], 60), frame["label"].to_numpy(),
                       guid=frame.index.to_numpy())
alive = True
datamap = carto.DataMap(recorder)
datamap
"""
CANVAS = ".carto canvas"
# Insert, cut, to text, delete, restart, merge.
THEIRS = [*"abxmdd00", "Shift+M"]
OURS = """() => [...document.querySelectorAll('.carto-keys dt > span')].map(
  span => [...span.querySelectorAll('kbd')].map(cap => cap.textContent)
)"""
ARROWS = {"←": "ArrowLeft", "→": "ArrowRight", "↑": "ArrowUp", "↓": "ArrowDown", "Ctrl": "Control"}
PRESSES = {"Esc", "Enter"}  # what they do is tested elsewhere; here they would close or act
FOCUSABLE = """() => [...document.querySelectorAll(
    '.carto :is(a[href], button, input, select, textarea, audio, [tabindex])')]
  .filter(e => e.checkVisibility({ visibilityProperty: true }))"""
FOCUS = f"""i => {{
  const all = ({FOCUSABLE})();
  all[i]?.focus({{ preventScroll: true }});
  return document.activeElement === all[i]; }}"""
# Also where it is hidden: what was written into the filter is taken up a while after the key.
CLEAR = """() =>
  document.querySelector('.carto-filterbar [aria-label="Clear all filters"]').click()"""
EDITS = "() => document.querySelector('.jp-Notebook').classList.contains('jp-mod-editMode')"


@pytest.fixture(scope="module", params=["lab", "notebook"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with jupyter_server(tmp_path_factory.mktemp(request.param), app=request.param) as server:
        yield server


@pytest.fixture
def nb(server: Server, tab: Page) -> Iterator[NotebookPage]:
    nb = server.open(tab, "keys.ipynb", [SHOW, "alive", "'the last one'"])
    nb.run_all()
    nb.wait_frames(1)
    nb.wait_parts()
    yield nb
    nb.close()


def plain(tab: Page) -> None:
    """Closes whatever is open, and takes away what was written into the filter."""
    for _ in range(4):
        tab.locator(CANVAS).focus()
        tab.keyboard.press("Escape")
    tab.evaluate(CLEAR)


def key(name: str, tab: Page) -> None:
    plain(tab)
    tab.locator(CANVAS).press(name)


def gallery(tab: Page) -> None:
    key("c", tab)
    tab.get_by_role("button", name="As a gallery").click()


def card(tab: Page) -> None:
    key("Shift+ArrowRight", tab)
    expect(tab.locator(".carto-tooltip")).to_be_visible()
    tab.locator(CANVAS).press("Enter")
    expect(tab.locator(".carto-card")).to_be_visible()


def names(tab: Page) -> None:
    key("a", tab)
    tab.locator(CANVAS).press("s")


STATES: dict[str, Callable[[Page], None]] = {
    "plain": plain,
    "filter": lambda tab: key("/", tab),
    "list": lambda tab: key("c", tab),
    "gallery": gallery,
    "card": card,
    "view": lambda tab: key("v", tab),
    "names": names,
    "export": lambda tab: key("e", tab),
    "keys": lambda tab: key("?", tab),
    "more": lambda tab: tab.get_by_role("button", name="More").click(),
}


def our_keys(tab: Page) -> list[str]:
    """The keys that the map lists, as Playwright spells them."""
    key("?", tab)
    expect(tab.get_by_role("dialog", name="Keys")).to_be_visible()
    all_caps: list[list[str]] = tab.evaluate(OURS)
    assert len(all_caps) > 40
    plain(tab)
    spelt = [
        "+".join(ARROWS.get(c, c.lower() if len(c) == 1 else c) for c in caps)
        for caps in all_caps
        if not PRESSES & set(caps)
    ]
    return [name.replace("Shift+z", "Shift+Z") for name in spelt]


def press_all(nb: NotebookPage, state: str, keys: list[str]) -> int:
    """Presses the keys on all that takes the focus in a state; how many were pressed."""
    tab, before, pressed = nb.page, nb.cells(), 0
    STATES[state](tab)
    for i in range(tab.evaluate(f"() => ({FOCUSABLE})().length")):
        for name in keys:
            if not tab.evaluate(FOCUS, i):
                plain(tab)
                STATES[state](tab)
            if tab.evaluate(FOCUS, i):
                tab.keyboard.press(name)
                pressed += 1
        told = state, tab.evaluate(f"i => ({FOCUSABLE})()[i]?.outerHTML.slice(0, 200)", i)
        assert nb.cells() == before, told
        assert tab.locator(".jp-Dialog").count() == 0, told
        assert not tab.evaluate(EDITS), told
    plain(tab)
    return pressed


def test_no_key_on_whatever_has_the_focus_touches_a_cell(nb: NotebookPage, tab: Page) -> None:
    keys = [*THEIRS, *our_keys(tab)]
    assert press_all(nb, "plain", keys) > 20 * len(keys)
    for state in list(STATES)[1:]:
        assert press_all(nb, state, THEIRS) > 20 * len(THEIRS)
    assert nb.evaluate("alive")
