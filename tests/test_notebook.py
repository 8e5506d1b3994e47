"""The map in JupyterLab and Notebook 7, by mouse and keyboard, while a model trains."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_driver import NotebookPage, Server, jupyter_server
from page_driver import SETTLED
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.notebook

SHOW = """
import time
from pathlib import Path
import numpy as np, pandas as pd, torch
from torch.utils.data import DataLoader, TensorDataset
import carto_widget as carto

torch.manual_seed(0)
torch.set_num_threads(1)
x = torch.randn(300, 5)
y = (x @ torch.randn(5, 3) + torch.randn(300, 3)).argmax(1)
frame = pd.DataFrame({"text": [f"sample {i}" for i in range(300)], "label": y.numpy()},
                     index=[f"g{i}" for i in range(300)])
recorder = carto.Recorder(samples=frame, gold="label", label_names=["a", "b", "c"])
loader = recorder.track(DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True))
datamap = carto.DataMap(recorder)
datamap
"""
# Keeps what left the kernel, to compute by other means what a lasso must have caught.
WATCH = """
sent, send = {}, datamap.send
def sending(content, buffers=None):
    if content["kind"] == "frame":
        sent[content["frame"]] = (content, [bytes(b) for b in buffers])
    send(content, buffers)
datamap.send = sending

model = torch.nn.Linear(5, 3)
optimizer = torch.optim.SGD(model.parameters(), 2)  # the crowd stays where a lasso meets it

def fit(is_over):
    while not is_over():
        for bx, by in loader:
            logits = model(bx)
            loss = torch.nn.functional.cross_entropy(logits, by)
            optimizer.zero_grad(); loss.backward(); optimizer.step()
            recorder.log(logits, by)
            time.sleep(0.01)  # an honest batch takes longer than this one

def even_odd(corners, px, py):
    inside = np.zeros(len(px), bool)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1]):
        if y0 != y1:
            crosses = ((y0 <= py) != (y1 <= py))
            inside ^= crosses & (px < x0 + (py - y0) / (y1 - y0) * (x1 - x0))
    return inside

def caught(corners, size):
    \"\"\"Guids surely and perhaps inside of corners in fractions of the plot, y down.\"\"\"
    header, buffers = sent[datamap.selection.attrs["frame"]]
    assert header["chunks"] == 1
    cx, cy = (np.frombuffer(b, "<u2").astype(float) for b in buffers[:2])
    drawn = (cx <= 65533) & (cy <= 65533)
    px, py = cx / 65533 * size[0], (1 - cy / 65533) * size[1]
    pixels = [(fx * size[0], fy * size[1]) for fx, fy in corners]
    tries = [even_odd([(x + dx, y + dy) for x, y in pixels], px, py)
             for dx in (-1.5, 0, 1.5) for dy in (-1.5, 0, 1.5)]
    guid = frame.index.to_numpy()
    return guid[np.all(tries, 0) & drawn].tolist(), guid[np.any(tries, 0) & drawn].tolist()
"""
UNTIL_SELECTED = "fit(lambda: len(datamap.selection))"
UNTIL_TOLD = """
fit(lambda: Path("enough").exists())
in_time = len(datamap.selection)
"""
IN_A_THREAD = 'training = carto.start(lambda: fit(lambda: Path("enough").exists()))'
CANVAS = ".carto canvas"
# A pentagon that runs through the crowd, in fractions of the data's area; y runs down.
CORNERS = [(0.1, 0.3), (0.5, 0.2), (0.85, 0.5), (0.6, 0.9), (0.2, 0.75)]
EPOCH = "n => Number(document.querySelector('.carto')?.dataset.epoch || -1) >= n"
SELECTED = "() => Number(document.querySelector('.carto').dataset.selected) > 0"
CONFIRMED = "() => !document.querySelector('.carto-status').textContent.includes('cell ends')"
WAITS = "() => document.querySelector('.carto-status').textContent.includes('cell ends')"


@pytest.fixture(scope="module", params=["lab", "notebook"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with jupyter_server(tmp_path_factory.mktemp(request.param), app=request.param) as server:
        yield server


def draw_lasso(nb: NotebookPage) -> list[float]:
    """Draw the pentagon; the size of the data's area."""
    tab = nb.page
    nb.wait_parts()  # they take room from the map
    tab.locator(CANVAS).scroll_into_view_if_needed()
    while (seen := tab.evaluate(SETTLED)) != tab.evaluate(SETTLED):
        continue  # strips come and go with a glide, and the notebook scrolls
    left, top, x, y, width, height = seen
    first, *others = [(left + x + fx * width, top + y + fy * height) for fx, fy in CORNERS]
    tab.mouse.move(*first)
    tab.mouse.down()
    for corner in [*others, first]:
        tab.mouse.move(*corner, steps=5)
    tab.mouse.up()
    return [width, height]


def check_caught(nb: NotebookPage, size: list[float]) -> None:
    """The kernel's rows are those whose points stood inside, by a computation of our own."""
    nb.wait_kernel("len(datamap.selection)")  # the page has its own at once
    surely, perhaps = nb.evaluate(f"caught({CORNERS}, {size})")
    guids = nb.evaluate("datamap.selection.index.tolist()")
    assert len(surely) > 10
    assert set(surely) <= set(guids) <= set(perhaps)
    assert len(guids) < 300
    in_order = sorted(guids, key=lambda guid: int(guid[1:]))
    assert guids == in_order


