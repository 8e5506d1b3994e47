"""How many labels are wrong: a random sample that somebody looks at, and what it says of all.

Only decisions whose reason is "audit" count, each as it was made: samples that were found by what a
model thinks of them are wrong more often than the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd

from carto_widget.curation.file.entry import DECISIONS
from carto_widget.curation.held.held import Held, latest, outcomes
from carto_widget.curation.samples.samples import Samples

REASON = "audit"
Z = 1.959963984540054  # of a normal distribution 95 % lies within so many standard deviations


@dataclass(frozen=True)
class Audit:
    """What the audited samples say of all.

    Attributes:
        n: Audited samples whose label was found right or wrong.
        wrong: Those that belong to another class.
        dropped, unsure: Audited samples that do not belong in the dataset, or whose class nobody
            could tell: they count neither as right nor as wrong.
        disputed: Audited samples on which reviewers differ; the latest decision is counted.
    """

    n: int
    wrong: int
    dropped: int = 0
    unsure: int = 0
    disputed: int = 0

    @property
    def rate(self) -> float:
        """The share of wrong labels; NaN where nothing is audited."""
        return self.wrong / self.n if self.n else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval (95 %) of the share; from 0 to 1 where nothing is audited."""
        return wilson(self.wrong, self.n)

    def __repr__(self) -> str:
        if not self.n + self.dropped + self.unsure:
            return "nothing is audited yet: review ledger.audit(100), with the reason 'audit'"
        low, high = self.interval
        told = (
            f"{self.wrong:,} of {self.n:,} audited labels are wrong: {self.rate:.1%} "
            f"(95 % interval {low:.1%} to {high:.1%})"
        )
        beside = {"dropped": self.dropped, "unsure": self.unsure}
        left_out = [f"{count:,} {name}" for name, count in beside.items() if count]
        told += f"; not counted: {', '.join(left_out)}" if left_out else ""
        return told + (f"; reviewers differ on {self.disputed:,}" if self.disputed else "")


def wilson(k: int, n: int) -> tuple[float, float]:
    """The interval (95 %) of a share of which k of n were found, after Wilson (1927), "Probable
    inference, the law of succession, and statistical inference"."""
    if not n:
        return 0.0, 1.0
    share, of_z = k / n, Z * Z / n
    middle = (share + of_z / 2) / (1 + of_z)
    half = Z * sqrt(share * (1 - share) / n + of_z / (4 * n)) / (1 + of_z)
    return max(0.0, middle - half), min(1.0, middle + half)


def audited(held: Held) -> Audit:
    """What the decisions whose reason is "audit" say; see the head of this file.

    One that was followed by another for another reason goes on counting: else samples that were
    looked at again, because a model found them odd, would leave the audit.
    """
    every = np.flatnonzero(~held.is_undone & held.kind.is_in(*DECISIONS))
    rows = every[held.coded("reason", every).is_in(REASON)]
    by_reviewer = held.guid.codes[rows] * len(held.who.levels) + held.who.codes[rows]
    rows = rows[latest(by_reviewer)]
    if not len(rows):
        return Audit(0, 0)
    guid = held.guid.codes[rows]
    differs = pd.Series(outcomes(held, rows).codes).groupby(guid).nunique() > 1
    rows = rows[latest(guid)]
    kind, old, new = held.kind[rows], held.classes("from", rows), held.classes("to", rows)
    return Audit(
        n=int(np.isin(kind, ["keep", "relabel"]).sum()),
        wrong=int(((kind == "relabel") & (old != new)).sum()),
        dropped=int((kind == "drop").sum()),
        unsure=int((kind == "unsure").sum()),
        disputed=int(differs.sum()),
    )


def drawn(samples: Samples, n: int, seed: int) -> pd.DataFrame:
    """n samples at random, all with the same chance, in random order; of one seed the samples of a
    smaller n are the first of a larger one.

    Raises:
        ValueError: The ledger does not know all samples, or n is not between 1 and their number.
    """
    everything = len(samples)
    if len(samples.dataset.guid) != everything:
        raise ValueError(
            f"audit: the ledger names {len(samples.dataset.guid):,} of {everything:,} samples; to "
            "draw from all, say which they are: ledger.of(samples).audit()"
        )
    if not 1 <= n <= everything:
        raise ValueError(f"audit: n={n!r}, expected 1 to {everything:,}, the number of samples")
    rows = np.random.default_rng(seed).permutation(everything)[:n]
    found = pd.DataFrame(index=samples.index[rows].rename("guid"))
    if samples.frame is not None:
        found = samples.frame.iloc[rows].set_index(found.index)
    if samples.gold is not None and "gold" not in found:
        found["gold"] = samples.gold.iloc[rows].to_numpy()
    found.attrs = {"reason": REASON, "seed": seed}
    return found
