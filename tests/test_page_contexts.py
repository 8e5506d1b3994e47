"""GL contexts that are few, lost or faulty: each map draws again, and says what went wrong."""

from __future__ import annotations

from page_driver import MIDDLE, RED, Map, is_near

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
