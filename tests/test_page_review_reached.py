"""How one comes to the review's keys, and what the other keys do meanwhile: nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from page_driver import Map
from playwright.sync_api import expect
from review_map import TAKE, Reviewed, dynamics, samples


@pytest.fixture
def one(carto: Map, shown: Any, tmp_path: Path) -> Reviewed:
    """A review of twelve samples, the most suspicious first."""
    carto.page.set_viewport_size({"width": 1200, "height": 900})
    datamap, _ = shown(dynamics(), samples=samples(), ledger=tmp_path / "ledger.jsonl")
    datamap.review(reviewer="ada")
    one = Reviewed(carto, datamap)
    one.at(0)
    return one


def test_keys_that_are_not_the_reviews_leave_the_map_alone(one: Reviewed) -> None:
    body = one.page.locator(".carto-review-body")
    expect(body).to_be_focused()
    one.carto.settle()
    ticks = one.page.locator(".carto-tick")
    before = ticks.all_inner_texts()
    lasso = one.page.get_by_role("button", name="Lasso")
    for key in ["a", "i", "x", "b", "v", "e", "c", "Control+a", "Delete", "ArrowDown", "+"]:
        one.press(key)
        expect(body).to_be_focused()
    one.until("() => true")
    assert one.datamap.selection_count == 0
    assert ticks.all_inner_texts() == before
    expect(lasso).to_have_attribute("aria-pressed", "true")
    expect(one.page.locator(".carto-review")).to_be_visible()
    assert one.kinds() == []


def test_from_elsewhere_it_says_how_to_reach_its_keys_and_a_click_does(one: Reviewed) -> None:
    hint = one.page.get_by_text("click here, then K, Enter, 1-3")
    expect(hint).to_be_hidden()
    one.page.locator(".carto canvas").focus()
    expect(hint).to_be_visible()
    one.page.get_by_role("heading", name="1 of 12").click()
    expect(hint).to_be_hidden()
    one.press("k")
    one.at(1)
    one.delivered()
    assert one.kinds() == [("keep", "g0")]


def test_a_review_takes_the_place_of_a_list_that_is_open(one: Reviewed) -> None:
    panel, listed = (one.page.locator(name) for name in (".carto-review", ".carto-drawer"))
    one.page.get_by_role("button", name="Samples", exact=True).click()
    expect(listed).to_be_visible()
    expect(panel).to_be_hidden()
    one.press("R")
    expect(one.page.locator(".carto-review-body")).to_be_focused()
    one.page.get_by_role("button", name="Samples", exact=True).click()
    expect(panel).to_be_hidden()
    one.datamap.review(["g5", "g6"], order=None)
    one.until("() => document.querySelector('.carto-review h3').textContent === '1 of 2'")
    expect(panel).to_be_visible()
    expect(listed).to_be_hidden()


def test_what_was_left_goes_on_also_where_something_was_selected_all_along(one: Reviewed) -> None:
    selected = "n => Number(document.querySelector('.carto').dataset.selected) === n"
    hidden = "is => document.querySelector('.carto-review').hidden === is"
    one.datamap.select(["g3", "g4"])
    one.until(selected, 2)
    one.press("k", "Escape")
    one.until(hidden, True)
    one.delivered()
    one.until("() => true")
    one.press("R")
    one.until(hidden, False)
    one.at(1)
    expect(one.page.get_by_role("heading", name="2 of 12")).to_be_visible()
    expect(one.page.get_by_text("Shift R goes on")).to_have_count(0)
    one.press("Escape")
    one.until(hidden, True)
    one.datamap.select(["g3", "g4", "g5"])
    one.until(selected, 3)
    one.press("R")
    one.until(hidden, False)
    one.at(0)
    expect(one.page.get_by_role("heading", name="1 of 3")).to_be_visible()


def test_decisions_of_a_kernel_that_went_go_out_with_the_next_map_of_the_same_samples(
    one: Reviewed, carto: Map, shown: Any
) -> None:
    one.press("k", "d")
    one.at(2)
    one.page.evaluate(TAKE)  # nobody has heard of the second
    before, ledger = one.datamap, one.datamap.ledger.path
    one.press("u")
    one.page.evaluate(TAKE)
    before.close()
    one.page.reload()
    carto.bare.wait("() => window.ready")
    other, _ = shown(dynamics(5), samples=samples(5), ledger=ledger)
    elsewhere = Reviewed(carto, other)
    elsewhere.until("() => document.querySelector('.carto').dataset.frames > 0")
    for _ in range(20):
        elsewhere.carry()
    assert carto.page.evaluate("() => Object.keys(sessionStorage).length") > 0  # not its samples
    other.close()
    carto.page.reload()
    carto.bare.wait("() => window.ready")
    datamap, _ = shown(dynamics(), samples=samples(), ledger=ledger)
    again = Reviewed(carto, datamap)
    again.delivered()
    expect(carto.page.locator(".carto-said")).to_contain_text("are in the ledger now")
    assert again.kinds() == [("keep", "g0"), ("drop", "g1"), ("unsure", "g2")]
    assert set(datamap.edits["who"]) == {"ada"}
    assert set(datamap.edits["reason"]) == {"aum"}
