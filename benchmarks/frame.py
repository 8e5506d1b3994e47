"""What a frame of N samples costs the kernel, beside a copy of its bytes and a naive version.

Run ``python benchmarks/frame.py [N]``. Milliseconds, the best of the repeats; nothing is asserted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from carto_widget.store.rows import Rows
from carto_widget.store.snapshot import Cursor, SealedEpoch, Snapshot
from carto_widget.views.frame import Frame
from carto_widget.views.live import LiveState
from carto_widget.views.view import View
from carto_widget.widget.wire import encode

REPEATS = 15
EPOCHS = 5


def rows(n: int, seed: int) -> Rows:
    """Every sample once, in the order of the split."""
    rng = np.random.default_rng(seed)
    margin = rng.normal(0, 2, n).astype(np.float32)
    gold = np.zeros(n, np.int32)
    loss = np.log1p(np.exp(-margin))
    return Rows.of_classes(np.arange(n), gold, loss, margin, gold + 1, np.ones(n, np.uint32))


def fed(n: int) -> tuple[LiveState, Snapshot]:
    """A live state with some epochs sealed, and the snapshot that it saw last."""
    live = LiveState(View(), lambda: None, Cursor())
    sealed = tuple(SealedEpoch(e, lambda e=e: rows(n, e)) for e in range(EPOCHS))  # type: ignore[misc]  # bound now
    seen = Snapshot(Cursor(sealed=EPOCHS), np.arange(n), np.zeros(n, np.int32), sealed=sealed)
    live.feed(seen)
    return live, replace(seen, sealed=())


def naive(frame: Frame) -> list[bytes]:
    """The same codes, written as one would first write them."""
    buffers = []
    for role, column in frame.columns.items():
        lo, hi = column.domain
        last = 10 if role == "color" else 65533
        scaled = np.round((column.values - lo) / (hi - lo) * last)
        coded = np.where(np.isnan(scaled), 255 if role == "color" else 65535, scaled)
        buffers.append(coded.astype("u1" if role == "color" else "<u2").tobytes())
    return buffers


def best(function: Callable[[], object]) -> float:
    """Milliseconds of the fastest of some calls."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def main(n: int) -> None:
    live, seen = fed(n)
    own = pd.DataFrame(index=pd.RangeIndex(n))
    frame = live.frame(own, live=True)
    encoded = encode(frame, 1)
    body = np.concatenate([codes.view(np.uint8) for codes in encoded.codes])
    some = rows(n, 99).take(np.sort(np.random.default_rng(0).choice(n, n // 40, replace=False)))
    flying = replace(seen, since=replace(seen.since, epoch=EPOCHS), epoch=EPOCHS, running=some)
    print(f"frame of {n:,} samples, {body.nbytes / 1e6:.1f} MB; ms, best of {REPEATS}")
    for what, function in {
        "running sums to columns": lambda: live.frame(own, live=True),
        "columns to codes": lambda: encode(frame, 1),
        "codes to chunks": lambda: list(encoded.chunks()),
        "whole frame": lambda: list(encode(live.frame(own, live=True), 1).chunks()),
        "beside it: memcpy of the frame": body.copy,
        "beside it: naive codes": lambda: naive(frame),
        f"counting {len(some):,} rows of the epoch": lambda: live.feed(flying),
    }.items():
        print(f"{best(function):9.2f}  {what}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
