"""Cards, the list and the gallery in the bare page, with a kernel that deals cards."""

from __future__ import annotations

import pytest
from page_driver import SAVED, Map, X, Y, around
from playwright.sync_api import Locator, expect

COUNT_URLS = """() => {
  window.urls = new Set();
  const [make, end] = [URL.createObjectURL, URL.revokeObjectURL];
  URL.createObjectURL = of => { const url = make.call(URL, of); urls.add(url); return url; };
  URL.revokeObjectURL = url => { urls.delete(url); end.call(URL, url); }; }"""
# A PNG of one pixel.
PNG = (
    "[137,80,78,71,13,10,26,10,0,0,0,13,73,72,68,82,0,0,0,1,0,0,0,1,8,6,0,0,0,31,21,196,137,0,0,"
    "0,13,73,68,65,84,120,156,99,248,207,192,240,31,0,5,0,1,255,137,153,61,29,0,0,0,0,73,69,78,"
    "68,174,66,96,130]"
)
IMAGE = f"row => ({{ parts: [{{ kind: 'image', type: 'image/png', size: [1, 1], body: {PNG} }}] }})"
MANY = """n => {
  const codes = salt => Array.from({ length: n }, (_, i) => (i * salt) % 65534);
  kernel.frame({ x: codes(7919), y: codes(104729), columns: {} });
  kernel.texts({ guid: Array.from({ length: n }, (_, i) => `guid ${i}`) }); }"""
RING_IS_AT = """([x, y]) => {
  const [ring, ...others] = document.querySelectorAll('.carto-ring');
  const { left, top, width, height } = ring?.getBoundingClientRect() ?? {};
  return !others.length && Math.hypot(left + width / 2 - x, top + height / 2 - y) < 2; }"""
ENTRY = ".carto-entry"


def dealing(carto: Map, make: str = "() => ({})", **options: int) -> None:
    carto.page.evaluate(f"options => kernel.deal({make}, options)", options)


def five(carto: Map, make: str = "() => ({})", **options: int) -> Map:
    """Five rows, of which rows 0, 1 and 2 stand on the plot."""
    carto.mount().frame(X, Y)
    carto.kernel("texts", {"guid": list("abcde"), "text": ["one", "two", "three", "four", "five"]})
    dealing(carto, make, **options)
    return carto


def many(carto: Map, n: int, make: str = "() => ({})") -> Map:
    carto.mount()
    dealing(carto, make)
    carto.page.evaluate(MANY, n)
    carto.wait_frames(1)
    return carto


def browse(carto: Map, kind: str = "list") -> None:
    carto.page.locator(".carto canvas").focus()
    carto.page.keyboard.press("c")
    if kind == "gallery":
        carto.page.get_by_role("button", name="As a gallery").click()
    carto.wait_data("browser", kind)


def click(carto: Map, fx: float, fy: float) -> None:
    carto.page.mouse.click(*carto.at(fx, fy))


def rows(carto: Map) -> list[int]:
    js = "() => [...document.querySelectorAll('.carto-entry')].map(e => Number(e.dataset.row))"
    found: list[int] = carto.page.evaluate(js)
    return found


def wait_rows(carto: Map, *wanted: int) -> None:
    """Wait until these entries are there, in this order of their making."""
    carto.until(lambda: rows(carto) == [*wanted], lambda: rows(carto))


def entry(carto: Map, row: int) -> Locator:
    return carto.page.locator(f"{ENTRY}[data-row='{row}']")


# ---- the pinned card ----


def test_a_click_on_a_point_pins_its_card(carto: Map) -> None:
    five(carto, "row => ({ parts: [{ kind: 'text', text: 'told by Python' }] })")
    click(carto, 0.5, 0.5)
    carto.wait_data("pinned", "1")
    carto.wait_text(".carto-card", "told by Python")
    carto.wait_text(".carto-drawer h3", "g1")
    carto.wait_text(".carto-labels", "dog")
    said = "gold probability from 0.200 to 0.900 over 2 epochs, right in 1 of 2"
    expect(carto.page.get_by_role("img", name=said)).to_be_visible()
    expect(carto.page.locator(".carto-pin")).to_have_count(1)
    assert carto.data("selected") == "0"
    carto.page.keyboard.press("Escape")
    carto.wait_data("pinned", "")
    expect(carto.page.locator(".carto-drawer")).to_be_hidden()


