"""The life of a page: hidden for an hour, slow, closed."""

from __future__ import annotations

import pytest
from page_driver import HIDE, Map
from page_memory import COUNT_GL, Held, devtools, held

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
# Four frames a second for so long, an epoch every 300 of them.
MANY = """([first, last]) => {
  for (let frame = first; frame <= last; frame++) {
    const [sealed, epoch] = [frame % 300 === 0, Math.ceil(frame / 300) - 1];
    kernel.frame({ x: [frame], y: [frame], frame, epoch, sealed, version: 1 });
    if (!sealed) continue;
    const epochs = Array.from({ length: epoch + 1 }, (_, one) => one);
    kernel.send({ kind: "timeline", epochs, curves: [], marks: [] });
  }
  widget.model.sent = widget.model.sent.slice(-10); }"""
HOUR = 14_400  # frames


def test_an_hour_in_the_background_ends_with_the_newest_frame(carto: Map) -> None:
    """A page out of sight draws nothing, its timers stand still; messages come all the same."""
    carto.page.clock.install(time=0)
    carto.mount()
    carto.page.evaluate("() => kernel.frame({ x: [0], y: [0], frame: 1 })")
    carto.page.clock.run_for(2000)
    carto.wait_data("frame", "1")
    drawn = int(carto.data("frames") or 0)
    carto.page.clock.pause_at(600)
    carto.page.evaluate(MANY, [2, HOUR])
    assert carto.page.evaluate("() => kernel.acks().at(-1)") == HOUR
    assert carto.data("frame") == "1"
    carto.page.clock.fast_forward("01:00:00")
    carto.page.clock.run_for(2000)
    carto.wait_data("frame", str(HOUR))
    assert int(carto.data("frames") or 0) <= drawn + 2
    assert carto.data("state") == "live"


def test_a_tab_out_of_sight_holds_the_newest_frame_and_the_past_alone(carto: Map) -> None:
    """Messages and timers come, animation frames do not."""
    carto.page.evaluate(COUNT_GL)
    carto.page.evaluate(HIDE)
    carto.mount()
    memory: list[Held] = []
    for last in (HOUR // 4, HOUR // 2, HOUR):
        for first in range(int(last / 2) + 1 if memory else 1, last + 1, 100):
            carto.page.evaluate(MANY, [first, first + 99])
            carto.page.evaluate("() => new Promise(done => setTimeout(done))")
        memory.append(held(carto, *memory[:1]))
    assert not carto.data("frame")
    assert memory[-1].nodes <= memory[0].nodes
    assert memory[-1].n_bytes < 1.03 * memory[0].n_bytes, memory[-1].more(memory[0])
    carto.page.evaluate("() => see()")
    carto.wait_data("frame", str(HOUR))
    assert carto.data("frames") == "1"
    carto.page.locator(".carto canvas").first.focus()
    for back in range(1, 4):
        carto.page.keyboard.press("[")
        carto.wait_data("frame", str(HOUR - 300 * back))


def test_a_closed_map_leaves_nothing_in_the_page(carto: Map) -> None:
    many = [i % 65533 for i in range(60_000)]  # so many that the worker is asked
    carto.mount()
    carto.frame(many, many[::-1])
    carto.move(0.5, 0.5)
    carto.bare.wait("() => document.querySelector('.carto-tooltip') !== null")
    carto.until(lambda: len(carto.page.workers) == 1)
    carto.page.evaluate("() => widget.unmount()")
    assert carto.page.evaluate("() => widget.model.listeners") == 0
    assert carto.page.locator(".carto").count() == 0
    carto.until(lambda: not carto.page.workers)


@pytest.mark.slow
def test_a_browser_six_times_slower_falls_behind_by_no_more_than_two_frames(carto: Map) -> None:
    carto.mount()
    devtools(carto).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    assert carto.page.evaluate(STREAM, [1, 12, 100_000, 2]) <= 2
    carto.wait_data("frame", "12")
