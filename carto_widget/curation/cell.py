"""The cell that does to a DataFrame what a ledger says."""

from __future__ import annotations

from pathlib import Path

from carto_widget.curation.patch import Patch
from carto_widget.curation.samples import Samples
from carto_widget.curation.summary import Summary


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
