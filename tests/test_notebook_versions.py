"""An older kernel in both applications: what is said on the map of a lasso that has to wait."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from jupyter_driver import jupyter_server
from playwright.sync_api import Page
from test_kernel_versions import packages
from test_notebook import (
    CONFIRMED,
    EPOCH,
    IN_A_THREAD,
    SELECTED,
    SHOW,
    UNTIL_TOLD,
    WAITS,
    WATCH,
    check_caught,
    draw_lasso,
)

pytestmark = [pytest.mark.notebook, pytest.mark.matrix]


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_ipykernel_6(app: str, tab: Page, tmp_path: Path) -> None:
    path = [str(packages("6.31")), os.environ.get("PYTHONPATH", "")]
    env = {"PYTHONPATH": os.pathsep.join(filter(None, path))}
    with jupyter_server(tmp_path, app=app, env=env) as server:
        nb = server.open(
            tab, "nb.ipynb", [SHOW, WATCH, UNTIL_TOLD, "recorder.resume()\n" + IN_A_THREAD]
        )
        for cell in range(2):
            nb.run_cell(cell)
        assert nb.evaluate("__import__('ipykernel').__version__").startswith("6.31.")
        nb.run_cell(2, wait=False)  # a plain loop
        nb.wait(EPOCH, 3)
        size = draw_lasso(nb)
        nb.wait(WAITS)
        nb.wait_frames(nb.frames() + 3)
        (tmp_path / "enough").touch()
        nb.wait_cell(2)
        nb.wait(CONFIRMED)
        check_caught(nb, size)
        assert nb.evaluate("in_time") == 0
        (tmp_path / "enough").unlink()
        nb.run_cell(3)
        nb.evaluate("datamap.select(None)")
        nb.wait("() => document.querySelector('.carto').dataset.selected === '0'")
        nb.wait_frames(nb.frames() + 4)
        size = draw_lasso(nb)
        nb.wait(SELECTED)
        check_caught(nb, size)
        assert nb.evaluate("training.is_running")
        (tmp_path / "enough").touch()
        nb.close()
