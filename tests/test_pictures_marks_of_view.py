"""Sizes and shapes of a view, in stills and in the figure's points."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import carto_widget as carto
from carto_widget.pictures.composed import composed
from carto_widget.pictures.markers import NAMES, SHAPES
from carto_widget.pictures.picture import picture_of
from carto_widget.pictures.raster import EACH
from carto_widget.pictures.shapes import Points, Sheet, Words
from carto_widget.pictures.svg import svg_of
from carto_widget.pictures.themes import THEMES

VIEW = carto.View("x", "y", None, size="length", shape="author")


def table(n: int = 4) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "x": np.arange(n, dtype=float),
            "y": np.arange(n, dtype=float),
            "length": [0, 50, 100, np.nan] * (n // 4),
            "author": ["ann", "bob", "cyd", None] * (n // 4),
        }
    )


def drawn(source: pd.DataFrame, view: carto.View = VIEW) -> tuple[Sheet, Points]:
    sheet = composed(picture_of(source, view), (960, 640), THEMES["light"])
    return sheet, next(shape for shape in sheet.shapes if isinstance(shape, Points))


def texts(sheet: Sheet) -> list[str]:
    return [one.text for one in sheet.shapes if isinstance(one, Words)]


def test_each_sample_has_the_size_and_the_marker_of_its_values() -> None:
    _, points = drawn(table())
    order = np.argsort(points.x)
    assert points.times[order].tolist() == pytest.approx([0.6, 1.5, 2.4, 0.6])
    names = [NAMES[mark] for mark in points.marks[order].tolist()]
    assert names == ["circle", "square", "diamond", "circle"]


def test_the_legend_says_what_sizes_and_shapes_mean() -> None:
    sheet, _ = drawn(table())
    told = texts(sheet)
    start = told.index("length")
    assert told[start : start + 4] == ["length", "0", "50", "100"]
    assert told[told.index("author") :][:4] == ["author", "ann", "bob", "cyd"]


def test_shapes_are_those_of_the_map_in_a_page_in_its_order() -> None:
    page = Path(__file__).parent.parent / "js" / "src" / "scene" / "markers.ts"
    corners = re.search(r"CORNERS[^=]*= \[(.*?)\n\];", page.read_text(), re.DOTALL)
    assert corners is not None
    lines = [line.strip() for line in corners[1].strip().splitlines()]
    assert len(lines) == len(SHAPES)
    there = {"circle": "[],", "triangle": "UP,", "plus": "PLUS,", "x": "turned(PLUS),"}
    there |= {"inverted_triangle": "UP.map((at) => -at),", "star": "STAR,"}
    assert all(lines[SHAPES.index(name)] == line for name, line in there.items())


def test_a_shape_of_the_view_takes_the_place_of_the_papers_markers() -> None:
    source = table().assign(correctness=[0.0, 0.5, 1.0, 1.0])
    paper, of_shape = (
        drawn(source, carto.View("x", "y", "correctness", shape=shape))[1].marks.max()
        for shape in (None, "author")
    )
    assert NAMES[paper] == "square"  # the third fraction's
    assert NAMES[of_shape] == "diamond"


def test_of_many_samples_sizes_and_shapes_are_said_not_to_be_drawn() -> None:
    sheet, _ = drawn(table(EACH + 4))
    assert "30,004 samples · size and shape not drawn" in texts(sheet)
    assert "length" not in texts(sheet)


def test_vectors_have_a_marker_for_each_kind_of_point() -> None:
    sheet, points = drawn(table(40))
    kinds = set(zip(points.codes, points.marks, points.times, strict=True))
    ids = re.findall(r'<path id="([^"]+)"', svg_of(sheet))
    assert len(ids) == len(set(ids)) == len(kinds) == 3  # what is missing is as ann's smallest
