"""The filter bar: what is written, what it finds, and how it is taken away."""

from __future__ import annotations

import re
from typing import Any

import pytest
from page_driver import HIDE, MIDDLE, MISSING, SAVED, Map, around
from playwright.sync_api import Locator, expect

X = [6553, MIDDLE, 58980, MISSING]  # confidence 0.1, 0.5, 0.9 and none
GOLD = {
    "name": "gold",
    "title": "gold label",
    "kind": "category",
    "categories": ["negative", "neutral", "positive"],
    "steps": None,
}
TEXTS = {"guid": ["10", "11", "12", "13"], "text": ["not bad", "I LOVE it", "caf\u00e9", ""]}


@pytest.fixture
def shown(carto: Map) -> Map:
    carto.mount().frame(X, X, color=[0, 1, 2, 2], columns={"color": GOLD})
    carto.kernel("texts", TEXTS)
    return carto


def box(carto: Map) -> Locator:
    return carto.page.get_by_role("combobox", name="Search and filter")


def ask(carto: Map, text: str) -> None:
    """Open the bar by its key, write, and press Enter."""
    carto.page.locator(".carto canvas").first.focus()
    carto.page.keyboard.press("/")
    box(carto).fill(text)
    box(carto).press("Enter")


def in_sight(carto: Map, text: str) -> None:
    expect(carto.page.locator(".carto-sight")).to_have_text(text)


def chips(carto: Map, *wanted: str) -> None:
    expect(carto.page.locator(".carto-chip bdi")).to_have_text([*wanted])


def asked(carto: Map) -> list[dict[str, Any]]:
    return [one["tree"] for one in carto.kernel("asks") if one["what"] == "filter"]


def answer(carto: Map, *bits: int, error: str | None = None) -> None:
    last = next(one for one in reversed(carto.kernel("asks")) if one["what"] == "filter")
    carto.page.evaluate(
        "([id, error, bits]) => kernel.answer(id, error, {}, [Uint8Array.from(bits)])",
        [last["id"], error, list(bits)],
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("confidence < 0.5", 1),
        ('confidence >= 0.5 and gold != "positive"', 1),
        ("not confidence < 0.5", 3),
        ("gold = positive", 2),
        ("guid in (10, 13)", 2),
        ("confidence is missing", 1),
        ("love", 1),
        ("CAFE\u0301", 1),
    ],
)
def test_what_is_asked_is_found(shown: Map, text: str, count: int) -> None:
    ask(shown, text)
    in_sight(shown, f"{count} of 4 in sight")
    expect(shown.page.locator(".carto-facts")).to_contain_text(f"{4 - count} filtered out")


def test_a_lasso_takes_what_is_in_sight(shown: Map) -> None:
    ask(shown, "gold = neutral or gold = positive")
    in_sight(shown, "3 of 4 in sight")
    shown.lasso(around(0.5, 0.5, 0.48))
    shown.wait_data("selected", "2")
    assert shown.kernel("selects")[-1]["bits"] == [0b0110]


def test_the_bar_is_opened_by_its_button_and_left_by_esc(shown: Map) -> None:
    button = shown.page.get_by_role("button", name="Search and filter")
    button.click()
    expect(box(shown)).to_be_focused()
    expect(button).to_have_attribute("aria-pressed", "true")
    shown.page.keyboard.type("love")
    shown.page.keyboard.press("Enter")
    in_sight(shown, "1 of 4 in sight")
    shown.page.keyboard.press("Escape")
    expect(box(shown)).to_be_hidden()
    expect(button).to_be_focused()
    chips(shown, "love")  # the filter stays
    shown.page.get_by_role("button", name="Remove filter: love").click()
    expect(shown.page.locator(".carto-filterbar")).to_be_hidden()
    expect(shown.page.locator(".carto-facts")).not_to_contain_text("filtered out")


def test_the_key_leads_back_into_a_box_that_is_open(shown: Map) -> None:
    ask(shown, "love")
    in_sight(shown, "1 of 4 in sight")
    shown.page.locator(".carto canvas").focus()
    shown.page.keyboard.press("/")
    expect(box(shown)).to_be_focused()
    shown.page.keyboard.type("not")  # in place of what was written
    shown.page.keyboard.press("Enter")
    expect(box(shown)).to_have_value("not")
    assert shown.data("tool") == "lasso"


def test_a_selection_that_is_filtered_out_leaves_what_is_in_sight_as_strong(shown: Map) -> None:
    strong = shown.pixel(0.9, 0.9)
    shown.lasso(around(0.5, 0.5))
    shown.wait_data("selected", "1")
    shown.wait_pixel(0.9, 0.9, lambda pixel: pixel[3] < strong[3] / 2)
    ask(shown, "confidence > 0.7")
    in_sight(shown, "1 of 4 in sight")
    shown.wait_pixel(0.9, 0.9, lambda pixel: pixel == strong)
    expect(shown.page.locator(".carto-chosen")).to_contain_text("1 selected, none in sight")


