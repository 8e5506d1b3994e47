"""What is said where edits do not fit a dataset: how many, the first three, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from carto_widget.curation.applied.plan import FAULTS, Plan

_REMEDIES = {
    "not in the dataset": "Give the dataset that was reviewed, and guid= if its names are in a "
    "column",
    "in the dataset more than once": "guids must be unique: take the doubled rows out",
    "content changed": "Review these again, or give the dataset as it was",
    "label differs": "Give the dataset as it was when it was reviewed, or review these again",
    "class unknown": "Give all old classes as label_names=, or make a new one: "
    "ledger.add_class(name)",
    "reviewers disagree": 'Settle these, or choose: reviewer="...", conflicts="majority" or '
    'conflicts="latest"',
}


def require_fit(plans: Iterable[Plan]) -> None:
    """Refuse edits of which some do not fit.

    Raises:
        ValueError: Of each kind of fault how many, the first three, and what to do.
    """
    told = [_told(plan) for plan in plans if np.isin(plan.state, FAULTS).any()]
    if told:
        raise ValueError("apply changed nothing: " + "\n".join(told))


def _told(plan: Plan) -> str:
    n = int(np.isin(plan.state, FAULTS).sum())
    lines = [
        f"{n:,} of {len(plan.state):,} decisions {'does' if n == 1 else 'do'} not fit "
        f"{plan.source.what} of {len(plan.source):,} samples"
    ]
    for fault in FAULTS:
        at = np.flatnonzero(plan.state == fault)
        if len(at):
            more = f" and {len(at) - 3:,} more" if len(at) > 3 else ""
            first = ", ".join(_named(plan, fault, int(one)) for one in at[:3])
            lines.append(f"- {fault} ({len(at):,}): {first}{more}. {_REMEDIES[fault]}.")
    return "\n".join([*lines, *_hints(plan, n)])


def _named(plan: Plan, fault: str, at: int) -> str:
    made = plan.decisions
    guid = repr(_plain(made.guid[at]))
    if fault == "label differs":
        return f"{guid} is {_plain(plan.labels[at])!r}, was {made.old[at]!r}"
    if fault == "class unknown":
        return f"{guid} from {made.old[at]!r} to {made.new[at]!r}"
    return guid


def _plain(label: Any) -> Any:
    return label.tolist() if hasattr(label, "tolist") else label


def _hints(plan: Plan, n: int) -> list[str]:
    """What the faults together make likely."""
    made, hints = plan.decisions, []
    if (plan.state == "class unknown").any():
        every = plan.classes.every
        more = f" and {len(every) - 10:,} more" if len(every) > 10 else ""
        hints.append(f"The classes are {', '.join(map(repr, every[:10]))}{more}.")
    if n * 2 > len(made) and not (plan.state == "reviewers disagree").any():
        hints.append("More than half do not fit: this is likely to be another dataset.")
    there = next(iter(plan.source.guid[:1]), None)
    kinds = [_kind(one) for one in (made.guid[0], there)]
    if (plan.state == FAULTS[0]).all() and there is not None and len(set(kinds)) > 1:
        hints.append(f"The ledger's guids are {kinds[0]}, those of the dataset {kinds[1]}.")
    already = int((plan.state == "applied already").sum())
    if already:
        first = ", ".join(map(repr, made.guid[plan.state == "applied already"][:3].tolist()))
        hints.append(f"Applied already are {already:,} ({first}), which is no fault.")
    return hints


def _kind(guid: Any) -> str:
    value = guid.as_py() if hasattr(guid, "as_py") else guid
    if isinstance(value, str):
        return "texts"
    return "numbers" if isinstance(value, (int, np.integer)) else f"{type(value).__name__}s"
