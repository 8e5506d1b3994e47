"""Many rows on the lattice, and which of them lie inside a ring, worked out in Python."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from page_driver import LAST, MISSING, WAITING, Map

Corners = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Crowd:
    """(N,) codes of each column."""

    x: NDArray[np.uint16]
    y: NDArray[np.uint16]
    color: NDArray[np.uint8]

    def send(self, to: Map, frame: int = 1) -> None:
        """Send it as a frame, and wait until it is shown."""
        codes: dict[str, NDArray[Any]] = {"x": self.x, "y": self.y, "color": self.color}
        packed = {name: base64.b64encode(c.tobytes()).decode() for name, c in codes.items()}
        to.kernel("crowd", packed | {"frame": frame})
        to.wait_data("frame", str(frame))

    @property
    def is_placed(self) -> NDArray[np.bool_]:
        return (self.x <= LAST) & (self.y <= LAST)


def crowd(rows: int, seed: int = 0) -> Crowd:
    """Rows anywhere; a hundredth of them waits, a hundredth is missing."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, LAST + 1, (2, rows), np.uint16, endpoint=False)
    x[rng.random(rows) < 0.01] = WAITING
    gone = rng.random(rows) < 0.01
    x[gone], y[gone] = MISSING, MISSING
    return Crowd(x, y, rng.integers(0, 11, rows, np.uint8))


def inside(x: NDArray[Any], y: NDArray[Any], corners: Corners) -> NDArray[np.bool_]:
    """(N,) bool by the even-odd rule in whole numbers: a ray to the right crosses an edge.

    An edge counts from its lower end on and not at its upper; a point on it lies to its right.
    """
    px, py = x.astype(np.int64), y.astype(np.int64)
    is_odd = np.zeros(len(px), bool)
    for (ax, ay), (bx, by) in zip([corners[-1], *corners[:-1]], corners, strict=True):
        rows = np.flatnonzero((py >= min(ay, by)) & (py < max(ay, by)))
        side = (bx - ax) * (py[rows] - ay) - (px[rows] - ax) * (by - ay)
        is_odd[rows] ^= side > 0 if by > ay else side < 0
    return is_odd


def bits_of(rows: NDArray[np.bool_]) -> list[int]:
    """One bit a row, lowest first."""
    packed: list[int] = np.packbits(rows, bitorder="little").tolist()
    return packed
