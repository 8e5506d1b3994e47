"""Which samples the Bokeh figure has as points, and the table that shares their selection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bokeh.models import DataTable, ImageRGBA, Plot, Title
from jupyter_driver import WatchedPage
from playwright.sync_api import Page

import carto_widget as carto
from carto_widget.pictures.picture import picture_of
from carto_widget.pictures.sampled import MOST, sampled
from carto_widget.pictures.told import cut, regions

VIEW = carto.View("x", "y", None)


def told(n: int, *, hard: int, ambiguous: int) -> pd.DataFrame:
    """The first are hard to learn, the next ambiguous, the others easy; every tenth is "a"."""
    names = ["hard-to-learn"] * hard + ["ambiguous"] * ambiguous
    names += ["easy-to-learn"] * (n - len(names))
    gold = np.where(np.arange(n) % 10 == 0, "a", "b")
    x = np.linspace(0, 1, n)
    return pd.DataFrame({"x": x, "y": x[::-1], "region": names, "gold": gold})


def drawn_of(layout: Any) -> tuple[Any, DataTable]:
    (table,) = layout.select({"type": DataTable})
    found = sorted(layout.select({"type": Plot}), key=lambda one: one.toolbar_location is None)
    return found[0], table


def captions(plot: Any) -> list[str]:
    return [one.text.text for one in plot.above if isinstance(one, Title)]


# ---- which are points ----


def test_every_hard_and_ambiguous_sample_is_a_point_of_the_others_a_share_of_each_class() -> None:
    chosen = sampled(picture_of(told(1000, hard=50, ambiguous=100), VIEW), 320)
    rows = np.sort(chosen.rows)
    assert rows[:150].tolist() == list(range(150))
    others = rows[150:]
    assert len(others) == 170  # of 850, of which 85 are "a"
    assert np.sum(others % 10 == 0) == 17
    assert chosen.said == (
        " · points: all 150 hard-to-learn and ambiguous, 170 others (seed 0); beneath: all"
    )


def test_where_they_alone_are_too_many_a_fair_part_of_them_is_drawn() -> None:
    chosen = sampled(picture_of(told(1000, hard=300, ambiguous=500), VIEW), 400)
    assert len(chosen.rows) == len(set(chosen.rows.tolist())) == 400
    assert chosen.rows.max() < 800
    assert np.sum(chosen.rows < 300) == pytest.approx(150, abs=30)
    assert chosen.said == (
        " · points: 400 of the 800 hard-to-learn and ambiguous (seed 0); beneath: all"
    )


def test_where_nothing_tells_regions_they_are_chosen_at_random() -> None:
    table = told(1000, hard=0, ambiguous=0).drop(columns="region")
    chosen = sampled(picture_of(table, VIEW), 100)
    assert chosen.rows.mean() == pytest.approx(500, abs=90)
    assert chosen.said == " · points: 100, chosen at random (seed 0); beneath: all"


def test_regions_follow_from_confidence_and_variability() -> None:
    # of three that vary the floor(3 / 3) most variable is ambiguous, then confidence decides
    table = pd.DataFrame({"variability": [0.1, 0.4, 0.2], "confidence": [0.9, 0.9, 0.1]})
    found = regions(picture_of(table, carto.View("variability", "confidence", None)))
    assert found is not None
    assert found.tolist() == [0, 1, 2]


def test_the_same_samples_are_chosen_each_time() -> None:
    table = told(1000, hard=50, ambiguous=100)
    first, second = (sampled(picture_of(table, VIEW), 320).rows for _ in range(2))
    assert first.tolist() == second.tolist()


def test_many_samples_lie_over_an_image_of_all_and_few_do_not() -> None:
    table = told(MOST + 20_000, hard=1000, ambiguous=2000)
    plot, grid = drawn_of(carto.to_bokeh(table, view=VIEW))
    assert captions(plot)[0] == (
        "220,000 samples · points: all 3,000 hard-to-learn and ambiguous, 197,000 others (seed 0); "
        "beneath: all"
    )
    image, points = plot.renderers[:2]
    assert isinstance(image.glyph, ImageRGBA)
    pixels = image.data_source.data["image"][0]
    assert (pixels >> 24 > 0).sum() > 400  # the diagonal from the upper left
    assert pixels[-30:, :30].any()
    assert not pixels[:30, :30].any()
    guids = set(points.data_source.data["guid"])
    assert len(guids) == MOST
    assert guids >= {str(row) for row in range(3000)}
    few, _ = drawn_of(carto.to_bokeh(table[:100], view=VIEW))
    assert captions(few)[0] == "100 samples"
    assert not isinstance(few.renderers[0].glyph, ImageRGBA)
    assert grid.source is points.data_source


# ---- the table ----


def test_the_table_has_guid_gold_the_view_s_columns_and_a_line_to_read() -> None:
    table = pd.DataFrame(
        {
            "x": [0.5, 1.0],
            "y": [2.0, 1.0],
            "length": [3, 4],
            "gold": ["no", None],
            "text": ["a " * 100, "b\nc"],
        },
        index=["g0", "g1"],
    )
    view = carto.View("x", "y", "length", size="length")
    plot, grid = drawn_of(carto.to_bokeh(table, view=view))
    assert [one.title for one in grid.columns] == ["guid", "gold label", "x", "y", "length", "text"]
    data = grid.source.data
    row = data["guid"].index("g1")
    values = [data[one.field][row] for one in grid.columns]
    assert values == ["g1", "", 1.0, 1.0, 4.0, "b c"]
    long = data["text"][1 - row]
    assert (len(long), long[:4], long[-1]) == (120, "a a ", "…")
    assert all(one.data_source is grid.source for one in plot.renderers[:1])


@pytest.mark.parametrize(
    ("text", "line"),
    [("a", "a"), ("a" * 120, "a" * 120), ("a" * 121, "a" * 119 + "…"), (" a\n\tb ", "a b")],
)
def test_a_line_has_at_most_120_letters(text: str, line: str) -> None:
    assert cut(text) == line


def test_what_is_selected_on_the_map_is_selected_in_the_table(tab: Page, tmp_path: Path) -> None:
    table = told(30, hard=3, ambiguous=3).assign(shape=["p", "q", "r"] * 10)
    view = carto.View("x", "y", None, shape="shape")
    carto.to_html(table, tmp_path / "map.html", view=view)
    tab.goto((tmp_path / "map.html").as_uri())
    page = WatchedPage(tab)
    page.wait("() => window.Bokeh?.documents[0]?.is_idle ?? false")
    tab.evaluate(f"({_DRAG})('box_select', 'y', 0.9)")
    # row 0 has y = 1, row 1 28/29, ...: above 0.9 are three
    page.wait("() => window.chosen().length === 3")
    assert tab.evaluate("() => window.chosen()") == ["0", "1", "2"]
    page.wait(_IS_MARKED)
    tab.evaluate("() => window.cell(4).click()")
    page.wait(f"() => window.chosen().length === 1 && ({_IS_MARKED})()")
    page.check()


# Of the rows in sight the chosen ones are marked.
_IS_MARKED = """() => window.marked().length > 0 && String(window.marked()) ===
  String(window.chosen().filter(guid => window.inSight().includes(guid)))"""
_DRAG = """(tool, axis, from) => {
  const all = view => [view, ...(view.child_views ?? []).flatMap(all)];
  const views = all(Bokeh.index.roots[0]);
  const plot = views.find(one => one.model.type === 'Figure');
  const grid = views.find(one => one.model.type === 'DataTable');
  const source = grid.model.source;
  window.chosen = () => source.selected.indices.map(i => source.data.guid[i]).sort();
  const rows = () => [...grid.shadow_el.querySelectorAll('.slick-row')];
  window.marked = () => rows().filter(row => row.querySelector('.selected'))
    .map(row => row.firstElementChild.textContent).sort();
  window.inSight = () => rows().map(row => row.firstElementChild.textContent);
  window.cell = i => rows()[i].children[1];
  const { x_scale, y_scale } = plot.frame;
  const geometry = { type: 'rect', greedy: false,
    sx0: x_scale.compute(-1), sx1: x_scale.compute(2),
    sy0: y_scale.compute(2), sy1: y_scale.compute(from) };
  const made = [...plot.tool_views.values()].find(one => one.model.type === 'BoxSelectTool');
  made._select(geometry, true, 'replace'); }"""
