"""A notebook open in JupyterLab or Notebook 7 in Chromium, driven as a user would."""

from __future__ import annotations

import ast
import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Playwright

from carto_widget.demo.server import PATIENCE, Address

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGS = [
    "--no-sandbox",  # needed where it runs as root
    "--disable-gpu",  # software compositor: a third less CPU than compositing on SwiftShader
    "--enable-unsafe-swiftshader",  # WebGL2 in software, the same picture on every machine
    "--force-color-profile=srgb",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """The path of a Chromium: $CHROMIUM, or one on the PATH."""
    names = (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES)
    return next((path for name in names if name and (path := shutil.which(name))), None)


def launch_chromium(p: Playwright, *, headless: bool = True) -> Browser:
    """Start `chromium()`, or, where there is none, the one that Playwright installed."""
    return p.chromium.launch(executable_path=chromium(), headless=headless, args=CHROMIUM_ARGS)


class PageFailed(AssertionError):
    """Our code in the page reported an error."""


class WatchedPage:
    """A page whose waits end at once when it reports an error."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", self._on_page_error)
        page.on("console", self._on_console)

    def is_ours(self, text: str) -> bool:
        """Does this error count?"""
        return True

    def check(self) -> None:
        """Raise `PageFailed` with the errors that came."""
        if self.errors:
            raise PageFailed("\n".join(self.errors))

    def wait(self, condition: str, arg: object = None, timeout: float = PATIENCE) -> None:
        """Wait until a JavaScript function gives something true."""
        end = time.monotonic() + timeout
        while not self._holds(condition, arg):
            if time.monotonic() > end:
                raise TimeoutError(f"not true within {timeout} s: {condition}")
            self.page.wait_for_timeout(50)

    def _holds(self, condition: str, arg: object) -> bool:
        try:
            holds = bool(self.page.evaluate(condition, arg))
        except Error as error:
            if "context was destroyed" not in error.message:  # the page is being loaded
                raise
            holds = False
        self.check()
        return holds

    def _on_page_error(self, error: Error) -> None:
        self._take(f"{error.message}\n{error.stack or ''}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._take(f"{message.text} ({message.location['url']})")

    def _take(self, text: str) -> None:
        if self.is_ours(text):
            self.errors.append(text)


class NotebookPage(WatchedPage):
    """A notebook, driven through the application's own commands."""

    def __init__(self, page: Page, server: Address, name: str) -> None:
        super().__init__(page)
        self.server = server
        lab = server.app == "lab"
        where = f"lab/workspaces/own/tree/{name}?reset&" if lab else f"notebooks/{name}?"
        page.goto(f"{server.base}/{where}token={server.token}", wait_until="commit")
        self._wait_open()

    def is_ours(self, text: str) -> bool:
        """anywidget loads our module from a blob: address; the apps have errors of their own."""
        return any(word in text for word in ("blob:", "anywidget", "jupyter-widgets"))

    def _wait_open(self) -> None:
        self.wait("() => window.jupyterapp?.started.then(() => true)")
        self.wait("() => document.querySelector('.jp-Notebook .jp-Cell') !== null")
        self.wait("""() => window.jupyterapp.shell.currentWidget
                           ?.sessionContext?.session?.kernel?.connectionStatus === 'connected'""")

    def command(self, name: str, args: dict[str, Any] | None = None, *, wait: bool = True) -> None:
        """Run one of the application's commands; with ``wait=False`` return at once."""
        js = "([name, args]) => window.jupyterapp.commands.execute(name, args)"
        js = f"a => ({js})(a).then(() => true)" if wait else f"a => {{ ({js})(a); }}"
        self.page.evaluate(js, [name, args or {}])
        if wait:
            self.check()

    def run_all(self, *, wait: bool = True) -> None:
        self.command("notebook:run-all-cells", wait=wait)

    def run_cell(self, index: int, *, wait: bool = True) -> None:
        """Run a cell, counted from 0; with ``wait`` until it has ended."""
        self.page.evaluate(
            "i => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = i; }", index
        )
        self.command("notebook:run-cell", wait=wait)

    def is_running(self, index: int) -> bool:
        """Has the cell the prompt ``[*]``? (The kernel's status says idle while subshells answer.)

        A queued cell has it, too.
        """
        return bool(self.page.evaluate(_PROMPT, index))

    def wait_cell(self, index: int) -> None:
        """Wait until the cell has ended."""
        self.wait(f"i => !({_PROMPT})(i)", index)

    def wait_map(self) -> None:
        """Wait until the map stands in the page."""
        self.wait("() => document.querySelector('.carto canvas') !== null")

    def frames(self) -> int:
        """How many frames the map has drawn."""
        return int(self.page.evaluate("() => document.querySelector('.carto').dataset.frames"))

    def wait_frames(self, n: int, timeout: float = PATIENCE) -> None:
        """Wait until the map has drawn n frames."""
        js = "n => Number(document.querySelector('.carto')?.dataset.frames ?? 0) >= n"
        self.wait(js, n, timeout)

    def screenshot(self, path: Path) -> None:
        self.page.screenshot(path=path)
        self.check()

    def reload(self) -> None:
        """Reload the page; the kernel goes on."""
        self.page.reload(wait_until="commit")
        self._wait_open()

    def save(self) -> None:
        self.command("docmanager:save")

    def close(self) -> None:
        """Shut the kernel down and leave the page (do it before the server stops)."""
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown().then(() => true)"
        )
        self.check()
        self.page.goto("about:blank")

    def evaluate(self, expression: str) -> Any:
        """Value of a Python expression in the kernel, through JSON; waits for a running cell.

        Raises:
            RuntimeError: The expression raised.
        """
        got = self.page.evaluate(_EVALUATE, f"__import__('json').dumps({expression})")
        if got["status"] != "ok":
            raise RuntimeError(f"{got.get('ename')}: {got.get('evalue')}")
        return json.loads(ast.literal_eval(got["data"]["text/plain"]))


_PROMPT = """i => document.querySelectorAll('.jp-Notebook .jp-Cell')[i]
                 .querySelector('.jp-InputArea-prompt').textContent.includes('*')"""
_EVALUATE = """async code => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const reply = await kernel.requestExecute({
    code: '', silent: true, store_history: false, user_expressions: { v: code } }).done;
  return reply.content.user_expressions.v; }"""


def lasso(
    page: Page, canvas: str, points: Sequence[tuple[float, float]], *, steps: int = 5
) -> None:
    """Drag the mouse along ``points``, given as fractions of the canvas' box."""
    box = page.locator(canvas).bounding_box()
    if box is None:
        raise ValueError(f"{canvas!r} is not on the page: nothing to draw a lasso on")
    xy = [(box["x"] + fx * box["width"], box["y"] + fy * box["height"]) for fx, fy in points]
    page.mouse.move(*xy[0])
    page.mouse.down()
    for x, y in xy[1:]:
        page.mouse.move(x, y, steps=steps)
    page.mouse.up()
