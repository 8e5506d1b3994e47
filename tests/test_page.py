"""The built module in a bare page: real pixels and real pointers, a fake kernel, no Jupyter."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from jupyter_driver import WatchedPage

Shown = dict[str, Any]
LAST, WAITING, MISSING = 65533, 65534, 65535
MIDDLE = 32767
RED, BLUE = [209, 72, 58], [80, 112, 219]  # correctness 1 and 0 on a light page

PIXEL = """([fx, fy]) => {
  const canvas = document.querySelector('.carto canvas');
  const gl = canvas.getContext('webgl2');
  const [x, y, w, h] = canvas.dataset.plot.split(' ').map(Number);
  const scale = canvas.width / canvas.getBoundingClientRect().width;
  const [px, py] = [(x + fx * w) * scale, canvas.height - (y + (1 - fy) * h) * scale];
  const pixel = new Uint8Array(4);
  gl.readPixels(Math.round(px - 0.5), Math.round(py - 0.5), 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  return [...pixel]; }"""


# Takes the context away, then the map out of sight, and only when that was seen back into it.
LOSE_FOR_GOOD = """() => {
  const canvas = document.querySelector('.carto canvas');
  const root = document.querySelector('#root');
  window.old = canvas;
  canvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext();
  return new Promise(done => {
    const sight = new IntersectionObserver(([entry]) => {
      if (entry.isIntersecting) { root.style.display = 'none'; return; }
      sight.disconnect();
      root.style.display = '';
      done(true);
    });
    sight.observe(canvas);
  }); }"""


class Map:
    """The map in the page, driven as its user and as its kernel."""

    def __init__(self, bare: WatchedPage) -> None:
        self.bare, self.page = bare, bare.page

    def mount(self, *, connected: bool = True, **state: object) -> Map:
        self.page.evaluate("state => mountWidget(state)", state)
        if connected:
            self.kernel("welcome")
        return self

    def kernel(self, what: str, *arguments: object) -> Any:
        return self.page.evaluate(f"all => kernel.{what}(...all)", list(arguments))

    def frame(self, x: list[int], y: list[int], *, frames: int = 1, **more: object) -> None:
        """Send a whole frame and wait until the map has shown so many."""
        self.kernel("frame", {"x": x, "y": y, "frame": frames, **more})
        self.wait_frames(frames)

    def wait_frames(self, n: int) -> None:
        self.wait_data("frames", str(n))

    def data(self, name: str) -> str | None:
        return self.page.get_attribute(".carto", f"data-{name}")

    def wait_data(self, name: str, value: str) -> None:
        js = "([name, value]) => document.querySelector('.carto').dataset[name] === value"
        self.bare.wait(js, [name, value])

    def wait_text(self, selector: str, text: str) -> None:
        js = "([s, text]) => document.querySelector(s)?.textContent.includes(text)"
        self.bare.wait(js, [selector, text])

    def wait_errors(self, text: str) -> None:
        """Wait until the status line says it, and take it that the console does, too."""
        for _ in range(200):
            if text in (self.page.text_content(".carto-headline") or ""):
                break
            self.page.wait_for_timeout(25)
        assert text in (self.page.text_content(".carto-headline") or "")
        assert len(self.bare.errors) == 1
        assert text in self.bare.errors.pop()
        assert self.data("state") == "error"

    def at(self, fx: float, fy: float) -> tuple[float, float]:
        """Where a fraction of the data's area is in the page."""
        box = self.page.locator(".carto canvas").first.bounding_box()
        plot = self.page.locator(".carto canvas").first.get_attribute("data-plot")
        assert box is not None
        assert plot is not None
        x, y, w, h = map(float, plot.split())
        return box["x"] + x + fx * w, box["y"] + y + (1 - fy) * h

    def move(self, fx: float, fy: float) -> None:
        self.page.mouse.move(*self.at(fx, fy), steps=4)

    def begin(self, corners: list[tuple[float, float]]) -> None:
        self.page.mouse.move(*self.at(*corners[0]))
        self.page.mouse.down()
        for corner in corners[1:]:
            self.move(*corner)

    def lasso(self, corners: list[tuple[float, float]]) -> None:
        self.begin(corners)
        self.page.mouse.up()

    def pixel(self, fx: float, fy: float) -> list[int]:
        rgba: list[int] = self.page.evaluate(PIXEL, [fx, fy])
        return rgba

    def wait_pixel(self, fx: float, fy: float, is_right: Callable[[list[int]], bool]) -> None:
        for _ in range(200):
            if is_right(self.pixel(fx, fy)):
                return
            self.page.wait_for_timeout(25)
            self.bare.check()
        raise AssertionError(f"pixel at {fx}, {fy} is {self.pixel(fx, fy)}")

    def ticks(self) -> list[str]:
        texts: list[str] = self.page.locator(".carto-front .carto-tick").all_text_contents()
        return texts


@pytest.fixture
def carto(bare: WatchedPage) -> Map:
    return Map(bare)


def around(fx: float, fy: float, r: float = 0.06) -> list[tuple[float, float]]:
    """A lasso round a place, in fractions of the data's area."""
    return [(fx - r, fy - r), (fx + r, fy - r), (fx + r, fy + r), (fx - r, fy + r)]


def is_near(rgb: list[int]) -> Callable[[list[int]], bool]:
    """The colour, as it shows through its opacity (premultiplied)."""
    return lambda p: (
        p[3] > 180 and all(abs(c - want * p[3] / 255) < 12 for c, want in zip(p, rgb, strict=False))
    )


def is_empty(pixel: list[int]) -> bool:
    return pixel == [0, 0, 0, 0]


# ---- frames ----


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
    carto.mount().frame([0, LAST], [0, LAST], columns={"x": column, "y": column})
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


# ---- selection ----

X = [6553, MIDDLE, 58980, WAITING, MISSING]
Y = [6553, MIDDLE, 58980, MIDDLE, MISSING]


def test_a_lasso_selects_at_once_and_tells_python_which_rows(carto: Map) -> None:
    carto.mount().frame(X, Y, frames=1)
    carto.lasso(around(0.5, 0.5))
    carto.wait_data("selected", "1")
    (select,) = carto.kernel("selects")
    assert [select["how"], select["frame"], select["bits"]] == ["replace", 1, [0b00010]]
    assert select["protocol"] == 1


def test_the_kernels_revision_is_adopted(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.lasso(around(0.5, 0.5))
    (select,) = carto.kernel("selects")
    carto.wait_text(".carto-chosen", "Python will see this when the cell ends")
    carto.kernel("selection", 1, 1, select["operation"])  # as sent: without bits
    carto.bare.wait("() => document.querySelector('.carto-chosen').textContent === '1 selected'")
    carto.kernel("selection", 2, 2, None, [0b00101])  # made in Python
    carto.wait_data("selected", "2")


def test_what_waits_or_is_missing_is_never_selected(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.lasso([(-0.1, -0.02), (1.01, -0.02), (1.01, 1.02), (-0.1, 1.02)])
    carto.wait_data("selected", "3")
    assert carto.kernel("selects")[0]["bits"] == [0b00111]


def test_shift_adds_alt_takes_away_escape_clears(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.lasso(around(0.1, 0.1))
    carto.page.keyboard.down("Shift")
    carto.lasso(around(0.9, 0.9))
    carto.page.keyboard.up("Shift")
    carto.wait_data("selected", "2")
    carto.page.keyboard.down("Alt")
    carto.lasso(around(0.1, 0.1))
    carto.page.keyboard.up("Alt")
    carto.wait_data("selected", "1")
    carto.page.keyboard.press("Escape")
    carto.wait_data("selected", "0")
    sent = [(s["how"], s["bits"]) for s in carto.kernel("selects")]
    assert sent == [("replace", [1]), ("add", [4]), ("subtract", [1]), ("replace", [0])]


def test_a_lasso_may_begin_and_end_beyond_the_axes(carto: Map) -> None:
    carto.mount().frame(X, Y)
    (left, top), (right, bottom) = carto.at(0, 1), carto.at(1, 0)
    (left, right), (top, bottom) = (left - 30, right + 14), (top - 20, bottom + 30)
    corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
    carto.page.mouse.move(*corners[0])
    carto.page.mouse.down()
    for corner in corners[1:]:
        carto.page.mouse.move(*corner, steps=4)
    carto.page.mouse.up()
    carto.wait_data("selected", "3")
    carto.page.keyboard.press("Escape")  # the map has the focus
    carto.wait_data("selected", "0")


def test_a_gesture_ends_with_the_canvas_that_it_was_on(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.begin(around(0.5, 0.5))
    carto.page.evaluate(LOSE_FOR_GOOD)
    carto.bare.wait("() => document.querySelector('.carto canvas') !== window.old")
    carto.page.mouse.up()
    carto.frame(Y, X, frames=2)  # a picture that still stood still would not come


def test_the_box_tool_selects_a_rectangle_and_a_click_selects_nothing(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.get_by_role("button", name="Box").click()
    carto.lasso([(0.4, 0.4), (0.6, 0.6)])
    carto.wait_data("selected", "1")
    carto.page.mouse.click(*carto.at(0.9, 0.9))
    assert len(carto.kernel("selects")) == 1


def test_the_rest_is_dimmed(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.wait_pixel(0.1, 0.1, lambda pixel: pixel[3] > 180)
    carto.lasso(around(0.5, 0.5))
    carto.wait_pixel(0.1, 0.1, lambda pixel: 0 < pixel[3] < 80)
    carto.wait_pixel(0.5, 0.5, lambda pixel: pixel[3] > 240)


def test_the_picture_stands_still_during_a_gesture(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.begin(around(0.5, 0.5))
    carto.kernel("frame", {"x": Y[::-1], "y": X[::-1], "frame": 2})
    assert carto.kernel("acks") == [1, 2]
    carto.move(0.44, 0.45)
    assert [carto.data("frame"), carto.data("frames")] == ["1", "1"]
    carto.page.mouse.up()
    assert carto.kernel("selects")[0]["frame"] == 1  # drawn on what was to be seen
    carto.wait_data("frame", "2")


def test_escape_gives_a_gesture_up(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.begin(around(0.5, 0.5))
    carto.page.keyboard.press("Escape")
    carto.page.mouse.up()
    assert carto.kernel("selects") == []


def test_two_views_share_the_selection_but_not_the_camera(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.evaluate("() => widget.render(document.querySelector('#second'))")
    carto.bare.wait("() => document.querySelector('#second .carto')?.dataset.frame === '1'")
    carto.page.locator("#root canvas").focus()
    carto.page.keyboard.press("+")
    carto.lasso(around(0.5, 0.5))
    carto.bare.wait("() => document.querySelector('#second .carto').dataset.selected === '1'")
    ticks = [
        carto.page.locator(f"#{v} .carto-tick").all_text_contents() for v in ("root", "second")
    ]
    assert ticks[0] != ticks[1]


# ---- pan, zoom, hover ----


def test_the_wheel_scrolls_the_page_until_the_map_was_clicked(carto: Map) -> None:
    carto.mount().frame(X, Y)
    home = carto.ticks()
    carto.page.evaluate("() => { document.body.style.height = '3000px'; }")
    carto.move(0.5, 0.5)
    carto.page.mouse.wheel(0, 60)
    carto.bare.wait("() => window.scrollY > 0")
    assert carto.ticks() == home
    carto.page.mouse.click(*carto.at(0.5, 0.5))
    carto.page.mouse.wheel(0, -400)
    carto.bare.wait(
        "old => document.querySelector('.carto-front .carto-tick').textContent !== old", home[0]
    )
    assert carto.page.evaluate("() => window.scrollY") > 0  # the map's, not the page's
    carto.page.mouse.dblclick(*carto.at(0.5, 0.5))
    carto.bare.wait(
        "old => document.querySelector('.carto-front .carto-tick').textContent === old", home[0]
    )


def test_the_wheel_zooms_with_ctrl(carto: Map) -> None:
    carto.mount().frame(X, Y)
    home = carto.ticks()
    carto.move(0.5, 0.5)
    carto.page.keyboard.down("Control")
    carto.page.mouse.wheel(0, -300)
    carto.page.keyboard.up("Control")
    carto.bare.wait(
        "old => document.querySelector('.carto-front .carto-tick').textContent !== old", home[0]
    )
    carto.wait_pixel(0.5, 0.5, is_near(RED))  # what was under the pointer is still there


@pytest.mark.parametrize("by", ["space", "middle", "tool"])
def test_panning_moves_the_map_and_selects_nothing(carto: Map, by: str) -> None:
    carto.mount().frame(X, Y)
    if by == "tool":
        carto.page.get_by_role("button", name="Pan").click()
    if by == "space":
        carto.page.locator(".carto canvas").focus()
        carto.page.keyboard.down("Space")
    carto.page.mouse.move(*carto.at(0.5, 0.5))
    carto.page.mouse.down(button="middle" if by == "middle" else "left")
    carto.move(0.75, 0.25)
    carto.page.mouse.up(button="middle" if by == "middle" else "left")
    carto.wait_pixel(0.75, 0.25, is_near(RED))
    assert carto.kernel("selects") == []


def test_hover_shows_texts_as_text_and_long_ones_cut(carto: Map) -> None:
    carto.mount().frame([MIDDLE, 0], [MIDDLE, 0], color=[7, 1])
    text = "<img src=x onerror=alert(1)> " + "long " * 400
    carto.kernel("texts", {"guid": ["r<0>", "r1"], "text": [text, "b"]})
    carto.move(0.5, 0.5)
    carto.wait_text(".carto-tooltip", "<img src=x onerror=alert(1)> long")
    said = carto.page.inner_text(".carto-tooltip").split()
    assert carto.page.locator(".carto-tooltip img").count() == 0
    assert len(" ".join(said)) < 600
    assert said[-8:] == ["guid", "r<0>", "variability", "0.250", "confidence", "0.500",
                         "correctness", "0.7"]  # fmt: skip
    assert carto.page.get_attribute(".carto-tooltip p", "dir") == "auto"
    carto.move(0.25, 0.75)
    carto.bare.wait("() => document.querySelector('.carto-tooltip').hidden")


def test_hover_reaches_into_the_strip(carto: Map) -> None:
    carto.mount().frame([WAITING], [MIDDLE])
    carto.kernel("texts", {"guid": ["a"], "text": ["waits"]})
    x, y = carto.at(0, 0.5)
    for step in range(2, 20):
        carto.page.mouse.move(x - 5 * step, y)
        carto.page.wait_for_timeout(20)
        if carto.page.is_visible(".carto-tooltip"):
            break
    assert carto.page.inner_text(".carto-tooltip p") == "waits"
    carto.wait_text(".carto-tooltip", "one epoch so far")


# ---- connection, saved maps ----

SAVED: Shown = {
    "frame": {"x": [0, MIDDLE], "y": [0, MIDDLE], "frame": 12, "epoch": 3},
    "columns": {"guid": ["a", "b"], "text": ["one", "two"]},
    "selection": {"revision": 4, "count": 1, "bits": [0b10]},
}


def test_a_hello_that_nobody_answers_is_said_and_the_saved_picture_stays(carto: Map) -> None:
    carto.mount(connected=False, snapshot=SAVED)
    carto.wait_data("frames", "1")
    assert [carto.data(k) for k in ("state", "frame", "epoch", "selected")] == [
        "saved", "12", "3", "1",
    ]  # fmt: skip
    assert carto.kernel("hellos") == 1
    carto.wait_data("state", "disconnected")
    carto.wait_text(".carto-status", "not connected: show it again")
    assert not is_empty(carto.pixel(0.5, 0.5))
    carto.kernel("welcome")
    carto.wait_data("state", "live")


def test_a_kernel_that_has_gone_is_said_and_one_that_comes_back_is_greeted(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.evaluate("() => widget.model.die()")
    carto.wait_text(".carto-headline", "kernel gone: run its cell again")
    assert carto.data("state") == "disconnected"
    carto.page.evaluate("() => widget.model.live()")
    assert carto.kernel("hellos") == 2
    carto.kernel("welcome")
    carto.wait_data("state", "live")
    carto.page.evaluate("() => widget.model.live()")  # another kernel, which does not know the map
    carto.wait_text(".carto-headline", "kernel gone: run its cell again")


def test_python_is_told_when_the_last_view_goes_and_greeted_when_one_comes_back(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.evaluate("() => widget.unrender()")
    assert carto.kernel("unwatched") == 1
    carto.kernel("frame", {"x": X, "y": Y, "frame": 2})
    assert carto.kernel("acks") == [1]
    carto.page.evaluate("() => widget.render(document.querySelector('#second'))")
    assert carto.kernel("hellos") == 2
    carto.kernel("frame", {"x": X, "y": Y, "frame": 3})
    assert carto.kernel("acks") == [1, 3]


def test_a_selection_on_a_saved_sample_is_not_told_to_python(carto: Map) -> None:
    carto.mount(connected=False, snapshot=SAVED | {"of": 500, "selection": None})
    carto.wait_data("frames", "1")
    carto.lasso(around(0.5, 0.5))
    carto.wait_data("selected", "1")
    assert carto.kernel("selects") == []


def test_an_unknown_protocol_is_said(carto: Map) -> None:
    carto.mount()
    carto.page.evaluate("() => widget.model.receive({ protocol: 2, kind: 'frame' })")
    carto.wait_errors("protocol 1, Python sent 2")


def test_an_error_from_python_is_shown(carto: Map) -> None:
    carto.mount()
    carto.kernel("send", {"kind": "error", "text": "no column 'speed'"})
    carto.wait_text(".carto-headline", "no column 'speed'")
    assert carto.data("state") == "error"


def test_the_status_line_says_what_the_run_does(carto: Map) -> None:
    carto.mount().frame([0], [0])
    notes = ["in memory only: nothing is saved"]
    badge = "identity verified on 1 sample"
    said = {"text": "training, epoch 3", "badge": badge, "notes": notes, "nonfinite": 2}
    carto.kernel("status", said)
    carto.wait_text(".carto-headline", "training, epoch 3")
    facts = carto.page.inner_text(".carto-facts").split(" · ")
    assert facts == ["1 sample", "2 not finite", badge, *notes]


def test_why_a_recording_stopped_is_said_in_full(carto: Map) -> None:
    carto.mount().frame([0], [0])
    why = "recording stopped: " + "4 rows for 10. " * 12
    carto.kernel("status", {"word": "stopped", "text": why})
    carto.wait_data("run", "stopped")
    headline = carto.page.locator(".carto-headline")
    assert not headline.evaluate("line => line.scrollWidth > line.clientWidth")


# ---- the page it lies in ----


def test_the_theme_is_that_of_what_lies_behind(carto: Map) -> None:
    carto.mount().frame([MIDDLE], [MIDDLE], color=[5])
    carto.wait_data("theme", "light")
    carto.wait_pixel(0.5, 0.5, lambda pixel: pixel[3] > 180 and max(pixel[:3]) < 60)
    carto.page.evaluate("() => { document.body.style.background = '#151515'; }")
    carto.wait_data("theme", "dark")
    carto.wait_pixel(0.5, 0.5, lambda pixel: min(pixel[:3]) > 120)


def test_everything_that_takes_focus_keeps_its_keys_from_the_notebook(carto: Map) -> None:
    carto.mount().frame(X, Y)
    taking = ".carto canvas, .carto button, .carto [tabindex], .carto input, .carto a"
    found = carto.page.locator(taking)
    assert found.count() >= 6
    for i in range(found.count()):
        assert found.nth(i).get_attribute("data-lm-suppress-shortcuts") == "true"
        name = found.nth(i).get_attribute("aria-label")
        assert name


@pytest.mark.parametrize("width", [400, 800, 1600])
def test_nothing_runs_over_at_any_width(carto: Map, width: int) -> None:
    carto.page.set_viewport_size({"width": width, "height": 700})
    carto.mount().frame(X, Y)
    carto.lasso(around(0.5, 0.5))
    carto.wait_text(".carto-chosen", "Python will see this")
    over = """() => {
      const root = document.querySelector('.carto').getBoundingClientRect();
      const parts = ['legend', 'tools', 'status', 'chosen', 'clear'];
      return parts.filter(part => {
        const box = document.querySelector(`.carto-${part}`).getBoundingClientRect();
        const [right, bottom] = [box.right - root.right, box.bottom - root.bottom];
        return Math.max(right, bottom, root.left - box.left) > 0.5;
      }); }"""
    assert carto.page.evaluate(over) == []
    boxes = [carto.page.locator(part).bounding_box() for part in (".carto-legend", ".carto-tools")]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    assert carto.page.locator(".carto").bounding_box()["height"] == 480  # type: ignore[index] # it is there


def test_the_height_follows_its_trait(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.page.evaluate("() => widget.model.update({ height: 333 })")
    carto.bare.wait("() => document.querySelector('.carto').offsetHeight === 333")


def test_a_lost_context_is_restored_without_the_kernel(carto: Map) -> None:
    carto.mount().frame([MIDDLE], [MIDDLE])
    carto.page.evaluate("""() => {
      const gl = document.querySelector('.carto canvas').getContext('webgl2');
      window.lose = gl.getExtension('WEBGL_lose_context'); lose.loseContext(); }""")
    carto.bare.wait(
        "() => document.querySelector('.carto canvas').getContext('webgl2').isContextLost()"
    )
    carto.page.evaluate("() => lose.restoreContext()")
    carto.wait_pixel(0.5, 0.5, is_near(RED))


def test_a_context_that_never_comes_back_is_replaced_when_the_map_is_next_in_sight(
    carto: Map,
) -> None:
    carto.mount().frame([MIDDLE], [MIDDLE])
    carto.page.evaluate(LOSE_FOR_GOOD)
    carto.bare.wait("() => document.querySelector('.carto canvas') !== window.old")
    carto.wait_pixel(0.5, 0.5, is_near(RED))
    carto.lasso(around(0.5, 0.5))  # the new canvas listens, too
    carto.wait_data("selected", "1")


def test_without_webgl2_a_note_says_so(carto: Map) -> None:
    carto.page.evaluate("() => { HTMLCanvasElement.prototype.getContext = () => null; }")
    carto.mount().frame(X, Y)
    carto.wait_text(".carto-note", "needs WebGL2")


def test_unmount_leaves_nothing_behind(carto: Map) -> None:
    carto.page.evaluate("""() => {
      window.open = [];
      for (const target of [window, document, document.documentElement])
        target.addEventListener = function (type, f, options) {
          window.open.push(options.signal);
          EventTarget.prototype.addEventListener.call(this, type, f, options); }; }""")
    carto.mount().frame(X, Y)
    carto.page.evaluate(
        "() => { window.gl = document.querySelector('.carto canvas').getContext('webgl2'); }"
    )
    carto.page.evaluate("() => widget.unmount()")
    assert carto.page.evaluate("() => widget.model.listeners") == 0
    assert carto.page.locator(".carto").count() == 0
    assert carto.page.evaluate("() => window.gl.isContextLost()")
    still = carto.page.evaluate("() => [window.open.length > 0, window.open.every(s => s.aborted)]")
    assert still == [True, True]
