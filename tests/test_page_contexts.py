"""GL contexts that are few, lost or faulty: each map draws again, and says what went wrong."""

from __future__ import annotations

import pytest
from page_driver import (
    LOSE_FOR_A_WHILE,
    LOSE_FOR_GOOD,
    MIDDLE,
    RED,
    Map,
    around,
    is_near,
)

MAPS = 20
MANY = """async n => {
  const { mount } = await import("/tests/page/fake_model.js");
  const { kernel } = await import("/tests/page/kernel.js");
  window.maps = [];
  for (let i = 0; i < n; i++) {
    const root = document.createElement("div");
    document.body.append(root);
    const traits = { height: 480, snapshot: null };
    const one = await mount("/carto_widget/static/widget.js?" + i, traits, root);
    const played = kernel(one.model);
    played.welcome();
    played.frame({ x: [32767], y: [32767] });
    window.maps.push({ root, ...one });
  } }"""
# Is there a point in the middle of a map that is in sight?
IS_DRAWN = """i => {
  if (maps[i].root.querySelector(".carto").dataset.drawn !== "all") return false;
  const canvas = maps[i].root.querySelector("canvas");
  const gl = canvas.getContext("webgl2");
  if (!canvas.dataset.plot || gl.isContextLost()) return false;
  const [x, y, w, h] = canvas.dataset.plot.split(" ").map(Number);
  const scale = canvas.width / canvas.getBoundingClientRect().width;
  const at = [(x + w / 2) * scale, canvas.height - (y + h / 2) * scale].map(Math.round);
  const pixel = new Uint8Array(4);
  gl.readPixels(...at, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  return pixel[3] > 100; }"""
BROKEN = """() => {
  const { prototype } = WebGL2RenderingContext;
  window.whole = prototype.drawArrays;
  prototype.drawArrays = () => { throw new Error("the driver is gone"); }; }"""


def test_twenty_maps_on_a_page_each_draw_when_they_are_in_sight(carto: Map) -> None:
    carto.page.evaluate(MANY, MAPS)
    for i in [*range(MAPS), 0, 7]:
        carto.page.evaluate("i => maps[i].root.scrollIntoView()", i)
        carto.bare.wait(IS_DRAWN, i)
    held = carto.page.evaluate("""() => maps.filter(({ root }) => {
      const canvas = root.querySelector("canvas");
      return canvas.width !== 300 && !canvas.getContext("webgl2").isContextLost(); }).length""")
    assert held <= 16
    carto.page.evaluate("() => Promise.all(maps.map(({ unmount }) => unmount()))")


def test_a_fault_in_a_draw_call_is_said_and_the_next_frame_is_drawn(carto: Map) -> None:
    carto.mount().frame([0], [0])
    carto.wait_pixel(0, 0, is_near(RED))
    carto.page.evaluate(BROKEN)
    carto.kernel("frame", {"x": [MIDDLE], "y": [MIDDLE], "frame": 2})
    carto.wait_errors("the driver is gone")
    carto.page.evaluate("() => { WebGL2RenderingContext.prototype.drawArrays = window.whole; }")
    carto.kernel("frame", {"x": [MIDDLE], "y": [MIDDLE], "frame": 3})
    carto.wait_data("state", "live")
    carto.wait_pixel(0.5, 0.5, is_near(RED))


def test_a_fault_while_a_frame_is_sent_to_the_gpu_is_said_and_the_next_is_drawn(carto: Map) -> None:
    carto.mount().frame([0], [0])
    carto.wait_pixel(0, 0, is_near(RED))
    carto.page.evaluate(BROKEN.replace("drawArrays", "texSubImage2D"))
    carto.kernel("frame", {"x": [MIDDLE], "y": [MIDDLE], "frame": 2})
    carto.wait_errors("the driver is gone")
    carto.page.evaluate("() => { WebGL2RenderingContext.prototype.texSubImage2D = window.whole; }")
    carto.kernel("frame", {"x": [MIDDLE], "y": [MIDDLE], "frame": 3})
    carto.wait_data("state", "live")
    carto.wait_pixel(0.5, 0.5, is_near(RED))


# Epochs that are over; a crowd on one spot, so that counts are drawn.
PAST = """([rows, epochs]) => {
  const place = (row, k) => 20000 + ((row * 31 + k) % 9000);
  const codes = k => Uint16Array.from({ length: rows }, (_, row) => place(row, k));
  const known = Array.from({ length: epochs }, (_, epoch) => epoch);
  for (const epoch of known)
    kernel.frame({ x: codes(epoch), y: codes(2 * epoch), frame: epoch + 1, epoch, sealed: true });
  kernel.send({ kind: "timeline", epochs: known, curves: [], marks: [] }); }"""
IN_THE_CROWD = (0.36, 0.36)


def is_drawn(pixel: list[int]) -> bool:
    return pixel[3] > 100


@pytest.fixture
def crowded(carto: Map) -> Map:
    """Four epochs of so many points on so little room that their counts are drawn."""
    carto.mount()
    carto.page.evaluate(PAST, [120_000, 4])
    carto.wait_data("frame", "4")
    carto.wait_data("drawn", "all")
    carto.wait_pixel(*IN_THE_CROWD, is_drawn)
    return carto


def lose(carto: Map, is_for_good: bool) -> None:
    """The context goes while something is under way, and comes back, or a new one does."""
    if is_for_good:
        carto.page.evaluate(LOSE_FOR_GOOD)
        carto.bare.wait("() => old !== document.querySelector('.carto canvas')")
    else:
        carto.page.evaluate(LOSE_FOR_A_WHILE)
        carto.page.evaluate("() => lost.restoreContext()")


EITHER_WAY = pytest.mark.parametrize("is_for_good", [False, True], ids=["given back", "for good"])


@EITHER_WAY
def test_counts_are_drawn_again_after_the_context_was_lost(crowded: Map, is_for_good: bool) -> None:
    before = crowded.pixel(*IN_THE_CROWD)
    lose(crowded, is_for_good)
    crowded.wait_pixel(*IN_THE_CROWD, lambda pixel: pixel == before)
    assert crowded.data("state") == "live"


@EITHER_WAY
def test_the_timeline_plays_on_through_a_lost_context(crowded: Map, is_for_good: bool) -> None:
    crowded.page.locator(".carto canvas").first.focus()
    crowded.page.keyboard.press("{")
    crowded.wait_data("epoch", "0")
    crowded.page.keyboard.press("k")
    crowded.bare.wait("() => Number(document.querySelector('.carto').dataset.epoch) > 0")
    lose(crowded, is_for_good)
    crowded.wait_data("epoch", "3")
    crowded.wait_data("drawn", "all")
    crowded.wait_pixel(*IN_THE_CROWD, is_drawn)
    assert crowded.data("state") == "live"


@EITHER_WAY
def test_a_lasso_may_be_drawn_while_the_context_is_lost(crowded: Map, is_for_good: bool) -> None:
    ring = around(*IN_THE_CROWD, 0.2)
    crowded.begin(ring[:2])
    lose(crowded, is_for_good)
    crowded.page.mouse.up()
    crowded.wait_pixel(*IN_THE_CROWD, is_drawn)
    crowded.lasso(ring)
    crowded.wait_data("selected", "120000")
    crowded.wait_pixel(*IN_THE_CROWD, is_drawn)
    assert crowded.data("state") == "live"
