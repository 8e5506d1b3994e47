"""What is drawn against what, chosen on the page."""

from __future__ import annotations

from typing import Any

import pytest
from page_driver import MIDDLE, Map, X, Y
from playwright.sync_api import Locator, expect

COLUMNS = [
    {"name": "confidence", "title": "confidence", "kind": "continuous", "group": "metric"},
    {"name": "variability", "title": "variability", "kind": "continuous", "group": "metric"},
    {"name": "correctness", "title": "correctness", "kind": "steps", "group": "metric"},
    {"name": "aum", "title": "AUM", "kind": "continuous", "group": "metric"},
    {"name": "gold", "title": "gold label", "kind": "category", "group": "label"},
    {"name": "author", "title": "author", "kind": "category", "group": "own"},
    {"name": "written", "title": "written", "kind": "date", "group": "own"},
]
PAPER = {
    "x": "variability",
    "y": "confidence",
    "color": "correctness",
    "size": None,
    "shape": None,
}
PRESETS = [
    {"title": "the paper's data map", "view": PAPER},
    {"title": "gold labels", "view": PAPER | {"color": "gold"}},
]
DAY = 86_400_000


@pytest.fixture
def told(carto: Map) -> Map:
    carto.mount(view=PAPER).frame(X, Y)
    carto.kernel("send", {"kind": "columns", "columns": COLUMNS, "presets": PRESETS})
    expect(carto.page.get_by_role("button", name="View", exact=True)).not_to_have_attribute(
        "aria-disabled", "true"
    )
    return carto


def menu(told: Map) -> Locator:
    told.page.locator(".carto canvas").press("v")
    dialog = told.page.get_by_role("dialog", name="View")
    expect(dialog).to_be_visible()
    return dialog


def views(told: Map) -> list[dict[str, Any]]:
    saved = told.page.evaluate("() => widget.model.saved")
    return [one["view"] for one in saved if "view" in one]


def pick(told: Map, channel: str, typed: str) -> None:
    told.page.get_by_role("combobox", name=channel).click()
    told.page.keyboard.type(typed)
    told.page.keyboard.press("Enter")


def test_what_was_chosen_stands_in_the_menu_until_a_frame_shows_it(told: Map) -> None:
    dialog = menu(told)
    color = dialog.get_by_role("combobox", name="colour")
    expect(color).to_have_value("correctness")
    pick(told, "colour", "auth")
    assert views(told) == [PAPER | {"color": "author"}]
    expect(color).to_have_value("author")
    expect(dialog.get_by_text("waiting for Python")).to_be_visible()
    told.frame(X, Y, frames=2)  # was on its way, of the view before
    expect(color).to_have_value("author")
    author = {"name": "author", "title": "author", "kind": "category", "categories": ["a", "b"]}
    told.frame(X, Y, frames=3, color=[0, 1, 0, 1, 0], columns={"color": author})
    expect(dialog.get_by_text("waiting for Python")).to_be_hidden()
    expect(color).to_have_value("author")


def test_a_view_that_python_refuses_goes_back_and_it_is_said_why(told: Map) -> None:
    dialog = menu(told)
    pick(told, "up", "auth")
    expect(dialog.get_by_role("combobox", name="up")).to_have_value("author")
    told.page.evaluate("view => widget.model.update({ view })", PAPER)
    told.kernel("send", {"kind": "complaint", "text": "300 different values have no room"})
    expect(dialog.get_by_role("combobox", name="up")).to_have_value("confidence")
    told.wait_text(".carto-headline", "300 different values have no room")


def test_typing_finds_columns_and_names_their_groups(told: Map) -> None:
    dialog = menu(told)
    dialog.get_by_role("combobox", name="shape").click()
    options = dialog.get_by_role("option")
    expect(options).to_have_count(8)
    expect(options.first).to_have_text("none")
    groups = dialog.get_by_role("listbox").get_by_role("group")
    assert [groups.nth(i).get_attribute("aria-label") for i in range(4)] == [
        "none",
        "Metrics",
        "Labels",
        "Your columns",
    ]
    told.page.keyboard.type("t")
    expect(options).to_have_text(["variability", "correctness", "authorcategory", "writtendate"])
    told.page.keyboard.type("en")
    expect(options).to_have_text(["writtendate"])
    told.page.keyboard.type("z")
    expect(dialog.get_by_text("no such column")).to_be_visible()
    told.page.keyboard.press("Enter")
    told.page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    told.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert views(told) == []