def test_a_click_beside_the_points_and_one_with_a_key_pin_nothing(carto: Map) -> None:
    five(carto)
    click(carto, 0.3, 0.8)
    carto.page.keyboard.down("Shift")
    click(carto, 0.5, 0.5)
    carto.page.keyboard.up("Shift")
    carto.wait_data("selected", "1")
    assert carto.data("pinned") == ""


def test_what_the_page_knows_stands_there_before_python_answers(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.kernel("texts", {"guid": list("abcde"), "text": ["one", "two", "three", "four", "five"]})
    click(carto, 0.5, 0.5)
    carto.wait_text(".carto-card", "two")
    carto.wait_text(".carto-card", "confidence")
    carto.wait_text(".carto-card", "Python is busy")


def test_a_saved_map_says_what_it_holds(carto: Map) -> None:
    carto.mount(connected=False, snapshot=SAVED)
    carto.wait_data("frames", "1")
    click(carto, 0.5, 0.5)
    carto.move(0.3, 0.3)
    carto.move(0.5, 0.5)
    carto.wait_text(".carto-tooltip", "two")
    assert carto.data("pinned") == ""  # cards come with Python
    assert carto.kernel("asks") == []


def test_what_python_refuses_stands_in_the_card(carto: Map) -> None:
    carto.mount().frame(X, Y)
    click(carto, 0.5, 0.5)
    carto.bare.wait("() => kernel.asks().length === 1")
    carto.kernel("answer", carto.kernel("asks")[0]["id"], "a page of row 1: expected none")
    carto.wait_text(".carto-fault", "a page of row 1: expected none")


def test_nothing_of_a_card_is_markup(carto: Map) -> None:
    evil = "<img src=x onerror='window.hit=1'><script>window.hit=1</script>"
    parts = f"""[
      {{ kind: 'text', text: {evil!r}, column: '__proto__' }},
      {{ kind: 'tokens', tokens: [{evil!r}], weights: [1], column: 'constructor' }},
      {{ kind: 'error', text: {evil!r} }},
      {{ kind: 'row', facts: [[{evil!r}, {evil!r}], ['__proto__', null]] }},
      {{ kind: 'text', text: 'שלום \\u0000 👩‍👩‍👧' }},
      {{ kind: 'strange' }}]"""
    five(carto, f"row => ({{ guid: {evil!r}, gold: {evil!r}, parts: {parts} }})")
    click(carto, 0.5, 0.5)
    carto.wait_text(".carto-card", "שלום")
    texts = carto.page.locator(".carto-text")
    assert texts.first.text_content() == evil
    expect(texts.last).to_have_attribute("dir", "auto")
    assert carto.page.locator(".carto-drawer :is(img, script)").count() == 0
    browse(carto)
    expect(entry(carto, 1)).to_contain_text("two")
    assert carto.page.evaluate("() => window.hit") is None


def test_bytes_are_shown_only_as_what_they_may_be(carto: Map) -> None:
    svg = "[60,115,118,103,62]"
    kinds = f"""[{{ kind: 'image', type: 'image/svg+xml', size: [1, 1], body: {svg} }},
                 {{ kind: 'image', type: 'text/html', size: [1, 1], body: {svg} }},
                 {{ kind: 'image', type: 'image/png', size: [1, 1], body: {PNG} }}]"""
    five(carto, f"row => ({{ parts: {kinds} }})")
    click(carto, 0.5, 0.5)
    carto.wait_text(".carto-card", "image/svg+xml is not shown")
    carto.wait_text(".carto-card", "text/html is not shown")
    images = carto.page.locator(".carto-card img")
    expect(images).to_have_count(1)
    assert (images.get_attribute("src") or "").startswith("blob:")
    carto.bare.wait("() => document.querySelector('.carto-card img').naturalWidth === 1")


def test_addresses_of_bytes_are_given_back(carto: Map) -> None:
    carto.page.evaluate(COUNT_URLS)
    many(carto, 2_000, IMAGE)
    browse(carto, "gallery")
    carto.bare.wait("() => document.querySelectorAll('.carto-entry img').length > 5")
    scroll = carto.page.locator(".carto-scroll")
    for to in (4_000, 9_000, 20_000, 0):
        first = rows(carto)[0]
        scroll.evaluate("(e, to) => { e.scrollTop = to; }", to)
        moved = "old => Number(document.querySelector('.carto-entry').dataset.row) !== old"
        carto.bare.wait(moved, first)
        carto.bare.wait("() => document.querySelectorAll('.carto-entry[data-waits]').length === 0")
    js = "() => urls.size === document.querySelectorAll('.carto img').length"
    carto.bare.wait(js)
    carto.page.get_by_role("button", name="Close").click()
    carto.bare.wait("() => urls.size === 0")
    carto.page.evaluate("() => widget.unmount()")
    assert carto.page.evaluate("() => urls.size") == 0


def test_a_renderer_set_later_is_seen_at_once(carto: Map) -> None:
    five(carto, "row => ({ parts: [{ kind: 'text', text: `version ${window.version ?? 1}` }] })")
    click(carto, 0.5, 0.5)
    carto.wait_text(".carto-card", "version 1")
    carto.page.evaluate("() => { window.version = 2; kernel.send({ kind: 'cards' }); }")
    carto.wait_text(".carto-card", "version 2")


def test_hover_brings_the_picture_of_a_point_quietly(carto: Map) -> None:
    five(carto, IMAGE)
    carto.move(0.5, 0.5)
    carto.bare.wait("() => document.querySelector('.carto-tooltip img')?.naturalWidth === 1")
    assert carto.page.evaluate("() => kernel.dealt") == [[1]]


# ---- list and gallery ----


@pytest.mark.parametrize("kind", ["list", "gallery"])
def test_of_a_hundred_thousand_entries_those_in_sight_are_there(carto: Map, kind: str) -> None:
    many(carto, 100_000, "row => ({ parts: [{ kind: 'text', text: `about ${row}` }] })")
    browse(carto, kind)
    carto.wait_text(".carto-drawer h3", "100,000 in sight")
    expect(entry(carto, 0)).to_contain_text("about 0")
    assert len(rows(carto)) < 60
    scroll = carto.page.locator(".carto-scroll")
    scroll.evaluate("e => { e.scrollTop = e.scrollHeight / 2; }")
    carto.bare.wait("() => Number(document.querySelector('.carto-entry').dataset.row) > 40000")
    carto.bare.wait("() => document.querySelectorAll('.carto-entry[data-waits]').length === 0")
    middle = rows(carto)
    assert len(middle) < 60
    assert 45_000 < middle[0] < 55_000
    expect(entry(carto, middle[3])).to_contain_text(f"about {middle[3]}")
    dealt = carto.page.evaluate("() => kernel.dealt")
    assert max(map(len, dealt)) <= 50
    assert carto.page.evaluate("() => kernel.mostOpen") <= 2
    assert sum(map(len, dealt)) < 500


def test_entries_say_what_the_page_knows_until_their_cards_come(carto: Map) -> None:
    carto.mount()
    carto.page.evaluate(MANY, 1_000)
    carto.wait_frames(1)
    browse(carto)
    expect(entry(carto, 0)).to_contain_text("guid 0")
    expect(entry(carto, 0)).to_have_attribute("data-waits", "")
    assert len(carto.kernel("asks")) <= 2


def test_a_page_that_was_cut_is_asked_for_again(carto: Map) -> None:
    carto.mount()
    carto.page.evaluate("() => kernel.deal(() => ({}), { most: 3 })")
    carto.page.evaluate(MANY, 12)
    carto.wait_frames(1)
    browse(carto)
    carto.bare.wait("() => kernel.dealt.length >= 4")
    assert len(carto.page.evaluate("() => kernel.dealt[0]")) == 12
    expect(carto.page.locator(f"{ENTRY}[data-waits]")).to_have_count(0)


def test_the_list_is_walked_and_pinned_by_keys(carto: Map) -> None:
    many(carto, 1_000)
    browse(carto)
    grid = carto.page.get_by_role("grid", name="Samples")
    expect(grid).to_be_focused()
    expect(grid).to_have_attribute("aria-rowcount", "1001")
    press = carto.page.keyboard.press
    press("ArrowDown")
    press("ArrowDown")
    active = carto.page.locator(f"{ENTRY}[data-active]")
    expect(active).to_have_attribute("data-row", "2")
    expect(grid).to_have_attribute("aria-activedescendant", active.get_attribute("id") or "")
    expect(carto.page.locator(".carto-ring")).to_have_count(1)
    press("End")
    expect(active).to_have_attribute("data-row", "999")
    expect(active).to_have_attribute("aria-rowindex", "1001")
    press("PageUp")
    press("Home")
    expect(active).to_have_attribute("data-row", "0")
    press("ArrowUp")
    expect(active).to_have_attribute("data-row", "0")
    press("Enter")
    carto.wait_data("pinned", "0")
    carto.page.get_by_role("button", name="The next sample").click()
    carto.wait_data("pinned", "1")
    press("Escape")
    carto.wait_data("pinned", "")
    expect(grid).to_be_focused()
    press("Escape")
    carto.wait_data("browser", "")
    expect(carto.page.locator(".carto canvas")).to_be_focused()


def test_the_gallery_is_walked_in_two_directions(carto: Map) -> None:
    many(carto, 1_000)
    browse(carto, "gallery")
    carto.page.get_by_role("listbox", name="Samples").focus()
    across = carto.page.evaluate(
        "() => Number(getComputedStyle(document.querySelector('.carto-layer'))"
        ".getPropertyValue('--carto-across'))"
    )
    active = carto.page.locator(f"{ENTRY}[data-active]")
    carto.page.keyboard.press("Home")
    carto.page.keyboard.press("ArrowRight")
    expect(active).to_have_attribute("data-row", "1")
    carto.page.keyboard.press("ArrowDown")
    expect(active).to_have_attribute("data-row", str(1 + across))
    expect(active).to_have_attribute("aria-setsize", "1000")
    label = active.locator(".carto-said").text_content() or ""
    assert label.startswith(f"guid {1 + across}, cat, taken for dog, variability 0.")


def test_the_list_follows_the_selection(carto: Map) -> None:
    five(carto)
    browse(carto)
    carto.wait_text(".carto-drawer h3", "4 in sight")
    wait_rows(carto, 0, 1, 2, 3)
    carto.lasso(around(0.5, 0.5))
    carto.wait_text(".carto-drawer h3", "1 selected")
    wait_rows(carto, 1)
    carto.page.keyboard.press("i")
    carto.wait_text(".carto-drawer h3", "3 selected")
    wait_rows(carto, 0, 2, 3)


def test_rows_are_ordered_by_a_column_and_stay_where_they_are_while_it_moves(carto: Map) -> None:
    carto.mount().frame([300, 100, 200], [1, 2, 3])
    dealing(carto)
    browse(carto)
    order = carto.page.get_by_role("combobox", name="Order")
    expect(order.locator("option")).to_have_count(4)
    order.select_option("x")
    wait_rows(carto, 1, 2, 0)
    header = carto.page.get_by_role("columnheader", name="variability")
    expect(header).to_have_attribute("aria-sort", "ascending")
    carto.page.get_by_role("button", name="Turn the order round").click()
    expect(header).to_have_attribute("aria-sort", "descending")
    wait_rows(carto, 0, 2, 1)
    carto.frame([1, 2, 3], [1, 2, 3], frames=2)
    again = carto.page.get_by_role("button", name="Order again")
    expect(again).to_be_visible()
    assert rows(carto) == [0, 2, 1]
    again.click()
    wait_rows(carto, 2, 1, 0)
    expect(again).to_be_hidden()


def test_an_entry_under_the_pointer_rings_its_point(carto: Map) -> None:
    five(carto)
    browse(carto)
    carto.settle()
    entry(carto, 2).hover()
    carto.until(lambda: carto.page.evaluate(RING_IS_AT, carto.at(0.9, 0.9)))


def test_a_million_entries_are_reached_by_key_by_wheel_and_by_the_bar(carto: Map) -> None:
    carto.mount()
    dealing(carto)
    carto.page.evaluate(
        "() => kernel.frame({ x: new Array(1e6).fill(9), y: new Array(1e6).fill(9) })"
    )
    carto.wait_frames(1)
    browse(carto)
    carto.wait_text(".carto-drawer h3", "1,000,000 in sight")
    carto.page.keyboard.press("End")
    active = carto.page.locator(f"{ENTRY}[data-active]")
    expect(active).to_have_attribute("data-row", "999999")
    expect(active).to_be_in_viewport()
    carto.page.keyboard.press("Home")
    expect(active).to_have_attribute("data-row", "0")
    scroll = carto.page.locator(".carto-scroll")
    scroll.hover()
    carto.page.mouse.wheel(0, 660)  # ten rows of 66 px
    carto.bare.wait("() => Number(document.querySelector('.carto-entry').dataset.row) >= 8")
    assert min(rows(carto)) <= 10
    scroll.evaluate("e => { e.scrollTop = e.scrollHeight / 2; }")
    carto.bare.wait("() => Number(document.querySelector('.carto-entry').dataset.row) > 490000")
    assert min(rows(carto)) < 510_000


def test_where_it_is_narrow_the_drawer_covers_the_map(carto: Map) -> None:
    carto.page.set_viewport_size({"width": 400, "height": 700})
    five(carto)
    carto.wait_data("room", "narrow")
    browse(carto)
    carto.settle()
    drawer = carto.page.locator(".carto-drawer").bounding_box()
    middle = carto.page.locator(".carto-middle").bounding_box()
    assert drawer is not None
    assert drawer == middle
    entry(carto, 0).click()
    carto.wait_data("pinned", "0")
    carto.page.get_by_role("button", name="Close").click()
    expect(carto.page.locator(".carto-drawer")).to_be_hidden()


def test_everything_in_the_drawer_keeps_its_keys_from_the_notebook(carto: Map) -> None:
    wav = "[82,73,70,70]"
    sound = f"{{ kind: 'audio', type: 'audio/wav', seconds: 1, peaks: [1, 100], body: {wav} }}"
    five(carto, f"row => ({{ parts: [{sound}] }})")
    browse(carto)
    click(carto, 0.5, 0.5)
    carto.page.locator(".carto-card audio").wait_for()
    found = carto.page.locator(".carto-drawer :is(button, select, audio, [tabindex], a, input)")
    assert found.count() >= 10
    for i in range(found.count()):
        assert found.nth(i).get_attribute("data-lm-suppress-shortcuts") == "true"
        assert found.nth(i).get_attribute("aria-label")


def test_words_that_are_looked_for_are_marked(carto: Map) -> None:
    five(carto, "row => ({ parts: [{ kind: 'text', text: 'Two and <b>two</b>' }] })")
    browse(carto)
    carto.page.locator(".carto canvas").focus()
    carto.page.keyboard.press("/")
    box = carto.page.get_by_role("combobox", name="Search and filter")
    box.fill("two")
    box.press("Enter")
    carto.wait_text(".carto-drawer h3", "1 in sight")
    expect(entry(carto, 1).locator("mark")).to_have_text(["two"])
    entry(carto, 1).click()
    expect(carto.page.locator(".carto-card mark")).to_have_text(["Two", "two"])
