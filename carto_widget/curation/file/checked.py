"""Edits as somebody makes them: checked whole before a line is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from carto_widget.curation.file.entry import OF_A_SAMPLE
from carto_widget.curation.samples.samples import as_class

LONGEST = 100  # letters of a name
LONGEST_TEXT = 10_000  # letters of a note or a rule


def checked_text(what: str, text: object, longest: int = LONGEST) -> str:
    """A name or a note, as it may be given.

    Raises:
        TypeError: No string.
        ValueError: Empty, too long, or a name with spaces round it or more than one line.
    """
    if not isinstance(text, str):
        raise TypeError(f"{what} is a string, got {text!r}")
    if not text.strip() or len(text) > longest:
        raise ValueError(f"{what} has 1 to {longest:,} letters, got {len(text):,}: {text[:20]!r}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{what} has half a letter, {error.object[error.start]!r}") from error
    if longest == LONGEST and (text != text.strip() or not text.isprintable()):
        raise ValueError(f"{what} is one line without spaces round it, got {text!r}")
    return text


def checked_color(color: object) -> str:
    """A colour, as it may be given.

    Raises:
        ValueError: Another.
    """
    if not isinstance(color, str) or not re.fullmatch("#[0-9a-fA-F]{6}", color):
        raise ValueError(f"color={color!r}: expected six hexadecimal digits, '#1f77b4'")
    return color


def checked_class(to: Any, known: Sequence[Any]) -> Any:
    """A class that there is.

    Raises:
        ValueError: There is none such; the nearest is named.
    """
    value = as_class(to)
    if any(value == one and type(value) is type(one) for one in known):
        return value
    if not known:
        raise ValueError(
            f"relabel to {to!r}: the classes of these samples are not known; name the column of "
            "their labels, ledger.of(samples, gold='label'), or add_class first"
        )
    near = get_close_matches(str(value), [str(one) for one in known], 1, 0.0)[0]
    raise ValueError(
        f"relabel to {to!r}: there is no such class; did you mean {near!r}? "
        f"A new class is added first: ledger.add_class({str(value)!r})"
    )


def checked_kind(kind: str) -> str:
    """A kind of edits of samples.

    Raises:
        ValueError: Another; the nearest is named.
    """
    if kind in OF_A_SAMPLE:
        return kind
    near = get_close_matches(str(kind), OF_A_SAMPLE, 1, 0.0)[0]
    raise ValueError(f"kind={kind!r} is none of {', '.join(OF_A_SAMPLE)}; did you mean {near!r}?")


def checked_ids(ids: Iterable[str] | None, n: int) -> list[str] | None:
    """Ids that were made elsewhere, one a sample.

    Raises:
        ValueError: Another number of them.
    """
    found = None if ids is None else [checked_text("an edit's id", one) for one in ids]
    if found is not None and len(found) != n:
        raise ValueError(f"{len(found):,} ids for {n:,} samples; expected one each")
    return found
