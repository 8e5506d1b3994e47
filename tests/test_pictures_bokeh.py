"""The paper's figure in Bokeh: what it draws, and its page in a browser without a network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bokeh.models import ColorBar, Legend, NoOverlap, PlainText, Plot, Title
from cli_run import N, record
from jupyter_driver import WatchedPage
from playwright.sync_api import Page, Request
from task_cases import CASES, trained

import carto_widget as carto
from carto_widget.store.dynamics import TrainingDynamics

HOSTILE = "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'> $$x^2$$"


def dynamics(probabilities: list[list[float]]) -> TrainingDynamics:
    """Of two classes, from the gold class' probabilities (E, N)."""
    p = np.array(probabilities)
    return TrainingDynamics.from_arrays(
        guid=[f"g{i}" for i in range(p.shape[1])],
        gold=np.zeros(p.shape[1], int),
        loss=-np.log(p),
        margin=np.log(p / (1 - p)),
        other_label=np.ones(p.shape),
    )


def many(n: int) -> pd.DataFrame:
    random = np.random.default_rng(0)
    x, y = random.random((2, n))
    return pd.DataFrame({"variability": x / 2, "confidence": y, "correctness": np.round(y, 1)})


def plots(layout: Any) -> list[Any]:
    """The map first, then the histograms."""
    found = list(layout.select({"type": Plot}))
    return sorted(found, key=lambda plot: plot.toolbar_location is None)


def points(plot: Any) -> dict[str, Any]:
    data: dict[str, Any] = plot.renderers[0].data_source.data
    return data


ISOLATES = "\u2068\u2069"


def legend_of(plot: Any) -> list[str]:
    (legend,) = plot.select({"type": Legend})
    return [item.label.value.translate(dict.fromkeys(map(ord, ISOLATES))) for item in legend.items]


def captions(plot: Any) -> list[str]:
    return [one.text.text for one in plot.above if isinstance(one, Title)]


# ---- what is drawn ----


def test_the_map_has_every_sample_by_its_guid() -> None:
    # confidence 0.5, variability 0.4, right in one of two epochs; and 0.8, 0, both
    plot = plots(carto.to_bokeh(dynamics([[0.1, 0.8], [0.9, 0.8]])))[0]
    data = points(plot)
    row = {guid: i for i, guid in enumerate(data["guid"])}
    assert data["x"][row["g0"]] == pytest.approx(0.4, abs=1e-6)
    assert data["y"][row["g0"]] == pytest.approx(0.5, abs=1e-6)
    assert data["x"][row["g1"]] == pytest.approx(0.0, abs=1e-6)
    palette = plot.renderers[0].glyph.fill_color.transform.palette
    colors = [palette[data["color"][row[guid]]] for guid in ("g0", "g1")]
    assert colors == ["#222222", "#d1483a"]
    markers = {
        one.view.filter.indices[0]: one.glyph.marker
        for one in plot.renderers
        if one.data_source is plot.renderers[0].data_source
    }
    assert markers == {row["g0"]: "circle", row["g1"]: "plus"}  # an x is a plus, turned
    assert legend_of(plot) == ["1.0  (1)", "0.5  (1)"]
    assert captions(plot) == ["2 samples · 2 epochs", "data map"]


def test_the_histograms_are_those_of_the_paper() -> None:
    found = plots(carto.to_bokeh(dynamics([[0.1, 0.8], [0.9, 0.8]])))[1:]
    assert {plot.xaxis[0].axis_label.text for plot in found} == {
        "confidence",
        "variability",
        "correctness",
    }
    for plot in found:
        assert points(plot)["top"].sum() == 2


def test_other_colours_have_a_ramp() -> None:
    view = carto.View("confidence", "correctness", "variability")
    plot = plots(carto.to_bokeh(many(50), view=view))[0]
    (bar,) = plot.select({"type": ColorBar})
    assert (bar.color_mapper.low, bar.color_mapper.high) == (0.0, 0.5)
    assert not list(plot.select({"type": Legend}))


def test_samples_observed_once_stand_beside_the_axis() -> None:
    plot = plots(carto.to_bokeh(dynamics([[0.1, 0.8]])))[0]
    assert (points(plot)["x"] < 0).all()
    assert plot.x_range.start < points(plot)["x"].min()
    assert plot.xaxis[0].bounds == (0.0, 0.5)
    assert [one.text.text for one in plot.below if isinstance(one, Title)] == [
        "one epoch so far: 2"
    ]


@pytest.mark.parametrize("task", list(CASES))
def test_every_task_has_its_figure(task: str) -> None:
    recorder = carto.Recorder(task=task)
    trained(task, recorder)
    plot = plots(carto.to_bokeh(recorder, theme="dark"))[0]
    assert len(points(plot)["guid"]) == 40
    assert plot.background_fill_color == "#141517"


def test_a_source_that_cannot_be_drawn_is_named() -> None:
    with pytest.raises(TypeError, match="int: expected training dynamics, a recorder or a path"):
        carto.to_bokeh(3)
    with pytest.raises(ValueError, match="there is no such column"):
        carto.to_bokeh(many(3), view=carto.View("aum", "confidence"))


# ---- the map's own methods ----


