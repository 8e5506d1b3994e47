"""The quickstart in a real JupyterLab in headless Chromium, looked at as a user would."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from nbformat import read as read_notebook
from nbformat.sign import NotebookNotary
from playwright.sync_api import sync_playwright

from carto_widget.demo import notebook
from carto_widget.demo.browser import NotebookPage, lasso, launch_chromium
from carto_widget.demo.server import PATIENCE, jupyter

Say = Callable[[str], None]

N_REVIEWS = 3708
WRITTEN = ("quickstart.ipynb", "map.png", "table.csv")
LEAST_FRAMES = 20
LASSO_EPOCH = 6  # by then the corner stands apart, and half of the training is still to come
CANVAS = ".carto canvas"
# Round the bottom left corner, as a hand draws it: fractions of the plot, from its top left.
CORNER = [(0.02, 0.66), (0.2, 0.64), (0.34, 0.7), (0.38, 0.84), (0.32, 0.97), (0.15, 0.99)]
SETTINGS: dict[str, dict[str, object]] = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
}


class DemoFailed(Exception):
    """The run ended, but not everything was as it should be."""


@dataclass(frozen=True)
class Corner:
    """What Python had of the lasso.

    Attributes:
        rows: how many rows.
        inside: their mean confidence.
        outside: that of the rest.
        in_time: whether the training still ran after the rows were there.
    """

    rows: int
    inside: float
    outside: float
    in_time: bool


@dataclass(frozen=True)
class Quickstart:
    """The quickstart, open in a page; cells are named by their ids."""

    page: NotebookPage
    cell_ids: list[str]

    def run_through(self, cell: str, *, after: str | None = None) -> None:
        """Run the code cells behind ``after`` (default: from the first) through ``cell``."""
        first = 0 if after is None else self.cell_ids.index(after) + 1
        for index in range(first, self.cell_ids.index(cell) + 1):
            self.page.run_cell(index)
            error = self.page.page.evaluate(_ERROR_OF_CELL, index)
            if error:
                raise DemoFailed(f"cell {self.cell_ids[index]}: {error}")

    def is_training(self) -> bool:
        return bool(self.page.evaluate("training.is_running"))

    def show_map(self) -> None:
        js = "() => document.querySelector('.carto').scrollIntoView({ block: 'center' })"
        self.page.page.evaluate(js)

    def map_screenshot(self, path: Path) -> None:
        self.page.page.locator(".carto").screenshot(path=path)
        self.page.check()


@contextlib.contextmanager
def quickstart(
    *, of: Path | None = None, scale: float = 1, say: Say = print
) -> Iterator[Quickstart]:
    """The quickstart in a JupyterLab of its own, that saves widgets with the notebook.

    Args:
        of: Another notebook.
        scale: Device pixels per CSS pixel.
        say: Is told each stage.
    """
    opened = of or notebook()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        root = folder / "notebooks"
        root.mkdir()
        shutil.copy(opened, root)
        token = secrets.token_hex()
        server = stack.enter_context(
            jupyter(root, home=folder / "home", token=token, settings=SETTINGS)
        )
        browser = launch_chromium(stack.enter_context(sync_playwright()))
        stack.callback(browser.close)
        tab = browser.new_page(viewport={"width": 1280, "height": 1000}, device_scale_factor=scale)
        tab.set_default_timeout(PATIENCE * 1000)
        page = NotebookPage(tab, server, opened.name)
        say(f"opened {opened.name} in JupyterLab")
        cells = json.loads(opened.read_text(encoding="utf-8"))["cells"]
        yield Quickstart(page, [cell["id"] for cell in cells])
        page.close()


def headless(output: Path, say: Say = print) -> None:
    """Run the quickstart, drive its map by mouse while it trains, and keep what came of it.

    Args:
        output: The folder that gets ``quickstart.ipynb`` (executed, with the map),
            ``map.png`` (the live map, while training ran) and ``table.csv`` (a row a sentence).
        say: Is told each stage.

    Raises:
        DemoFailed: Something that should have been seen was not; the message says what.
    """
    output.mkdir(parents=True, exist_ok=True)
    for name in WRITTEN:
        (output / name).unlink(missing_ok=True)
    with quickstart(say=say) as run:
        began = start_training(run, say)
        wait_for_epoch(run, LASSO_EPOCH, say)
        corner = select_corner(run, say)
        run.map_screenshot(output / "map.png")
        is_live = run.is_training()
        say("took the screenshot")
        drawn = drawn_until_the_end(run)
        seconds = time.monotonic() - began
        say(f"training ended after {seconds:.0f} s; {drawn} frames drawn meanwhile")
        by_epoch = Counter(run.page.page.evaluate("() => Object.values(window.cartoFrames)"))
        say(f"frames by epoch: {', '.join(f'{k}: {n}' for k, n in by_epoch.items())}")
        run_to_the_end(run, output, say)
    n_rows = len(pd.read_csv(output / "table.csv"))
    expected = {
        f"at least {LEAST_FRAMES} frames during training": drawn >= LEAST_FRAMES,
        "several frames within one epoch": max(by_epoch.values(), default=0) >= 3,
        "the rows inside the lasso before training ended": corner.rows > 0 and corner.in_time,
        "less confidence inside the lasso than outside": corner.inside < corner.outside,
        "a screenshot while training ran": is_live,
        f"{N_REVIEWS} rows in table.csv, not {n_rows}": n_rows == N_REVIEWS,
    }
    missed = [what for what, is_so in expected.items() if not is_so]
    if missed:
        raise DemoFailed("expected " + "; ".join(missed))


def start_training(run: Quickstart, say: Say) -> float:
    """Run the cells as far as ``carto.start``; when the training began, by the monotonic clock."""
    run.run_through("map")
    run.page.wait_map()
    run.page.page.evaluate(_COUNT_FRAMES)
    say("the map is in its cell, empty")
    run.run_through("train", after="map")
    run.show_map()
    say("training began, in a thread; the cell has returned")
    return time.monotonic()


def wait_for_epoch(run: Quickstart, epoch: int, say: Say) -> None:
    """Wait until the map draws frames of that epoch while the training runs."""
    is_shown = "e => Number(document.querySelector('.carto').dataset.epoch ?? -1) >= e"
    for each in range(epoch + 1):  # a slow machine has its time for every one of them
        run.page.wait(is_shown, each)
    say(f"{run.page.frames()} frames drawn, epoch {epoch} on screen")


def select_corner(run: Quickstart, say: Say) -> Corner:
    """Draw a lasso round the hard-to-learn corner by mouse, and ask Python for its rows."""
    run.show_map()
    lasso(run.page.page, CANVAS, corner_on_screen(run))
    run.page.wait("() => Number(document.querySelector('.carto').dataset.selected ?? 0) > 0")
    end = time.monotonic() + PATIENCE
    while True:
        corner = Corner(**run.page.evaluate(_SELECTED))
        if corner.rows or not corner.in_time or time.monotonic() > end:
            break
        run.page.page.wait_for_timeout(50)
    say(
        f"lasso by mouse while it trains: {corner.rows} rows in Python, "
        f"mean confidence {corner.inside:.3f}, of the rest {corner.outside:.3f}"
    )
    run.run_through("lasso", after="train")
    run.show_map()
    return corner


def corner_on_screen(run: Quickstart) -> list[tuple[float, float]]:
    """The corner in fractions of the canvas, whose plot may be a part of it."""
    js = """() => {
      const canvas = document.querySelector('.carto canvas');
      const box = canvas.getBoundingClientRect();
      const plot = document.querySelector('.carto').dataset.plot?.split(' ').map(Number);
      return [box.width, box.height, ...(plot ?? [0, 0, box.width, box.height])]; }"""
    width, height, x, y, w, h = run.page.page.evaluate(js)
    return [((x + fx * w) / width, (y + fy * h) / height) for fx, fy in [*CORNER, CORNER[0]]]


def drawn_until_the_end(run: Quickstart) -> int:
    """Wait for the training's end; how many frames had been drawn when it last still ran."""
    during = 0
    while True:
        drawn = run.page.frames()
        if not run.is_training():
            return during
        during = drawn
        run.page.page.wait_for_timeout(250)


