"""Whether log-probabilities of all classes are kept, and why."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kept = Literal["auto", "float16", "float32", False]
MOST_CLASSES = 32  # with logits="auto"
MOST_BYTES = 1e9
OF_CLASSES = ("binary", "multiclass", "soft_labels")  # whose log-probabilities can be kept
EPOCHS = 50  # of a long run, to estimate its size


class Keeping(NamedTuple):
    """What `logits=` comes to.

    Attributes:
        dtype: Of the log-probabilities that are kept, or None.
        why: In words, for the run's account.
    """

    dtype: Literal["float16", "float32"] | None
    why: str


def keeping(asked: Kept, n_samples: int, n_classes: int) -> Keeping:
    """Decide for a split of ``n_samples`` and a task of ``n_classes``."""
    if asked != "auto":
        size = _size(n_samples * n_classes * (4 if asked == "float32" else 2))
        if not asked:
            return Keeping(None, "not kept (logits=False or compact=True)")
        return Keeping(asked, f"kept as {asked} (logits={asked!r}), {size} an epoch")
    if n_classes > MOST_CLASSES:
        return Keeping(
            None, f"not kept (logits='auto': {n_classes:,} classes are more than {MOST_CLASSES})"
        )
    expected = n_samples * n_classes * 2 * EPOCHS
    said = f"logits='auto': {EPOCHS} epochs of {n_classes} classes take {_size(expected)}"
    if expected < MOST_BYTES:
        return Keeping("float16", f"kept as float16 ({said})")
    return Keeping(None, f"not kept ({said}, the limit is {_size(MOST_BYTES)})")


def _size(n_bytes: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= size:
            return f"{n_bytes / size:.3g} {unit}"
    return f"{n_bytes:.0f} bytes"
