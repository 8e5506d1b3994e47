"""The map in every size and state, in one page to be looked at: ``make gallery``.

The kernel's side is a real `DataMap`, the browser's the real bundle; between them, in place of a
notebook, a bridge that carries their messages.
"""

from __future__ import annotations

import base64
import html
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import comm
import numpy as np
import pandas as pd
from jupyter_driver import PATIENCE, launch_chromium
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab
from widget_page import Page

from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.views.view import View
from carto_widget.widget.datamap import DataMap

ROOT = Path(__file__).resolve().parent.parent
LABELS = ["negative", "positive"]
EPOCHS = 8
SETTLED = 0.4  # s without a message and with all drawn, after which a picture stands
IS_STILL = """() => document.querySelector('.carto[data-drawn=all][data-parts=all]')
  && !document.querySelector('.carto-missing')?.textContent
  && !document.querySelector('.carto-review')?.textContent.includes('being looked for')
  && document.getAnimations().every(({ playState }) => playState !== 'running')"""
OPENS = {"ask": "id", "select": "operation"}  # what is answered, and by which of its names
HEIGHTS = {400: 460, 800: 520, 1600: 720}


def learned(n: int, seed: int = 0) -> TrainingDynamics:
    """What n samples might be like that are learned in eight epochs: most soon, some late, some
    never, a tenth of them now and then."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(4, n, p=[0.62, 0.18, 0.1, 0.1])
    start = rng.normal(0, 0.6, n)
    gain = np.array([1.1, 0.5, -0.35, 0.15])[kind] * rng.gamma(4, 0.25, n)
    wobble = np.array([0.5, 0.9, 0.4, 2.2])[kind]
    epochs = np.arange(1, EPOCHS + 1)[:, None]
    margin = start + gain * np.sqrt(epochs) * 2.2 + wobble * rng.normal(0, 1, (EPOCHS, n))
    gold = rng.integers(0, 2, n)
    return TrainingDynamics.from_arrays(
        gold=gold,
        loss=np.log1p(np.exp(-margin)),
        margin=margin,
        other_label=np.broadcast_to(1 - gold, margin.shape),
        label_names=LABELS,
    )


def reviews(n: int) -> pd.DataFrame:
    """A column of texts, one of numbers and one of categories."""
    kept = pd.read_parquet(ROOT / "carto_widget" / "demo" / "amazon_snippets.parquet")
    texts = kept.iloc[np.arange(n) % len(kept)].reset_index(drop=True)
    return texts.assign(words=[len(str(text).split()) for text in texts["text"]])


@dataclass(frozen=True)
class Scene:
    """One state of the map, at some widths and in some themes."""

    name: str
    source: Callable[[], Any]
    samples: Callable[[], pd.DataFrame | None] = lambda: None
    act: Callable[[Any], None] = lambda shown: None
    view: Any = None
    widths: tuple[int, ...] = (800,)
    themes: tuple[str, ...] = ("light", "dark")
    height: int | None = None


class Shown:
    """A map of the kernel's in a page, and what its user does there."""

    def __init__(self, tab: Tab, datamap: DataMap) -> None:
        self.tab, self.datamap, self._heard, self._said = tab, datamap, 0, 0
        self._open: set[str] = set()  # what Python was told and has not answered
        state = {"height": datamap.height, "snapshot": None}
        tab.evaluate("state => mountWidget(state)", state)

    def carry(self) -> bool:
        """Carry the messages that wait, both ways; true if there were any."""
        page: Any = self.datamap.comm
        news = page.messages[self._heard :]
        self._heard += len(news)
        for content, buffers in news:
            self._open.discard(content.get("ask", content.get("operation")))
            packed = [base64.b64encode(bytes(buffer)).decode() for buffer in buffers]
            self.tab.evaluate(
                "([content, packed]) => widget.model.receive(content, packed.map(text =>"
                " Uint8Array.from(atob(text), letter => letter.charCodeAt(0))))",
                [content, packed],
            )
        said = self.tab.evaluate(
            "from => widget.model.sent.slice(from).map(({content, buffers}) =>"
            " [content, buffers.map(b => [...new Uint8Array(b.buffer ?? b)])])",
            self._said,
        )
        self._said += len(said)
        for content, buffers in said:
            if content["kind"] in OPENS:
                self._open.add(content[OPENS[content["kind"]]])
            page.say(content, *(bytes(buffer) for buffer in buffers))
        return bool(news or said)

    def settle(self) -> None:
        """Carry messages until all is answered, none has come for a while and nothing moves."""
        end = time.monotonic() + PATIENCE
        quiet = time.monotonic()
        while time.monotonic() - quiet < SETTLED:
            assert time.monotonic() < end, f"the map does not come to rest: {self._open}"
            if self.carry() or self._open or not self.tab.evaluate(IS_STILL):
                quiet = time.monotonic()
            self.tab.wait_for_timeout(25)

    def corner(self, fx: float, fy: float) -> tuple[float, float]:
        """Where a place of the plot, in fractions, is in the page."""
        canvas = self.tab.locator(".carto canvas").first
        box, plot = canvas.bounding_box(), canvas.get_attribute("data-plot")
        assert box is not None
        assert plot is not None
        x, y, width, height = map(float, plot.split())
        return box["x"] + x + fx * width, box["y"] + y + (1 - fy) * height

    def lasso(self, corners: list[tuple[float, float]]) -> None:
        """Draw a ring with the mouse."""
        self.tab.mouse.move(*self.corner(*corners[0]))
        self.tab.mouse.down()
        for at in corners[1:]:
            self.tab.mouse.move(*self.corner(*at), steps=4)
        self.tab.mouse.up()
        self.settle()

    def press(self, *keys: str) -> None:
        """Press keys on the map."""
        self.tab.locator(".carto canvas").first.focus()
        for key in keys:
            self.tab.keyboard.press(key)
            self.settle()


