"""How far reviewers agree, and where they do not."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.curation.file.entry import DECISIONS
from carto_widget.curation.held.frames import objects
from carto_widget.curation.held.held import Held, outcomes


def agreement_frame(held: Held) -> pd.DataFrame:
    """One row a pair of reviewers who decided on the same samples: see ``Ledger.agreement``."""
    rows = held.rows(*DECISIONS)
    outcome = pd.Series(outcomes(held, rows).codes, index=held.guid.codes[rows])
    by_who = {who: of for who, of in outcome.groupby(held.who[rows]) if who is not None}
    found = []
    for one, other in combinations(sorted(by_who), 2):
        both = pd.concat([by_who[one], by_who[other]], axis=1, join="inner").to_numpy()
        if len(both):
            agreed = float((both[:, 0] == both[:, 1]).mean())
            found.append((one, other, len(both), agreed, kappa(both[:, 0], both[:, 1])))
    return pd.DataFrame(found, columns=["reviewer", "other", "samples", "agreed", "kappa"])


def kappa(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Agreement beyond chance of two who each gave N samples one of some answers: 1 where they
    always agree, 0 where they do as often as chance has it; NaN where both always gave one answer.

    Cohen (1960), "A coefficient of agreement for nominal scales": (p - q) / (1 - q), p the share
    of samples on which they agree, q the sum over answers of the product of their shares.
    """
    agreed = float((one == other).mean())
    answers = max(int(one.max()), int(other.max())) + 1
    shares = (np.bincount(each, minlength=answers) / len(each) for each in (one, other))
    by_chance = float(np.prod([*shares], axis=0).sum())
    return float("nan") if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)


def conflicts_frame(held: Held) -> pd.DataFrame:
    """One row a sample on which reviewers differ: see ``Ledger.conflicts``."""
    rows = held.rows(*DECISIONS)
    outcome, guid = outcomes(held, rows), held.guid.codes[rows]
    differs = pd.Series(outcome.codes).groupby(guid).transform("nunique").to_numpy() > 1
    rows, guid, said = rows[differs], guid[differs], outcome[differs]
    places, whose = np.unique(guid, return_inverse=True)
    old = np.empty(len(places), object)
    old[whose] = held.classes("from", rows)
    told: dict[str, Any] = {"from": old}
    for who in sorted({one for one in held.who[rows] if one is not None}):
        is_theirs = held.who.is_in(who)[rows]
        told[who] = np.full(len(places), None, object)
        told[who][whose[is_theirs]] = [answer(one) for one in said[is_theirs]]
    index = pd.Index(held.guid.levels[places], name="guid")
    return pd.DataFrame(objects(told, index), index)


def answer(outcome: Any) -> Any:
    """An outcome as it is read: the class, or what is no class in brackets."""
    return f"({outcome[0]})" if isinstance(outcome, tuple) else outcome
