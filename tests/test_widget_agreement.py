"""Page and Python hold the same set, whoever changes it and on whatever frame."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from widget_page import GUID, dynamics, until

from carto_widget.views.view import View
from carto_widget.widget.wire import bits_of

COMBINED: dict[str, Callable[[set[int], set[int]], set[int]]] = {
    "replace": lambda old, new: set(new),
    "add": lambda old, new: old | new,
    "subtract": lambda old, new: old - new,
    "intersect": lambda old, new: old & new,
}


class Browser:
    """The page's half of the rule: shows its own at once, adopts what the kernel says."""

    def __init__(self, page: Any) -> None:
        self._page, self._read, self._number = page, 0, 0
        self.confirmed: set[int] = set()
        self.pending: list[tuple[str, str, set[int]]] = []

    @property
    def drawn(self) -> set[int]:
        rows = self.confirmed
        for _, how, operand in self.pending:
            rows = COMBINED[how](rows, operand)
        return rows

    def select(self, how: str, rows: set[int], frame: int) -> None:
        self._number += 1
        name = f"op {self._number}"
        self.pending.append((name, how, rows))
        mask = np.isin(np.arange(len(GUID)), sorted(rows))
        content = {"kind": "select", "operation": name, "how": how, "frame": frame}
        self._page.say(content, bits_of(mask))

    def listen(self) -> None:
        """Adopt what has come, in its order."""
        messages = self._page.messages
        while self._read < len(messages):
            header, buffers = messages[self._read]
            self._read += 1
            if header["kind"] == "selection":
                self._adopt(header["operation"], buffers)

    def _adopt(self, operation: str | None, buffers: list[bytes]) -> None:
        names = [name for name, _, _ in self.pending]
        done = names.index(operation) if operation in names else -1
        if buffers:
            bits = np.unpackbits(np.frombuffer(buffers[0], np.uint8), bitorder="little")
            self.confirmed = set(np.flatnonzero(bits).tolist())
        elif done >= 0:
            self.confirmed = self.pending[done][2]
        self.pending = self.pending[done + 1 :]


def drawn_against(page: Any) -> str:
    header, _ = page.last("frame")
    name: str = next(one["name"] for one in header["columns"] if one["role"] == "x")
    return name


@pytest.mark.parametrize("seed", range(3))
def test_page_and_python_agree_after_any_interleaving(shown: Any, seed: int) -> None:
    datamap, page = shown(dynamics())
    until(lambda: "frame" in page.kinds())
    browser, chance = Browser(page), random.Random(seed)
    past: list[set[int]] = [set()]
    for step in range(120):
        how = chance.choice(list(COMBINED))
        rows = {row for row in range(len(GUID)) if chance.random() < 0.5}
        who = chance.random()
        if who < 0.45:
            browser.select(how, rows, frame=page.last("frame")[0]["frame"])
        elif who < 0.6:  # undo is a replace by an older set
            browser.select("replace", chance.choice(past), frame=1)
        elif who < 0.97:
            datamap.select([GUID[row] for row in sorted(rows)], how)
        else:
            x = chance.choice(["variability", "aum"])
            datamap.view = View(x=x, y="confidence")
            until(lambda x=x: drawn_against(page) == x)  # type: ignore[misc]  # bound now
        if chance.random() < 0.5:
            browser.listen()
        past.append(browser.drawn)
        if step % 10 == 9:
            found = datamap.selection.index.tolist()
            browser.listen()
            assert found == [GUID[row] for row in sorted(browser.drawn)]
            assert browser.pending == []
