"""Pictures of the map that were looked at and found good, held: ``make gallery`` takes all.

They are compared in squares of 8 px, each by its mean colour, so that letters and the edges of
points may be drawn a little differently on another machine. To take them anew, when a change was
looked at: ``CARTO_GALLERY=take pytest tests/test_gallery.py``.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from gallery import SCENES, Scene, opened
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser

HELD = Path(__file__).parent / "gallery"
SQUARE = 8  # px
DIFFERENT = 24  # levels of 255, in any of the three colours
MOST = 0.06  # of the squares may be different: letters, and what they push aside
GOOD = [
    ("3708", 400, "light"),
    ("3708", 800, "light"),
    ("3708", 800, "dark"),
    ("selected", 800, "dark"),
    ("list", 800, "light"),
    ("list", 1600, "dark"),
    ("scrubbed", 800, "light"),
    ("filtered", 800, "light"),
    ("view menu", 800, "light"),
    ("3 on one spot", 800, "light"),
    ("empty", 800, "dark"),
    ("bands", 800, "light"),
    ("review", 800, "light"),
    ("review", 1600, "dark"),
    ("1M", 800, "light"),
    ("1M", 800, "dark"),
]


def squares(image: Image.Image) -> NDArray[np.float64]:
    """(H/8, W/8, 3) the mean colour of each square."""
    rgb = np.asarray(image.convert("RGB"), float)
    height, width = (side // SQUARE * SQUARE for side in rgb.shape[:2])
    split = rgb[:height, :width].reshape(height // SQUARE, SQUARE, width // SQUARE, SQUARE, 3)
    means: NDArray[np.float64] = split.mean(axis=(1, 3))
    return means


def difference(shot: NDArray[np.float64], held: NDArray[np.float64]) -> float:
    """The share of squares that are different."""
    return float((np.abs(shot - held).max(axis=2) > DIFFERENT).mean())


def held(name: str) -> NDArray[np.float64]:
    """The squares of a picture that was found good: one pixel each in the file."""
    return np.asarray(Image.open(HELD / f"{name}.png").convert("RGB"), float)


@pytest.mark.parametrize(("name", "width", "theme"), GOOD, ids=lambda part: str(part))
def test_the_map_looks_as_it_did_when_it_was_found_good(
    browser: Browser, site: str, tmp_path: Path, name: str, width: int, theme: str
) -> None:
    scene: Scene = next(scene for scene in SCENES if scene.name == name)
    with opened(browser, scene, width, theme, site) as shown:
        shown.tab.screenshot(path=tmp_path / "shot.png")
    shot = squares(Image.open(tmp_path / "shot.png"))
    file = f"{name}-{width}-{theme}"
    if os.environ.get("CARTO_GALLERY") == "take":
        HELD.mkdir(exist_ok=True)
        Image.fromarray(shot.round().astype(np.uint8)).save(HELD / f"{file}.png", optimize=True)
    assert shot.shape == held(file).shape
    assert difference(shot, held(file)) <= MOST


def test_another_picture_would_be_seen() -> None:
    usual = held("3708-800-light")
    for other in ("selected-800-dark", "list-800-light", "1M-800-light", "3 on one spot-800-light"):
        assert difference(held(other), usual) > MOST