def test_the_axes_are_swapped_and_the_papers_map_comes_back(told: Map) -> None:
    dialog = menu(told)
    dialog.get_by_role("button", name="Swap the axes").click()
    assert views(told)[-1] == PAPER | {"x": "confidence", "y": "variability"}
    paper = dialog.get_by_role("button", name="the paper's data map")
    expect(paper).to_have_attribute("aria-pressed", "false")
    paper.click()
    assert views(told)[-1] == PAPER
    expect(paper).to_have_attribute("aria-pressed", "true")


def test_the_title_of_an_axis_asks_for_another_column(told: Map) -> None:
    told.page.get_by_role("button", name="Across: variability").click()
    across = told.page.get_by_role("combobox", name="across")
    expect(across).to_be_focused()
    expect(told.page.get_by_role("option")).to_have_count(7)
    told.page.keyboard.type("aum")
    told.page.keyboard.press("Enter")
    assert views(told) == [PAPER | {"x": "aum"}]
    assert told.data("selected") == "0"


def test_another_page_has_changed_the_view(told: Map) -> None:
    dialog = menu(told)
    pick(told, "colour", "gold")
    theirs = PAPER | {"y": "aum"}
    told.page.evaluate("view => widget.model.update({ view })", theirs)
    aum = {"name": "aum", "title": "AUM"}
    told.frame(X, Y, frames=2, columns={"y": aum})
    expect(dialog.get_by_role("combobox", name="up")).to_have_value("AUM")
    expect(dialog.get_by_role("combobox", name="colour")).to_have_value("correctness")


def test_without_python_the_menu_says_why_it_does_not_open(told: Map) -> None:
    told.page.evaluate("() => widget.model.die()")
    button = told.page.get_by_role("button", name="View", exact=True)
    told.bare.wait("() => document.querySelector('[data-entry=view]').ariaDisabled === 'true'")
    assert "Python is not there" in (button.get_attribute("title") or "")
    button.click(force=True)
    expect(told.page.get_by_role("dialog")).to_be_hidden()
    expect(told.page.get_by_role("button", name="Across: variability")).to_be_disabled()


def test_a_new_axis_leaves_the_other_where_it_was_looked_at(told: Map) -> None:
    told.page.locator(".carto canvas").press("+")
    told.bare.wait("() => document.querySelectorAll('.carto-tick')[0].textContent !== '0.00'")
    told.settle()
    ticks = told.page.locator(".carto-tick[text-anchor=end]")
    up = ticks.all_text_contents()
    written = {"name": "written", "title": "written", "kind": "date", "domain": [0, 30 * DAY]}
    told.frame([0, MIDDLE], [0, MIDDLE], frames=2, columns={"x": written})
    told.wait_text(".carto-x", "written")
    across = told.page.locator(".carto-tick[text-anchor=middle]").first
    expect(across).to_have_text("1970-01-05")  # a Monday; the whole of the new axis is in sight
    expect(ticks).to_have_text(up)


def test_sizes_and_shapes_are_explained_beside_the_colours(told: Map) -> None:
    size = {"role": "size", "name": "n", "title": "n", "kind": "count", "dtype": "u8"}
    shape = {"role": "shape", "name": "shop", "title": "shop", "kind": "category", "dtype": "u8"}
    told.page.evaluate(
        """([x, size, shape]) => {
          const codes = Array(x.length).fill(0);
          const [message, buffers] = kernel.whole({ x, y: x, frame: 2 });
          message.columns.push(size, shape);
          kernel.send(message, [...buffers, Uint8Array.from(codes), Uint8Array.from(codes)]);
        }""",
        [
            X,
            size | {"domain": [0, 508], "n_waiting": 0, "n_missing": 0},
            shape | {"domain": [0, 1], "n_waiting": 0, "n_missing": 0, "categories": ["a", "b"]},
        ],
    )
    told.wait_text(".carto-legend-marks", "shop")
    marks = told.page.locator(".carto-legend-marks .carto-mark")
    expect(marks).to_have_text(["0", "254", "508", "a", "b"])
