"""What a ledger changes: to be read as one reads a patch, and as a cell that does it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from carto_widget.curation.file.entry import DECISIONS
from carto_widget.curation.held.frames import decisions, is_change
from carto_widget.curation.held.held import Held, latest
from carto_widget.curation.reports.agreement import conflicts_frame
from carto_widget.curation.reports.summary import Summary
from carto_widget.curation.samples.samples import Samples

LETTERS = 80  # of a sample


class Patch(str):
    """A text that a notebook shows as it is read."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def patch(path: Path, held: Held, classes: pd.DataFrame, samples: Samples | None) -> Patch:
    """New classes, then each sample that gets another class or is dropped, in the order of the
    decisions, then those on which reviewers differ.

    Args:
        samples: Where known, each change says what the sample reads.
    """
    found = decisions(held)
    rows = held.rows(*DECISIONS)
    reason = held.texts("reason", rows[latest(held.guid.codes[rows])])
    found["reason"] = pd.Series(reason, found.index, dtype=object)
    disputed = conflicts_frame(held)
    changes = found[is_change(found)]
    told = [f"--- {path.name}: {len(changes):,} of {len(found):,} decided samples change"]
    agreed = found.loc[~found["conflict"], "kind"]
    told += [
        f"    {sum(agreed == kind):,} {kind}" for kind in ("keep", "unsure") if kind in set(agreed)
    ]
    told += [f"    {len(disputed):,} on which reviewers differ"] * bool(len(disputed))
    for new in classes.to_dict("records"):
        more = [text for text in (new["color"], new["rule"]) if text]
        told.append(f"+ class {new['name']}" + (f" ({'; '.join(more)})" if more else ""))
    for (guid, one), text in zip(changes.iterrows(), _texts(changes, samples), strict=True):
        told += ["", f"@@ {guid}{text}", *_change(one)]
    for (guid, row), text in zip(disputed.iterrows(), _texts(disputed, samples), strict=True):
        said = [f"? {answer} ({who})" for who, answer in row.iloc[1:].items() if answer is not None]
        told += ["", f"@@ {guid}{text}", f"- {_class(row.iloc[0])}", *said]
    return Patch("\n".join(told))


def cell(path: Path, said: Summary, samples: Samples | None, reviewer: str | None) -> Patch:
    """Python that makes an edited copy of the DataFrame ``samples``."""
    dropped = said.changes.loc[said.changes["to"] == "(dropped)", "samples"].sum()
    moved = said.changes["samples"].sum() - dropped
    told = (
        [f"# samples that get another class: {moved:,}; that leave: {dropped:,}"]
        if len(said.changes)
        else ["# no sample changes"]
    )
    if said.classes:
        told.append(f"# new classes: {', '.join(map(repr, said.classes))}")
    if said.conflicts and reviewer is None:
        told.append(
            f"# reviewers differ on {said.conflicts:,}: refused until you add reviewer=, or "
            "conflicts='majority' or 'latest'"
        )
    names = {} if samples is None else {"guid": samples.guid_name, "gold": samples.gold_name}
    options = [f"{name}={one!r}" for name, one in {**names, "reviewer": reviewer}.items() if one]
    call = ", ".join(["samples", *options])
    lines = ["import carto_widget as carto", "", f"ledger = carto.ledger({str(path)!r})", *told]
    return Patch("\n".join([*lines, f"edited = ledger.apply({call})"]))


def _texts(changes: pd.DataFrame, samples: Samples | None) -> list[str]:
    """What each sample reads, in quotes; "" where nobody knows."""
    rows = np.full(1, -1) if samples is None else samples.index.get_indexer(changes.index)
    if samples is None or (rows < 0).any():
        return [""] * len(changes)
    texts = samples.texts(rows)
    cut = [one if len(one) <= LETTERS else f"{one[: LETTERS - 1]}…" for one in texts]
    return [f'  "{one}"' if one else "" for one in cut]


def _change(one: pd.Series[Any]) -> Iterator[str]:
    yield f"- {_class(one['from'])}"
    yield f"+ {one['to']}" if one["kind"] == "relabel" else "  (dropped)"
    found = f", found by {one['reason']}" if one["reason"] else ""
    note = " ".join(one["note"].split())
    yield f"  {one['who'] or 'nobody'}{found}" + (f": {note}" if note else "")
    if one["tags"]:
        yield f"  tags: {', '.join(one['tags'])}"


def _class(label: Any) -> str:
    return "?" if label is None else str(label)
