"""The map in marimo."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_driver import PATIENCE, lasso
from page_driver import SETTLED
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.notebook

NOTEBOOK = """
import marimo
app = marimo.App()

@app.cell
def _():
    import time, torch
    from torch.utils.data import DataLoader, TensorDataset
    import carto_widget as carto
    torch.manual_seed(0)
    x = torch.randn(300, 5)
    y = (x @ torch.randn(5, 3) + torch.randn(300, 3)).argmax(1)
    model = torch.nn.Linear(5, 3)
    recorder = carto.Recorder()
    loader = recorder.track(DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True))
    datamap = carto.DataMap(recorder)
    datamap
    return carto, datamap, loader, model, recorder, time

@app.cell
def _(carto, datamap, loader, model, recorder, time):
    def fit():
        while not len(datamap.selection):
            for bx, by in loader:
                recorder.log(model(bx), by)
                time.sleep(0.01)  # an honest batch takes longer than this one
        with open("selected", "w") as file:
            print(*datamap.selection.index, file=file)
    training = carto.start(fit)
    return

if __name__ == "__main__":
    app.run()
"""
SETTINGS = "[tool.marimo.runtime]\nauto_instantiate = true\n"
ROOT = ".carto"  # in a shadow root, which Playwright's selectors see


@contextlib.contextmanager
def marimo(root: Path) -> Iterator[str]:
    """marimo's editor for ``nb.py``; its address."""
    (root / "pyproject.toml").write_text(SETTINGS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*(sys.executable, "-m", "marimo", "-y", "edit", "nb.py"), "--skip-update-check"]
    where = ["--headless", "--no-token", "--host", "127.0.0.1", "--port", str(port)]
    with (root / "marimo.log").open("wb") as log:
        process = subprocess.Popen([*command, *where], cwd=root, stdout=log, stderr=log)
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}/health", process, root / "marimo.log")
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait()


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(url).close()
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(log.read_text()) from error
        time.sleep(0.1)


def test_a_lasso_becomes_rows_while_it_trains(tab: Page, tmp_path: Path) -> None:
    (tmp_path / "nb.py").write_text(NOTEBOOK)
    with marimo(tmp_path) as address:
        errors: list[str] = []
        tab.on("pageerror", lambda error: errors.append(error.message))
        tab.goto(address)
        root = tab.locator(ROOT)
        expect(root).to_have_attribute("data-run", "training")
        # before, samples stand in the strip of those with one epoch, which nothing encloses
        expect(root).to_have_attribute("data-epoch", re.compile(r"[2-9]|\d\d"))
        expect(root).to_have_attribute("data-parts", "all")  # they take room from the map
        assert tab.locator(ROOT).count() == 1
        assert tab.locator(".carto-still").count() == 0
        tab.screenshot(path=tmp_path / "marimo.png")
        whole = [(0.002, 0.01), (0.99, 0.01), (0.99, 0.99), (0.002, 0.99)]
        tab.locator(f"{ROOT} canvas").scroll_into_view_if_needed()
        tab.locator(f"{ROOT} canvas").evaluate(SETTLED)
        lasso(tab, f"{ROOT} canvas", whole)
        expect(root).not_to_have_attribute("data-selected", "0")
        expect(root).to_have_attribute("data-run", "ended")
        caught = (tmp_path / "selected").read_text().split()
        assert str(len(caught)) == root.get_attribute("data-selected")
        assert not errors
        tab.goto("about:blank")