def test_one_class_alone_stays_alone_when_other_columns_are_drawn(shown: Map) -> None:
    names = ["negative", "positive", "other (2)"]
    few = {**GOLD, "categories": names, "other": 2}
    shown.frame(X, X, frames=2, color=[0, 1, 2, 2], columns={"color": few})
    shown.page.get_by_role("button", name="negative", exact=True).click(modifiers=["Alt"])
    in_sight(shown, "1 of 4 in sight")
    other = {"color": {**GOLD, "name": "correctness", "title": "correctness"}}
    shown.frame(X, X, frames=3, color=[0, 1, 2, 2], columns=other)
    shown.bare.wait("() => kernel.asks().some(({what}) => what === 'filter')")
    is_left = {"op": "in", "column": "gold", "values": ["negative"]}
    assert asked(shown) == [{"op": "or", "of": [is_left, {"op": "missing", "column": "gold"}]}]
    chips(shown, "gold: only negative")


def test_what_is_written_is_asked_without_enter_once_it_rests(shown: Map) -> None:
    shown.page.locator(".carto canvas").focus()
    shown.page.keyboard.press("/")
    box(shown).press_sequentially("confidence > 0.5")
    in_sight(shown, "1 of 4 in sight")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("confidence <", 'after "confidence <": expected a value'),
        ("gold = positiv", 'gold has no class "positiv"; did you mean "positive"?'),
        ("confidence < low", "confidence holds numbers: expected one such as 0.3"),
    ],
)
def test_a_mistake_is_explained_and_the_last_good_filter_stays(
    shown: Map, text: str, said: str
) -> None:
    ask(shown, "confidence < 0.5")
    in_sight(shown, "1 of 4 in sight")
    box(shown).fill(text)
    box(shown).press("Enter")
    expect(shown.page.locator(".carto-wrong")).to_contain_text(said)
    expect(box(shown)).to_have_attribute("aria-invalid", "true")
    in_sight(shown, "1 of 4 in sight")
    box(shown).fill("")
    expect(shown.page.locator(".carto-wrong")).to_be_hidden()
    expect(shown.page.locator(".carto-facts")).not_to_contain_text("filtered out")


def test_columns_and_classes_are_offered_and_taken_by_keyboard(shown: Map) -> None:
    shown.page.locator(".carto canvas").focus()
    shown.page.keyboard.press("/")
    box(shown).press_sequentially("go")
    option = shown.page.get_by_role("option")
    expect(option).to_have_text(["gold"])
    shown.page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    shown.page.keyboard.press("Enter")
    expect(box(shown)).to_have_value("gold ")
    expect(option.first).to_have_text("=")
    box(shown).press_sequentially("= ne")
    expect(option).to_have_text(['"negative"', '"neutral"'])
    option.nth(1).click()
    expect(box(shown)).to_have_value('gold = "neutral" ')
    in_sight(shown, "1 of 4 in sight")
    expect(box(shown)).to_be_focused()


def test_python_is_asked_for_what_is_not_here_and_that_is_said(shown: Map) -> None:
    ask(shown, "confidence < 0.8 and aum < -1")
    in_sight(shown, "2 of 4 in sight · waiting for Python…")  # what is here filters at once
    aum = {"op": "<", "column": "aum", "value": -1}
    assert asked(shown) == [aum]
    answer(shown, 0b1110)
    in_sight(shown, "1 of 4 in sight")
    assert shown.data("state") == "live"


def test_python_is_asked_again_when_its_numbers_are_others(shown: Map) -> None:
    ask(shown, "aum < -1")
    shown.bare.wait("() => kernel.asks().length === 1")
    answer(shown, 0b0001)
    in_sight(shown, "1 of 4 in sight")
    more = {"color": [0, 1, 2, 2], "columns": {"color": GOLD}}
    shown.frame(X, X, frames=2, epoch=1, **more)
    shown.bare.wait("() => kernel.asks().length === 2")
    in_sight(shown, "1 of 4 in sight")  # until the answer has come
    answer(shown, 0b0111)
    in_sight(shown, "3 of 4 in sight")


def test_what_python_refuses_is_said_and_the_question_before_stays(shown: Map) -> None:
    ask(shown, "confidence < 0.5")
    in_sight(shown, "1 of 4 in sight")
    box(shown).fill("confidnce < 0.5")
    box(shown).press("Enter")
    shown.bare.wait("() => kernel.asks().length === 1")
    answer(shown, error="no column 'confidnce'; did you mean 'confidence'?")
    expect(shown.page.locator(".carto-wrong")).to_contain_text("did you mean 'confidence'")
    in_sight(shown, "1 of 4 in sight")
    expect(box(shown)).to_have_value("confidnce < 0.5")


def test_numbers_that_are_drawn_are_settled_by_python_once_no_training_goes_on(shown: Map) -> None:
    more = {"color": [0, 1, 2, 2], "columns": {"color": GOLD}}
    shown.frame(X, X, frames=2, live=False, **more)
    ask(shown, "confidence < 0.5000001")
    in_sight(shown, "1 of 4 in sight")  # on the lattice the middle is not below
    shown.bare.wait("() => kernel.asks().some(({what}) => what === 'filter')")
    answer(shown, 0b0011)
    in_sight(shown, "2 of 4 in sight")


