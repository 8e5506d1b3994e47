"""Frame after frame, and a page that holds no more than before: ``CARTO_FRAMES=10000``."""

from __future__ import annotations

import os

import pytest
from page_driver import Map
from page_memory import COUNT_GL, WorkerHeap, held

N_FRAMES = int(os.environ.get("CARTO_FRAMES", 1000))
GROWTH = 1.03
ROWS = 60_000  # so many that the worker is asked

# Plays a training as fast as the page takes it: epochs are over and done again, so that the past
# is full early; the selection, the status and the curve change; what is asked is answered.
TRAINING = """([rows, epochs]) => {
  const places = [0, 1, 2, 3].map(k =>
    Uint16Array.from({ length: rows }, (_, row) => (row * 7919 + k * 9973) % 65534));
  const colors = [0, 1].map(k => Uint8Array.from({ length: rows }, (_, row) => (row + k) % 11));
  const sets = [1, 2, 3].map(k => Uint8Array.from({ length: rows / 8 }, (_, i) => i * k * 37));
  const [message] = kernel.whole({ x: [0], y: [0] });
  const known = Array.from({ length: epochs }, (_, epoch) => epoch);
  widget.model.send = ({ kind, id, epochs = [] }) =>
    kind === "ask" && setTimeout(() => kernel.answer(id, null, { epochs }));
  let revision = 1;
  function told(frame, epoch) {
    const values = known.map(() => Math.random());
    const curves = [{ name: "loss", title: "loss", values }];
    if (frame % 10 === 9) kernel.send({ kind: "timeline", epochs: known, curves, marks: [] });
    if (frame % 10 === 0) kernel.status({ text: `training, epoch ${epoch}`, epoch });
    if (frame % 10 === 5) kernel.selection(++revision, 100, null, sets[revision % 3]);
  }
  window.train = async (first, last) => {
    for (let frame = first; frame <= last; frame++) {
      const epoch = Math.floor(frame / 10) % epochs;
      const more = { frame, epoch, rows, sealed: frame % 10 === 9, version: 1 };
      const codes = [places[frame % 4], places[(frame + 1) % 4], colors[frame % 2]];
      widget.model.receive({ ...message, ...more }, codes);
      told(frame, epoch);
      if (frame % 2 === 0) await new Promise(done => setTimeout(done));
    }
  }; }"""


def train(carto: Map, first: int, last: int) -> None:
    """Frames one after the other, then rest until all is on the screen."""
    carto.page.evaluate("([first, last]) => train(first, last)", [first, last])
    carto.wait_data("frame", str(last))
    carto.wait_data("drawn", "all")
    carto.page.mouse.move(5, 5)


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_ten_thousand_frames_leave_no_more_memory_behind(carto: Map, motion: str) -> None:
    carto.page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]  # one of two words
    carto.page.evaluate(COUNT_GL)
    carto.mount()
    carto.page.evaluate(TRAINING, [2000, 10])
    train(carto, 1, N_FRAMES // 5)
    early = held(carto)
    train(carto, N_FRAMES // 5 + 1, N_FRAMES)
    late = held(carto, early)
    assert int(carto.data("frames") or 0) > 3
    assert late.gpu == early.gpu
    assert late.nodes <= early.nodes
    assert late.listeners <= early.listeners
    assert late.n_bytes < GROWTH * early.n_bytes, late.more(early)


def test_the_worker_holds_one_copy_of_the_rows_however_many_frames_come(carto: Map) -> None:
    carto.page.emulate_media(reduced_motion="reduce")
    carto.mount()
    worker = WorkerHeap(carto)
    carto.page.evaluate(TRAINING, [ROWS, 4])
    train(carto, 1, N_FRAMES // 100)
    carto.page.locator(".carto-bars[d]").first.wait_for(state="attached")  # it has counted the rows
    early = worker.n_bytes()
    train(carto, N_FRAMES // 100 + 1, N_FRAMES // 20)
    late = worker.n_bytes()
    copy = 5 * ROWS
    assert copy < late < early + copy / 2
