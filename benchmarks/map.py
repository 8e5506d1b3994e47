"""The map in the browser beside other libraries: CPU of the page's main thread, in one run.

Run ``python benchmarks/map.py [--full]``; it installs the peers with npm the first time. Every
library gets the same points, in the form that it likes best, before the clock starts, and a page of
its own in headless Chromium, which has updated and panned twenty times before, as in a training.
CPU is that of the page's main thread, from its tasks in a trace; *longest* is the longest of these
tasks. With a million points and more the drawing of points itself is left out for all alike, so
that script and upload are compared and not the rasteriser, which is software here. Nothing is
asserted.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import bokeh
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
PEERS = ROOT / "benchmarks" / "map_peers"
BOKEH = Path(bokeh.__file__).parent / "server" / "static" / "js"
SCRIPTS = {
    "bokeh": ["/bokeh/bokeh.min.js", "/bokeh/bokeh-gl.min.js", "/bokeh/bokeh-api.min.js"],
    "plotly": ["/benchmarks/map_peers/node_modules/plotly.js-gl2d-dist-min/plotly-gl2d.min.js"],
}
FLAGS = [
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-gpu-watchdog",
    "--enable-blink-features=ForceEagerMeasureMemory",  # at once, not when it suits the browser
]
# a promise of the next selection, which costs the page nothing while it waits
SELECTED = """() => {
  const root = document.querySelector('.carto');
  window.selected = new Promise(done => {
    const changes = new MutationObserver(() => Number(root.dataset.selected) && done(true));
    changes.observe(root, { attributeFilter: ['data-selected'] });
  }); }"""
WARM = """async () => {
  for (let k = 1; k <= 20; k++) {
    await bench.update(k);
    await bench.pan(k);
  } }"""
REPEATS = 5
LIMIT = 120_000  # ms for one thing


@dataclass
class Spent:
    """CPU of one thing, in ms: the main thread's, its longest task, all workers', and wall time."""

    main: float
    longest: float
    workers: float
    wall: float


@dataclass
class Row:
    """What a library needed with so many points; None where it has no such thing."""

    name: str
    points: int
    update: Spent | None = None
    pan: Spent | None = None
    lasso: Spent | None = None
    hover: Spent | None = None
    uploaded: float = 0.0
    gpu: float | None = None  # MB of its textures and buffers
    held: float | None = None  # MB of its workers
    note: str = ""
    more: dict[str, str] = field(default_factory=dict)


class Server(SimpleHTTPRequestHandler):
    """The project, what was bundled, and Bokeh's scripts."""

    def __init__(self, *arguments: Any, bundled: Path, **options: Any) -> None:
        self._bundled = bundled
        super().__init__(*arguments, directory=str(ROOT), **options)

    def translate_path(self, path: str) -> str:
        for start, folder in {"/out/": self._bundled, "/bokeh/": BOKEH}.items():
            if path.startswith(start):
                return str(folder / path[len(start) :].split("?")[0])
        return super().translate_path(path)

    def end_headers(self) -> None:
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def do_GET(self) -> None:
        if not self.path.startswith("/page?"):
            return super().do_GET()
        name = self.path.removeprefix("/page?")
        scripts = "".join(f'<script src="{url}"></script>' for url in SCRIPTS.get(name, []))
        css = '<link rel="stylesheet" href="/carto_widget/static/widget.css">'
        body = (
            f'<!doctype html><meta charset="utf-8">{css if name == "carto" else ""}'
            f'<div id="plot" style="width:900px"></div>{scripts}'
            f'<script type="module" src="/out/{name}.js"></script>'
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextlib.contextmanager
def served(bundled: Path) -> Iterator[str]:
    """The address of the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, bundled=bundled))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def traced(browser: Browser, page: Page, do: Callable[[], object]) -> Spent:
    """What it cost, by the tasks in a trace of the page's threads."""
    browser.start_tracing(page=page, categories=["toplevel", "__metadata"])
    begun = page.evaluate("performance.now()")
    try:
        do()
        wall = page.evaluate("performance.now()") - begun
        page.wait_for_timeout(60)  # what follows upon it
    finally:
        events = json.loads(browser.stop_tracing())["traceEvents"]
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
    own = max(
        (key for key, name in names.items() if name == "CrRendererMain"),
        key=lambda key: sum(e.get("tdur", 0) for e in events if (e["pid"], e["tid"]) == key),
    )
    tasks: dict[str, list[float]] = {"main": [], "worker": []}
    for event in events:
        key = (event["pid"], event["tid"])
        if not event["name"].endswith("RunTask") or "tdur" not in event:
            continue
        if key == own:
            tasks["main"].append(event["tdur"] / 1e3)
        elif key[0] == own[0] and "Worker" in names.get(key, ""):
            tasks["worker"].append(event["tdur"] / 1e3)
    main = tasks["main"] or [0.0]
    return Spent(sum(main), max(main), sum(tasks["worker"]), wall)


def median(spent: list[Spent]) -> Spent:
    """The one in the middle by CPU, with the longest task of all."""
    middle = sorted(spent, key=lambda one: one.main)[len(spent) // 2]
    longest = statistics.median(one.longest for one in spent)
    return Spent(middle.main, longest, middle.workers, middle.wall)


def measured(browser: Browser, address: str, name: str, points: int, repeats: int) -> Row:
    """One library with so many points, in a page of its own."""
    row = Row(name, points)
    page = browser.new_page(
        viewport={"width": 1000, "height": 760}, device_scale_factor=1, reduced_motion="reduce"
    )
    page.set_default_timeout(LIMIT)
    try:
        page.goto(f"{address}/page?{name}")
        page.wait_for_function("Boolean(window.open_)")
        can = page.evaluate("([n, draws]) => open_(n, draws)", [points, points < 1_000_000])
        page.evaluate(WARM)
        page.wait_for_timeout(500)
        idle = median([traced(browser, page, lambda: None) for _ in range(3)])
        uploaded: list[float] = []

        def spent(do: Callable[[int], object], times: int = repeats) -> Spent:
            found = median([traced(browser, page, lambda k=k: do(k)) for k in range(times)])  # type: ignore[misc]  # bound now
            return Spent(max(0.0, found.main - idle.main), found.longest, found.workers, found.wall)

        row.update = spent(
            lambda k: uploaded.append(page.evaluate("k => bench.update(k + 1)", k) / points)
        )
        row.uploaded = statistics.median(uploaded)
        row.pan = spent(lambda k: page.evaluate("k => bench.pan(k)", k))
        if name == "carto":
            row.lasso, row.hover = lassoed(page, spent), hovered(page, spent)
        elif can["lasso"]:
            row.lasso = spent(lambda _: page.evaluate("bench.lasso()"), 3)
        row.gpu, row.held = page.evaluate("bench.memory()")
    except Exception as error:  # a peer that cannot do it does not end the table
        row.note = str(error).splitlines()[0][:90]
    finally:
        page.close()
    return row


def corner(page: Page, fraction: tuple[float, float]) -> tuple[float, float]:
    """Where a place in the data, in fractions of the plot, is in the page."""
    canvas = page.locator(".carto canvas").first
    box, plot = canvas.bounding_box(), canvas.get_attribute("data-plot")
    assert box is not None
    assert plot is not None
    x, y, width, height = map(float, plot.split())
    return box["x"] + x + fraction[0] * width, box["y"] + y + (1 - fraction[1]) * height


def lassoed(page: Page, spent: Callable[..., Spent]) -> Spent:
    """A lasso of 60 corners drawn by the mouse; measured is what follows on letting go."""
    ring = page.evaluate("ring")

    def let_go(_: int) -> None:
        page.mouse.up()
        page.evaluate("selected")

    def draw() -> None:
        page.keyboard.press("Escape")
        page.wait_for_function("document.querySelector('.carto').dataset.selected === '0'")
        page.evaluate(SELECTED)
        for k, (x, y) in enumerate([*ring, ring[0]]):
            page.mouse.move(*corner(page, (2 * x, y)))
            if k == 0:
                page.mouse.down()

    page.locator(".carto canvas").focus()
    page.keyboard.press("0")
    found = []
    for _ in range(3):
        draw()
        found.append(spent(let_go, 1))
    return median(found)


def hovered(page: Page, spent: Callable[..., Spent]) -> Spent:
    """The mouse moves to another place; measured until the point there is told."""
    page.keyboard.press("Escape")
    page.mouse.move(*corner(page, (0.5, 0.5)))
    page.wait_for_timeout(1000)  # the grid is built when frames have ceased
    found = []
    for k in range(5):
        to = corner(page, (0.3 + 0.07 * k, 0.6 + 0.03 * k))
        found.append(spent(lambda _, to=to: page.mouse.move(*to), 1))
        page.wait_for_function("!document.querySelector('.carto-tooltip').hidden")
    return median(found)


def sizes(bundled: Path) -> dict[str, int]:
    """Bytes of each library's script, minified and gzipped."""
    found: dict[str, int] = json.loads((bundled / "sizes.json").read_text())
    static = ROOT / "carto_widget" / "static"
    own = b"".join((static / name).read_bytes() for name in ("widget.js", "widget.css"))
    peers = b"".join((BOKEH / name).read_bytes() for name in ("bokeh.min.js", "bokeh-gl.min.js"))
    return found | {"carto": len(gzip.compress(own, 9)), "bokeh": len(gzip.compress(peers, 9))}


def text(spent: Spent | None, is_whole: bool = True) -> str:
    """Milliseconds; the longest task behind a stroke."""
    if spent is None:
        return "-"
    return f"{spent.main:.1f}" + (f" / {spent.longest:.0f}" if is_whole else "")


def megabytes(held: float | None) -> str:
    """Without decimals; nothing where it was not measured."""
    return "-" if held is None else f"{held:.0f}"


def show(points: int, rows: Iterable[Row], kilobytes: dict[str, int]) -> None:
    """A table of one number of points, each row as soon as it is measured."""
    print(f"\n{points:,} points; main-thread CPU in ms / longest task")
    print(
        f"  {'':8}{'update':>18}{'pan':>14}{'lasso':>18}{'B up/point':>12}"
        f"{'GPU MB':>9}{'worker MB':>11}{'gzip kB':>9}"
    )
    for row in rows:
        print(
            f"  {row.name:8}{text(row.update):>18}{text(row.pan):>14}{text(row.lasso):>18}"
            f"{row.uploaded:12.1f}{megabytes(row.gpu):>9}{megabytes(row.held):>11}"
            f"{kilobytes[row.name] / 1e3:9.0f}  {row.note}"
        )
        if row.lasso and row.hover:
            print(
                f"  {'':8}lasso: {row.lasso.workers:.0f} ms in the worker, {row.lasso.wall:.0f} ms "
                f"by the clock; hover {text(row.hover)} (worker {row.hover.workers:.1f})"
            )
        sys.stdout.flush()


def main(is_full: bool) -> None:
    if not (PEERS / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=PEERS, check=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        bundled = Path(folder)
        subprocess.run(["node", "build.mjs", folder], cwd=PEERS, check=True)
        kilobytes = sizes(bundled)
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        with served(bundled) as address:
            peers = ["carto", "deck", "three", "regl", "bokeh", "plotly"]
            timed = partial(measured, browser, address)
            show(100_000, (timed(p, 100_000, REPEATS) for p in peers), kilobytes)
            peers = [*peers[:-1], *(["pixi"] if is_full else [])]
            repeats = REPEATS if is_full else 3
            show(1_000_000, (timed(p, 1_000_000, repeats) for p in peers), kilobytes)
            if is_full:
                show(10_000_000, [timed("carto", 10_000_000, 3)], kilobytes)
        browser.close()


def chromium() -> str:
    """The browser that the tests drive."""
    found = subprocess.run([ROOT / ".ci" / "chromium"], check=True, capture_output=True, text=True)
    return found.stdout.strip()


if __name__ == "__main__":
    main("--full" in sys.argv[1:])
