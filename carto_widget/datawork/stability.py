"""Many seeds: where each sample lies on average, how far seeds move it, and in which way."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.datawork.comparison import counted, listed
from carto_widget.metrics.cartography import REGIONS
from carto_widget.metrics.table import table

VERDICTS = ("steady", "ambiguous", "depends on the run", "too few runs")
MOST = 2 / 3  # of a sample's runs that make a region its own
ODD = 2.0  # times the median distance of the runs, from which a run is called an odd one

Values = NDArray[np.float64]  # (R, N) of each run, NaN where a sample was not observed


def stability(
    runs: Iterable[Any],
    metrics: tuple[str, str] = ("confidence", "variability"),
    *,
    split: str = "train",
) -> pd.DataFrame:
    """Each sample's mean place over runs that differ in the seed alone, and its spread.

    A DataFrame indexed by guid, the samples that seeds move farthest first. Columns: `gold`, where
    the runs agree on it; `verdict`; `n_runs` in which the sample has both metrics; of each metric
    the mean (under its own name) and `..._spread`, the standard deviation over runs with divisor
    n - 1;
    `major`, `minor`, `angle`, the half-axes and direction of the ellipse of one standard
    deviation, the angle in degrees from the second metric's axis (across on the map) towards the
    first's (up), -90 to 90; `share_easy`, `share_ambiguous`, `share_hard`, the shares of its
    runs in each region.

    `verdict` answers whether a sample is ambiguous or its run was noisy: "ambiguous" where it was
    in that region in two thirds of its runs or more, "steady" where it was in another one,
    "depends on the run" where no region has so many, "too few runs" below two. `.attrs` has
    `runs`, the mean distance of each run's places from the mean of the others, and `notes`, which
    name a run that lies far off. `DataMap(stability(runs))` draws the ellipses.

    Args:
        runs: two or more, whatever `table` takes: the same data and model, other seeds.
        metrics: two metrics, what is up and what is across on the map.
        split: which split of them.

    Raises:
        ValueError: fewer than two runs, a number of metrics other than two, no common guid.
        TypeError: a single run.
    """
    load = import_module("carto_widget").load  # only the front door knows this room and formats
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    if len({*names}) != 2:
        raise ValueError(f"stability: metrics={metrics!r}; expected two, such as the map's axes")
    if isinstance(runs, (str, os.PathLike)) or not isinstance(runs, Iterable):
        raise TypeError(
            f"stability: got one {type(runs).__name__}, expected several runs in a list"
        )
    sources = [load(one, split) for one in runs]
    if len(sources) < 2:
        raise ValueError(
            f"stability: {counted(len(sources), 'run')}; expected two or more, of the same data "
            "with other seeds"
        )
    tables = [table(one, [*names, "region"]) for one in sources]
    index = _every(tables)
    up, across = (_over(tables, name, index) for name in names)
    seen = ~(np.isnan(up) | np.isnan(across))
    up, across = np.where(seen, up, np.nan), np.where(seen, across, np.nan)
    n_runs = seen.sum(axis=0)
    shares = _shares(tables, index, seen)
    gold, n_other = _gold(tables, index)
    found = pd.DataFrame(
        {"gold": gold, "verdict": _verdicts(shares, n_runs), "n_runs": n_runs},
        index=index,
    ).assign(
        **{name: _mean(values) for name, values in zip(names, (up, across), strict=True)},
        **_ellipses(names, up, across, n_runs),
        **dict(zip(("share_easy", "share_ambiguous", "share_hard"), shares, strict=True)),
    )
    order = np.argsort(-found["major"].to_numpy(), kind="stable")  # missing last
    made = found.iloc[order]
    distances = _distances(up, across)
    made.attrs = {
        "metrics": names,
        "runs": distances,
        "notes": [*_notes(distances, n_other, len(sources)), *_doubled(up, across)],
    }
    return made


def _every(tables: list[pd.DataFrame]) -> pd.Index[Any]:
    """All guids, those of the first run first."""
    index = tables[0].index
    for number, one in enumerate(tables[1:], 1):
        if not one.index.isin(tables[0].index).any():
            raise ValueError(
                f"stability: run {number} has no guid of run 0: "
                f"{listed(map(repr, one.index[:3].tolist()))}, ..., and "
                f"{listed(map(repr, tables[0].index[:3].tolist()))}, ..."
            )
        index = index.append(one.index[~one.index.isin(index)])
    return index.rename("guid")


def _over(tables: list[pd.DataFrame], name: str, index: pd.Index[Any]) -> Values:
    return np.stack([one[name].reindex(index).to_numpy(np.float64) for one in tables])


def _mean(values: Values) -> NDArray[np.float64]:
    """(N,) over the runs that have it."""
    n = (~np.isnan(values)).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(values, axis=0) / np.where(n, n, np.nan))


def _ellipses(
    names: list[str], up: Values, across: Values, n_runs: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """Standard deviations, and axes and angle of the covariance's ellipse; NaN of one run."""
    dy, dx = up - _mean(up), across - _mean(across)
    divisor = np.where(n_runs >= 2, n_runs - 1.0, np.nan)
    yy, xx, xy = (np.nansum(one, axis=0) / divisor for one in (dy * dy, dx * dx, dx * dy))
    middle, half = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    return {
        f"{names[0]}_spread": np.sqrt(yy),
        f"{names[1]}_spread": np.sqrt(xx),
        "major": np.sqrt(middle + half),
        "minor": np.sqrt(np.maximum(middle - half, 0)),
        "angle": np.degrees(np.arctan2(2 * xy, xx - yy) / 2),
    }


