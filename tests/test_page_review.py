"""The review panel with a real map behind it: keys, buttons, what is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from page_driver import Map
from playwright.sync_api import expect
from review_map import LABELS, Reviewed, dynamics, samples

Begin = Callable[..., Reviewed]
BUTTONS = """() => [...document.querySelectorAll('.carto-review-verdicts button')]
  .map(one => { const { x, y, width } = one.getBoundingClientRect(); return [x, y, width]; })"""
# From the key to the frame in which the next sample stands.
TIMES = """() => {
  window.times = {};
  const panel = document.querySelector('.carto-review');
  let at = 0;
  addEventListener('keydown', () => { at = performance.now(); }, { capture: true });
  new MutationObserver(() => requestAnimationFrame(() => {
    times[panel.dataset.position] ??= performance.now() - at;
  })).observe(panel, { attributeFilter: ['data-position'] }); }"""


@pytest.fixture
def begin(carto: Map, shown: Any, tmp_path: Path) -> Begin:
    """Begins a review of twelve samples, the most suspicious first."""

    def make(width: int = 1200, n: int = 12, **more: Any) -> Reviewed:
        carto.page.set_viewport_size({"width": width, "height": 900})
        kept = tmp_path / "ledger.jsonl"
        datamap, _ = shown(dynamics(n), samples=samples(n), ledger=kept)
        datamap.review(reviewer="ada", **more)
        one = Reviewed(carto, datamap)
        one.at(0)
        return one

    return make


def holds(one: Reviewed) -> dict[str, tuple[str, Any]]:
    """What holds of each sample."""
    decided = one.datamap.ledger.decisions()
    return {guid: (row.kind, row.to) for guid, row in decided.iterrows()}


def test_by_keys_alone_each_decision_is_one_line_of_the_ledger(begin: Begin) -> None:
    one = begin()
    boxes = one.page.evaluate(BUTTONS)
    expect(one.page.locator(".carto-review-body")).to_be_focused()
    assert "gold label\nnegative" in one.text(".carto-labels")
    for at, key in enumerate(["k", "s", "1", "d", "u", "Enter"]):
        one.at(at)
        one.press(key)
    one.at(6)
    expect(one.page.locator(".carto-review-body")).to_be_focused()
    assert one.page.evaluate(BUTTONS) == boxes
    one.delivered()
    assert one.kinds() == [
        ("keep", "g0"),
        ("relabel", "g1"),
        ("relabel", "g2"),
        ("drop", "g3"),
        ("unsure", "g4"),
        ("relabel", "g5"),
    ]
    assert holds(one)["g1"][1] == LABELS[2]
    assert holds(one)["g2"][1] == LABELS[0]
    assert "6 decided · 3 relabelled · 1 dropped · 1 unsure" in one.text()
    assert "negative\n4 → 4" not in one.text()


def test_the_class_of_the_gold_label_is_a_keep(begin: Begin) -> None:
    one = begin()
    one.press("1")
    one.delivered()
    assert one.kinds() == [("keep", "g0")]


def test_a_key_that_is_held_decides_once(begin: Begin) -> None:
    one = begin()
    one.page.keyboard.down("k")
    for _ in range(5):
        one.page.keyboard.down("k")  # as a keyboard repeats
    one.page.keyboard.up("k")
    one.delivered()
    assert one.kinds() == [("keep", "g0")]


def test_undo_goes_back_to_the_sample_and_what_was_not_heard_yet_is_undone_in_order(
    begin: Begin,
) -> None:
    one = begin()
    one.press("k", "d", "z", "s")
    one.at(2)
    one.delivered()
    assert [kind for kind, _ in one.kinds()] == ["keep", "drop", "undo", "relabel"]
    assert holds(one) == {"g0": ("keep", None), "g1": ("relabel", "positive")}
    one.press("Control+z", "z")
    one.at(0)
    one.delivered()
    assert holds(one) == {}
    assert "0 decided" in one.text()


def test_nothing_is_lost_with_answers_lost_and_the_page_loaded_again(begin: Begin) -> None:
    one = begin()
    one.press("k", "d")
    one.carry(is_answered=False)  # the kernel has the first; the page never hears of it
    one.press("u", "1")
    expect(one.page.locator(".carto-review-more")).to_contain_text("wait for the kernel")
    one.page.reload()
    one.carto.bare.wait("() => window.ready")
    one.datamap.comm.messages.clear()
    one.mount()
    one.until("() => document.querySelector('.carto-review')?.hidden === false")
    one.delivered()
    assert one.kinds() == [("keep", "g0"), ("drop", "g1"), ("unsure", "g2"), ("keep", "g3")]


def test_decisions_that_wait_are_counted_on_the_screen_and_hold_at_once(begin: Begin) -> None:
    one = begin()
    one.press("k", "d", "u")
    more = one.page.locator(".carto-review-more")
    expect(more).to_contain_text("3 decisions wait for the kernel")
    assert "3 decided · 1 dropped · 1 unsure" in one.text()
    one.press("ArrowLeft")
    expect(one.page.locator("[data-choice=unsure]")).to_have_attribute("aria-pressed", "true")
    one.delivered()
    expect(more).to_contain_text("lowest AUM first")
    assert len(one.kinds()) == 3


def test_a_new_class_a_note_a_tag_and_a_class_that_is_found_by_typing(begin: Begin) -> None:
    one = begin()
    one.press("n")
    one.page.keyboard.type("mixed k d")
    one.page.get_by_role("textbox", name="What belongs here").fill("good and bad")
    one.press("Enter")
    one.at(1)
    expect(one.page.get_by_role("group", name="Classes")).to_contain_text("mixed k d")
    one.press("m")
    one.page.keyboard.type("why is this zzz")
    one.press("Enter", "t")
    one.page.keyboard.type("irony")
    one.press("Enter")
    expect(one.page.locator(".carto-review-remarks")).to_contain_text("note: why is this zzz")
    expect(one.page.locator(".carto-review-remarks")).to_contain_text("tags: irony")
    one.press("/")
    one.page.keyboard.type("mix")
    one.press("Enter")
    one.at(2)
    expect(one.page.locator(".carto-review-body")).to_be_focused()
    one.delivered()
    assert holds(one) == {"g0": ("relabel", "mixed k d"), "g1": ("relabel", "mixed k d")}
    classes = one.datamap.ledger.classes
    assert classes[["name", "rule"]].to_numpy().tolist() == [["mixed k d", "good and bad"]]
    decided = one.datamap.ledger.decisions().loc["g1"]
    assert (decided.note, tuple(decided.tags)) == ("why is this zzz", ("irony",))
    one.press("m", "Escape")
    expect(one.page.locator(".carto-review-field")).to_be_hidden()
    expect(one.page.locator(".carto-review")).to_be_visible()


def test_esc_leaves_says_so_and_a_new_review_goes_on(begin: Begin) -> None:
    one = begin()
    one.press("k", "Escape")
    expect(one.page.locator(".carto-review")).to_be_hidden()
    expect(one.page.locator(".carto canvas")).to_be_focused()
    expect(one.page.locator(".carto-ring")).to_have_count(0)  # no sample is in hand
    expect(one.page.locator(".carto-said")).to_contain_text("1 decision is kept")
    one.delivered()
    one.until("() => true")
    assert one.kinds() == [("keep", "g0")]
    one.press("R")
    one.until("() => document.querySelector('.carto-review').hidden === false")
    one.at(1)
    expect(one.page.locator(".carto-review-body")).to_be_focused()
    assert one.datamap.review(reviewer="ada").counts["decided"] == 1


def test_buttons_do_what_keys_do_and_leave_the_keys_alone(begin: Begin) -> None:
    one = begin()
    one.page.get_by_role("button", name="Drop").click()
    one.at(1)
    expect(one.page.locator(".carto-review-body")).to_be_focused()
    one.page.get_by_role("button", name="Suggested: positive").click()
    one.at(2)
    one.page.get_by_role("button", name="negative").last.click()
    one.at(3)
    one.page.get_by_role("button", name="Skip").click()
    one.at(4)
    one.page.get_by_role("button", name="Undo", exact=True).click()
    one.at(2)
    one.press("k")
    one.delivered()
    assert holds(one) == {
        "g0": ("drop", None),
        "g1": ("relabel", "positive"),
        "g2": ("keep", None),
    }


def test_two_views_show_one_review(begin: Begin) -> None:
    one = begin()
    one.page.evaluate("() => widget.render(document.querySelector('#second'))")
    two = "() => document.querySelectorAll('.carto-review[data-position=\"%d\"]').length === 2"
    one.until(two % 0)
    one.page.locator(".carto-review-body").first.focus()
    one.press("k")
    one.until(two % 1)
    one.delivered()
    assert len(one.kinds()) == 1


def test_reviewers_who_differ_are_named(begin: Begin, shown: Any) -> None:
    one = begin()
    one.press("d")
    one.delivered()
    one.datamap.review(reviewer="bob")
    one.until("() => document.querySelector('.carto-review-more').textContent.includes('bob')")
    one.at(0)
    one.press("k")
    one.delivered()
    one.datamap.review(reviewer="ada")
    one.until("() => document.querySelector('.carto-review-more').textContent.includes('ada')")
    one.at(1)
    one.press("ArrowLeft")
    one.at(0)
    remarks = one.page.locator(".carto-review-remarks")
    expect(remarks).to_contain_text("the reviewers do not agree")
    assert {"dropped by ada", "kept by bob"} <= set(remarks.inner_text().splitlines())


@pytest.mark.parametrize(("width", "is_over"), [(400, True), (800, True), (1200, False)])
def test_it_stands_beside_the_map_where_there_is_room_else_over_it(
    begin: Begin, width: int, is_over: bool
) -> None:
    one = begin(width)
    panel, middle = (
        one.page.locator(name).bounding_box() for name in [".carto-review", ".carto-middle"]
    )
    assert panel is not None
    assert (panel == middle) == is_over
    assert one.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    for label in ["Keep", "Drop", "Unsure", "Skip", "Tag", "New class"]:
        expect(one.page.get_by_role("button", name=label)).to_be_in_viewport()


def test_who_cannot_see_it_hears_place_words_and_labels(begin: Begin) -> None:
    one = begin()
    one.press("ArrowRight")
    said = "sample 2 of 12: not good at all, said number 1, gold label neutral, suggested positive"
    expect(one.page.locator(".carto-said [aria-live]")).to_contain_text(said)
    expect(one.page.get_by_role("application", name=said)).to_have_count(1)


def test_its_keys_are_no_commands_and_are_listed(begin: Begin) -> None:
    one = begin()
    takes = one.page.locator(".carto-review :is(button, input, [tabindex])")
    assert takes.count() > 12
    for i in range(takes.count()):
        assert takes.nth(i).get_attribute("data-lm-suppress-shortcuts") == "true"
    one.press("?")
    keys = one.page.get_by_role("dialog", name="Keys").get_by_role("region", name="reviewing")
    expect(keys).to_contain_text("the suggested class")
    one.press("Escape")
    expect(one.page.locator(".carto-review-body")).to_be_focused()


def test_after_the_last_sample_come_those_passed_over_then_the_end(begin: Begin) -> None:
    one = begin(n=3)
    one.press("ArrowRight", "k", "d")
    one.at(0)
    one.press("u")
    expect(one.page.locator(".carto-review-body")).to_contain_text("All through: 3 decided")
    one.press("ArrowLeft")
    one.at(2)
    one.delivered()
    assert len(one.kinds()) == 3


def test_the_next_sample_is_there_at_once(begin: Begin, capsys: Any) -> None:
    one = begin(n=60)
    one.page.evaluate(TIMES)
    for at in range(40):
        one.at(at)
        one.press("k")
    one.until("() => times[40]")
    times = one.page.evaluate("() => Object.values(times)")
    with capsys.disabled():
        print(f"\nnext sample: median {median(times):.1f} ms, max {max(times):.1f} ms")
