"""The page's worker is started from the module itself: in each front end, however it is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from jupyter_driver import PATIENCE, jupyter_server
from playwright.sync_api import Page
from test_notebook_marimo import marimo

pytestmark = pytest.mark.notebook

# Counts the answers of our workers.
COUNTED = """
  window.answers = 0;
  const { Worker } = window;
  window.Worker = class extends Worker {
    constructor(address, options) {
      super(address, options);
      if (options?.name === 'carto_widget')
        this.addEventListener('message', ({ data }) => { window.answers += 'answer' in data; });
    }
  };"""
ANSWERED = "() => window.answers > 0"
SHOW = """
import numpy as np, pandas as pd
import carto_widget as carto
places = np.random.default_rng(0).random((60_000, 2))
frame = pd.DataFrame(places, columns=["x", "y"])
datamap = carto.DataMap(frame, view=carto.View("x", "y", color=None))
datamap
"""
CELL = "import marimo\napp = marimo.App()\n\n@app.cell\ndef _():\n{}    return\n"


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_many_rows_are_counted_in_a_worker_in_jupyter(tab: Page, tmp_path: Path, app: str) -> None:
    tab.add_init_script(COUNTED)
    with jupyter_server(tmp_path, app=app) as server:
        nb = server.open(tab, "many.ipynb", [SHOW])
        nb.run_all()
        nb.wait(ANSWERED)
        nb.close()


def test_many_rows_are_counted_in_a_worker_in_marimo(tab: Page, tmp_path: Path) -> None:
    tab.add_init_script(COUNTED)
    lines = "".join(f"    {line}\n" for line in SHOW.strip().splitlines())
    (tmp_path / "nb.py").write_text(CELL.format(lines))
    with marimo(tmp_path) as address:
        tab.goto(address)
        tab.wait_for_function(ANSWERED, timeout=PATIENCE * 1000)
        tab.goto("about:blank")
