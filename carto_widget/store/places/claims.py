"""Names and sessions of runs that two programs want at once: each goes to one of them."""

from __future__ import annotations

from itertools import count

from carto_widget.store.places.place import Place


def claim_of(session: int) -> str:
    """The file that says that a session's number is taken."""
    return f".session={session:02d}"


def named(wanted: Place) -> list[Place]:
    """The run of this name and those with a suffix, that exist, oldest first."""
    return [wanted] * wanted.exists() + [wanted.suffixed(number) for number in wanted.numbers()]


def claimed(wanted: Place) -> Place:
    """The wanted place or the next with a free suffix, now ours and nobody else's."""
    places = (wanted if number == 1 else wanted.suffixed(number) for number in count(1))
    return next(place for place in places if place.is_free() and place.claim(claim_of(0)))


def claimed_session(place: Place, session: int) -> int:
    """The first session from this number on that nobody else has claimed, now ours."""
    return next(number for number in count(session) if place.claim(claim_of(number)))
