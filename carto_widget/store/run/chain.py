"""Which parts an epoch consists of: the rules of sessions, chunks and `-last`, as pure functions.

`continues(part)` gives the (session, chunk) that a session's first chunk goes on from, or None.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable

from carto_widget.store.run.parts import Part

Continues = Callable[[Part], "tuple[int, int] | None"]


def continues_text(session: int, chunk: int) -> str:
    """The footer value `continues` of a part that goes on after that session's chunk."""
    return json.dumps({"session": session, "chunk": chunk})


def continues_of(text: str | None) -> tuple[int, int] | None:
    """(session, chunk) out of a footer's `continues`."""
    if not text:
        return None
    found = json.loads(text)
    return int(found["session"]), int(found["chunk"])


def reachable(parts: Iterable[Part]) -> dict[int, list[Part]]:
    """Epoch -> its parts, without those that a newer session has taken back.

    A session that began at epoch k took back what older sessions wrote after k.
    """
    parts = list(parts)
    began: dict[int, int] = {}
    for part in parts:
        began[part.session] = min(part.epoch, began.get(part.session, part.epoch))
    epochs: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        taken_back = any(
            session > part.session and first < part.epoch for session, first in began.items()
        )
        if not taken_back:
            epochs[part.epoch].append(part)
    return dict(sorted(epochs.items()))


def chain(parts: list[Part], continues: Continues) -> tuple[list[Part], bool]:
    """The parts of one epoch that count, in order of (rank, chunk), and whether it is complete.

    Args:
        parts: the parts of one epoch of one series, in any order.
        continues: reads a part's footer; asked only of first chunks where there is an older
            session.

    Raises:
        ValueError: parts of the newest session that disagree on the number of ranks, or a
            missing chunk in the middle of an epoch that has its `-last`.
    """
    newest = max(part.session for part in parts)
    ranks = {part.ranks for part in parts if part.session == newest}
    if len(ranks) > 1:
        raise ValueError(
            f"epoch {parts[0].epoch} was written by sessions of {sorted(ranks)} ranks under one "
            f"session number ({newest}); two programs wrote into this run at once"
        )
    by_place = {(part.session, part.rank, part.chunk): part for part in parts}
    counted: list[Part] = []
    n_complete = 0
    for rank in sorted({part.rank for part in parts if part.session == newest}):
        own = sorted(
            (part for part in parts if part.session == newest and part.rank == rank),
            key=lambda part: part.chunk,
        )
        n_complete += own[-1].last
        _require_unbroken(own)
        counted += _earlier(own[0], by_place, continues) + own
    return counted, n_complete == ranks.pop()


def _require_unbroken(own: list[Part]) -> None:
    missing = set(range(own[0].chunk, own[-1].chunk)) - {part.chunk for part in own}
    if own[-1].last and (missing or own[0].chunk):
        lost = sorted(missing | set(range(own[0].chunk)))
        raise ValueError(
            f"{own[-1].path} ends its epoch but chunk {lost[0]} before it is not there: "
            "a file of this run was removed"
        )


def _earlier(
    first: Part, by_place: dict[tuple[int, int, int], Part], continues: Continues
) -> list[Part]:
    """The chunks of older sessions that `first` goes on from, oldest first."""
    if first.session == 0 or not any(session < first.session for session, _, _ in by_place):
        return []
    origin = continues(first)
    if origin is None:
        return []
    session, last_chunk = origin
    older = [by_place.get((session, first.rank, chunk)) for chunk in range(last_chunk + 1)]
    if session >= first.session or any(part is None for part in older):
        raise ValueError(
            f"{first.path} continues session {session}, chunk {last_chunk}, which is not there "
            "whole: a file of this run was removed"
        )
    found = [part for part in older if part is not None]
    return _earlier(found[0], by_place, continues) + found if found else []
