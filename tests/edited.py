"""Samples that are edited in the tests of the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

import carto_widget as carto
from carto_widget.curation.ledger import Ledger

REVIEWS = pd.DataFrame(
    {
        "text": [
            "I love this",
            "I really love this app...not",
            "Good, but also bad",
            "Never again",
        ],
        "label": ["positive", "positive", "positive", "negative"],
    },
    index=["s1", "s2", "s3", "s4"],
)
LABELS = ["negative", "positive"]


def ledger_of(path: Path, frame: pd.DataFrame = REVIEWS, **options: Any) -> Ledger:
    """A ledger bound to reviews; ``ann`` writes."""
    return carto.ledger(path, reviewer="ann").of(frame, gold="label", **options)


def decided(ledger: Ledger, **options: Any) -> dict[Any, Any]:
    """By guid the kind of the decision that holds, and the class of a relabel."""
    found = ledger.decisions(**options)
    return {guid: row["kind"] if row["to"] is None else row["to"] for guid, row in found.iterrows()}
