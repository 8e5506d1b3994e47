"""Cards with images in JupyterLab: clicked, listed, and typed on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jupyter_driver import Server, jupyter_server
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.notebook

SHOW = """
import numpy as np, pandas as pd
from PIL import Image
import carto_widget as carto

n = 120
rng = np.random.default_rng(0)
pixels = [rng.random((8, 8)) for _ in range(n)]
Image.fromarray((pixels[0] * 255).astype("u1")).resize((300, 200)).save("photo.png")
samples = pd.DataFrame({
    "image": pixels,
    "path": ["photo.png"] * (n - 1) + ["gone.png"],
    "text": [f"<b>digit {i}</b>" for i in range(n)],
})
chance = np.linspace(0.1, 0.9, n) + np.array([[-0.1], [0.0], [0.1]])
dynamics = carto.TrainingDynamics.from_arrays(
    gold=np.zeros(n, int), gold_probability=chance, margin=chance - 0.5,
    other_label=np.ones((3, n)), label_names=["cat", "dog"],
)
datamap = carto.DataMap(dynamics, samples=samples)
datamap
"""
DRAWN = "() => document.querySelector('.carto')?.dataset.frames > 0"
SEEN = """n => [...document.querySelectorAll('.carto-drawer img')]
  .filter(image => image.naturalWidth).length >= n"""
NOTHING_CUT = """() => {  // each name of a list has room, and the tooltip ends beneath its values
  const names = [...document.querySelectorAll('.carto dt')].filter(name => name.checkVisibility());
  const tooltip = document.querySelector('.carto-tooltip');
  const end = tooltip.getBoundingClientRect().bottom;
  return names.every(name => name.scrollWidth <= name.clientWidth) &&
    [...tooltip.querySelectorAll('dd')].every(
      value => value.getBoundingClientRect().bottom <= end); }"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with jupyter_server(tmp_path_factory.mktemp("cards")) as server:
        yield server


def test_images_are_seen_in_cards_and_keys_typed_there_reach_no_cell(
    server: Server, tab: Page
) -> None:
    renderer = "datamap.renderers['text'] = str.upper"
    nb = server.open(tab, "cards.ipynb", [SHOW, renderer])
    nb.run_all(wait=False)
    nb.wait_cell(1)
    nb.wait(DRAWN)
    nb.wait_parts()
    tab.locator(".carto canvas").focus()
    tab.keyboard.press("c")
    nb.wait(SEEN, 2)
    for key in ("b", "x", "m", "d", "d", "0", "0"):
        tab.keyboard.press(key)
    tab.keyboard.press("End")
    expect(tab.locator(".carto-entry[data-active]")).to_have_attribute("data-row", "119")
    tab.keyboard.press("Enter")
    card = tab.locator(".carto-card")
    expect(card).to_contain_text("<B>DIGIT 119</B>")
    expect(card).to_contain_text("there is no file gone.png")
    expect(card).to_contain_text("from 0.800 to 1.00")
    nb.wait(SEEN, 1)
    nb.screenshot(server.root / "card.png")
    tab.get_by_role("button", name="The sample before").click()
    nb.wait(SEEN, 2)
    tab.keyboard.press("Escape")
    tab.get_by_role("button", name="As a gallery").click()
    nb.wait(SEEN, 8)
    nb.dark_theme()
    nb.screenshot(server.root / "gallery.png")
    tab.locator(".carto canvas").focus()
    tab.keyboard.press("Shift+ArrowRight")
    expect(tab.locator(".carto-tooltip img")).to_be_visible()
    nb.wait(NOTHING_CUT)
    tab.keyboard.press("?")
    expect(tab.locator(".carto-keys dt").first).to_be_visible()
    nb.wait(NOTHING_CUT)
    assert len(nb.cells()) == 2
    nb.close()
