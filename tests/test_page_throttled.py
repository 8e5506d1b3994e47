"""A browser six times slower than this one, at the other end of a real map."""

from __future__ import annotations

import base64
import gc
import os
import statistics
import threading
import time
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
from page_driver import Map
from page_memory import devtools

from carto_widget.views.view import View

ROWS = 100_000
SECONDS = int(os.environ.get("CARTO_SECONDS", 20))
IS_MEASURED = "CARTO_SECONDS" in os.environ  # on a machine that does nothing else
FEWEST = 8  # frames, also on a machine that takes longer for them
SLOWER = 6
# By the wall clock, when each frame came on the screen.
WATCH = """() => {
  window.shownAt = {};
  const root = document.querySelector(".carto");
  const see = () => {
    if (root.dataset.frame) window.shownAt[root.dataset.frame] ??= Date.now() / 1000; };
  new MutationObserver(see).observe(root, { attributeFilter: ["data-frame"] }); }"""
RECEIVE = """messages => {
  for (const [content, texts] of messages)
    widget.model.receive(content, texts.map(text => Uint8Array.fromBase64(text)));
  return widget.model.sent.splice(0).filter(({ buffers }) => !buffers.length)
    .map(({ content }) => content); }"""


class Bridge:
    """Carries what map and page say; when each frame left is written down."""

    def __init__(self, carto: Map, comm: Any) -> None:
        self.carto, self._comm = carto, comm
        self.left: dict[int, float] = {}
        publish = comm.publish_msg

        def stamped(*arguments: Any, **named: Any) -> None:
            content = (named.get("data") or {}).get("content") or {}
            if content.get("kind") == "frame":
                self.left[content["frame"]] = time.time()
            publish(*arguments, **named)

        comm.publish_msg = stamped

    def carry(self) -> None:
        news = list(self._comm.messages)
        del self._comm.messages[: len(news)]  # kept nowhere, as by a kernel
        packed = [
            [content, [base64.b64encode(bytes(one)).decode() for one in buffers]]
            for content, buffers in news
        ]
        for content in self.carto.page.evaluate(RECEIVE, packed):
            self._comm.say(content)
        self.carto.page.wait_for_timeout(10)


@pytest.mark.slow
def test_a_slow_browser_ends_with_the_newest_frame_and_the_kernel_holds_no_more(
    carto: Map, shown: Any
) -> None:
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.random((ROWS, 2)), columns=["u", "v"])
    datamap, comm = shown(table, view=View("u", "v", "v"))
    bridge = Bridge(carto, comm)
    carto.mount(connected=False)
    carto.page.evaluate(WATCH)
    devtools(carto).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    ended = threading.Event()

    def learn() -> None:
        while not ended.wait(0.2):
            datamap.add_column("moving", random.random(ROWS))

    datamap.add_column("moving", random.random(ROWS))
    datamap.view = View("moving", "v", "v")
    learner = threading.Thread(target=learn)
    learner.start()
    memory: dict[int, int] = {}  # bytes, once so many frames have left
    began = time.time()
    try:
        while time.time() < began + SECONDS or len(bridge.left) < FEWEST:
            bridge.carry()
            if len(bridge.left) not in memory:
                gc.collect()
                memory[len(bridge.left)] = psutil.Process().memory_info().rss
    finally:
        ended.set()
        learner.join()

    def has_newest() -> bool:
        bridge.carry()
        return carto.data("frame") == str(max(bridge.left))

    carto.until(has_newest)
    shown_at = {int(n): at for n, at in carto.page.evaluate("() => shownAt").items()}
    assert len(shown_at) > SECONDS / 10
    early = next(held for n, held in memory.items() if n > 2)
    assert [*memory.values()][-1] < 1.05 * early
    lag = statistics.median(at - bridge.left[n] for n, at in shown_at.items())
    assert lag < 1 or not IS_MEASURED, f"{lag:.2f} s"
