"""Take the pictures of the docs from the real thing: the quickstart's map, while it trains."""

from __future__ import annotations

import tempfile
from pathlib import Path

from carto_widget.demo.headless import (
    Quickstart,
    quickstart,
    select_corner,
    start_training,
    wait_for_epoch,
)

IMAGES = Path(__file__).resolve().parent / "images"
EPOCH = 8  # the three regions have come apart, and the dots still move


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with quickstart(scale=2) as run:
        start_training(run, print)
        wait_for_epoch(run, EPOCH, print)
        select_corner(run, print)
        for theme, name in (("JupyterLab Light", "map.png"), ("JupyterLab Dark", "map-dark.png")):
            run.page.command("apputils:change-theme", {"theme": theme})
            run.show_map()
            run.map_screenshot(IMAGES / name)
            print(IMAGES / name)
        beside(run)
        plots(run)
        run.page.evaluate("training.stop()")


def beside(run: Quickstart) -> None:
    """The selection, listed beside the map."""
    tab = run.page.page
    tab.locator(".carto canvas").first.focus()
    tab.keyboard.press("c")
    tab.locator(".carto-in-list").first.wait_for()
    for theme, name in (("JupyterLab Light", "list.png"), ("JupyterLab Dark", "list-dark.png")):
        run.page.command("apputils:change-theme", {"theme": theme})
        run.show_map()
        run.map_screenshot(IMAGES / name)
        print(IMAGES / name)
    tab.locator(".carto canvas").first.focus()
    tab.keyboard.press("c")


def plots(run: Quickstart) -> None:
    """The still and the paper's figure of the epochs that are complete."""
    title = "title='product reviews'"
    for theme, name in (("light", "plot.png"), ("dark", "plot-dark.png")):
        path = str(IMAGES / name)
        run.page.evaluate(f"datamap.to_png({path!r}, theme={theme!r}, {title})")
        print(path)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "figure.html")
        run.page.evaluate(f"datamap.to_html({str(page)!r}, {title})")
        browser = run.page.page.context.browser
        assert browser is not None
        tab = browser.new_page(viewport={"width": 1200, "height": 680}, device_scale_factor=2)
        tab.goto(page.as_uri())
        tab.wait_for_function("() => window.Bokeh?.documents[0]?.is_idle")
        tab.screenshot(path=IMAGES / "figure.png")
        tab.close()
    print(IMAGES / "figure.png")


if __name__ == "__main__":
    main()
