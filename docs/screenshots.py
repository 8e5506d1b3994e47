"""Take the pictures of the README from the real thing: the quickstart's map, while it trains."""

from __future__ import annotations

from pathlib import Path

from carto_widget.demo.headless import (
    quickstart,
    select_corner,
    start_training,
    wait_for_epoch,
)

IMAGES = Path(__file__).parent / "images"
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
        run.page.evaluate("training.stop()")


if __name__ == "__main__":
    main()
