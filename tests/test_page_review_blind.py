"""A blind review in the page: of its samples neither label nor model is seen, reached or heard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from page_driver import SAVED, Map, around
from playwright.sync_api import expect
from review_map import LABELS, Reviewed, dynamics, samples

HIDDEN = "The map is hidden while you review blind"
PARTS = ["canvas", ".carto-tools", ".carto-legend", ".carto-marginal", ".carto-timeline"]
IS_READY = "() => document.querySelector('.carto-review-sample')"


@pytest.fixture
def one(carto: Map, shown: Any, tmp_path: Path) -> Reviewed:
    """A blind review of twelve samples."""
    carto.page.set_viewport_size({"width": 1200, "height": 900})
    datamap, _ = shown(dynamics(), samples=samples(), ledger=tmp_path / "ledger.jsonl")
    datamap.review(reviewer="ada", blind=True)
    one = Reviewed(carto, datamap)
    one.until(IS_READY)
    return one


def test_blind_neither_label_nor_model_is_in_the_page(one: Reviewed) -> None:
    sample = one.page.locator(".carto-review-body").inner_text()
    assert "said number" in sample
    assert not any(word in sample for word in ["gold", "suggested", "model", *LABELS])
    assert "gold" not in (one.page.locator(".carto-review-body").get_attribute("aria-label") or "")
    one.press("k", "s")  # neither is known
    expect(one.page.locator("[data-choice=keep]")).to_have_attribute("aria-disabled", "true")
    one.press("2")
    one.at(1)
    one.delivered()
    assert len(one.kinds()) == 1


def test_the_map_is_neither_seen_nor_reached_until_the_review_is_left(one: Reviewed) -> None:
    page = one.page
    for part in PARTS:
        expect(page.locator(part).first).to_be_hidden()
    expect(page.get_by_text(HIDDEN)).to_be_visible()
    heard = page.locator("#root").aria_snapshot()
    assert "confidence" not in heard
    assert "correctness" not in heard
    one.carto.lasso([*around(0.5, 0.5, 0.45)])
    page.locator(".carto-review-body").focus()
    one.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    one.press("Escape")
    page.locator(".carto-status").evaluate("one => { one.tabIndex = 0; one.focus(); }")
    one.press("c", "a", "Shift+ArrowLeft", "/")
    one.until("() => true")
    assert one.datamap.selection_count == 0
    expect(page.locator(".carto-drawer")).to_be_hidden()
    expect(page.locator(".carto-review")).to_be_visible()
    one.press("R")
    expect(page.locator(".carto-review-body")).to_be_focused()
    one.press("Escape")
    expect(page.locator(".carto canvas")).to_be_focused()
    for part in PARTS:
        expect(page.locator(part).first).to_be_visible()
    expect(page.get_by_text(HIDDEN)).to_be_hidden()


def test_it_stays_hidden_in_a_second_view_and_when_the_page_is_loaded_again(one: Reviewed) -> None:
    page = one.page
    page.evaluate("() => widget.render(document.querySelector('#second'))")
    one.until("() => document.querySelectorAll('.carto-review-sample').length === 2")
    for place in ("#root", "#second"):
        expect(page.locator(f"{place} canvas")).to_be_hidden()
    page.reload()
    one.carto.bare.wait("() => window.ready")
    one.carto.mount(connected=False, is_blind=True, snapshot=SAVED)  # before Python says anything
    one.carto.wait_data("frames", "1")
    expect(page.locator("canvas")).to_be_hidden()
    expect(page.get_by_text(HIDDEN)).to_be_visible()
    one.datamap._desk.close()
    one.until("() => !document.querySelector('.carto').dataset.blind")
    expect(page.locator("canvas")).to_be_visible()
