"""The life of a map in JupyterLab: in layouts, in two tabs, run again, closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jupyter_driver import NotebookPage, Server, jupyter_server
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.notebook

SHOW = """
import ipywidgets
import pandas as pd
import carto_widget as carto

table = pd.DataFrame({"u": [0.0, 1.0, 2.0], "v": [0.0, 2.0, 1.0]}, index=["a", "b", "c"])
datamap = carto.DataMap(table, view=carto.View("u", "v", None))
counts, size = [], ipywidgets.IntText()
datamap.observe(lambda change: counts.append(change.new), "selection_count")
ipywidgets.link((datamap, "height"), (size, "value"))
here, there = ipywidgets.IntText(), ipywidgets.IntText()
ipywidgets.jslink((datamap, "selection_count"), (there, "value"))
ipywidgets.Tab([ipywidgets.HBox([datamap]), ipywidgets.VBox([datamap, there])])
"""
AGAIN = "datamap"
MAPS = ".carto"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with jupyter_server(tmp_path_factory.mktemp("life")) as server:
        yield server


def test_a_map_in_layouts_is_linked_observed_and_closed(server: Server, tab: Page) -> None:
    nb = server.open(tab, "layouts.ipynb", [SHOW, AGAIN, "datamap.height = 300", "datamap.close()"])
    nb.run_cell(0)
    nb.wait_frames(1)
    assert tab.locator(".carto-still").count() == 0
    tab.locator(".widget-tab .lm-TabBar-tab").nth(1).click()
    nb.run_cell(1)
    expect(tab.locator(MAPS)).to_have_count(3)
    nb.run_cell(1)  # replaces, adds nothing
    expect(tab.locator(MAPS)).to_have_count(3)
    expect(tab.locator(".carto-still")).to_have_count(1)
    nb.evaluate("datamap.select(['a', 'c'])")
    js = "() => [...document.querySelectorAll('.carto')].every(one => one.dataset.selected === '2')"
    nb.wait(js)
    assert nb.evaluate("counts") == [2]
    nb.wait("() => [...document.querySelectorAll('.widget-text input')].some(e => e.value === '2')")
    nb.run_cell(2)
    expect(tab.locator(MAPS).last).to_have_css("height", "300px")
    assert nb.evaluate("size.value") == 300
    nb.run_cell(3)
    expect(tab.locator(MAPS)).to_have_count(0)
    expect(tab.locator(".carto-still img")).to_be_visible()
    nb.close()


def test_two_maps_side_by_side_are_alike_wide(server: Server, tab: Page) -> None:
    both = "ipywidgets.HBox([datamap, carto.DataMap(table, view=carto.View('v', 'u', 'v'))])"
    nb = server.open(tab, "beside.ipynb", [SHOW, both])
    nb.run_all()
    expect(tab.locator(".widget-hbox .carto")).to_have_count(3)
    js = "() => [...document.querySelectorAll('.carto')].slice(-2).map(one => one.offsetWidth)"
    nb.wait(f"() => {{ const [a, b] = ({js})(); return a > 240 && Math.abs(a - b) < 2; }}")
    nb.close()


def test_two_tabs_of_one_notebook_show_one_selection(server: Server, tab: Page) -> None:
    nb = server.open(tab, "tabs.ipynb", [SHOW, AGAIN])
    nb.run_all()
    nb.wait_frames(1)
    nb.save()
    other = tab.context.new_page()
    second = NotebookPage(other, server, "tabs.ipynb")
    second.wait_map()
    second.wait_frames(1)
    nb.evaluate("datamap.select(['b'])")
    for page in (nb, second):
        page.wait("() => document.querySelector('.carto').dataset.selected === '1'")
    other.goto("about:blank")
    nb.evaluate("datamap.select(['a', 'b'])")  # the one that stayed is still told
    nb.wait("() => document.querySelector('.carto').dataset.selected === '2'")
    nb.close()
