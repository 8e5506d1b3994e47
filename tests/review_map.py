"""A review in the bare page, at the other end of a real map: its messages are carried by hand, so
that they can be lost."""

from __future__ import annotations

import base64
import time
from typing import Any

import numpy as np
import pandas as pd
from jupyter_driver import PATIENCE
from page_driver import Map

from carto_widget.store.dynamics import TrainingDynamics

LABELS = ["negative", "neutral", "positive"]
WORDS = ["fine", "not good at all", "good, but also bad", "I love it ... not"]
RECEIVE = """messages => {
  for (const [content, texts] of messages)
    widget.model.receive(content, texts.map(text =>
      Uint8Array.from(atob(text), letter => letter.charCodeAt(0)))); }"""
TAKE = """() => widget.model.sent.splice(0).map(({ content, buffers }) =>
  [content, buffers.map(one => [...new Uint8Array(one.buffer ?? one)])])"""


def dynamics(n: int = 12) -> TrainingDynamics:
    """Sample i is the more suspicious the smaller i is, and taken for the class after its own."""
    gold = np.arange(n) % 3
    margin = np.linspace(-3, 3, n) + np.array([[-0.1], [0.0], [0.1], [0.2]])
    return TrainingDynamics.from_arrays(
        gold=gold,
        guid=[f"g{i}" for i in range(n)],
        loss=np.log1p(np.exp(-margin)),
        margin=margin,
        other_label=np.broadcast_to((gold + 1) % 3, margin.shape),
        label_names=LABELS,
    )


def samples(n: int = 12) -> pd.DataFrame:
    """A few words a sample."""
    words = [f"{WORDS[i % 4]}, said number {i}" for i in range(n)]
    return pd.DataFrame({"text": words}, index=[f"g{i}" for i in range(n)])


class Reviewed:
    """A map in the kernel, its page, and the way between them."""

    def __init__(self, carto: Map, datamap: Any) -> None:
        self.carto, self.page, self.datamap = carto, carto.page, datamap
        self.mount()

    def mount(self) -> None:
        """Show the map; after a reload, too."""
        self._is_blind = self.datamap.is_blind
        self.carto.mount(connected=False, is_blind=self._is_blind)
        self.until("() => document.querySelector('.carto')?.dataset.drawn === 'all'")

    def carry(self, *, is_heard: bool = True, is_answered: bool = True) -> None:
        """Carry what waits; what is not heard, or not answered, is lost."""
        said = self.page.evaluate(TAKE)
        for content, buffers in said if is_heard else ():
            self.datamap.comm.say(content, *(bytes(one) for one in buffers))
        if self._is_blind != self.datamap.is_blind:
            self._is_blind = self.datamap.is_blind
            self.page.evaluate("is_blind => widget.model.update({ is_blind })", self._is_blind)
        news = self.datamap.comm.messages
        messages = [news.pop(0) for _ in range(len(news))]
        packed = [
            [content, [base64.b64encode(bytes(one)).decode() for one in buffers]]
            for content, buffers in messages
        ]
        if is_answered and packed:
            self.page.evaluate(RECEIVE, packed)
        self.page.wait_for_timeout(5)

    def until(self, condition: str, arg: object = None) -> None:
        """Carry messages until something holds in the page."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.carry()
            if self.page.evaluate(condition, arg):
                return
            self.carto.bare.check()
        raise AssertionError(f"it did not come true: {condition} {arg}")

    def at(self, position: int) -> None:
        """Carry messages until the sample of this position is shown, from 0."""
        js = "at => document.querySelector('.carto-review')?.dataset.position === String(at)"
        self.until(js, position)

    def press(self, *keys: str) -> None:
        """Press keys; nothing is carried."""
        for key in keys:
            self.page.keyboard.press(key)

    def delivered(self) -> None:
        """Carry messages until no decision waits in the tab."""
        self.until("() => Object.keys(sessionStorage).length === 0")

    def kinds(self) -> list[tuple[str, str]]:
        """Every edit in the ledger: its kind and its sample, or its name."""
        edits = self.datamap.edits
        return [(one.kind, one.guid) for one in edits.itertuples()]

    def text(self, selector: str = ".carto-review") -> str:
        return self.page.locator(selector).first.inner_text()