def _shares(
    tables: list[pd.DataFrame], index: pd.Index[Any], seen: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(3, N) shares of the runs with both metrics, in which each sample was in each region."""
    codes = np.stack([one["region"].cat.codes.reindex(index, fill_value=-1) for one in tables])
    counts = np.stack([(seen & (codes == region)).sum(axis=0) for region in range(len(REGIONS))])
    n_runs = seen.sum(axis=0)
    return np.asarray(counts / np.where(n_runs, n_runs, np.nan))


def _verdicts(shares: NDArray[np.float64], n_runs: NDArray[np.int64]) -> pd.Categorical:
    is_own = shares >= MOST - 1e-9
    ambiguous = is_own[REGIONS.index("ambiguous")]
    rules = {"too few runs": n_runs < 2, "ambiguous": ambiguous, "steady": is_own.any(axis=0)}
    found = np.select([*rules.values()], [*rules], "depends on the run")
    return pd.Categorical(found, categories=VERDICTS)


def _gold(tables: list[pd.DataFrame], index: pd.Index[Any]) -> tuple[Any, int]:
    """(N,) the gold label where the runs agree on it, and of how many samples they do not."""
    if not all("gold" in one for one in tables):
        return pd.array([pd.NA] * len(index)), 0
    columns = [one["gold"].reindex(index) for one in tables]
    first, is_other = columns[0], np.zeros(len(index), bool)
    for one in columns[1:]:
        first = first.astype(object).where(first.notna(), one)
        both = first.notna() & one.notna()
        is_other |= np.asarray(both & (first != one.astype(object)), bool)
    gold = first.astype(object).where(~is_other)
    are_alike = all(one.dtype == columns[0].dtype for one in columns)
    return (gold.astype(columns[0].dtype) if are_alike else gold).array, int(is_other.sum())


def _distances(up: Values, across: Values) -> list[float]:
    """Of each run the mean distance of its places from the mean of the other runs'."""
    found = []
    for one in range(len(up)):
        others = np.arange(len(up)) != one
        steps = np.hypot(up[one] - _mean(up[others]), across[one] - _mean(across[others]))
        found.append(float(np.nanmean(steps)) if (~np.isnan(steps)).any() else float("nan"))
    return found


def _doubled(up: Values, across: Values) -> Iterator[str]:
    """Runs that are there twice, whose spread of 0 says nothing."""
    first: dict[bytes, int] = {}
    for run, places in enumerate(zip(up, across, strict=True)):
        other = first.setdefault(b"".join(one.tobytes() for one in places), run)
        if other != run:
            yield (
                f"Runs {other} and {run} agree in every number: the same run or the same seed, "
                "which says nothing of chance."
            )


def _notes(distances: list[float], n_other: int, n: int) -> list[str]:
    error = 100 / np.sqrt(2 * (n - 1))
    notes = [
        f"A spread from {counted(n, 'run')} is itself uncertain, by about {error:.0f} %: of single "
        "samples it is a hint, of many together it is a number."
    ]
    middle = float(np.median(distances))
    for run, distance in enumerate(distances):
        if n > 2 and distance > ODD * middle > 0:
            notes.append(
                f"Run {run} lies {distance:.3f} from the mean of the others, the median run "
                f"{middle:.3f}: this run was noisy, or is of something else."
            )
    if n_other:
        notes.append(
            f"{counted(n_other, 'sample')} with different gold labels in these runs: their spread "
            "is not of seeds alone."
        )
    return notes
