"""The status line: what a source does, and what is to be said of its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from carto_widget.store.snapshot import Snapshot
from carto_widget.widget.wire import PROTOCOL, EncodedFrame, Header


def status_message(seen: Snapshot, shown: EncodedFrame | None, notes: Sequence[str]) -> Header:
    """The message.

    Args:
        seen: What is known of the source.
        shown: The picture; None before the first.
        notes: What else is to be said.
    """
    picture = shown.header if shown else {"rows": 0, "unseen": 0}
    return {
        "protocol": PROTOCOL,
        "kind": "status",
        "word": seen.status.word,
        "text": seen.status.text,
        "epoch": seen.status.epoch,
        "badge": seen.badge,
        "notes": [*_beside(seen.status.detail, seen.notes), *notes],
        "observed": picture["rows"] - picture["unseen"],
        "rows": len(seen.guid),
        "nonfinite": seen.n_nonfinite,
        "can": list(seen.can),
        "controls": [asdict(control) for control in seen.controls],
    }


def _beside(detail: str, notes: Sequence[str]) -> list[str]:
    """The notes that do not say again what the status says."""
    return [note for note in notes if not detail or detail not in note]
