"""A Jupyter server on 127.0.0.1 and a notebook in headless Chromium, for tests.

The driving itself is the demo's, in ``carto_widget.demo``; here is what only tests need.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from carto_widget.demo.browser import NotebookPage as _NotebookPage
from carto_widget.demo.browser import PageFailed, WatchedPage, lasso, launch_chromium
from carto_widget.demo.server import PATIENCE, Address, jupyter

__all__ = [
    "PATIENCE",
    "TOKEN",
    "NotebookPage",
    "PageFailed",
    "Server",
    "WatchedPage",
    "centre_pixel",
    "jupyter_server",
    "lasso",
    "launch_chromium",
]

TOKEN = "test-token"


@dataclass(frozen=True)
class Server(Address):
    def open(self, page: Page, name: str, cells: list[str] | None = None) -> NotebookPage:
        """Open a notebook, written anew if ``cells`` are given."""
        if cells is not None:
            (self.root / name).write_text(_notebook(cells))
        return NotebookPage(page, self, name)


def _notebook(cells: list[str]) -> str:
    code: dict[str, object] = {
        "cell_type": "code",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
    }
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": kernelspec},
            "cells": [code | {"id": f"cell-{i}", "source": c} for i, c in enumerate(cells)],
        }
    )


@contextlib.contextmanager
def jupyter_server(
    root: Path,
    *,
    app: str = "lab",
    save_state: bool = False,
    subshells: bool = True,
    settings: dict[str, dict[str, object]] | None = None,
    env: dict[str, str] | None = None,
) -> Iterator[Server]:
    """A server whose files, config and runtime live under ``root``.

    ``save_state``: widgets' state is saved with the notebook (by default Jupyter does not).
    ``subshells=False``: widget messages go to the main shell, as in older Jupyter.
    ``settings``: any other user settings, by plugin id.
    """
    all_settings: dict[str, dict[str, object]] = {
        "@jupyterlab/apputils-extension:notification": {
            "fetchNews": "false",
            "checkForUpdates": False,
        },
        "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": save_state},
        "@jupyterlab/apputils-extension:kernels-settings": {
            "commsOverSubshells": "perCommTarget" if subshells else "disabled"
        },
        **(settings or {}),
    }
    home = root / ".jupyter-test"
    with jupyter(root, home=home, token=TOKEN, app=app, settings=all_settings, env=env) as address:
        yield Server(address.root, address.app, address.base, address.token)


class NotebookPage(_NotebookPage):
    """A notebook open in JupyterLab or Notebook 7, and what tests alone ask of it."""

    def is_ours(self, text: str) -> bool:
        """In a notebook opened again Jupyter may look for a widget before it asks the kernel."""
        return super().is_ours(text) and "widget model not found" not in text

    def wait_parts(self) -> None:
        """Wait until the second part of the front end has joined the map: a kernel sends it."""
        self.wait("() => document.querySelector('.carto')?.dataset.parts === 'all'")

    def wait_kernel(self, expression: str) -> None:
        """Wait until a Python expression is true in the kernel."""
        end = time.monotonic() + PATIENCE
        while not self.evaluate(f"bool({expression})"):
            assert time.monotonic() < end, f"not true within {PATIENCE} s: {expression}"
            self.page.wait_for_timeout(50)

    def cells(self) -> list[list[str]]:
        """Type and text of every cell."""
        js = """() => Array.from(window.jupyterapp.shell.currentWidget.content.model.cells,
                                 c => [c.type, c.sharedModel.getSource()])"""
        cells: list[list[str]] = self.page.evaluate(js)
        return cells

    def dark_theme(self, on: bool = True) -> None:
        theme = "JupyterLab Dark" if on else "JupyterLab Light"
        self.command("apputils:change-theme", {"theme": theme})
        self.wait(
            "light => document.body.dataset.jpThemeLight === light", "false" if on else "true"
        )


def centre_pixel(page: Page, canvas: str) -> list[int]:
    """Red, green, blue and alpha in the middle of a WebGL2 canvas that keeps its drawing buffer."""
    js = """selector => {
      const canvas = document.querySelector(selector);
      const gl = canvas.getContext('webgl2');
      const pixel = new Uint8Array(4);
      gl.readPixels(canvas.width / 2, canvas.height / 2, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
      return [...pixel]; }"""
    rgba: list[int] = page.evaluate(js, canvas)
    return rgba