def test_a_map_writes_the_same_pictures(tmp_path: Path) -> None:
    record(tmp_path / "run")
    samples = pd.DataFrame({"length": np.arange(N)}, index=np.arange(N))
    datamap = carto.DataMap(tmp_path / "run", samples=samples, view=carto.View(color="length"))
    plot = plots(datamap.to_bokeh())[0]
    assert captions(plot) == [f"{N} samples · 3 epochs", "run"]
    assert sorted(points(plot)["value_2"].tolist()) == list(range(N))
    datamap.to_png(tmp_path / "map.png", size=(400, 300))
    datamap.to_svg(tmp_path / "map.svg", title="mine")
    datamap.to_html(tmp_path / "map.html", theme="dark")
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert "<title>mine</title>" in (tmp_path / "map.svg").read_text()
    assert "<title>run</title>" in (tmp_path / "map.html").read_text()
    with pytest.raises(ValueError, match=r"set datamap\.view before"):
        datamap.to_png(tmp_path / "map.png", view=carto.View())
    datamap.close()


def test_a_map_before_the_first_epoch_is_an_empty_picture(tmp_path: Path) -> None:
    datamap = carto.DataMap(carto.Recorder())
    datamap.to_svg(tmp_path / "map.svg")
    assert "waiting for the first batch" in (tmp_path / "map.svg").read_text()
    datamap.close()


# ---- the page ----


def opened(tab: Page, path: Path) -> tuple[WatchedPage, list[str]]:
    """The page, drawn, and every address that it asked for."""
    asked: list[str] = []
    page = WatchedPage(tab)

    def note(request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            asked.append(request.url)

    tab.on("request", note)
    tab.goto(path.as_uri())
    page.wait("() => window.Bokeh?.documents[0]?.is_idle ?? false")
    return page, asked


def test_the_page_asks_for_nothing_outside_of_it(tab: Page, tmp_path: Path) -> None:
    record(tmp_path / "run")
    path = tmp_path / "map.html"
    carto.to_html(tmp_path / "run", path)
    page, asked = opened(tab, path)
    assert asked == [path.as_uri()]
    tags = re.sub(r"(<script[^>]*>).*?</script>", r"\1", path.read_text(), flags=re.DOTALL)
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", tags)
    page.check()


def test_pointing_at_a_sample_tells_its_guid(tab: Page, tmp_path: Path) -> None:
    table = many(1)
    table.index = pd.Index(["sentence 7"])
    carto.to_html(table, tmp_path / "map.html")
    page, _ = opened(tab, tmp_path / "map.html")
    tab.mouse.move(*tab.evaluate(_PLACE_OF_THE_FIRST))
    page.wait(f"() => ({_TOLD})().includes('sentence 7')")
    assert "confidence" in tab.evaluate(_TOLD)


def test_people_s_words_are_text_in_the_page(tab: Page, tmp_path: Path) -> None:
    table = many(2)
    table[HOSTILE] = [HOSTILE, "b"]
    table.index = pd.Index([HOSTILE, "b"])
    view = carto.View("variability", HOSTILE, HOSTILE)
    carto.to_html(table, tmp_path / "map.html", view=view, title=HOSTILE)
    page, asked = opened(tab, tmp_path / "map.html")
    tab.mouse.move(*tab.evaluate(_PLACE_OF_THE_FIRST))
    page.wait(f"() => ({_TOLD})().includes('onerror')")
    assert tab.evaluate("() => window.hit") is None
    assert tab.title() == HOSTILE
    assert len(asked) == 1


def test_a_figure_s_words_are_never_read_as_formulas() -> None:
    table = many(2).rename(columns={"variability": HOSTILE})
    view = carto.View(HOSTILE, "confidence", "correctness")
    layout = carto.to_bokeh(table, view=view, title=HOSTILE)
    titles = [one.text for one in layout.select({"type": Title}) if one.text != ""]
    assert len(titles) == 2
    assert all(isinstance(text, PlainText) for text in titles)
    assert all(isinstance(axis.axis_label, PlainText) for p in plots(layout) for axis in p.axis)


_PLACE_OF_THE_FIRST = """() => {
  const all = view => [view, ...(view.child_views ?? []).flatMap(all)];
  const view = all(Bokeh.index.roots[0]).find(one => one.model.type === 'Figure');
  const { x, y } = view.model.renderers[0].data_source.data;
  const box = view.el.getBoundingClientRect();
  const frame = view.frame;
  return [box.x + frame.x_scale.compute(x[0]), box.y + frame.y_scale.compute(y[0])]; }"""
_TOLD = """() => {
  const all = root => [...root.querySelectorAll('*')].flatMap(
    one => one.shadowRoot ? [...all(one.shadowRoot), one] : [one]);
  return all(document).filter(one => one.classList.contains('bk-tooltip-content')
    || [...one.classList].some(name => name.startsWith('bk-tooltip')))
    .map(one => one.textContent).join(' '); }"""


def test_numbers_of_a_narrow_map_give_way_to_each_other() -> None:
    axes = plots(carto.to_bokeh(dynamics([[0.1, 0.8], [0.9, 0.8]])))[0].axis
    assert [type(axis.major_label_policy) for axis in axes] == [NoOverlap, NoOverlap]


def test_dates_stand_on_an_axis_of_dates() -> None:
    from bokeh.models import DatetimeTickFormatter

    days = pd.to_datetime(["2020-01-01", "2020-01-02", "2020-03-01"])
    table = pd.DataFrame({"day": days, "u": [1.0, 2.0, 3.0]})
    drawn = plots(carto.to_bokeh(table, view=carto.View("day", "u", None)))[0]
    assert isinstance(drawn.xaxis[0].formatter, DatetimeTickFormatter)
    source = drawn.renderers[0].data_source.data
    expected = sorted(day.timestamp() * 1000 for day in days)
    assert sorted(source["x"].tolist()) == pytest.approx(expected, abs=1)
    assert sorted(source["value_0"])[0] == "2020-01-01"
