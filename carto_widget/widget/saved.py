"""The snapshot: what a notebook saved with widget state shows when it is opened again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.store.snapshot import Snapshot
from carto_widget.widget.selection import Selection
from carto_widget.widget.static import static_columns, static_message
from carto_widget.widget.wire import PROTOCOL, EncodedFrame, Header, bits_of

LIMIT = 1_000_000  # bytes of one snapshot
_HEADERS = 50_000  # bytes of it kept for titles, words and categories


@dataclass(frozen=True)
class Picture:
    """Everything that is on the map at one moment."""

    frame: EncodedFrame
    status: Header
    selection: Selection
    seen: Snapshot
    samples: pd.DataFrame
    dataset: Header | None = None


def saved_picture(picture: Picture) -> dict[str, Any]:
    """The picture in at most 1 MB: frame, selection, and of the columns those that fit.

    Where the frame alone is larger, a fair sample of the rows, the same for every epoch.
    """
    of = picture.frame.header["rows"]
    rows = _fair_sample(of, picture.frame.n_bytes)
    frame = picture.frame if len(rows) == of else picture.frame.take(rows)
    ((frame_header, frame_buffers),) = [(frame.header | {"chunk": 0, "chunks": 1}, frame.codes)]
    bits = bits_of(picture.selection.grown(of).mask[rows]) if picture.selection.count else None
    spent = frame.n_bytes + len(bits or b"") + 2 * len(rows) + _HEADERS
    seen = picture.seen
    columns = static_columns(
        seen.guid[rows],
        seen.gold[rows],
        seen.label_names,
        picture.samples.iloc[rows],
        budget=LIMIT - spent,
    )
    whose = picture.dataset if len(rows) == of else None
    static_header, static_buffers = static_message(len(rows), columns, whose)
    chosen = picture.selection
    return {
        "protocol": PROTOCOL,
        "frame": frame_header,
        "static": static_header,
        "status": picture.status,
        "selection": {"revision": chosen.revision, "count": chosen.count} if bits else None,
        "rows": len(rows),
        "of": of,
        "buffers": [
            *(codes.tobytes() for codes in frame_buffers),
            *static_buffers,
            *([bits] if bits else []),
        ],
    }


def _fair_sample(rows: int, n_bytes: int) -> NDArray[np.intp]:
    """All rows where they fit beside gold and selection, else as many as do, always the same."""
    row_bytes = n_bytes / max(1, rows) + 2 + 1 / 8
    most = int((LIMIT - _HEADERS) / row_bytes)
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))
