"""A frame on the page: places, colours, axes, strips, words."""

from __future__ import annotations

from itertools import pairwise

from page_driver import (
    BLUE,
    LAST,
    MIDDLE,
    MISSING,
    RED,
    WAITING,
    Map,
    is_empty,
    is_near,
)

# The GPU is never done; notes what the map says of its picture meanwhile.
BUSY = """() => {
  WebGL2RenderingContext.prototype.getSyncParameter = function () { return this.UNSIGNALED; };
  window.seen = [];
  const note = ([{ target }]) => seen.push(target.dataset.drawn);
  const root = document.querySelector('.carto');
  new MutationObserver(note).observe(root, { attributeFilter: ['data-drawn'] }); }"""


def test_a_frame_is_drawn_where_its_codes_say_in_the_colours_of_its_legend(carto: Map) -> None:
    carto.mount().frame([0, MIDDLE, LAST], [0, MIDDLE, LAST], color=[10, 0, 255], epoch=4)
    carto.wait_pixel(0, 0, is_near(RED))
    carto.wait_pixel(0.5, 0.5, is_near(BLUE))
    assert not is_empty(carto.pixel(1, 1))  # no colour: grey, but there
    assert is_empty(carto.pixel(0.25, 0.75))
    assert [carto.data("frame"), carto.data("epoch")] == ["1", "4"]
    assert carto.page.locator(".carto-ramp i").count() == 11
    assert carto.page.locator(".carto-legend").inner_text().split() == ["correctness", "0", "1"]


def test_axes_have_titles_and_ticks(carto: Map) -> None:
    carto.mount().frame([0], [0])
    assert carto.ticks()[0] == "0.00"
    assert "0.50" in carto.ticks()
    assert carto.ticks()[-1] == "1.0"
    assert carto.page.locator(".carto-title").all_text_contents() == [
        "variability →",
        "↑ confidence",
    ]


def test_region_words_stand_on_the_map(carto: Map) -> None:
    words = [{"text": "<b>hard</b>", "x": 0.1, "y": 0.2}]
    carto.mount().frame([0], [0], words=words)
    assert carto.page.locator(".carto-word").all_text_contents() == ["<b>hard</b>"]


def test_a_word_at_the_edge_of_the_map_is_not_cut_off(carto: Map) -> None:
    words = [{"text": "ambiguous", "x": 0.5, "y": 0.5}, {"text": "easy-to-learn", "x": 0, "y": 1}]
    carto.mount().frame([0], [0], words=words)
    carto.settle()
    right, left = (carto.page.locator(".carto-word").nth(i).bounding_box() for i in (0, 1))
    assert right is not None
    assert left is not None
    assert right["x"] + right["width"] <= carto.at(1, 0)[0]
    assert left["x"] >= carto.at(0, 0)[0]


def test_a_frame_in_chunks_is_acknowledged_and_shown_only_when_it_is_whole(carto: Map) -> None:
    carto.mount()
    whole = {"x": [0, MIDDLE, LAST], "y": [0, MIDDLE, LAST], "frame": 7}
    for chunk in (2, 0):
        carto.kernel("chunk", whole, chunk, 3)
    assert carto.kernel("acks") == []
    carto.kernel("chunk", whole, 1, 3)
    assert carto.kernel("acks") == [7]
    carto.wait_data("frame", "7")
    for place in (0.0, 0.5, 1.0):
        carto.wait_pixel(place, place, is_near(RED))


def test_points_glide_and_then_stand_at_their_new_place(carto: Map) -> None:
    carto.mount().frame([0], [MIDDLE])
    carto.wait_pixel(0, 0.5, is_near(RED))
    carto.frame([LAST], [MIDDLE], frames=2)
    carto.wait_pixel(1, 0.5, is_near(RED))
    assert is_empty(carto.pixel(0, 0.5))


def test_a_map_says_that_its_picture_is_the_one_before_while_the_gpu_is_busy(carto: Map) -> None:
    carto.mount().frame([0], [0])
    carto.settle()
    carto.page.evaluate(BUSY)
    for _ in range(2):  # what is drawn, and what would be next
        carto.page.locator(".carto canvas").press("+")
        carto.settle()
    assert carto.page.evaluate("() => seen") == ["before", "all"]


def test_where_motion_is_not_wanted_points_jump(carto: Map) -> None:
    carto.page.emulate_media(reduced_motion="reduce")
    carto.mount().frame([0], [MIDDLE])
    carto.frame([LAST], [MIDDLE], frames=2)
    assert is_near(RED)(carto.pixel(1, 0.5))


def test_waiting_rows_stand_in_a_strip_and_missing_ones_are_counted(carto: Map) -> None:
    carto.mount().frame([WAITING, WAITING, MISSING], [MIDDLE, LAST, MISSING], unseen=1)
    carto.wait_text(".carto-front", "one epochso far2")
    carto.wait_text(".carto-facts", "3 samples · 1 not seen yet")
    before = carto.at(0, 0)[0]
    carto.frame([0, LAST, MISSING], [MIDDLE, LAST, MISSING], frames=2, unseen=1)
    carto.wait_pixel(0, 0.5, is_near(RED))  # it has glided in
    assert carto.at(0, 0)[0] < before - 40  # and the strip is closed
    assert carto.page.locator(".carto-strip").count() == 0


def test_a_map_without_points_says_what_it_waits_for(carto: Map) -> None:
    carto.mount().frame([MISSING], [MISSING], unseen=1)
    carto.kernel("status", {"word": "waiting", "text": "waiting for the first batch"})
    carto.wait_text(".carto-blank", "waiting for the first batch")
    assert carto.page.locator(".carto-ramp i").count() == 11
    carto.frame([0], [0], frames=2)
    carto.bare.wait("() => document.querySelector('.carto-blank').textContent === ''")


def test_a_map_whose_samples_have_no_value_says_which_it_misses(carto: Map) -> None:
    carto.mount().frame([MISSING, 5], [5, MISSING])
    carto.frame([MISSING, MISSING], [5, 5], frames=2)
    carto.wait_text(".carto-blank", "no sample has both variability and confidence")
    assert carto.page.text_content(".carto-chosen") == ""
    carto.frame([], [], frames=3)
    carto.wait_text(".carto-blank", "no samples")


def test_long_names_of_categories_are_cut_to_their_room(carto: Map) -> None:
    names = [f"a name of many letters, and of some more, number {i}" for i in range(6)]
    column = {"kind": "category", "categories": names, "domain": [-0.5, 5.5]}
    carto.mount(height=600).frame([0, LAST], [0, LAST], columns={"x": column, "y": column})
    carto.settle()
    ticks = carto.page.locator(".carto-front .carto-tick")
    assert ticks.count() == 12
    boxes = [ticks.nth(i).bounding_box() for i in range(12)]
    ends = [(box["x"], box["x"] + box["width"]) for box in boxes if box is not None]
    for (_, end), (start, _) in pairwise(ends[:6]):
        assert end < start  # beside each other along x
    page = carto.page.viewport_size
    assert page is not None
    assert max(end - start for start, end in ends[6:]) < page["width"] / 4
    assert carto.at(0, 0)[0] < 0.3 * page["width"]


def test_a_frame_that_cannot_be_read_is_said_in_the_status_line(carto: Map) -> None:
    carto.mount()
    carto.kernel("chunk", {"x": [0, 1], "y": [0, 1], "rows": 9}, 0, 1)
    carto.wait_errors("column variability has 2 rows in chunk 0, 9 were announced")
    carto.frame([0], [0], frames=1)
    carto.wait_data("state", "live")
