"""What the recorder says of itself: the snapshot for the map, the paragraph for its user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from carto_widget.record.book import Book
from carto_widget.record.policy import Policy
from carto_widget.record.split import Split
from carto_widget.record.task import Kinds
from carto_widget.store.rows import Rows
from carto_widget.store.run import of_task
from carto_widget.store.snapshot import Cursor, Snapshot, Status

IN_MEMORY = "in memory only: nothing is saved"


def badge(split: Split) -> str:
    """What has been verified, in a few words."""
    if split.n_verified:
        return f"identity verified on {split.n_verified:,} samples"
    if split.is_growing:
        return "samples named by the loop, labels not verified"
    return "identity not verified yet"


def notes(book: Book, policy: Policy, path: str | None) -> tuple[str, ...]:
    """What the user should know beside the status."""
    heads = [head for epoch in list(book.flying.values()) for head in list(epoch.heads.values())]
    n_set_aside = book.n_set_aside + sum(head.n_set_aside for head in heads)
    found = [] if path else [IN_MEMORY]
    if book.rank.of > 1:
        found.append(f"rank {book.rank.number} of {book.rank.of} until the epoch ends")
    if n_set_aside:
        found.append(f"{n_set_aside:,} rows set aside: logits or labels changed after log")
    n_ignored = book.n_ignored + sum(head.n_ignored for head in heads)
    if n_ignored:
        found.append(f"{n_ignored:,} rows without a label that counts (-100): not recorded")
    n_tied = book.n_tied + sum(head.n_tied for head in heads)
    if n_tied:
        found.append(f"{n_tied:,} ties of the gold class with another: the lower number counts")
    return (*found, *policy.said)


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
        )  # fmt: skip
    with book.lock:
        series = book.series(since.split, since.mode, since.task)
        epoch, head = book.in_flight(series)
        sealed = book.sealed_since(series, since.sealed)
    seen = since.rows if epoch is not None and epoch.number == since.epoch else 0
    running = head.rows_since(seen) if head else Rows.empty()
    number = epoch.number if epoch else None
    return Snapshot(
        Cursor(
            since.split, since.mode, since.task, since.sealed + len(sealed), number,
            seen + len(running),
        ),
        guid=split.ids.guid,
        gold=split.gold_of(series.task),
        samples=split.samples,
        label_names=of_task(label_names, series.task),
        kind=kinds.of(series.task) or "multiclass",
        status=status,
        badge=badge(split),
        notes=notes,
        n_nonfinite=book.n_nonfinite + (head.n_nonfinite if head else 0),
        epoch=number,
        sealed=sealed,
        running=running,
    )  # fmt: skip


def identity(splits: Mapping[str, Split], book: Book, policy: Policy, path: str | None) -> str:
    """One paragraph: what is recorded, from where ids and labels come, what is missing."""
    if not splits:
        return "Nothing is tracked or logged yet."
    sentences = [_of_split(split, book) for split in splits.values()]
    where = f"The run is kept in {path}." if path else "The run lives in memory and is not saved."
    others = [f"{note}." for note in notes(book, policy, path) if note != IN_MEMORY]
    return " ".join([*sentences, where, *others])


def _of_split(split: Split, book: Book) -> str:
    source = "named by the loop (guid=)" if split.is_growing else "carried inside the batches"
    labels = (
        "samples and with the labels that rode in the batch"
        if split.expected is not None
        else "the labels that rode in the batch"
    )
    modes = sorted({epoch.mode for epoch in list(book.flying.values()) if epoch.split is split})
    return (
        f"Split {split.name!r}: {len(split.ids):,} samples, ids {source}, "
        f"{book.n_sealed(split.name)} epochs sealed"
        + (f", recording in mode {modes[0]}" if modes else "")
        + f"; {badge(split)} (compared with {labels})."
    )
