"""A map whose samples are reviewed, and what its page asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from widget_page import Page, until

from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.widget.datamap import DataMap

NAMES = ["no", "yes", "other"]
GUID = ["a", "b", "c", "d", "e", "f"]
GOLD = [0, 1, 2, 0, 1, 2]
# margins of one epoch: their order, the lowest first, is f d b a c e
MARGIN = [0.4, 0.3, 0.5, 0.2, 0.6, 0.1]
TEXTS = ["red apple", "red pear", "green apple", "blue sky", "grey sky", "stone"]
SAMPLES = pd.DataFrame({"text": TEXTS, "length": [9, 8, 11, 8, 8, 5]}, index=GUID)

Open = Callable[..., tuple[DataMap, Page]]
Opened = Callable[..., DataMap]


def dynamics() -> TrainingDynamics:
    return TrainingDynamics.from_arrays(
        gold=GOLD,
        guid=GUID,
        label_names=NAMES,
        loss=np.full((1, 6), 0.5),
        margin=[MARGIN],
        other_label=[[1, 2, 0, 2, 2, 0]],
    )


def asked(page: Page, what: str, **about: Any) -> dict[str, Any]:
    """The answer to a question of the page."""
    number = f"{what} {len(page.messages)}"
    page.say({"kind": "ask", "id": number, "what": what, **about})

    def answers() -> list[dict[str, Any]]:
        told = [header for header, _ in page.messages if header["kind"] == "answer"]
        return [header for header in told if header["ask"] == number]

    until(lambda: bool(answers()))
    return answers()[0]


def decided(page: Page, *decisions: dict[str, Any]) -> dict[str, Any]:
    review = page.last("review")[0]["id"]
    return asked(page, "decide", review=review, decisions=list(decisions))


def cards(page: Page, review: str, start: int = 0, count: int = 6) -> list[dict[str, Any]]:
    """All of them, once everything that they show has been read."""
    found: list[dict[str, Any]] = []

    def are_whole() -> bool:
        found[:] = asked(page, "review", review=review, **{"from": start}, count=count)["cards"]
        return len(found) == count and all(card.get("neighbours") is not None for card in found)

    until(are_whole)
    return found


def told(page: Page) -> dict[str, Any]:
    return page.last("review")[0]
