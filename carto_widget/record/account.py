"""What the recorder says of itself: the snapshot for the map, the account for its user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from carto_widget.record.epochs.book import Book, series_of
from carto_widget.record.epochs.keeping import OF_CLASSES, Kept, keeping
from carto_widget.record.identity.split import Split
from carto_widget.record.identity.splits import Splits
from carto_widget.record.policy import Policy
from carto_widget.record.values.task import Kinds, task_of
from carto_widget.store.account.facts import account_of
from carto_widget.store.account.sentences import IN_MEMORY, LEFT_OUT, badge, left_out, paragraph
from carto_widget.store.rows import Rows
from carto_widget.store.run.run import of_task
from carto_widget.store.snapshot import Cursor, Snapshot, Status


def notes(book: Book, policy: Policy, path: str | None) -> tuple[str, ...]:
    """What the user should know beside the status."""
    found = [] if path else [IN_MEMORY]
    if book.rank.of > 1:
        found.append(f"rank {book.rank.number} of {book.rank.of} until the epoch ends")
    if book.run.session:
        found.append(f"session {book.run.session + 1} of this run")
    for name in ("set_aside", "ignored", "tied"):
        if n := _counted(book, name):
            found.append(left_out(name, n))
    return (*found, *policy.said)


def _counted(book: Book, name: str) -> int:
    """A count over sealed epochs and those in flight."""
    heads = [head for epoch in list(book.flying.values()) for head in list(epoch.heads.values())]
    return int(sum(getattr(one, f"n_{name}") for one in (book, *heads)))


def snapshot(
    since: Cursor,
    split: Split | None,
    book: Book,
    *,
    label_names: Any,
    kinds: Kinds,
    status: Status,
    notes: tuple[str, ...],
) -> Snapshot:
    """What is new since a cursor."""
    if split is None:
        return Snapshot(
            since, np.empty(0, np.int64), np.empty(0, np.int32), status=status, notes=notes,
            label_names=of_task(label_names, since.task or "main"),
            kind=kinds.of(since.task or "main") or "multiclass",
            is_compact=bool(book.run.description.get("compact")),
        )  # fmt: skip
    with book.lock:
        series = book.series(since.split, since.mode, since.task)
        epoch, head = book.in_flight(series)
        sealed = book.sealed_since(series, since.sealed)
    seen = since.rows if epoch is not None and epoch.number == since.epoch else 0
    running = head.rows_since(seen) if head else Rows.empty()
    number = epoch.number if epoch else None
    kind = kinds.of(series.task) or "multiclass"
    return Snapshot(
        Cursor(
            since.split, since.mode, since.task, since.sealed + len(sealed), number,
            seen + len(running),
        ),
        guid=split.ids.guid,
        gold=split.gold_of(series.task, are_classes=task_of(kind).HAS_CLASSES),
        samples=split.samples,
        label_names=of_task(label_names, series.task),
        kind=kind,
        is_compact=bool(book.run.description.get("compact")),
        status=status,
        badge=badge(
            split.n_verified,
            is_growing=split.is_growing,
            has_labels=bool(split.tasks) or not split.signals,
        ),
        notes=notes,
        n_nonfinite=book.n_nonfinite + (head.n_nonfinite if head else 0),
        epoch=number,
        sealed=sealed,
        running=running,
    )  # fmt: skip


def told(splits: Splits, book: Book, stopped: str | None, kept: Kept) -> Sessions:
    """What the parts of a run cannot tell, of all its sessions; the entry of ours is new."""
    ours: dict[str, Any] = {
        "ranks": book.rank.of,
        "stopped": stopped,
        "columns": splits.columns,
        "left_out": {name: _counted(book, name) for name in LEFT_OUT},
        "splits": {name: _of_split(split, kept) for name, split in list(splits.items())},
    }
    if book.rank.number == 0:
        sealed = book.newest_sealed().items()
        ours["sealed"] = {series.folder: epoch for series, epoch in sealed}
    return {**book.run.description.get("account", {}), str(book.run.session): ours}


Sessions = dict[str, Any]


def _of_split(split: Split, kept: Kept) -> dict[str, Any]:
    rode = any(list(split.label_paths.values()))
    n, tasks = len(split.ids), list(split.tasks.items())
    return {
        "samples": n,
        "guid": split.named_by,
        "labels": ["batch"] * rode + ["samples"] * bool(split.expected),
        "verified": split.n_verified,
        "is_growing": split.is_growing,
        "not_chosen": split.n_not_chosen,
        "signals": sorted(split.signals),
        "kinds": {task: kind for task, (kind, _) in tasks},
        "logits": {
            task: keeping(kept, n, width).why for task, (kind, width) in tasks if kind in OF_CLASSES
        },
    }


def note(book: Book, sessions: Sessions, own: Mapping[str, Any]) -> None:
    """Put the account and the user's own functions into ``run.json``, where they are new."""
    fields = {"account": sessions, **own}
    if book.rank.number == 0 and not fields.items() <= book.run.description.items():
        book.run.describe(**fields)


def identity(book: Book, sessions: Sessions, policy: Policy) -> str:
    """One paragraph: what is recorded, from where ids and labels come, what is missing."""
    flying = {
        series_of(epoch, head): (epoch.number, sum(map(len, head.accepted)))
        for epoch in list(book.flying.values())
        for head in list(epoch.heads.values())
    }
    account = account_of(book.run, sessions, flying=flying)
    said = [text for text in policy.said if policy.stopped is None or policy.stopped not in text]
    notes = [f"{text.rstrip('.')}." for text in said]
    return paragraph(replace(account, notes=tuple(n for n in notes if n not in account.own)))
