"""Two runs, sample by sample, and what that says in a few sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from carto_widget.datawork.change import CHANGES


class Comparison(pd.DataFrame):
    """What `compare` gives: a DataFrame with a row a sample, and its `summary`.

    Rows and columns taken out of it are plain DataFrames.
    """

    @property
    def summary(self) -> Summary:
        """How many samples became what, and what a pair of runs cannot show."""
        return summary_of(self)


@dataclass(frozen=True)
class Summary:
    """A comparison in sentences.

    Attributes:
        counts: Samples of each `change` that there is.
        right_before, right_after: Shares of the samples compared whose latest prediction is their
            gold label, 0..1; None where labels are no classes.
        notes: What differs between the runs beside the data, and what they cannot show.
    """

    counts: dict[str, int]
    right_before: float | None
    right_after: float | None
    notes: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """What there is to say, the counts first."""
        told = ", ".join(f"{n:,} {change}" for change, n in self.counts.items())
        found = [f"{counted(sum(self.counts.values()), 'sample')}: {told}."]
        if self.right_before is not None and self.right_after is not None:
            found.append(
                f"Predicted right: {self.right_before:.1%} before, {self.right_after:.1%} after, "
                "of the samples that both runs saw under the same label."
            )
        return [*found, *self.notes]

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        first, *others = self.sentences
        items = "".join(f"<li>{escape(text)}</li>" for text in others)
        return f"<p><b>{escape(first)}</b></p><ul>{items}</ul>"


def summary_of(frame: pd.DataFrame) -> Summary:
    """The summary of what `compare` gave, or of some rows of it."""
    found = frame["change"].value_counts()
    counts = {change: int(found[change]) for change in CHANGES if found.get(change, 0)}
    compared = frame[frame["change"].isin(CHANGES[:5])]
    right: list[float | None] = [None, None]
    if frame.attrs.get("has_classes") and len(compared):
        right = [_share_right(compared, when) for when in ("before", "after")]
    return Summary(counts, right[0], right[1], tuple(frame.attrs.get("notes", ())))


def _share_right(frame: pd.DataFrame, when: str) -> float:
    gold = frame[f"gold_{when}"].astype(object)
    return float((gold == frame[f"prediction_{when}"].astype(object)).mean())


def chance(frame: pd.DataFrame) -> Iterator[str]:
    """What two single runs cannot show."""
    compared = frame[frame["change"].isin(CHANGES[:5])]
    if compared.empty:
        return
    if not np.any(compared["moved"]):
        yield "The two runs agree in every number: the same run, or the same data and seed."
        return
    yield (
        "These are two single runs: another seed alone moves samples, too, so of one sample this "
        "does not show that the data was the reason. stability(runs) shows how far seeds move "
        "samples, trial(...) whether a change of the data helps."
    )


def counted(n: int, what: str) -> str:
    """A number with its noun: `1 sample`, `1,200 samples`."""
    return f"{n:,} {what}{'s' * (n != 1)}"


def listed(names: Any, most: int = 3) -> str:
    """The first names of some, and how many more."""
    names = list(names)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(str(name) for name in names[:most]) + more
