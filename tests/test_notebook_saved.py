"""A notebook opened again: the map where its state was saved, else the still beneath it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jupyter_driver import NotebookPage, Server, jupyter_server
from playwright.sync_api import Page

from carto_widget.demo.kernel_only import run_cells

pytestmark = pytest.mark.notebook

SHOW = """
import torch
from torch.utils.data import DataLoader, TensorDataset
import carto_widget as carto

torch.manual_seed(0)
x = torch.randn(300, 5)
y = (x @ torch.randn(5, 3) + torch.randn(300, 3)).argmax(1)
recorder = carto.Recorder()
loader = recorder.track(DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True))
datamap = carto.DataMap(recorder)
datamap
"""
AGAIN = "datamap"
IN_A_BOX = "import ipywidgets\nipywidgets.HBox([datamap])"
TRAIN = """
model = torch.nn.Linear(5, 3)
def fit(epochs):
    for _ in range(epochs):
        for bx, by in loader:
            recorder.log(model(bx), by)
fit(3)
"""
IN_A_THREAD = "recorder.resume()\ntraining = carto.start(lambda: fit(2))"
STILL = ".carto-still img"
SAYS = """([n, text]) => { const all = [...document.querySelectorAll('.carto-still img')];
           return all.length === n && all.every(one => one.alt.includes(text)); }"""
LOST = "Error displaying widget: model not found"


class WithoutKernel(NotebookPage):
    """A notebook that names no kernel, and is given none."""

    def _wait_open(self) -> None:
        self.page.locator(".jp-Dialog").get_by_role("button", name="No Kernel").click()
        self.wait("() => document.querySelector('.jp-Notebook .jp-Cell') !== null")


def edited(server: Server, name: str, other: str, **metadata: object) -> None:
    """A copy that another hand has changed: this server has not signed it."""
    notebook = json.loads((server.root / name).read_text())
    notebook["metadata"] = metadata
    notebook["cells"][0]["source"] += "# changed"
    (server.root / other).write_text(json.dumps(notebook))


def stills(path: Path, cell: int) -> list[str]:
    """The HTML of the stills beneath a cell of a file."""
    outputs = json.loads(path.read_text())["cells"][cell]["outputs"]
    html = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]
    return [one for one in html if "carto-still" in one]


def wait_still(nb: NotebookPage, tab: Page) -> None:
    """The first output of the notebook is a picture that can be seen."""
    still = tab.locator(STILL).first
    still.wait_for(state="visible")
    nb.wait("s => document.querySelector(s).naturalWidth >= 720", STILL)
    assert "300 samples · 5 epochs" in (still.get_attribute("alt") or "")


@pytest.mark.parametrize("app", ["lab", pytest.param("notebook", marks=pytest.mark.matrix)])
def test_without_widget_state_a_still_stands_for_the_map(
    app: str, tab: Page, tmp_path: Path
) -> None:
    with jupyter_server(tmp_path, app=app) as server:  # saves no widgets' state, as by default
        nb = server.open(tab, "nb.ipynb", [SHOW, AGAIN, IN_A_BOX, TRAIN, IN_A_THREAD])
        for cell in range(4):
            nb.run_cell(cell)
        nb.run_cell(1)
        nb.wait_frames(1)
        nb.wait(SAYS, [2, "3 epochs"])
        nb.run_cell(4)
        nb.wait(SAYS, [2, "5 epochs"])  # no cell has run since
        assert not tab.locator(STILL).first.is_visible()
        nb.save()
        nb.reload()
        nb.wait_map()
        nb.wait_frames(1)
        assert not tab.locator(STILL).first.is_visible()  # the map is back
        nb.close()
        assert [len(stills(tmp_path / "nb.ipynb", cell)) for cell in range(5)] == [1, 1, 0, 0, 0]

        fresh = NotebookPage(tab, server, "nb.ipynb")
        wait_still(fresh, tab)
        fresh.wait("text => document.body.textContent.includes(text)", LOST)
        assert not tab.get_by_text(LOST).first.is_visible()
        fresh.close()
        kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        edited(server, "nb.ipynb", "untrusted.ipynb", kernelspec=kernelspec)
        untrusted = NotebookPage(tab, server, "untrusted.ipynb")
        wait_still(untrusted, tab)
        assert tab.locator(".jp-mod-trusted .carto-still").count() == 0
        tab.get_by_text("DataMap(Recorder)").first.wait_for(state="visible")
        untrusted.close()
        edited(server, "nb.ipynb", "bare.ipynb")
        without = WithoutKernel(tab, server, "bare.ipynb")
        wait_still(without, tab)
        tab.goto("about:blank")


def test_nbconvert_shows_the_still_of_the_last_epoch(tab: Page, tmp_path: Path) -> None:
    import nbformat
    from nbconvert import HTMLExporter

    cells = [nbformat.v4.new_code_cell(code) for code in (SHOW, TRAIN, "recorder.resume(); fit(2)")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    run_cells(notebook, tmp_path)  # keeps the widgets' state
    tab.context.set_offline(True)
    for name in ("with state", "without"):
        html, _ = HTMLExporter().from_notebook_node(notebook)
        (tmp_path / f"{name}.html").write_text(html)
        tab.goto((tmp_path / f"{name}.html").as_uri(), wait_until="commit")
        still = tab.locator(STILL)
        still.wait_for(state="visible")
        assert "300 samples · 5 epochs" in (still.get_attribute("alt") or "")
        assert tab.get_by_text("Error").count() == 0
        notebook.metadata.pop("widgets", None)
        tab.goto("about:blank")
