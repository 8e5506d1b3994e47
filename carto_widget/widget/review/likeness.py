"""By what samples are alike: recorded features, the words of their text, or their pixels."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from carto_widget.datawork.neighbours import MOST, Words, nearest_rows, unit_rows
from carto_widget.views.preview import preview_name
from carto_widget.widget.cards.columns import image_name
from carto_widget.widget.cards.kinds.image import thumbnail
from carto_widget.widget.source import Source

COUNT = 5
_SIDE = 16  # pixels, to which an image is made small
_LOADED = "neighbours by words need scikit-learn: pip install scikit-learn"


class _Points(Protocol):
    unit: Any

    def is_read(self, until: float) -> bool: ...


class Likeness:
    """Finds the samples that are most like one; read piece by piece, then kept.

    Features are those of the newest complete epoch at the time when they are read.

    Attributes:
        by: "features", "words" or "pixels"; None where there is none of them.
        note: Why there are no neighbours.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.by: str | None = None
        self.note = ""
        self._points: _Points | None = None
        self._least = -np.inf
        self._found: dict[int, list[int]] = {}
        self._is_begun = False

    def is_read(self, until: float) -> bool:
        """Read on until a moment of ``time.perf_counter``; True when done."""
        if not self._is_begun:
            self._is_begun = True
            try:
                self._begin()
            except (ValueError, OSError) as error:  # damaged features; the review goes on
                self.note = str(error)
            except ImportError:
                self.by, self.note = None, _LOADED
        return self._points is None or self._points.is_read(until)

    def neighbours(self, row: int) -> list[int]:
        """Rows most like a row, the nearest first; to be asked when all is read."""
        if self._points is None or row >= self._points.unit.shape[0]:
            return []
        if row not in self._found:
            near = nearest_rows(self._points.unit, np.array([row]), COUNT, above=self._least)[0]
            self._found[row] = near.tolist()
        return self._found[row]

    def _begin(self) -> None:
        n, samples = len(self._source.seen.guid), self._source.own.samples
        if n > MOST:
            self.note = f"neighbours are looked for among up to {MOST:,} samples; here are {n:,}"
            return
        features = _features(self._source)
        text, image = preview_name(samples), image_name(samples)
        if features is not None:
            self.by, self._points = "features", _Known(unit_rows(features))
        elif image is not None:
            self.by, self._points = "pixels", _Pixels(samples[image])
        elif text is not None:
            self.by, self._points, self._least = "words", Words(_texts(samples[text])), 0.0
        else:
            self.note = "no features were recorded, and the samples have no text and no image"


class _Known:
    def __init__(self, unit: NDArray[np.float32]) -> None:
        self.unit = unit

    def is_read(self, until: float) -> bool:
        return True


class _Pixels:
    """Images as 16 x 16 grey pixels without their mean: alike whatever their brightness."""

    def __init__(self, images: pd.Series[Any]) -> None:
        self._images = images
        self.n_read = 0
        self.unit: Any = np.full((len(images), _SIDE * _SIDE), np.nan, np.float32)

    def is_read(self, until: float) -> bool:
        while self.n_read < len(self._images):
            self.unit[self.n_read] = _pixels(self._images.iloc[self.n_read])
            self.n_read += 1
            if time.perf_counter() >= until:
                return False
        return True


def _pixels(value: Any) -> NDArray[np.float32]:
    """(256,) at length 1; NaN where there is no image that can be read."""
    try:
        grey = thumbnail(value)[0].convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    except Exception:  # of this sample alone, as a card shows; it is near to none
        return np.full(_SIDE * _SIDE, np.nan, np.float32)
    pixels = np.asarray(grey, np.float32).reshape(1, -1)
    return np.asarray(unit_rows(pixels - pixels.mean())[0])


def _features(source: Source) -> NDArray[np.float16] | None:
    dynamics = source.dynamics()
    has_any = dynamics is not None and "feature_norm" in dynamics.signals
    return dynamics.features if dynamics is not None and has_any else None


def _texts(values: pd.Series[Any]) -> Sequence[str]:
    return ["" if gap else str(text) for text, gap in zip(values, values.isna(), strict=True)]
