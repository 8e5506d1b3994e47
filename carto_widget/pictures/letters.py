"""Letters of a PNG: Pillow's own font, and one of the system's for what it lacks."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from PIL import ImageFont

# Pillow's own has the letters of English alone.
_OTHERS = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "arial.ttf",
    "Arial Unicode.ttf",
    "NotoSansCJK-Regular.ttc",
    "msyh.ttc",
    "YuGothM.ttc",
    "malgun.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
)
_NOBODYS = "\U0010fffe"  # no font has it: how a font draws what it lacks
Font = Any  # Pillow gives one of two unrelated types


def font(text: str, size: float) -> Font:
    """A font that has all of the text's letters; where none has, the one that has most."""
    lacking: dict[int, Font] = {}
    for one in _fonts(size):
        n = sum(not _has(one, letter) for letter in set(text))
        if n == 0:
            return one
        lacking.setdefault(n, one)
    return lacking[min(lacking)]


def width_of(text: str, size: float) -> float:
    """Width of a line of text, in the unit of ``size``."""
    return float(font(text, size).getlength(text)) if text else 0.0


def clamped(text: str, size: float, room: float) -> str:
    """As much of a line of text as has room, with an ellipsis where something is cut."""
    text = " ".join(text.split())
    if width_of(text, size) <= room:
        return text
    fits, low, high = "…", 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        cut = f"{text[:middle].rstrip()}…"
        if width_of(cut, size) <= room:
            fits, low = cut, middle
        else:
            high = middle - 1
    return fits


def lines(text: str, size: float, room: float) -> list[str]:
    """A text on one line, or on two where it has no room on one."""
    words = text.split()
    first = next((n for n in range(len(words), 1, -1) if _fits(words[:n], size, room)), 1)
    both = (" ".join(words[:first]), " ".join(words[first:]))
    return [clamped(line, size, room) for line in both if line]


def _fits(words: list[str], size: float, room: float) -> bool:
    return width_of(" ".join(words), size) <= room


def _fonts(size: float) -> Iterator[Font]:
    yield _own(size)
    for name in _OTHERS:
        if (one := _named(name, size)) is not None:
            yield one


@functools.lru_cache(64)
def _own(size: float) -> Font:
    return ImageFont.load_default(size)


@functools.lru_cache(256)
def _named(name: str, size: float) -> Font | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


@functools.lru_cache(4096)
def _has(one: Font, letter: str) -> bool:
    if letter.isspace():
        return True
    return bytes(one.getmask(letter)) != bytes(one.getmask(_NOBODYS))
