"""The still: what stands where, in PNG and in SVG, without a browser."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image
from task_cases import CASES, trained

import carto_widget as carto
from carto_widget.pictures.composed import composed
from carto_widget.pictures.picture import picture_of
from carto_widget.pictures.raster import EACH, pixels_of
from carto_widget.pictures.shapes import Points, Sheet, Words
from carto_widget.pictures.still import to_png, to_svg
from carto_widget.pictures.svg import VECTORS
from carto_widget.pictures.themes import THEMES, theme_named

LIGHT = THEMES["light"]
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert('1')</script> & \"x\" \x00\x1b"


def frame_of(
    variability: list[float], confidence: list[float], correctness: list[float]
) -> pd.DataFrame:
    columns = {"variability": variability, "confidence": confidence, "correctness": correctness}
    return pd.DataFrame(columns, index=[f"g{i}" for i in range(len(variability))])


def many(n: int) -> pd.DataFrame:
    random = np.random.default_rng(0)
    x, y = random.random((2, n))
    return pd.DataFrame({"variability": x / 2, "confidence": y, "correctness": np.round(y, 1)})


def sheet_of(table: object, size: tuple[float, float] = (960, 640), **view: str) -> Sheet:
    picture = picture_of(table, carto.View(**view) if view else None)
    return composed(picture, size, LIGHT)


def points_of(sheet: Sheet) -> Points:
    return next(shape for shape in sheet.shapes if isinstance(shape, Points))


def texts_of(sheet: Sheet) -> list[str]:
    return [shape.text for shape in sheet.shapes if isinstance(shape, Words)]


def pixels_in(path: Path) -> NDArray[np.int64]:
    """(height, width, 3) of a file."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.int64)


# ---- where samples stand ----


def test_a_sample_stands_at_its_numbers(tmp_path: Path) -> None:
    table = frame_of([0.25], [0.8], [1.0])
    sheet = sheet_of(table)
    points = points_of(sheet)
    labels = {s.text: s for s in sheet.shapes if isinstance(s, Words)}
    assert points.x[0] == pytest.approx(labels["0.25"].x)
    assert points.y[0] == pytest.approx(labels["0.8"].y - 4)  # from the baseline of its number
    path = tmp_path / "one.png"
    to_png(table, path, scale=3)
    image = pixels_in(path)
    assert image.shape == (1920, 2880, 3)
    pixel = image[round(points.y[0] * 3), round(points.x[0] * 3)]
    assert np.abs(pixel - (209, 72, 58)).max() < 40  # the red of 1.0, a little of white


def test_samples_observed_once_stand_in_a_strip_that_says_so() -> None:
    recorder = carto.Recorder(task="multiclass")
    trained("multiclass", recorder, 1)
    sheet = sheet_of(recorder)
    assert "one epoch so far: 40" in texts_of(sheet)
    points = points_of(sheet)
    assert len(points.x) == 40
    origin = next(s.x for s in sheet.shapes if isinstance(s, Words) and s.text == "0.0")
    zero = [s.x for s in sheet.shapes if isinstance(s, Words) and s.text == "0.0"]
    assert points.x.max() < max(origin, *zero)


def test_samples_without_a_place_are_counted() -> None:
    table = frame_of([0.1, np.nan, 0.2], [0.5, 0.5, np.inf], [1, 1, 1])
    sheet = sheet_of(table)
    assert len(points_of(sheet).x) == 2  # what is infinite stands at the end of its axis
    assert "3 samples · 1 not drawn" in texts_of(sheet)


@pytest.mark.parametrize("n", [1, 40, EACH + 1])
def test_points_leave_nothing_outside_their_box(n: int) -> None:
    points = points_of(sheet_of(many(n)))
    assert points.x.min() >= points.box.x
    assert points.x.max() <= points.box.right
    assert pixels_of(points, 1)[..., 3].max() > 80


def test_where_more_samples_lie_the_picture_is_denser() -> None:
    sparse, dense = np.full(2000, 0.1), np.full(EACH, 0.4)
    scatter = np.random.default_rng(0).random((2, EACH + 2000)) / 20
    table = pd.DataFrame(
        {
            "variability": np.concatenate([sparse, dense]) + scatter[0],
            "confidence": 0.5 + scatter[1],
            "correctness": 1.0,
        }
    )
    points = points_of(sheet_of(table))
    alpha = pixels_of(points, 1)[..., 3].astype(float)
    halves = np.array_split(alpha, 2, axis=1)
    left, right = (half[half > 0].mean() for half in halves)
    assert right > left + 20
    assert min(half.max() for half in halves) < 255


