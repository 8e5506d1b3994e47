"""Take the pictures of the lesson from the real thing: a film, the review and the comparison."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image

from carto_widget.demo.headless import Quickstart, quickstart

LESSON = Path(__file__).resolve().parents[1] / "examples" / "fix_your_dataset.ipynb"
IMAGES = Path(__file__).resolve().parent / "images"
WIDTH, HEIGHT = 760, 640  # of the film, in pixels
KEYS = ("Enter", "k", "Enter", "k", "3", "Enter")  # decisions of the film

_AT_EPOCH = "e => Number(document.querySelector('.carto').dataset.epoch ?? -1) >= e"
_SHOWN = "() => document.querySelector('.carto-review .carto-labels') !== null"
_DECIDED = "n => document.querySelector('.carto-review-head').innerText.includes(`${n} decided`)"
_ON_THE_WAY = """way => [...document.querySelectorAll('.carto')].at(-1)
    .querySelector('.carto-scrubber').ariaValueText?.startsWith(way)"""
_TO_THE_TOP = """n => [...document.querySelectorAll('.carto')].at(n).closest('.jp-Cell')
    .scrollIntoView({ block: 'start' })"""


class Film:
    """Pictures of the notebook, one after the other."""

    def __init__(self, run: Quickstart) -> None:
        self.run = run
        self.frames: list[Image.Image] = []
        self.times: list[int] = []

    def take(self, milliseconds: int) -> None:
        """One more picture, that stays for so long."""
        panel = self.run.page.page.locator(".jp-NotebookPanel-notebook")
        shot = Image.open(BytesIO(panel.screenshot())).convert("RGB")
        shot = shot.crop((0, 0, shot.width, shot.width * HEIGHT // WIDTH))
        self.frames.append(shot.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))
        self.times.append(milliseconds)

    def save(self, path: Path) -> None:
        first, *others = [
            one.quantize(256, kmeans=1, dither=Image.Dither.NONE) for one in self.frames
        ]
        first.save(path, save_all=True, append_images=others, duration=self.times, loop=0)
        print(path)


def main() -> None:
    with quickstart(of=LESSON, scale=2) as run:
        film = Film(run)
        training(run, film)
        review(run, film)
        comparison(run, film)
        film.save(IMAGES / "fix.gif")


def training(run: Quickstart, film: Film) -> None:
    """The map while the model learns, and what it cannot settle, selected."""
    run.run_through("map")
    run.page.wait_map()
    run.run_through("fit", after="map")
    run.page.page.evaluate(_TO_THE_TOP, 0)
    for epoch in range(10):
        run.page.wait(_AT_EPOCH, epoch)
        film.take(300)
    run.run_through("regions", after="fit")
    run.page.page.evaluate(_TO_THE_TOP, 0)
    film.take(1500)


def review(run: Quickstart, film: Film) -> None:
    """Some decisions by keyboard."""
    run.run_through("review", after="regions")
    run.page.page.evaluate(_TO_THE_TOP, 0)
    run.page.page.locator(".carto-review-body").focus()
    run.page.wait(_SHOWN)
    film.take(1800)
    for n, key in enumerate(KEYS, 1):
        run.page.page.keyboard.press(key)
        run.page.wait(_DECIDED, n)
        film.take(900)
    saved(run, "review", 0)


def comparison(run: Quickstart, film: Film) -> None:
    """The map of both runs: the places before, the way between, the places after."""
    run.run_through("arrows", after="review")
    run.page.wait("() => document.querySelectorAll('.carto canvas').length > 1")
    run.page.page.evaluate(_TO_THE_TOP, -1)
    last = run.page.page.locator(".carto").last
    last.locator(".carto-scrubber").focus()
    last.page.keyboard.press("Home")
    last.page.wait_for_timeout(600)  # the points glide
    film.take(1500)
    for tenth in range(1, 10):
        last.page.keyboard.press("ArrowRight")
        run.page.wait(_ON_THE_WAY, f"{10 * tenth}%")
        film.take(140)
    last.page.keyboard.press("End")
    last.page.wait_for_timeout(600)
    film.take(1800)
    saved(run, "compare", -1)


def saved(run: Quickstart, name: str, n: int) -> None:
    """The n-th map by itself, in both themes."""
    for theme, suffix in (("JupyterLab Dark", "-dark"), ("JupyterLab Light", "")):
        run.page.command("apputils:change-theme", {"theme": theme})
        run.page.wait("() => document.querySelector('#jupyterlab-splash') === null")
        run.page.page.evaluate(_TO_THE_TOP, n)
        path = IMAGES / f"{name}{suffix}.png"
        run.page.page.locator(".carto").nth(n).screenshot(path=path)
        print(path)


if __name__ == "__main__":
    main()
