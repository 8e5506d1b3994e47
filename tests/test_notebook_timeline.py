"""Past epochs in JupyterLab and Notebook 7, scrubbed while a cell trains."""

from __future__ import annotations

import pytest
from jupyter_driver import Server
from playwright.sync_api import Page
from test_notebook import EPOCH, SHOW, UNTIL_SELECTED, WATCH, draw_lasso, server

__all__ = ["server"]  # the fixture

pytestmark = pytest.mark.notebook

SHOWN = "epoch => document.querySelector('.carto').dataset.epoch === epoch"
LIVE = "n => Number(document.querySelector('.carto-live').textContent.replace(/\\D/g, '')) >= n"


def test_a_past_epoch_is_lassoed_while_a_cell_trains(server: Server, tab: Page) -> None:
    nb = server.open(tab, "past.ipynb", [SHOW, WATCH, UNTIL_SELECTED])
    nb.run_all(wait=False)
    nb.wait(EPOCH, 4)
    slider = tab.get_by_role("slider", name="Epoch")
    slider.press("Home")
    nb.wait(SHOWN, "0")
    slider.press("ArrowRight")
    nb.wait(SHOWN, "1")
    frames = nb.frames()
    nb.wait(LIVE, 8)  # the training has gone on
    assert nb.is_running(2)
    assert nb.frames() == frames
    nb.screenshot(server.root / "past.png")
    draw_lasso(nb)
    nb.wait_cell(2)
    nb.wait_kernel("datamap.epoch == 1")  # told a while after the last key
    assert nb.evaluate("datamap.selection.attrs['epoch']") == 1
    assert nb.evaluate("len(datamap.selection)") > 0
    tab.locator(".carto-live").click()
    nb.wait(EPOCH, 8)
    assert len(nb.cells()) == 3
    nb.close()
