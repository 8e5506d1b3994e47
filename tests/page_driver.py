"""The built module in a bare page: real pixels and real pointers, a fake kernel, no Jupyter."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from jupyter_driver import PATIENCE, WatchedPage

Shown = dict[str, Any]
LAST, WAITING, MISSING = 65533, 65534, 65535
MIDDLE = 32767
X = [6553, MIDDLE, 58980, WAITING, MISSING]
Y = [6553, MIDDLE, 58980, MIDDLE, MISSING]
RED, BLUE = [209, 72, 58], [80, 112, 219]  # correctness 1 and 0 on a light page

# Waits until three frames one after the other find canvas and plot in the same place: what is
# drawn makes room for its ticks a frame later, and what opens takes room from the map. Where the
# GPU is behind, the plot is that of the picture before.
SETTLED = """given => new Promise(done => {
  let [before, times] = ['', 0];
  const look = () => {
    const canvas = given ?? document.querySelector('.carto canvas');
    const { x, y, width, height } = canvas?.getBoundingClientRect() ?? {};
    const now = [x, y, width, height, canvas?.dataset.plot].join(' ');
    const isBehind = canvas?.closest('.carto').dataset.drawn === 'before';
    times = now === before && !isBehind ? times + 1 : 1;
    before = now;
    if (times === 3) done([x, y, ...(canvas?.dataset.plot ?? '').split(' ').map(Number)]);
    else requestAnimationFrame(look);
  };
  look(); })"""
PIXEL = """([fx, fy]) => {
  const canvas = document.querySelector('.carto canvas');
  const gl = canvas.getContext('webgl2');
  if (!canvas.dataset.plot) return [0, 0, 0, 0]; // not drawn on yet
  const [x, y, w, h] = canvas.dataset.plot.split(' ').map(Number);
  const scale = canvas.width / canvas.getBoundingClientRect().width;
  const [px, py] = [(x + fx * w) * scale, canvas.height - (y + (1 - fy) * h) * scale];
  const pixel = new Uint8Array(4);
  gl.readPixels(Math.round(px - 0.5), Math.round(py - 0.5), 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  return [...pixel]; }"""


# Takes the context away. The map has heard of it, and drawn; lost.restoreContext() gives it back.
LOSE_FOR_A_WHILE = """() => {
  const canvas = document.querySelector('.carto canvas');
  window.lost = canvas.getContext('webgl2').getExtension('WEBGL_lose_context');
  window.lost.loseContext();
  const twice = done => requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
  return new Promise(done => canvas.addEventListener('webglcontextlost', () => twice(done))); }"""
# Takes the context away, then the map out of sight, and only when that was seen back into it.
LOSE_FOR_GOOD = """() => {
  const canvas = document.querySelector('.carto canvas');
  const root = document.querySelector('#root');
  window.old = canvas;
  canvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext();
  return new Promise(done => {
    const sight = new IntersectionObserver(([entry]) => {
      if (entry.isIntersecting) { root.style.display = 'none'; return; }
      sight.disconnect();
      root.style.display = '';
      done(true);
    });
    sight.observe(canvas);
  }); }"""

# No animation frames in a tab out of sight; they come when it is seen again.
HIDE = """() => {
  const real = window.requestAnimationFrame;
  const waiting = [];
  window.requestAnimationFrame = draw => waiting.push(draw);
  window.see = () => {
    window.requestAnimationFrame = real;
    for (const draw of waiting.splice(0)) real(draw);
  }; }"""
# Timers of so many ms stand still until they are told to end: then no test has to be fast enough.
HELD = """ms => {
  const { setTimeout: set, clearTimeout: clear } = window;
  const held = new Map();
  let last = 0;
  window.setTimeout = (run, after, ...more) => {
    if (after !== ms) return set(run, after, ...more);
    held.set(--last, run);
    return last;
  };
  window.clearTimeout = id => held.delete(id) || clear(id);
  window.endTimers = () => {
    const all = [...held.values()];
    held.clear();
    for (const run of all) run();
    return all.length;
  }; }"""


class Map:
    """The map in the page, driven as its user and as its kernel."""

    def __init__(self, bare: WatchedPage) -> None:
        self.bare, self.page = bare, bare.page

    def mount(self, *, connected: bool = True, **state: object) -> Map:
        self.page.evaluate("state => mountWidget(state)", state)
        if connected:
            self.kernel("welcome")
            self.wait_data("parts", "all")
        return self

    def kernel(self, what: str, *arguments: object) -> Any:
        return self.page.evaluate(f"all => kernel.{what}(...all)", list(arguments))

    def frame(self, x: list[int], y: list[int], *, frames: int = 1, **more: object) -> None:
        """Send a whole frame and wait until the map has shown so many."""
        self.kernel("frame", {"x": x, "y": y, "frame": frames, **more})
        self.wait_frames(frames)

    def wait_frames(self, n: int) -> None:
        self.wait_data("frames", str(n))

    def data(self, name: str) -> str | None:
        return self.page.get_attribute(".carto", f"data-{name}")

    def wait_data(self, name: str, value: str) -> None:
        js = "([name, value]) => document.querySelector('.carto').dataset[name] === value"
        self.bare.wait(js, [name, value])

    def wait_text(self, selector: str, text: str) -> None:
        js = "([s, text]) => document.querySelector(s)?.textContent.includes(text)"
        self.bare.wait(js, [selector, text])

    def until(self, holds: Callable[[], bool], seen: Callable[[], object] = str) -> None:
        """Wait until something holds that Python looks at; else say what was seen last."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, f"not true within {PATIENCE} s: {seen()}"
            self.page.wait_for_timeout(25)

    def wait_errors(self, text: str) -> None:
        """Wait until the status line says it, and take it that the console does, too."""

        def headline() -> str:
            return self.page.text_content(".carto-headline") or ""

        self.until(lambda: text in headline() and bool(self.bare.errors), headline)
        assert len(self.bare.errors) == 1
        assert text in self.bare.errors.pop()
        assert self.data("state") == "error"

    def hold_timers(self, ms: int) -> None:
        """From now on timers of so many ms wait for `end_timers`."""
        self.page.evaluate(HELD, ms)

    def end_timers(self) -> None:
        """End the timers that are held; there has to be one."""
        assert self.page.evaluate("() => endTimers()") > 0

    def settle(self) -> list[float]:
        """Wait until the map stays where it is: left and top of its canvas, and the plot in it."""
        found: list[float] = self.page.evaluate(SETTLED)
        return found

    def places(self, *at: tuple[float, float]) -> list[tuple[float, float]]:
        """Where fractions of the data's area are in the page."""
        left, top, x, y, w, h = self.settle()
        return [(left + x + fx * w, top + y + (1 - fy) * h) for fx, fy in at]

    def at(self, fx: float, fy: float) -> tuple[float, float]:
        """Where a fraction of the data's area is in the page."""
        return self.places((fx, fy))[0]

    def move(self, fx: float, fy: float) -> None:
        self.page.mouse.move(*self.at(fx, fy), steps=4)

    def begin(self, corners: list[tuple[float, float]]) -> None:
        first, *others = self.places(*corners)
        self.page.mouse.move(*first)
        self.page.mouse.down()
        for corner in others:
            self.page.mouse.move(*corner, steps=4)

    def lasso(self, corners: list[tuple[float, float]]) -> None:
        self.begin(corners)
        self.page.mouse.up()

    def pixel(self, fx: float, fy: float) -> list[int]:
        self.settle()
        rgba: list[int] = self.page.evaluate(PIXEL, [fx, fy])
        return rgba

    def wait_pixel(self, fx: float, fy: float, is_right: Callable[[list[int]], bool]) -> None:
        def is_seen() -> bool:
            self.bare.check()
            return is_right(self.pixel(fx, fy))

        self.until(is_seen, lambda: f"pixel at {fx}, {fy} is {self.pixel(fx, fy)}")

    def ticks(self) -> list[str]:
        self.settle()
        texts: list[str] = self.page.locator(".carto-front .carto-tick").all_text_contents()
        return texts


def around(fx: float, fy: float, r: float = 0.06) -> list[tuple[float, float]]:
    """A lasso round a place, in fractions of the data's area."""
    return [(fx - r, fy - r), (fx + r, fy - r), (fx + r, fy + r), (fx - r, fy + r)]


def is_near(rgb: list[int]) -> Callable[[list[int]], bool]:
    """The colour, as it shows through its opacity (premultiplied)."""
    return lambda p: (
        p[3] > 180 and all(abs(c - want * p[3] / 255) < 12 for c, want in zip(p, rgb, strict=False))
    )


def is_empty(pixel: list[int]) -> bool:
    return pixel == [0, 0, 0, 0]


SAVED: Shown = {
    "frame": {"x": [0, MIDDLE], "y": [0, MIDDLE], "frame": 12, "epoch": 3},
    "columns": {"guid": ["a", "b"], "text": ["one", "two"]},
    "selection": {"revision": 4, "count": 1, "bits": [0b10]},
}
STEERED: Shown = {
    "can": ["pause", "stop"],
    "controls": [
        {"name": "lr", "value": 1e-3, "min": 1e-6, "max": 1e-1, "log": True},
        {"name": "temperature", "value": 1.25, "min": 0.5, "max": 2, "log": False},
        {"name": "weight of the hardest third", "value": 0.35, "min": 0, "max": 1, "log": False},
    ],
}