def test_the_colour_of_a_dense_place_is_that_of_its_mean() -> None:
    n = EACH + 2
    table = frame_of([0.25] * n, [0.5] * n, [1.0, 0.0] * (n // 2))
    pixels = pixels_of(points_of(sheet_of(table)), 1)
    middle = pixels[pixels[..., 3] > 200]
    assert np.abs(middle[:, :3].astype(int) - 0x22).max() <= 2  # half right: near black


def test_categories_lie_side_by_side_within_their_own_band() -> None:
    table = pd.DataFrame({"x": ["a", "b"] * 50, "y": np.arange(100.0)})
    points = points_of(sheet_of(table, x="x", y="y", color="x"))
    for code in (0, 1):
        assert np.ptp(points.x[points.codes == code]) > 100
    assert points.x[points.codes == 0].max() < points.x[points.codes == 1].min()


# ---- files ----


@pytest.mark.parametrize(("task", "theme"), [*((c, "light") for c in CASES), ("binary", "dark")])
def test_every_task_has_its_picture(task: str, theme: str, tmp_path: Path) -> None:
    recorder = carto.Recorder(task=task)
    trained(task, recorder)
    to_png(recorder, tmp_path / "map.png", theme=theme, scale=1)
    image = pixels_in(tmp_path / "map.png")
    assert image.shape == (640, 960, 3)
    assert image[0, 0].tolist() == list(theme_named(theme).background)
    to_svg(recorder, tmp_path / "map.svg", theme=theme)
    assert "40 samples · 2 epochs" in svg_texts(tmp_path / "map.svg")


def test_the_same_picture_has_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        to_png(many(500), tmp_path / f"{name}.png", size=(400, 300))
        to_svg(many(500), tmp_path / f"{name}.svg", size=(400, 300))
    for kind in ("png", "svg"):
        a, b = ((tmp_path / f"{name}.{kind}").read_bytes() for name in ("a", "b"))
        assert a == b


def svg_texts(path: Path) -> list[str]:
    return [one.text or "" for one in ET.parse(path).iter(f"{SVG}text")]


def test_people_s_words_stay_words(tmp_path: Path) -> None:
    table = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0], HOSTILE: [HOSTILE, "b"]})
    view = carto.View("x", "y", HOSTILE)
    to_svg(table, tmp_path / "map.svg", view=view, title=HOSTILE, size=(1500, 640))
    tree = ET.parse(tmp_path / "map.svg")
    assert not [one for one in tree.iter() if one.tag.endswith("script")]
    assert sum("alert" in text for text in svg_texts(tmp_path / "map.svg")) == 3
    to_png(table, tmp_path / "map.png", view=view, title=HOSTILE)
    assert pixels_in(tmp_path / "map.png").shape == (1280, 1920, 3)


def test_few_points_are_vectors_and_many_an_image(tmp_path: Path) -> None:
    to_svg(many(VECTORS), tmp_path / "few.svg")
    tree = ET.parse(tmp_path / "few.svg")
    used = [one.get("href") for one in tree.iter(f"{SVG}use")]
    ids = {f"#{one.get('id')}" for one in tree.iter(f"{SVG}path") if one.get("id")}
    assert len(used) == VECTORS
    assert set(used) == ids
    to_svg(many(VECTORS + 1), tmp_path / "many.svg")
    tree = ET.parse(tmp_path / "many.svg")
    (image,) = tree.iter(f"{SVG}image")
    assert (image.get("href") or "").startswith("data:image/png;base64,")
    assert not list(tree.iter(f"{SVG}use"))


def test_a_million_samples_are_a_small_file(tmp_path: Path) -> None:
    to_svg(many(1_000_000), tmp_path / "map.svg")
    assert (tmp_path / "map.svg").stat().st_size < 3e6


@pytest.mark.parametrize("n", [0, 1])
def test_hardly_any_samples_are_a_picture_too(n: int, tmp_path: Path) -> None:
    to_png(many(1)[:n], tmp_path / "map.png")
    assert ("no samples" in texts_of(sheet_of(many(1)[:n]))) is (n == 0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"size": (100, 640)}, "size=100x640: expected at least 240x180"),
        ({"theme": "blue"}, "theme='blue'; expected 'light' or 'dark'"),
        ({"scale": 0}, "scale=0; expected 0.5 to 8"),
        ({"view": carto.View("confidenc", "aum")}, "there is no such column; there is confidence"),
    ],
)
def test_what_cannot_be_drawn_leaves_the_file_as_it_was(
    options: dict[str, object], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "map.png"
    path.write_text("before")
    with pytest.raises(ValueError, match=re.escape(sentence)):
        to_png(many(3), path, **options)  # type: ignore[arg-type]  # wrong on purpose
    assert [one.name for one in tmp_path.iterdir()] == ["map.png"]
    assert path.read_text() == "before"


def test_a_name_of_another_kind_of_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"map\.svg: expected a name that ends in \.png"):
        to_png(many(3), tmp_path / "map.svg")
    assert not list(tmp_path.iterdir())


def test_a_still_needs_neither_torch_nor_a_notebook_nor_bokeh(tmp_path: Path) -> None:
    code = f"""
import sys
import pandas as pd
from carto_widget.pictures.still import to_png
table = pd.DataFrame({{"variability": [0.1], "confidence": [0.5], "correctness": [1.0]}})
to_png(table, {str(tmp_path / "map.png")!r})
print([m for m in ("torch", "anywidget", "IPython", "bokeh", "playwright") if m in sys.modules])
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert out.stdout.strip() == "[]", out.stderr