def test_a_class_is_hidden_shown_and_shown_alone_in_the_legend(shown: Map) -> None:
    neutral = shown.page.get_by_role("button", name="neutral", exact=True)
    neutral.click()
    in_sight(shown, "3 of 4 in sight")
    expect(neutral).to_have_attribute("aria-pressed", "false")
    chips(shown, "gold label: not neutral")
    neutral.press("Enter")
    expect(shown.page.locator(".carto-filterbar")).to_be_hidden()
    expect(neutral).to_be_focused()
    positive = shown.page.get_by_role("button", name="positive", exact=True)
    shown.page.evaluate(HIDE)
    positive.click()
    shown.page.mouse.down(click_count=2)
    shown.page.evaluate("() => see()")
    chips(shown, "gold label: not positive")  # drawn while the button is down
    shown.page.mouse.up(click_count=2)
    chips(shown, "gold label: only positive")
    in_sight(shown, "2 of 4 in sight")
    positive.click(modifiers=["Alt"])
    expect(shown.page.locator(".carto-filterbar")).to_be_hidden()


def test_filters_stay_when_other_columns_are_drawn(shown: Map) -> None:
    shown.page.get_by_role("button", name="neutral", exact=True).click()
    in_sight(shown, "3 of 4 in sight")
    other = {"color": {**GOLD, "name": "prediction", "title": "prediction"}}
    shown.frame(X, X, frames=2, color=[2, 2, 2, 2], columns=other)
    in_sight(shown, "3 of 4 in sight · waiting for Python…")  # the rows of before until then
    assert asked(shown) == [
        {"op": "not", "of": {"op": "in", "column": "gold", "values": ["neutral"]}}
    ]
    answer(shown, 0b1001)
    in_sight(shown, "2 of 4 in sight")
    chips(shown, "gold: not neutral")
    shown.frame(X, X, frames=3, color=[0, 1, 2, 2], columns={"color": GOLD})
    in_sight(shown, "3 of 4 in sight")


def test_all_filters_are_cleared_at_once(shown: Map) -> None:
    shown.page.get_by_role("button", name="neutral", exact=True).click()
    ask(shown, "confidence > 0.2")
    in_sight(shown, "1 of 4 in sight")
    shown.page.get_by_role("button", name="Clear all filters").click()
    expect(box(shown)).to_have_value("")
    expect(shown.page.locator(".carto-sight")).to_have_text("")
    chips(shown)


def test_two_views_have_the_same_filters(shown: Map) -> None:
    shown.page.evaluate("() => widget.render(document.querySelector('#second'))")
    ask(shown, "confidence < 0.5")
    second = shown.page.locator("#second")
    expect(second.locator(".carto-chip bdi")).to_have_text("confidence < 0.5")
    second.get_by_role("button", name=re.compile("Remove filter")).click()
    in_sight_of_first = shown.page.locator("#root .carto-sight")
    expect(in_sight_of_first).to_have_text("")
    expect(shown.page.locator("#root").get_by_role("combobox")).to_be_visible()


def test_many_rows_are_filtered_by_the_worker(carto: Map) -> None:
    rows = 60_000
    carto.mount().frame(list(range(rows)), [0] * rows, color=[i % 3 for i in range(rows)])
    carto.kernel("texts", {name: [str(i) for i in range(rows)] for name in ("guid", "text")})
    ask(carto, "variability < 0.25 and guid in (7, 40000)")  # code 32,767 is the middle
    in_sight(carto, "1 of 60,000 in sight")
    box(carto).fill("5999")
    box(carto).press("Enter")
    in_sight(carto, "16 of 60,000 in sight")  # 5999, 15999 to 55999, and 59990 to 59999


def test_what_is_typed_right_after_the_key_is_in_the_box(shown: Map) -> None:
    shown.page.evaluate(
        """() => {
          const canvas = document.querySelector('.carto canvas');
          canvas.focus();
          canvas.dispatchEvent(new KeyboardEvent('keydown', { key: '/', bubbles: true }));
          window.focused = document.activeElement.getAttribute('role');
        }"""
    )
    assert shown.page.evaluate("window.focused") == "combobox"


def test_letters_typed_into_the_box_are_no_commands(shown: Map) -> None:
    shown.page.locator(".carto canvas").focus()
    shown.page.keyboard.press("/")
    box(shown).press_sequentially("blp0?zia")
    expect(box(shown)).to_have_value("blp0?zia")
    assert shown.data("tool") == "lasso"
    assert box(shown).get_attribute("data-lm-suppress-shortcuts") == "true"


def test_a_saved_map_says_which_column_it_does_not_have(carto: Map) -> None:
    carto.mount(connected=False, snapshot=SAVED)
    carto.wait_frames(1)
    ask(carto, "aum < 1")
    expect(carto.page.locator(".carto-wrong")).to_contain_text("no column aum here")
    box(carto).fill("two")
    box(carto).press("Enter")
    in_sight(carto, "1 of 2 in sight")
