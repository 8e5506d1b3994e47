"""What axe says of the map, in every state that it can be in."""

from __future__ import annotations

import pytest
from conftest import ROOT
from page_driver import Map
from page_states import STATES, THEMES, dressed, rich

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# What axe calls incomplete it could not judge: contrast over the canvas, which test_page_contrast
# computes.
RUN = """async () => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const found = await axe.run('.carto', { runOnly: { type: 'tag', values: tags } });
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(node => `${id}: ${node.html.slice(0, 200)}\\n${node.failureSummary}`)); }"""


@pytest.mark.parametrize("width", [1000, 400])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(carto: Map, state: str, width: int) -> None:
    carto.page.set_viewport_size({"width": width, "height": 700})
    rich(carto)
    carto.page.add_script_tag(path=AXE)
    STATES[state](carto)
    found: dict[str, list[str]] = {}
    for theme in THEMES:
        dressed(carto, theme)
        found[theme] = carto.page.evaluate(RUN)
    assert found == {theme: [] for theme in THEMES}