def test_a_lasso_becomes_rows_while_the_cell_trains(server: Server, tab: Page) -> None:
    nb = server.open(tab, "live.ipynb", [SHOW, WATCH, UNTIL_SELECTED])
    nb.run_all(wait=False)
    nb.wait(EPOCH, 3)
    first = nb.frames()
    nb.wait_frames(first + 4)
    assert nb.is_running(2)
    size = draw_lasso(nb)
    nb.wait(SELECTED)
    nb.wait_cell(2)  # the loop itself has seen the selection
    check_caught(nb, size)
    assert nb.evaluate("datamap.selection.columns.tolist()")[:4] == [
        "text",
        "label",
        "gold",
        "prediction",
    ]
    nb.screenshot(server.root / "live.png")
    nb.close()


def test_a_reload_in_mid_training_brings_the_map_back(server: Server, tab: Page) -> None:
    nb = server.open(tab, "thread.ipynb", [SHOW, WATCH, IN_A_THREAD])
    nb.run_all()
    nb.wait(EPOCH, 3)
    assert nb.evaluate("training.is_running")
    size = draw_lasso(nb)
    nb.wait(SELECTED)
    check_caught(nb, size)
    caught = nb.evaluate("datamap.selection_count")
    nb.save()
    nb.reload()
    nb.wait_map()
    nb.wait("n => Number(document.querySelector('.carto').dataset.selected) === n", caught)
    nb.wait_frames(nb.frames() + 4)
    assert tab.get_attribute(".carto", "data-state") == "live"
    assert nb.evaluate("training.is_running")
    (server.root / "enough").touch()
    nb.wait("() => document.querySelector('.carto-status').textContent.includes('ended')")
    (server.root / "enough").unlink()
    nb.close()


def test_keys_on_the_map_leave_the_cells_alone(server: Server, tab: Page) -> None:
    nb = server.open(tab, "keys.ipynb", [SHOW, WATCH, "fit(lambda: recorder.epoch is not None)"])
    nb.run_all()
    nb.wait_frames(1)
    before = nb.cells()
    tab.locator(CANVAS).focus()
    for key in "abxmddy100":  # the application's own: insert, cut, delete, restart, ...
        tab.keyboard.press(key)
    assert nb.cells() == before
    assert tab.locator(".jp-Dialog").count() == 0
    nb.close()


def test_on_a_page_of_many_maps_each_keeps_its_axes(server: Server, tab: Page) -> None:
    more = ["carto.DataMap(recorder)"] * 10
    nb = server.open(tab, "many.ipynb", [SHOW, *more])
    for i in range(1 + len(more)):
        nb.run_cell(i)
        tab.locator(".jp-Notebook .jp-Cell").nth(i).scroll_into_view_if_needed()
        shown = """n => [...document.querySelectorAll('.carto')]
                         .filter(map => Number(map.dataset.frames) > 0).length === n"""
        nb.wait(shown, i + 1)
    first = tab.locator(".carto").first
    first.scroll_into_view_if_needed()
    expect(first.locator(".carto-front .carto-tick").first).to_be_visible()
    with_axes = first.screenshot()
    tab.add_style_tag(content=".carto-front { display: none !important; }")
    assert first.screenshot() != with_axes  # the axes had been painted
    nb.close()


def test_a_restarted_kernel_is_said_on_the_map(server: Server, tab: Page) -> None:
    nb = server.open(tab, "restart.ipynb", [SHOW])
    nb.run_all()
    nb.wait_frames(1)
    tab.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel().then(() => 1)"
    )
    nb.wait("() => document.querySelector('.carto-headline').textContent.startsWith('kernel gone')")
    nb.close()


def test_without_subshells_frames_flow_and_the_lasso_waits(tab: Page, tmp_path: Path) -> None:
    with jupyter_server(tmp_path, subshells=False) as server:
        nb = server.open(tab, "nb.ipynb", [SHOW, WATCH, UNTIL_TOLD])
        nb.run_all(wait=False)
        nb.wait(EPOCH, 3)
        size = draw_lasso(nb)
        nb.wait(WAITS)  # the map says so
        nb.wait_frames(nb.frames() + 3)
        assert nb.is_running(2)
        (tmp_path / "enough").touch()
        nb.wait_cell(2)
        nb.wait(CONFIRMED)
        assert nb.evaluate("in_time") == 0
        check_caught(nb, size)
        nb.close()


def test_a_saved_notebook_shows_the_map_where_nothing_ran(tab: Page, tmp_path: Path) -> None:
    rows = [0, 7, 299]
    select = f"datamap.select(frame.index[{rows}])"
    train = "fit(lambda: (recorder.epoch or 0) >= 3)\nrecorder.close()"
    with jupyter_server(tmp_path, save_state=True) as server:
        nb = server.open(tab, "nb.ipynb", [SHOW, WATCH, select, train])
        nb.run_all()
        nb.wait("() => document.querySelector('.carto-status').textContent.includes('ended')")
        epoch = nb.evaluate("recorder.dynamics.epochs.tolist()")[-1]
        nb.wait(EPOCH, epoch)
        nb.wait_kernel("datamap.snapshot['status']['word'] == 'ended'")
        nb.save()
        nb.close()
    with jupyter_server(tmp_path, save_state=True) as server:  # its kernel has run nothing
        nb = server.open(tab, "nb.ipynb")
        nb.wait_map()
        nb.wait_frames(1)
        assert tab.get_attribute(".carto", "data-state") in ("saved", "disconnected")
        assert tab.get_attribute(".carto", "data-epoch") == str(epoch)
        assert tab.get_attribute(".carto", "data-selected") == str(len(rows))
        nb.screenshot(tmp_path / "saved.png")
        nb.close()