CORNER = [(0.02, 0.02), (0.45, 0.02), (0.6, 0.32), (0.25, 0.42), (0.02, 0.3)]


def three_on_one_spot() -> pd.DataFrame:
    """Three rows at one place, in three colours."""
    return pd.DataFrame({"x": [0.5] * 3, "y": [0.5] * 3, "which": ["a", "b", "c"]})


def lassoed(shown: Shown) -> None:
    """The hard corner is selected."""
    shown.lasso(CORNER)


def listed(shown: Shown) -> None:
    """The hard corner is selected and listed."""
    shown.lasso(CORNER)
    shown.press("c")


def scrubbed(shown: Shown) -> None:
    """Two epochs back."""
    shown.press("[", "[")


def hovered(shown: Shown) -> None:
    """The pointer rests on a point."""
    shown.tab.mouse.move(*shown.corner(0.62, 0.5))
    shown.settle()


def filtered(shown: Shown) -> None:
    """A question in the filter bar."""
    shown.press("/")
    shown.tab.keyboard.type('confidence < 0.6 and gold = "positive"')
    shown.tab.keyboard.press("Enter")
    shown.settle()


def choosing(shown: Shown) -> None:
    """The view menu is open."""
    shown.press("v")


def reviewing(shown: Shown) -> None:
    """Four samples are decided on, the fifth is in hand."""
    shown.datamap.review(reviewer="ada")
    shown.settle()
    for key in "ksdu":
        shown.tab.keyboard.press(key)
        shown.settle()


def making_a_class(shown: Shown) -> None:
    """A new class is being named."""
    reviewing(shown)
    shown.tab.keyboard.press("n")
    shown.tab.keyboard.type("mixed")
    shown.settle()


def many_classes() -> pd.DataFrame:
    """Thirty classes, dates and numbers."""
    rng = np.random.default_rng(3)
    n = 2000
    return pd.DataFrame(
        {
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, n), "D"),
            "price": rng.gamma(2, 30, n),
            "kind": [f"kind {k}" for k in np.minimum(rng.geometric(0.15, n), 30)],
        }
    )


def rated() -> pd.DataFrame:
    """Two thousand rows of a class, a date and whole numbers from 1 to 5."""
    rng = np.random.default_rng(5)
    table = many_classes()
    return table.assign(
        stars=rng.integers(1, 6, len(table)),
        channel=rng.choice(["web", "store", "telephone"], len(table)),
    )


def unfolded(shown: Shown) -> None:
    """The classes that have no room are open."""
    shown.tab.get_by_role("button", name="more", exact=False).filter(has_text="and").click()


def wide_table() -> pd.DataFrame:
    """Thirty columns: long names, dates, numbers, a text."""
    rng = np.random.default_rng(7)
    table = reviews(2000).assign(
        written=pd.Timestamp("2023-02-11") + pd.to_timedelta(rng.integers(0, 500, 2000), "D"),
        average_purchase_price_last_year=rng.gamma(2, 30, 2000),
        variability_of_the_answers=rng.random(2000),
    )
    return table.assign(**{f"feature_{k:02}": rng.normal(size=2000) for k in range(24)})


def pointed(shown: Shown) -> None:
    """The list is open, and the pointer on a point near the bottom right corner."""
    shown.press("c")
    shown.tab.mouse.move(*shown.corner(0.6, 0.3))
    shown.settle()


