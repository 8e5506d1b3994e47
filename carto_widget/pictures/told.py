"""What is said of a picture's samples beside what is drawn: region, gold label, a line to read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.cartography import REGIONS, region
from carto_widget.metrics.table import supported, values
from carto_widget.pictures.picture import Picture
from carto_widget.views.preview import preview_name
from carto_widget.views.table import readable

LETTERS = 120  # of a line to read


def regions(picture: Picture) -> NDArray[np.float64] | None:
    """(N,) index into ``REGIONS``, NaN where missing; None where nothing tells them."""
    dynamics, own = picture.dynamics, picture.own
    if dynamics is not None:
        if "region" not in supported(dynamics.signals):
            return None
        last = picture.frame.epoch
        seen = None if last is None else slice(None, last + 1)
        return values(dynamics, ["region"], epochs=seen)["region"]
    if own is None:
        return None
    if "region" in own:
        codes = np.array([_REGION_CODES.get(name, np.nan) for name in own["region"].astype(object)])
        return None if np.isnan(codes).all() else codes
    if not {"confidence", "variability"} <= set(own.columns):
        return None
    numbers = own.reindex(columns=["confidence", "variability", "n_observed"])
    confidence, variability, n_observed = numbers.to_numpy("float64", na_value=np.nan).T
    if "n_observed" not in own:
        n_observed = np.where(np.isnan(variability), 0, 2)
    return region(confidence, variability, n_observed)


_REGION_CODES = {name: float(code) for code, name in enumerate(REGIONS)}


def golds(picture: Picture) -> list[str] | None:
    """(N,) the gold label of each sample as a text, empty where missing."""
    if picture.dynamics is not None:
        labels = readable(picture.dynamics.gold, picture.dynamics.label_names)
    elif picture.own is not None and "gold" in picture.own:
        labels = picture.own["gold"]
    else:
        return None
    if labels.isna().all():
        return None
    return ["" if gap else str(one) for one, gap in zip(labels, labels.isna(), strict=True)]


def lines_to_read(picture: Picture, rows: NDArray[np.int64]) -> tuple[str, list[str]] | None:
    """Name of the column by which samples are read, and the beginning of its text of these rows."""
    own = picture.own
    name = None if own is None else preview_name(own)
    if own is None or name is None:
        return None
    found = own[name].iloc[rows]
    return name, [
        "" if gap else cut(str(text)) for text, gap in zip(found, found.isna(), strict=True)
    ]


def cut(text: str) -> str:
    """One line of at most so many letters."""
    line = " ".join(text[: 4 * LETTERS].split())
    return line if len(line) <= LETTERS and len(text) <= 4 * LETTERS else f"{line[: LETTERS - 1]}…"
