"""An account as one paragraph of plain sentences: the words of `carto check` and `identity`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from carto_widget.store.account.facts import Account, SeriesAccount, SplitAccount, WhatWasRead

LABELS = {"batch": "those that rode in the batches", "samples": "those in samples"}
LEFT_OUT = {
    "set_aside": "{} rows set aside: their labels are not those of their samples",
    "ignored": "{} rows without a label that counts (-100): not recorded",
    "tied": "{} ties of the gold class with another: the lower number counts",
    "nonfinite": "{} presentations with NaN or +inf among the logits: missing",
}
IN_MEMORY = "in memory only: nothing is saved"


def paragraph(account: Account) -> str:
    """What is recorded, from where ids and labels come, what was verified, what is missing."""
    sentences = [_where(account), *after(account.parent), *_rhythm(account)]
    if not account.splits:
        sentences.append("Nothing is tracked or logged yet.")
    for split in account.splits:
        sentences.append(f"{_who(split)}; {_verified(split, account.n_ranks)}.")
        sentences += [text for one in split.series for text in _series(one, split)]
        if not split.series:
            sentences.append("No epoch is complete yet.")
    sentences += [*_left_out(account), *account.own, *account.notes]
    if account.read:
        end = ": all is in order." if account.is_sound else "."
        sentences.append(_read(account.read) + end)
    return " ".join([*sentences, *account.wrong])


def _read(read: WhatWasRead) -> str:
    return (
        f"{counted(read.n_parts, 'part')} ({counted(read.n_rows, 'row')}) and "
        f"{counted(read.n_ids, 'ids file')} were read whole and compared with their checksums, "
        "hashes, counts and labels"
    )


def badge(n_verified: int, *, is_growing: bool, has_labels: bool = True) -> str:
    """What has been verified, in a few words."""
    if not has_labels:
        return "identity not verified: there are signals and no labels"
    if n_verified:
        return f"identity checked on {counted(n_verified, 'sample')}"
    if is_growing:
        return "labels not verified: the loop names its samples"
    return "identity not verified yet"


def left_out(name: str, n: int) -> str:
    """What became of presentations that are not on record as they came."""
    return LEFT_OUT[name].format(f"{n:,}")


def _where(account: Account) -> str:
    if account.path is None:
        return "The run lives in memory and is not saved."
    by = f" by carto-widget {account.code}" if account.code else ""
    sessions = f" in {account.n_sessions} sessions" if account.n_sessions > 1 else ""
    ranks = f" of {account.n_ranks} processes" if account.n_ranks > 1 else ""
    return f"The run {account.path} was recorded{by}{sessions}{ranks}."


def after(parent: Mapping[str, Any] | None) -> list[str]:
    """After which run it was trained, and which edits lie between; nothing where none is known."""
    if not parent:
        return []
    n, ledger = parent.get("edits"), parent.get("ledger") or "a ledger in memory"
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in (parent.get("kinds") or {}).items())
    edits = counted(n, "edit") if isinstance(n, int) else "edits"
    named = parent.get("path") or f"run {parent.get('run')}"
    return [f"Trained again after {named}, with {edits} of {ledger}{f' ({kinds})' * bool(kinds)}."]


def _rhythm(account: Account) -> list[str]:
    """Which epochs are recorded on purpose, and how their rows."""
    found = []
    if account.compact:
        found.append("Probabilities are kept in 16 bits and margins in 9 (compact).")
    if account.checkpoint_every is not None:
        steps = counted(account.checkpoint_every, "step")
        found.append(f"{steps} of training count as an epoch (checkpoint_every).")
    if account.every > 1:
        found.append(f"Of {account.every} training epochs one is recorded (every).")
    return found


def _who(split: SplitAccount) -> str:
    named = f", named by {split.guid}" if split.guid else ""
    left_out = f", {split.n_not_chosen:,} of them left out (only)" if split.n_not_chosen else ""
    return f"Split {split.name!r} has {counted(split.n_samples, 'sample')}{left_out}{named}"


def _verified(split: SplitAccount, n_ranks: int) -> str:
    if split.n_verified is None:
        return "what was verified while it was recorded is not on record"
    text = badge(split.n_verified, is_growing=split.is_growing, has_labels=split.has_labels)
    if split.n_verified and split.labels:
        compared = " and ".join(LABELS[label] for label in split.labels)
        text += f": the logged labels are {compared}"
    if n_ranks > 1:
        text += f" (told by rank 0 of {n_ranks}, of its share)"
    seen = max((split.n_samples - one.n_never_seen for one in split.series), default=0)
    unproved = seen - split.n_verified if split.n_verified and n_ranks == 1 else 0
    if unproved > 0:
        text += f", and of {unproved:,} others they could not tell neighbouring batches apart"
    return text


def _series(one: SeriesAccount, split: SplitAccount) -> list[str]:
    """Sentences on one mode and task."""
    states = [_complete(one, split)] if one.epochs else []
    if one.running is not None:
        states.append(_running(one))
    if one.absent:
        states.append(f"{numbers(one.absent)} {_is(one.absent)} missing or incomplete")
    kind = f" ({one.kind})" if one.kind else ""
    what = f"signal {one.signal!r}" if one.signal else f"task {one.task!r}{kind}"
    about = f"Mode {one.mode}, {what}"
    found = [f"{about}: {'; '.join(states) or 'nothing yet'}."]
    if one.n_unread:
        found.append(
            f"{counted(one.n_unread, 'part')} that a later session took back {_is(one.n_unread)} "
            "kept and not read."
        )
    if one.about_logits or one.has_logits:
        found.append(f"The log-probabilities of all classes are {one.about_logits or 'kept'}.")
    return found


def _complete(one: SeriesAccount, split: SplitAccount) -> str:
    text = f"{numbers(one.epochs)} {_is(one.epochs)} complete"
    least, most = min(one.samples), max(one.samples)
    if least == split.n_samples:
        return f"{text} with every sample"
    if split.n_not_chosen and least == split.n_samples - split.n_not_chosen:
        return f"{text} with all others"
    span = f"{least:,} to " * (least < most) + counted(most, "sample")
    each = "" if len(one.epochs) == 1 else " each"
    if not one.n_never_seen:
        return f"{text} with {span}{each}, and every sample was seen in some epoch"
    was = "was" if one.n_never_seen == 1 else "were"
    never = f"{counted(one.n_never_seen, 'sample')} {was} never seen"
    return f"{text} with {span}{each}, and {never}"


def _running(one: SeriesAccount) -> str:
    text = f"epoch {one.running} is not complete"
    if one.n_running:
        text += f", {counted(one.n_running, 'row')} so far"
    if one.n_ranks > 1 and one.awaited:
        ranks = ", ".join(map(str, one.awaited))
        text += f", rank{'s' * (len(one.awaited) > 1)} {ranks} of {one.n_ranks} awaited"
    return text


def _left_out(account: Account) -> list[str]:
    found = [f"{left_out(name, n)}." for name, n in account.left_out.items() if n]
    if account.stopped:
        found.append(f"Recording stopped: {account.stopped.rstrip('.')}.")
    return found


def numbers(epochs: Sequence[int]) -> str:
    """Epochs in words: `epochs 0 to 4 and 6`."""
    runs: list[list[int]] = []
    for epoch in epochs:
        if runs and epoch == runs[-1][-1] + 1:
            runs[-1].append(epoch)
        else:
            runs.append([epoch])
    spans = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    text = " and ".join([*[", ".join(spans[:-1])] * (len(spans) > 1), spans[-1]])
    return f"epoch{'s' * (len(epochs) > 1)} {text}"


def counted(n: int, what: str) -> str:
    """A number with its noun: `1 sample`, `1,200 samples`."""
    return f"{n:,} {what}{'s' * (n != 1)}"


def _is(what: int | Sequence[int]) -> str:
    return "is" if (what if isinstance(what, int) else len(what)) == 1 else "are"