def broken(shown: Shown) -> None:
    """Python says what has failed."""
    said = {"protocol": 1, "kind": "error", "text": "ValueError: the recorder is gone"}
    shown.tab.evaluate("said => widget.model.receive(said)", said)


usual: dict[str, Any] = {"source": partial(learned, 3708), "samples": partial(reviews, 3708)}
SCENES = [
    Scene("3708", **usual, widths=(400, 800, 1600)),
    Scene("selected", **usual, act=lassoed, widths=(400, 800)),
    Scene("list", **usual, act=listed, widths=(400, 800, 1600)),
    Scene("scrubbed", **usual, act=scrubbed),
    Scene("hover", **usual, act=hovered),
    Scene("error", **usual, act=broken),
    Scene("filtered", **usual, act=filtered, widths=(400, 800)),
    Scene("view menu", **usual, act=choosing, widths=(400, 800)),
    Scene("review", **usual, act=reviewing, widths=(400, 800, 1600), height=740),
    Scene("new class", **usual, act=making_a_class, widths=(400, 1600), height=740),
    Scene("empty", partial(learned, 0)),
    Scene("1", partial(learned, 1)),
    Scene("3 on one spot", three_on_one_spot, view=View("x", "y", "which")),
    Scene("classes", many_classes, view=View("when", "price", "kind"), widths=(400, 800)),
    Scene(
        "all classes",
        many_classes,
        view=View("when", "price", "kind"),
        act=unfolded,
        widths=(400, 800),
    ),
    Scene(
        "many columns",
        wide_table,
        view=View("written", "average_purchase_price_last_year", "variability_of_the_answers"),
        act=pointed,
        widths=(400, 800, 1600),
    ),
    Scene("bands", rated, view=View("channel", "stars", "when"), widths=(400, 800)),
    Scene("100k", partial(learned, 100_000), widths=(400, 800, 1600)),
    Scene("1M", partial(learned, 1_000_000), widths=(800, 1600)),
]


@contextmanager
def opened(browser: Browser, scene: Scene, width: int, theme: str, site: str) -> Iterator[Shown]:
    """The scene in a page of this width and theme."""
    height = scene.height or HEIGHTS[width]
    tab = browser.new_page(viewport={"width": width, "height": height + 16})
    usual, comm.create_comm = comm.create_comm, Page
    kept = TemporaryDirectory()
    options: dict[str, Any] = {"height": height, "ledger": Path(kept.name) / "ledger.jsonl"}
    datamap = DataMap(scene.source(), samples=scene.samples(), view=scene.view, **options)
    try:
        tab.goto(f"{site}/tests/page/index.html")
        tab.wait_for_function("window.ready")
        tab.evaluate(
            "dark => { document.body.style.margin = '4px';"
            " document.body.style.background = dark ? '#151515' : '#fff'; }",
            theme == "dark",
        )
        shown = Shown(tab, datamap)
        shown.settle()
        scene.act(shown)
        shown.settle()
        yield shown
    finally:
        comm.create_comm = usual
        datamap.close()
        datamap._thread.join(PATIENCE)
        tab.close()
        kept.cleanup()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None: ...


@contextmanager
def served() -> Iterator[str]:
    """The project's files by http."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(ROOT))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def shots(browser: Browser, site: str, folder: Path, names: list[str]) -> list[Path]:
    """A picture of each scene named (of all where none is) at each of its widths and themes."""
    made = []
    for scene in SCENES:
        for width in scene.widths if not names or scene.name in names else ():
            for theme in scene.themes:
                with opened(browser, scene, width, theme, site) as shown:
                    made.append(folder / f"{scene.name}-{width}-{theme}.png")
                    shown.tab.screenshot(path=made[-1])
                    print(made[-1], flush=True)
    return made


def main(folder: Path, names: list[str]) -> None:
    """Take the pictures, and put them into one page."""
    folder.mkdir(exist_ok=True)
    with sync_playwright() as playwright, served() as site:
        browser = launch_chromium(playwright)
        made = shots(browser, site, folder, names)
        browser.close()
    figures = "".join(
        f'<figure><img src="{html.escape(path.name)}"><figcaption>{html.escape(path.stem)}'
        "</figcaption></figure>"
        for path in made
    )
    style = "body{font:14px sans-serif;background:#888}figure{display:inline-block;margin:8px}"
    (folder / "index.html").write_text(f"<meta charset=utf-8><style>{style}</style>{figures}")
    print(folder / "index.html")


if __name__ == "__main__":
    main(ROOT / "gallery-output", sys.argv[1:])
