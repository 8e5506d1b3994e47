"""The life of a page: hidden for an hour, frozen, slow, closed, and ten thousand frames long."""

from __future__ import annotations

import os
from typing import Any

import pytest
from page_driver import Map
from playwright.sync_api import CDPSession

N_FRAMES = int(os.environ.get("CARTO_FRAMES", 1000))
N_ROWS = 2 * N_FRAMES
GROWTH = 1.05 if N_FRAMES >= 10_000 else 1.15  # the engine's own, for code that it has met lately

# Plays the kernel: sends frames of so many rows, two in flight, and says what it saw.
STREAM = """async ([first, last, rows, inFlight]) => {
  const place = (row, frame) => (row * 7919 + frame * 31) % 65534;
  const codes = frame => Uint16Array.from({ length: rows }, (_, row) => place(row, frame));
  const from = kernel.acks().length;
  let [worst, sent] = [0, 0];
  for (let frame = first; frame <= last; frame++) {
    kernel.frame({ x: codes(frame), y: codes(frame + 1), frame, epoch: 0 });
    sent += 1;
    worst = Math.max(worst, sent - (kernel.acks().length - from));
    if (frame % inFlight === 0) await new Promise(done => setTimeout(done));
    if (frame % 50 === 0) widget.model.sent.splice(0, widget.model.sent.length - 200);
  }
  return worst; }"""
MANY = """([first, last]) => {
  for (let frame = first; frame <= last; frame++) kernel.frame({ x: [frame], y: [frame], frame });
}"""
# Counts what the GPU holds for us.
COUNT_GL = """() => {
  window.held = {};
  for (const what of ['Buffer', 'Texture', 'Framebuffer', 'VertexArray', 'Program', 'Shader'])
    for (const [verb, n] of [['create', 1], ['delete', -1]]) {
      const real = WebGL2RenderingContext.prototype[verb + what];
      WebGL2RenderingContext.prototype[verb + what] = function (...all) {
        window.held[what] = (window.held[what] ?? 0) + n;
        return real.apply(this, all);
      };
    } }"""


def devtools(carto: Map) -> CDPSession:
    return carto.page.context.new_cdp_session(carto.page)


def heap(tools: CDPSession) -> int:
    tools.send("HeapProfiler.collectGarbage")
    used: dict[str, Any] = tools.send("Runtime.getHeapUsage")
    return int(used["usedSize"]) + int(used.get("backingStorageSize", 0))


def held(carto: Map) -> dict[str, int]:
    counts: dict[str, int] = carto.page.evaluate("() => window.held")
    return counts


@pytest.mark.slow
def test_ten_thousand_frames_leave_no_more_memory_behind(carto: Map) -> None:
    carto.page.evaluate(COUNT_GL)
    carto.mount()
    tools = devtools(carto)
    seen = []
    for first in range(0, N_FRAMES, N_FRAMES // 5):
        last = first + N_FRAMES // 5
        carto.page.evaluate(STREAM, [first + 1, last, N_ROWS, 2])
        carto.wait_data("frame", str(last))
        carto.page.evaluate("() => { widget.model.sent.length = 0; }")
        carto.bare.wait("() => new Promise(done => setTimeout(() => done(true), 800))")  # glided
        seen.append((heap(tools), held(carto)))
    assert seen[-1][1] == seen[0][1]
    assert seen[-1][0] < GROWTH * seen[1][0]


def test_an_hour_in_the_background_ends_with_the_newest_frame(carto: Map) -> None:
    """A page out of sight draws nothing, its timers stand still; messages come all the same."""
    carto.page.clock.install(time=0)
    carto.mount()
    carto.page.evaluate("() => kernel.frame({ x: [0], y: [0], frame: 1 })")
    carto.page.clock.run_for(2000)
    carto.wait_data("frame", "1")
    drawn = int(carto.data("frames") or 0)
    carto.page.clock.pause_at(600)
    carto.page.evaluate(MANY, [2, 3600])
    assert carto.page.evaluate("() => kernel.acks().at(-1)") == 3600
    assert carto.data("frame") == "1"
    carto.page.clock.fast_forward("01:00:00")
    carto.page.clock.run_for(2000)
    carto.wait_data("frame", "3600")
    assert int(carto.data("frames") or 0) <= drawn + 2
    assert carto.data("state") == "live"


def test_a_closed_map_leaves_nothing_in_the_page(carto: Map) -> None:
    many = [i % 65533 for i in range(60_000)]  # so many that the worker is asked
    carto.mount()
    carto.frame(many, many[::-1])
    carto.move(0.5, 0.5)
    carto.bare.wait("() => document.querySelector('.carto-tooltip') !== null")
    for _ in range(100):
        if carto.page.workers:
            break
        carto.page.wait_for_timeout(50)
    assert len(carto.page.workers) == 1
    carto.page.evaluate("() => widget.unmount()")
    assert carto.page.evaluate("() => widget.model.listeners") == 0
    assert carto.page.locator(".carto").count() == 0
    for _ in range(100):
        if not carto.page.workers:
            break
        carto.page.wait_for_timeout(50)
    assert carto.page.workers == []


@pytest.mark.slow
def test_a_browser_six_times_slower_falls_behind_by_no_more_than_two_frames(carto: Map) -> None:
    carto.mount()
    devtools(carto).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    assert carto.page.evaluate(STREAM, [1, 12, 100_000, 2]) <= 2
    carto.wait_data("frame", "12")
