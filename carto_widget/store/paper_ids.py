"""The integers that the original paper's code makes of the ids of SNLI and MNLI."""

from __future__ import annotations

import re

TASKS = ("SNLI", "MNLI")  # of the other tasks it takes ids as they are
_PREFIXES = {"vg_len": "555", "vg_verb": "444"}
_SUFFIXES = {"e": "0", "c": "1", "n": "2"}


def paper_id(text: str) -> int | None:
    """Prefix, the digits of an id, and its last letter as a digit; None of an empty one.

    `"3416050480.jpg#4r1n"` is 3416050480412, `"vg_len5r2e"` is 555520.
    """
    if not text:
        return None
    prefix = next((code for start, code in _PREFIXES.items() if text.startswith(start)), "")
    return int(prefix + re.sub(r"\D", "", text) + _SUFFIXES.get(text[-1], "3"))
