"""Questions about all rows: answered by a worker, and where there is none by the page itself."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from crowd import Crowd, bits_of, crowd, inside
from page_driver import LAST, MIDDLE, Map

ROWS = 60_000  # more than are looked through in the page itself
SILENCE = 4000  # ms that the page waits for its worker

# Keeps what the page sends to its workers, and can hold their answers back or end them.
WATCHED = """() => {
  const { Worker } = window;
  window.workers = [];
  window.Worker = class extends Worker {
    constructor(...all) {
      super(...all);
      this.told = [];
      this.ended = false;
      workers.push(this);
    }
    postMessage(message, given) {
      this.told.push(message.kind === 'part' ? { kind: 'part' } : message);
      if (message.what && message.what === window.deadlyQuestion) super.terminate();
      else super.postMessage(message, given);
    }
    terminate() { this.ended = true; super.terminate(); }
    set onmessage(take) {
      this.addEventListener('message', (event) =>
        window.held ? window.held.push(() => take(event)) : take(event));
    }
  }; }"""
ASKED = "what => workers.flatMap(w => w.told).filter(m => m.kind === 'ask' && m.what === what)"
STAR = [(0.1, 0.2), (0.9, 0.9), (0.15, 0.85), (0.95, 0.15), (0.5, 0.98), (0.45, 0.02), (0.8, 0.5)]


def rings(carto: Map) -> list[list[tuple[int, int]]]:
    """The rings that the worker was asked about, on the lattice."""
    js = f"what => ({ASKED})(what).map(m => [[...m.about.x], [...m.about.y]])"
    return [list(zip(*ring, strict=True)) for ring in carto.page.evaluate(js, "inside")]


def selected(carto: Map) -> list[int]:
    carto.bare.wait("() => kernel.selects().length > 0")
    bits: list[int] = carto.kernel("selects")[-1]["bits"]
    return bits


def test_a_crossing_lasso_over_a_million_rows_selects_what_python_finds(carto: Map) -> None:
    carto.page.evaluate(WATCHED)
    many = crowd(1_000_000)
    many.send(carto.mount())
    carto.lasso(STAR)
    bits = selected(carto)
    (ring,) = rings(carto)
    expected = inside(many.x, many.y, ring) & many.is_placed
    assert bits == bits_of(expected)
    assert 200_000 < expected.sum() < 800_000
    agrees_with_shapely(many, ring, expected)


def agrees_with_shapely(
    many: Crowd, ring: list[tuple[int, int]], expected: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> None:
    """Off the boundary an even-odd polygon of floating numbers holds the same points."""
    area = shapely.make_valid(shapely.Polygon(ring), method="linework")
    shapely.prepare(area)
    edge = shapely.LinearRing(ring).buffer(1)
    shapely.prepare(edge)
    rows = np.flatnonzero(many.is_placed)[:200_000]
    x, y = many.x[rows].astype(float), many.y[rows].astype(float)
    is_off = ~shapely.contains_xy(edge, x, y)
    found = shapely.contains_xy(area, x, y)
    assert (found[is_off] == expected[rows][is_off]).all()
    assert is_off.sum() > 190_000


BLOCKED = {
    "no Worker": "() => { window.Worker = class { constructor() { throw new Error('no'); } }; }",
    "no blob: address": """() => {
        const make = URL.createObjectURL;
        let left = 2;  // the front end's own two parts
        URL.createObjectURL = (of) => {
          if (left-- > 0) return make.call(URL, of);
          throw new Error('no');
        }; }""",
    "content security policy": """() => {
        const policy = document.createElement('meta');
        policy.httpEquiv = 'Content-Security-Policy';
        policy.content = "worker-src 'none'";
        document.head.append(policy); }""",
}


def test_a_module_that_was_loaded_from_a_lasting_address_is_the_worker_too(carto: Map) -> None:
    carto.page.evaluate(WATCHED)
    many = crowd(ROWS)
    many.send(carto.mount(_esm=None))
    carto.lasso(STAR)
    bits = selected(carto)
    (ring,) = rings(carto)
    assert bits == bits_of(inside(many.x, many.y, ring) & many.is_placed)
    assert not carto.page.evaluate("() => workers[0].ended")


@pytest.mark.parametrize("how", BLOCKED)
def test_where_a_worker_is_forbidden_the_page_answers_itself(carto: Map, how: str) -> None:
    carto.page.evaluate(BLOCKED[how])
    carto.bare.is_ours = lambda text: "Content Security Policy" not in text  # type: ignore[method-assign]
    many = crowd(ROWS)
    many.send(carto.mount())
    carto.lasso([(0, 0.25), (1, 0.25), (1, 0.75), (0, 0.75)])
    bits = selected(carto)
    low, high = LAST * 0.25, LAST * 0.75
    is_sure = (many.y > low + 400) & (many.y < high - 400) & many.is_placed
    is_never = (many.y < low - 400) | (many.y > high + 400) | ~many.is_placed
    found = np.unpackbits(np.array(bits, np.uint8), bitorder="little")[:ROWS].astype(bool)
    assert found[is_sure].all()
    assert not found[is_never].any()


def test_a_worker_that_is_killed_at_a_question_leaves_no_question_open(carto: Map) -> None:
    carto.page.evaluate(WATCHED)
    many = crowd(ROWS)
    many.send(carto.mount())
    carto.page.evaluate("() => { window.deadlyQuestion = 'inside'; }")
    carto.hold_timers(SILENCE)
    carto.lasso(STAR)
    carto.until(lambda: len(rings(carto)) == 1)
    carto.end_timers()
    bits = selected(carto)
    (ring,) = rings(carto)
    assert bits == bits_of(inside(many.x, many.y, ring) & many.is_placed)
    carto.wait_data("tool", "lasso")  # and the map is free again


def test_until_the_answer_comes_the_picture_stands_still(carto: Map) -> None:
    carto.page.evaluate(WATCHED)
    crowd(ROWS).send(carto.mount())
    carto.hold_timers(SILENCE)  # else the page finds them itself
    carto.page.evaluate("() => { window.held = []; }")
    carto.lasso(STAR)
    carto.kernel("frame", {"x": [0, MIDDLE], "y": [0, MIDDLE], "frame": 2})
    carto.bare.wait("() => kernel.acks().includes(2) && held.length > 0")
    assert [carto.data("frame"), carto.kernel("selects")] == ["1", []]
    carto.page.evaluate(
        "() => { const all = held; window.held = null; for (const go of all) go(); }"
    )
    carto.wait_data("frame", "2")
    assert carto.kernel("selects")[0]["frame"] == 1  # drawn on what was to be seen


def nearest_to_the_middle(carto: Map, many: Crowd) -> int:
    _, _, _, _, width, height = carto.settle()
    away = (many.x.astype(float) - LAST / 2) * width, (many.y.astype(float) - LAST / 2) * height
    return int(np.where(many.is_placed, np.hypot(*away), np.inf).argmin())


def test_the_pointer_finds_the_same_row_by_scan_and_by_grid(carto: Map) -> None:
    many = crowd(ROWS, seed=3)
    many.send(carto.mount())
    carto.kernel("texts", {"guid": [f"row {i}" for i in range(ROWS)]})
    row = nearest_to_the_middle(carto, many)
    for _ in range(2):
        carto.move(0.5, 0.5)
        carto.wait_text(".carto-tooltip", f"guidrow {row}variability")
        carto.move(0.1, 0.5)
        js = "row => !document.querySelector('.carto-tooltip').textContent.includes(row)"
        carto.bare.wait(js, f"row {row}")
        carto.page.wait_for_timeout(400)  # long enough without a frame for the grid to be made


TWO_MAPS = """async () => {
  const { mount } = await import('/tests/page/fake_model.js');
  window.maps = [];
  for (const [i, at] of ['#root', '#second'].entries()) {
    const url = `/carto_widget/static/widget.js?${i}`;  // each map loads the module anew
    maps.push(await mount(url, { height: 480, snapshot: null }, document.querySelector(at)));
  }
  const { kernel } = await import('/tests/page/kernel.js');
  window.kernels = maps.map(({ model }) => kernel(model));
  for (const one of kernels) one.welcome(); }"""
COUNTED = "() => workers[0].told.filter(m => m.what === 'histograms').length"


def test_the_maps_of_a_page_share_one_worker_which_goes_with_the_last(carto: Map) -> None:
    carto.page.evaluate(WATCHED)
    carto.page.evaluate(TWO_MAPS)
    frame = f"{{ x: Array({ROWS}).fill(5), y: Array({ROWS}).fill(5), frame: 1 }}"
    carto.page.evaluate(f"() => kernels.forEach(one => one.frame({frame}))")
    maps = "workers[0].told.filter(m => m.what === 'histograms').map(m => m.map)"
    carto.bare.wait(f"() => workers.length && new Set({maps}).size === 2")
    carto.page.evaluate("() => maps[0].unmount()")
    assert carto.page.evaluate("() => [workers.length, workers[0].ended]") == [1, False]
    carto.page.evaluate("() => maps[1].unmount()")
    assert carto.page.evaluate("() => [workers.length, workers[0].ended]") == [1, True]


def test_a_ring_on_the_lattice_by_hand() -> None:
    square = [(10, 10), (20, 10), (20, 20), (10, 20)]
    points = [(15, 15), (10, 10), (20, 15), (15, 20), (9, 15)]
    x, y = np.array(points).T
    assert inside(x, y, square).tolist() == [True, True, False, False, False]
