"""Which signals are stored of each kind of task."""

from __future__ import annotations

from collections.abc import Collection

from carto_widget.store.signals import signal_names

_OF_CLASSES = ("loss", "margin", "other_label")
_OF_TOKENS = ("loss", "share_right", "n_tokens")
_STORED: dict[str, tuple[str, ...]] = {
    "multiclass": _OF_CLASSES,
    "binary": _OF_CLASSES,
    "soft_labels": (*_OF_CLASSES, "gold_probability"),
    "multilabel": (
        "loss",
        "gold_probability",
        "lowest_probability",
        "weakest_label",
        "share_right",
    ),
    "token_classification": (*_OF_TOKENS, "gold_probability", "lowest_probability"),
    "language_modeling": _OF_TOKENS,
    "regression": ("error",),
}
WITHOUT_GOLD = ("token_classification", "language_modeling")  # a sequence has no label of its own


def kind_of(columns: Collection[str]) -> str:
    """The kind whose rows have these columns; "multiclass" for "binary", which has the same."""
    fitting = [kind for kind, stored in _STORED.items() if {*stored} <= {*columns}]
    return max(fitting, key=lambda kind: len(_STORED[kind]), default="multiclass")


def signals_of(kind: str, *, is_compact: bool = False) -> list[str]:
    """The signals that every recording of this kind has, stored and derived."""
    return signal_names(stored_signals(kind, is_compact=is_compact))


def stored_signals(kind: str, *, is_compact: bool = False) -> tuple[str, ...]:
    """The signals that every row has, but for those that are kept on request."""
    stored = (*_STORED.get(kind, _OF_CLASSES), "n_seen")
    if not is_compact:
        return stored
    return tuple("gold_probability" if name == "loss" else name for name in stored)
