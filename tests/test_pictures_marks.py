"""Colours, markers, axes and legend of a still."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from carto_widget.pictures.axis import histogram, ticks
from carto_widget.pictures.legend import legend, rows_of
from carto_widget.pictures.letters import clamped, lines, width_of
from carto_widget.pictures.markers import MARKERS, marker_names
from carto_widget.pictures.shapes import Area, Box
from carto_widget.pictures.themes import NO_COLOR, THEMES, codes_of, colors, css
from carto_widget.views.frame import Column

LIGHT = THEMES["light"]
PAPERS = [name for name in MARKERS if name != "star"]


def column(kind: str, values: list[float], domain: tuple[float, float], **more: object) -> Column:
    numbers = np.array(values, np.float32)
    return Column("c", "c", kind, domain, numbers, **more)  # type: ignore[arg-type]  # of a test


# ---- colours and markers ----


def test_the_colours_are_those_of_the_live_map() -> None:
    page = Path(__file__).parent.parent / "js" / "src" / "scene" / "palette.ts"
    on_the_page = {tuple(m.split()) for m in re.findall(r'list\("([^"]+)"\)', page.read_text())}
    for theme in THEMES.values():
        assert tuple(map(css, theme.diverging)) in on_the_page
        assert tuple(map(css, theme.sequential)) in on_the_page


def test_fractions_run_from_blue_through_black_to_red() -> None:
    table = colors(column("steps", [0.0], (0, 1), steps=11), LIGHT)
    assert [css(tuple(table[i])) for i in (0, 5, 10)] == ["#5070db", "#222222", "#d1483a"]
    assert css(tuple(table[NO_COLOR])) == css(LIGHT.absent)


def test_codes_are_the_steps_of_the_map() -> None:
    one = column("steps", [0, 1 / 6, 0.5, 1, np.nan, 7], (0, 1), steps=11)
    assert codes_of(one).tolist() == [0, 2, 5, 10, NO_COLOR, 10]
    category = column("category", [0, 2, np.nan], (-0.5, 2.5), categories=("a", "b", "c"))
    assert codes_of(category).tolist() == [0, 2, NO_COLOR]


def test_six_epochs_have_the_papers_seven_markers() -> None:
    one = column("steps", [k / 6 for k in range(7)], (0, 1), steps=11)
    named = marker_names(one, codes_of(one))
    assert list(named.values()) == PAPERS
    assert list(named) == [0, 2, 3, 5, 7, 8, 10]  # the paper's 0.0 0.2 0.3 0.5 0.7 0.8 1.0


def test_of_more_fractions_neighbours_share_a_marker() -> None:
    one = column("steps", [k / 10 for k in range(11)], (0, 1), steps=11)
    named = marker_names(one, codes_of(one))
    assert len(named) == 11
    assert list(dict.fromkeys(named.values())) == PAPERS


# ---- axes and legend ----


@pytest.mark.parametrize(
    ("domain", "kind", "expected"),
    [
        ((0, 1), "continuous", ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ((0, 0.5), "continuous", ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]),
        ((-0.2, 0.2), "continuous", ["-0.2", "-0.1", "0.0", "0.1", "0.2"]),
        ((0, 3), "count", ["0", "1", "2", "3"]),
        ((0, 2e6), "continuous", ["0", "500k", "1M", "1.5M", "2M"]),
        ((1000, 3000), "continuous", ["1,000", "1,500", "2,000", "2,500", "3,000"]),
    ],
)
def test_axes_have_round_numbers(
    domain: tuple[float, float], kind: str, expected: list[str]
) -> None:
    assert [label for _, label in ticks(column(kind, [], domain), 500, 100)] == expected


def test_categories_stand_on_the_axis_by_name() -> None:
    one = column("category", [], (-0.5, 1.5), categories=("no", "yes"))
    assert ticks(one, 500, 100) == [(0, "no"), (1, "yes")]


def test_a_histogram_counts_every_value_once() -> None:
    counts, edges = histogram(column("count", [0, 1, 1, 3, 9, np.nan], (0, 3)))
    assert counts.tolist() == [1, 2, 0, 2]  # what lies beyond the axis stands at its end
    assert edges.tolist() == [-0.5, 0.5, 1.5, 2.5, 3.5]


def test_the_legend_counts_the_samples_of_each_fraction() -> None:
    one = column("steps", [1, 1, 0.5, np.nan], (0, 1), steps=11)
    assert rows_of(one, codes_of(one)) == [
        (10, "1.0", 2),
        (5, "0.5", 1),
        (NO_COLOR, "missing", 1),
    ]


def test_of_many_categories_the_legend_has_the_largest() -> None:
    values = [float(i) for i in range(20) for _ in range(i)]
    names = tuple(f"class {i}" for i in range(20))
    one = column("category", values, (-0.5, 19.5), categories=names)
    rows = rows_of(one, codes_of(one))
    assert [name for _, name, _ in rows] == [*names[9:], "and 9 more"]
    assert sum(count for *_, count in rows) == len(values)


def test_the_rest_of_many_categories_has_no_bar_and_makes_none_short() -> None:
    names = tuple(f"class {i}" for i in range(40))
    some = column("category", [float(i % 40) for i in range(400)], (-0.5, 39.5), categories=names)
    drawn = [*legend(some, codes_of(some), {}, Box(0, 0, 176, 400), LIGHT)]
    assert [one.box.width for one in drawn if isinstance(one, Area)] == [160.0] * 11


def test_long_names_are_cut_to_their_room() -> None:
    cut = clamped("a very long name of a class", 12, 60)
    assert cut.endswith("…")
    assert width_of(cut, 12) <= 60
    assert lines("epochs with the same sign", 12, 80) == ["epochs with", "the same sign"]
