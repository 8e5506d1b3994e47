"""What a run holds, as facts: for its recorder, for `carto check`, for whoever asks.

What the parts alone cannot tell (from where the guids came, how many labels were verified, why
logits are kept) the recorder puts into `run.json` under `account`, one entry a session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from carto_widget.store.run.chain import chain, continues_of, reachable
from carto_widget.store.run.own_functions import sentences
from carto_widget.store.run.parts import Part, Series
from carto_widget.store.run.run import Run


@dataclass(frozen=True)
class SeriesAccount:
    """One split, mode and task of a run.

    Attributes:
        mode, task, signal: as in `Series`.
        kind: what is learned, "multiclass", "regression", ...; "" where nobody said.
        epochs: complete epochs, ascending.
        samples: how many samples each of them has.
        n_never_seen: samples that no complete epoch has.
        absent: epochs between the first and the newest that should be there and are not complete.
        running: the newest epoch, where it is not complete.
        n_running: rows of it so far.
        awaited: ranks that have not ended it.
        n_ranks: processes that wrote the newest epoch.
        n_unread: parts that no chain reaches, kept and not read.
        has_logits: the newest complete epoch has the log-probabilities of all classes.
        about_logits: in which form they are kept and why, or why not; "" where nobody said.
    """

    mode: str
    task: str
    kind: str = ""
    epochs: tuple[int, ...] = ()
    samples: tuple[int, ...] = ()
    n_never_seen: int = 0
    absent: tuple[int, ...] = ()
    running: int | None = None
    n_running: int = 0
    awaited: tuple[int, ...] = ()
    n_ranks: int = 1
    n_unread: int = 0
    has_logits: bool = False
    about_logits: str = ""
    signal: str = ""


@dataclass(frozen=True)
class SplitAccount:
    """One split of a run.

    Attributes:
        name: the split.
        n_samples: N, how many samples it has.
        guid: from where their names come; "" where nobody said.
        labels: what the logged labels were compared with.
        n_verified: samples whose labels were compared and could have told batches apart; None
            where nobody said.
        is_growing: the loop names its samples as they come.
        n_not_chosen: samples that are left out on request.
        has_labels: gold labels were logged, and not signals of the loop's own alone.
        series: what is on record.
    """

    name: str
    n_samples: int
    guid: str = ""
    labels: tuple[str, ...] = ()
    n_verified: int | None = None
    is_growing: bool = False
    n_not_chosen: int = 0
    has_labels: bool = True
    series: tuple[SeriesAccount, ...] = ()


@dataclass(frozen=True)
class WhatWasRead:
    """How much of a run was read again, every page of it."""

    n_parts: int
    n_rows: int
    n_ids: int


@dataclass(frozen=True)
class Account:
    """One run.

    Attributes:
        path: its folder; None: in memory.
        code: version of carto_widget that made it.
        n_sessions: programs that wrote into it, one after the other.
        n_ranks: processes of the newest session, of which rank 0 gave this account.
        every: of how many training epochs one is recorded.
        checkpoint_every: steps of training that count as an epoch, or None.
        compact: rows are kept in fewer bytes.
        parent: after which run it was trained, and with which edits (`run.json`); None: not known.
        splits: what it holds.
        left_out: how many presentations were set aside, ignored, tied or not finite.
        stopped: why recording stopped, or None.
        own: what functions of the user's it was recorded with, a sentence each.
        notes: what else should be known, a sentence each.
        read: what was read again to find `wrong`; None where nothing was.
        wrong: what is missing or damaged, a sentence each.
    """

    path: str | None
    code: str = ""
    n_sessions: int = 1
    n_ranks: int = 1
    every: int = 1
    checkpoint_every: int | None = None
    compact: bool = False
    parent: Mapping[str, Any] | None = None
    splits: tuple[SplitAccount, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    stopped: str | None = None
    own: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    read: WhatWasRead | None = None
    wrong: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Nothing is missing or damaged, and recording never stopped for an error."""
        is_gapless = not any(one.absent for split in self.splits for one in split.series)
        return is_gapless and not self.wrong and self.stopped is None


Flying = Mapping[Series, "tuple[int, int]"]  # an epoch in memory, and its rows so far


def account_of(
    run: Run,
    sessions: Mapping[str, Any] | None = None,
    *,
    flying: Flying | None = None,
) -> Account:
    """What a run holds.

    Args:
        run: the run; only what is needed to count is read.
        sessions: what the recorder said, by session; without it what it put into `run.json`.
        flying: the epochs that a live recorder has in memory.
    """
    sessions = run.description.get("account", {}) if sessions is None else sessions
    told = [sessions[number] for number in sorted(sessions, key=int)]
    newest = told[-1] if told else {}
    parts: dict[Series, list[Part]] = {series: [] for series in flying or {}}
    for part in run.parts():
        parts.setdefault(part.series, []).append(part)
    sealed = _sealed(sessions, run.parts())
    parts |= {series: [] for series in sealed if series not in parts}
    accounts = {
        series: _of_series(run, series, of_series, sealed.get(series, -1))
        for series, of_series in parts.items()
    }
    for series, (epoch, n_rows) in (flying or {}).items():
        accounts[series] = replace(accounts[series], running=epoch, n_running=n_rows, awaited=())
    names = [*(name for one in told for name in one["splits"]), *(one.split for one in parts)]
    return Account(
        run.path,
        code=run.description.get("code", ""),
        n_sessions=int(run.description.get("session", 0)) + 1,
        n_ranks=newest.get("ranks", 1),
        every=run.description.get("every", 1),
        checkpoint_every=run.description.get("checkpoint_every"),
        compact=bool(run.description.get("compact")),
        parent=run.description.get("parent"),
        splits=tuple(
            _of_split(
                run,
                name,
                [one["splits"][name] for one in told if name in one["splits"]],
                [account for series, account in accounts.items() if series.split == name],
            )
            for name in dict.fromkeys(names)
        ),
        left_out={
            name: sum(one["left_out"].get(name, 0) for one in told)
            for name in newest.get("left_out", {})
        },
        stopped=newest.get("stopped"),
        own=tuple(sentences(run.description)),
    )


