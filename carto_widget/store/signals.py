"""Signals: which there are, how one follows from others, and a mapping that reads on access."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 16_384  # rows whose logits stay in the cache

Arrays = Mapping[str, NDArray[Any]]
Derivation = Callable[[Arrays], NDArray[np.float32]]


def gold_probability(loss: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probability of the gold class, `exp(-loss)`, in 0..1; NaN where the loss is NaN."""
    probability: NDArray[np.float32] = -loss
    np.exp(probability, out=probability)
    np.minimum(probability, np.float32(1), out=probability)
    return probability


def other_probability(
    loss: NDArray[np.float32], margin: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Probability of the largest other class, `exp(-loss - margin)`, cut at 1.

    Good to 1e-7 x max(4, loss). NaN where missing and where the gold logit was -inf; 0 where all
    the others were -inf.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        probability: NDArray[np.float32] = np.exp(-loss - margin)
    np.minimum(probability, np.float32(1), out=probability)
    return probability


def _is_right(have: Arrays) -> NDArray[np.bool_]:
    """Whether the prediction is the gold label; labels are asked for in a tie alone."""
    margin = have["margin"]
    right: NDArray[np.bool_] = margin > 0
    is_tie = margin == 0
    if is_tie.any():  # the lower class
        right |= is_tie & (have["gold"] <= have["other_label"])
    return right


def _with_nan(values: NDArray[Any], missing: NDArray[np.bool_]) -> NDArray[np.float32]:
    signal = values.astype(np.float32)
    if missing.any():
        signal[missing] = np.nan
    return signal


def _prediction(have: Arrays) -> NDArray[np.float32]:
    """Class of the largest logit, NaN where the margin is NaN."""
    gold, other = (have[name].astype(np.float32, copy=False) for name in ("gold", "other_label"))
    return _with_nan(np.where(_is_right(have), gold, other), np.isnan(have["margin"]))


def _is_correct(have: Arrays) -> NDArray[np.float32]:
    return _with_nan(_is_right(have), np.isnan(have["margin"]))


def _agrees(have: Arrays) -> NDArray[np.float32]:
    return _with_nan(have["prediction"] == have["gold"], np.isnan(have["prediction"]))


def _is_all_right(have: Arrays) -> NDArray[np.float32]:
    return _with_nan(have["share_right"] == 1, np.isnan(have["share_right"]))


def _loss(have: Arrays) -> NDArray[np.float32]:
    with np.errstate(divide="ignore"):
        loss: NDArray[np.float32] = np.float32(0) - np.log(have["gold_probability"])  # no -0
    return loss


DERIVED: tuple[tuple[str, tuple[str, ...], Derivation], ...] = (
    ("gold_probability", ("loss",), lambda have: gold_probability(have["loss"])),
    ("loss", ("gold_probability",), _loss),
    ("loss", ("error",), lambda have: have["error"] * have["error"]),
    (
        "other_probability",
        ("loss", "margin"),
        lambda have: other_probability(have["loss"], have["margin"]),
    ),
    ("prediction", ("gold", "margin", "other_label"), _prediction),
    ("prediction", ("gold", "error"), lambda have: have["gold"] + have["error"]),
    ("is_correct", ("gold", "margin", "other_label"), _is_correct),
    ("is_correct", ("gold", "prediction"), _agrees),
    ("is_correct", ("share_right",), _is_all_right),
)
"""(signal, what it follows from, how): the first whose sources are there is used."""
SELDOM = {"is_correct": ("gold", "other_label")}
"""Signal -> the sources that its formula asks for in a tie alone."""


def derivation(name: str, stored: Iterable[str]) -> tuple[tuple[str, ...], Derivation | None]:
    """Stored columns that a signal needs, and how it follows from them (None: it is stored).

    Raises:
        KeyError: neither stored nor derivable.
    """
    stored = {*stored, "gold"}
    if name in stored:
        return (name,), None
    for derived, sources, formula in DERIVED:
        if derived == name and _follows(derived, sources, stored):
            return sources, formula
    raise KeyError(name)


def _follows(name: str, sources: tuple[str, ...], stored: set[str]) -> bool:
    # The loss of a soft label is not that of one class.
    is_soft = name == "other_probability" and {"loss", "gold_probability"} <= stored
    return stored.issuperset(sources) and not is_soft


def signal_names(stored: Sequence[str]) -> list[str]:
    """Stored signals, then those that follow from them."""
    derived = [
        name
        for name, sources, _ in DERIVED
        if name not in stored and _follows(name, sources, {*stored, "gold"})
    ]
    return list(dict.fromkeys([*stored, *derived]))


def from_logits(
    logits: NDArray[Any], gold: NDArray[np.integer[Any]]
) -> dict[str, NDArray[np.float32]]:
    """`loss`, `margin` and `other_label` of logits `(..., C)` and gold labels `(...)`.

    A NaN or +inf among the logits of a row: NaN. A gold logit of -inf: loss +inf, margin -inf.

    Raises:
        ValueError: fewer than two classes, or a gold label outside 0..C-1.
    """
    n_classes = logits.shape[-1]
    if n_classes < 2:
        raise ValueError(
            f"logits of {n_classes} class: a single logit says nothing after a softmax (it is "
            "always 1). Give the logits of both classes, for example (0, logit)"
        )
    found = {name: np.empty(gold.shape, np.float32) for name in ("loss", "margin", "other_label")}
    rows, labels = logits.reshape(-1, n_classes), gold.reshape(-1)
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        by_class = np.array(rows[block].T, np.float64, order="C")
        for name, values in _of_classes(by_class, labels[block]).items():
            found[name].reshape(-1)[block] = values
    return found


def _of_classes(
    logits: NDArray[np.float64], gold: NDArray[np.integer[Any]]
) -> dict[str, NDArray[np.float32]]:
    """Of logits (C, R), which it overwrites: class after class, which for few classes is fast."""
    n_classes, n = logits.shape
    highest = logits.max(0)
    missing = ~(highest < np.inf)
    column = gold.clip(0, n_classes - 1).astype(np.int64)
    outside = gold[~missing & (gold != column)]
    if len(outside):
        raise ValueError(
            f"gold label {outside[0]} for logits of {n_classes} classes: "
            f"expected 0..{n_classes - 1}"
        )
    place = column * n + np.arange(n)
    gold_logit = logits.take(place)
    with np.errstate(invalid="ignore", divide="ignore"):
        summed, power = np.zeros((2, n))
        for of_class in logits:
            summed += np.exp(np.subtract(of_class, highest, out=power), out=power)
        loss = np.log(summed, out=summed)
        loss += highest
        loss -= gold_logit
        logits.put(place, -np.inf)
        best, other_label = logits[0].copy(), np.zeros(n, np.float32)
        for number, of_class in enumerate(logits[1:], 1):
            other_label = np.where(of_class > best, np.float32(number), other_label)
            np.maximum(best, of_class, out=best)
        margin = gold_logit - best
    other_label += other_label == column  # all others are -inf, and gold is class 0
    return {
        "loss": _with_nan(loss, missing),
        "margin": _with_nan(margin, missing),
        "other_label": _with_nan(other_label, missing),
    }


class Signals(Mapping[str, "NDArray[Any]"]):
    """Signal name -> `(E, N)` float32 (`logits`: `(E, N, C)`), NaN where missing.

    Nothing is read before it is asked for, and then only the columns that it needs; nothing is
    kept. `several` reads what it needs for several signals once.

    Args:
        names: which there are.
        read: reads some of them.
        stored: which of them are stored; the others follow from these.
        note: what should be known before reading.
        is_read: from a record, of which what a formula seldom asks for can stay unread.
    """

    def __init__(
        self,
        names: Sequence[str],
        read: Callable[[Sequence[str]], dict[str, NDArray[Any]]],
        *,
        stored: Sequence[str],
        note: str = "",
        is_read: bool = False,
    ) -> None:
        self._names = tuple(names)
        self.stored = tuple(stored)
        self._read = read
        self._note = note
        self._is_read = is_read

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.several([name])[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __repr__(self) -> str:
        return f"Signals({', '.join(self._names)}{self._note and f'; {self._note}'})"

    def several(self, names: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Several signals in one pass over the record; raises as `known`."""
        return self._read(self.known(names))

    def sources(self, names: Iterable[str]) -> list[str]:
        """What to read for these: stored signals, and such as spare one; raises as `known`."""
        plans = {name: derivation(name, self.stored)[0] for name in self.known(names)}
        for name in plans.keys() & SELDOM if self._is_read else ():
            others = {one for other in plans if other != name for one in plans[other]}
            if {*plans[name]} & {*SELDOM[name]} - {"gold", *others}:
                plans[name] = (name,)
        needed = {one for sources in plans.values() for one in sources}
        return [name for name in self._names if name in needed]

    def known(self, names: Iterable[str]) -> list[str]:
        """These names.

        Raises:
            KeyError: a signal that was not recorded; names those that were.
        """
        names = list(names)
        absent = [name for name in names if name not in self._names]
        if absent:
            raise KeyError(f"no signal {absent[0]!r} on record; there are {', '.join(self._names)}")
        return names
