"""Which samples are most like a sample: by the cosine of what is known of them, all compared."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 100_000  # samples among which is looked
_BYTES = 32_000_000  # of similarities at a time
_TEXTS = 256  # read at a time
_BUCKETS = 2**18  # into which words are hashed


def unit_rows(points: NDArray[Any]) -> NDArray[np.float32]:
    """(N, D) each row at length 1; of a row without a direction (zeros, NaN) NaN."""
    unit = points.astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        unit /= np.abs(unit).max(1, initial=0, keepdims=True)  # squares of large ones overflow
        unit /= np.sqrt(np.square(unit).sum(1, keepdims=True))
    return unit


def nearest_rows(
    unit: Any, rows: NDArray[np.integer[Any]], count: int, *, above: float = -np.inf
) -> list[NDArray[np.int64]]:
    """Of each of some rows the others of the largest cosine, the largest first.

    Args:
        unit: (N, D) rows of length 1, NaN where nothing is known; an array or a SciPy matrix.
        rows: (R,) of which.
        count: How many of each at most; fewer where there are no others.
        above: A cosine that is not near.

    Returns:
        R arrays of rows; ties to the lower row.
    """
    found = []
    step = max(1, _BYTES // (4 * max(1, unit.shape[0])))
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        for row, cosine in zip(block.tolist(), _cosines(unit, block), strict=True):
            cosine[row] = np.nan
            found.append(_largest(cosine, count, above))
    return found


def _cosines(unit: Any, rows: NDArray[np.integer[Any]]) -> NDArray[np.floating[Any]]:
    """(R, N) of each of the rows with all."""
    own = unit[rows]
    if isinstance(unit, np.ndarray):
        with np.errstate(invalid="ignore"):
            dense: NDArray[np.floating[Any]] = own @ unit.T
        return dense
    return np.ascontiguousarray((unit @ own.toarray().T).T)


def _largest(values: NDArray[np.floating[Any]], count: int, above: float) -> NDArray[np.int64]:
    known = np.flatnonzero(values > above)
    if len(known) > count:
        bound = np.partition(values[known], -count)[-count]
        known = known[values[known] >= bound]
    order = np.argsort(-values[known], kind="stable")[:count]
    return known[order].astype(np.int64)


class Words:
    """Texts as TF-IDF of their words, read piece by piece.

    As scikit-learn's `TfidfVectorizer` has it, with words hashed into 262,144 columns.

    Args:
        texts: (N,).

    Raises:
        ImportError: scikit-learn is not installed.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import HashingVectorizer

        self._texts = texts
        self._counter = HashingVectorizer(n_features=_BUCKETS, alternate_sign=False, norm=None)
        self._counts: list[Any] = []
        self.n_read = 0
        self.unit: Any = None

    def is_read(self, until: float) -> bool:
        """Read on, one piece at least, until a moment of ``time.perf_counter``; True when done.

        ``unit`` is then (N, 262144), a SciPy matrix of rows of length 1 (of no words: zeros).
        """
        while self.n_read < len(self._texts):
            piece = self._texts[self.n_read : self.n_read + _TEXTS]
            self._counts.append(self._counter.transform(piece))
            self.n_read += len(piece)
            if time.perf_counter() >= until:
                return False
        if self.unit is None and self._counts:
            self.unit = self._weighted()
        return True

    def _weighted(self) -> Any:
        from scipy.sparse import vstack
        from sklearn.feature_extraction.text import TfidfTransformer

        counts, self._counts = vstack(self._counts, format="csr"), []
        return TfidfTransformer().fit_transform(counts)