def run_to_the_end(run: Quickstart, output: Path, say: Say) -> None:
    """Run the cells that are left, save, and keep the notebook and the table."""
    run.run_through(run.cell_ids[-1], after="lasso")
    run.show_map()
    run.page.wait("() => document.querySelector('.carto-status').textContent.includes('ended')")
    say("ran the cells that are left")
    target = str((output / "table.csv").resolve())
    run.page.evaluate(f"everything[['text']].join(table).to_csv({target!r})")
    run.page.save()
    saved = output / notebook().name
    shutil.copy(run.page.server.root / saved.name, saved)
    NotebookNotary().sign(read_notebook(saved, as_version=4))  # it ran here: Jupyter may trust it


_ERROR_OF_CELL = """i => {
  const cell = window.jupyterapp.shell.currentWidget.content.widgets[i].model.sharedModel;
  const error = cell.getOutputs?.().find(output => output.output_type === 'error');
  return error ? `${error.ename}: ${error.evalue}` : null; }"""
_COUNT_FRAMES = """() => {
  const root = document.querySelector('.carto');
  window.cartoFrames = {};  // epoch by number of the frame
  const drawn = () => { window.cartoFrames[root.dataset.frames] = root.dataset.epoch; };
  new MutationObserver(drawn).observe(root, { attributeFilter: ['data-frames'] }); }"""
_SELECTED = """(lambda corner, table: {
    'rows': len(corner),
    'inside': float(corner['confidence'].mean()),
    'outside': float(table['confidence'].drop(corner.index).mean()),
    'in_time': training.is_running,
})(datamap.selection, carto.table(recorder))"""