def _of_split(
    run: Run, name: str, said: Sequence[Mapping[str, Any]], series: Sequence[SeriesAccount]
) -> SplitAccount:
    newest = said[-1] if said else {}
    ids = run.ids(name)
    kinds, logits = newest.get("kinds", {}), newest.get("logits", {})
    return SplitAccount(
        name,
        newest.get("samples", 0) if ids is None else len(ids),
        guid=newest.get("guid", ""),
        labels=tuple(dict.fromkeys(label for one in said for label in one["labels"])),
        n_verified=max((one["verified"] for one in said), default=None),
        is_growing=newest.get("is_growing", False),
        n_not_chosen=newest.get("not_chosen", 0),
        has_labels=bool(kinds) or not newest.get("signals"),
        series=tuple(
            replace(one, kind=kinds.get(one.task, ""), about_logits=logits.get(one.task, ""))
            if not one.signal
            else one
            for one in series
        ),
    )


def _sealed(sessions: Mapping[str, Any], parts: Sequence[Part]) -> dict[Series, int]:
    """Series -> its newest epoch, as rank 0 said.

    Nothing where a later session has begun, which may have taken it back, and said nothing yet.
    """
    if not sessions:
        return {}
    newest = max(sessions, key=int)
    begun = {(part.split, part.mode) for part in parts if part.session > int(newest)}
    said = sessions[newest].get("sealed", {})
    known = [(Series.parse(folder), int(epoch)) for folder, epoch in said.items()]
    return {one: epoch for one, epoch in known if one and (one.split, one.mode) not in begun}


def _of_series(run: Run, series: Series, parts: Sequence[Part], sealed: int) -> SeriesAccount:
    chains, incomplete, broken = _chains(run, parts)
    complete = {epoch: of_epoch for epoch, of_epoch in chains.items() if epoch not in incomplete}
    first, newest = (pick([*chains, *broken], default=-1) for pick in (min, max))
    running = newest if newest in incomplete else None
    is_training = (series.split, series.mode) == ("train", "online")
    every = run.description.get("every", 1) if is_training else 1
    until, is_task = max(newest, sealed), not series.signal and first >= 0
    expected = {epoch for epoch in range(first, until) if is_task and epoch % every == 0}
    if sealed >= 0 and 0 in incomplete.get(sealed, (0,)):
        expected.add(sealed)
    n_ids = len(run.ids(series.split) or ())
    samples, n_never_seen = _coverage(run, series, complete, n_ids)
    read = [part for of_epoch in [*chains.values(), *broken.values()] for part in of_epoch]
    return SeriesAccount(
        series.mode,
        series.task,
        epochs=tuple(complete),
        samples=samples,
        n_never_seen=n_never_seen,
        absent=tuple(sorted(expected - complete.keys())),
        running=running,
        n_running=0 if running is None else _n_samples(run, series, chains[running]),
        awaited=incomplete.get(newest, ()),
        n_ranks=chains[newest][0].ranks if newest in chains else 1,
        n_unread=len(set(parts) - set(read)),
        has_logits=any(
            "logits" in run.column_names(part) for part in next(reversed(complete.values()), [])
        ),
        signal=series.signal,
    )


def _chains(
    run: Run, parts: Sequence[Part]
) -> tuple[dict[int, list[Part]], dict[int, tuple[int, ...]], dict[int, list[Part]]]:
    """Epoch -> its parts; the ranks that have not ended it; those that cannot be put together."""

    def continues(part: Part) -> tuple[int, int] | None:
        return continues_of(run.footer(part).get("continues"))

    chains, incomplete, broken = {}, {}, {}
    for epoch, of_epoch in reachable(parts).items():
        try:
            chains[epoch], is_complete = chain(of_epoch, continues)
        except ValueError:
            broken[epoch] = of_epoch
            continue
        if not is_complete:
            incomplete[epoch] = _not_ended(chains[epoch])
    return chains, incomplete, broken


def _not_ended(parts: Sequence[Part]) -> tuple[int, ...]:
    """Ranks of an epoch's newest session that have no last chunk."""
    session = max(part.session for part in parts)
    ended = {part.rank for part in parts if part.session == session and part.last}
    return tuple(sorted(set(range(parts[-1].ranks)) - ended))


def _coverage(
    run: Run, series: Series, complete: Mapping[int, Sequence[Part]], n: int
) -> tuple[tuple[int, ...], int]:
    """How many samples each epoch has, and how many samples none has."""
    is_seen = np.zeros(n, bool)
    found = []
    for parts in complete.values():
        noted = run.footer(parts[0]).get("rows") if len(parts) == 1 else None
        if noted is not None and is_seen.all():  # its rows would tell nothing new
            found.append(int(noted))
            continue
        position = run.columns(series.split, parts, [])["sample"]
        is_seen[position] = True
        found.append(len(position))
    return tuple(found), int(n - is_seen.sum())


def _n_samples(run: Run, series: Series, parts: Sequence[Part]) -> int:
    return len(run.columns(series.split, parts, [])["sample"])
