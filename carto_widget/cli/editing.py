"""What people said of a dataset's samples: `carto edits`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from carto_widget.cli.options import json_option
from carto_widget.cli.voice import as_json, one_sentence, say


@click.command()
@click.argument("path", type=click.Path())
@click.option("--summary", "is_summary", is_flag=True, help="Counts; also what is said without it.")
@click.option("--diff", "is_diff", is_flag=True, help="Each change, as a patch reads.")
@click.option("--split", help="Whose samples; of a ledger without its run all.")
@json_option
def edits(path: str, is_summary: bool, is_diff: bool, split: str | None, is_json: bool) -> None:
    """Say what a ledger holds: edits, what they change, who made them, what an audit found.

    PATH is a ledger (.jsonl), or a run folder, whose ledger lies beside it.
    """
    with one_sentence(f"reading {path}"):
        ledgers = _ledgers(path, split)
        if is_json:
            told = as_json({"datasets": [_facts(one, with_decisions=is_diff) for one in ledgers]})
        else:
            is_summary |= not is_diff
            told = "\n\n".join(_told(one, is_summary, is_diff) for one in ledgers)
    say(told)


def _ledgers(path: str, split: str | None) -> list[Any]:
    """The ledger, bound to each dataset that it is about.

    Raises:
        FileNotFoundError: There is none.
        ValueError: No edits of such a split.
    """
    import carto_widget as door

    of = {} if split is None else {"split": split}
    ledger = door.ledger(path, **of)
    if not ledger.path.exists():
        raise FileNotFoundError(f"{ledger.path}: there is no ledger, nothing was said yet")
    found = [one for one in ledger.apart() if split in (None, one.samples.dataset.split)]
    if not found and split is not None:
        raise ValueError(f"{ledger.path} holds no edits of split {split!r}")
    return found or [ledger]


def _told(ledger: Any, is_summary: bool, is_diff: bool) -> str:
    parts = [repr(ledger.summary())] * is_summary + [str(ledger.diff())] * is_diff
    return "\n\n".join(parts)


def _facts(ledger: Any, *, with_decisions: bool) -> dict[str, Any]:
    said = ledger.summary()
    facts = {
        "path": said.path,
        "split": said.split,
        "samples": said.samples,
        "kinds": said.kinds.to_dict("index"),
        "changes": said.changes.to_dict("records"),
        "reviewers": said.reviewers.to_dict("index"),
        "conflicts": said.conflicts,
        "classes": ledger.classes.to_dict("records"),
        "audit": {**asdict(said.audit), "interval": said.audit.interval},
        "notes": said.notes,
    }
    if with_decisions:
        decided = ledger.decisions().drop(columns="content")
        facts["decisions"] = decided.reset_index().to_dict("records")
    return facts
