"""Writes the original paper's `training_dynamics/dynamics_epoch_<N>.jsonl`.

Logits that a run kept as 16-bit log-probabilities are written with the gold class and the largest
other class as `loss` and `margin` have them (32 bits), the other classes scaled to what is left:
every metric of the original comes out as ours does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.formats.notes import OF_CLASSES, require_kind
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.places.durable import write_file

FORMATS = ("jsonl",)
ABOUT = "training_dynamics.txt"  # beside the folder: a file inside counts as an epoch there
_ROUNDING = 0.02  # of a 16-bit log-probability down to -64, with room
_WHOLE = "Logits as they were recorded, 32-bit numbers with all their digits."
_HALVES = (
    "The logits were recorded as 16-bit log-probabilities (11 bits: 0.05 % of each). The gold "
    "class and the largest other class are written with the 32 bits of loss and margin; the other "
    "classes are as precise as the 16 bits."
)
_TWO = "The logits are log-probabilities of two classes, from loss and margin (32-bit numbers)."


def write(dynamics: TrainingDynamics, path: Path, how: str) -> None:
    """Write `path/training_dynamics/` with a file an epoch, and what should be known beside it."""
    root = path.parent if path.name == "training_dynamics" else path
    folder = root / "training_dynamics"
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder}: not empty; epochs of two runs would be mixed. Name another")
    require_kind(dynamics, "JSON lines are written", OF_CLASSES)
    if "logits" not in dynamics.signals and not _has_two_classes(dynamics):
        raise ValueError(
            "save: these training dynamics hold no logits, which JSON lines consist of; record "
            "with logits='float32' or 'float16', or save as .parquet, .csv or .npz"
        )
    said = {
        _write_epoch(dynamics, int(epoch), folder / f"dynamics_epoch_{epoch}.jsonl")
        for epoch in dynamics.epochs
    }
    lines = [
        f"Training dynamics of split {dynamics.split}, mode {dynamics.mode}, task {dynamics.task}, "
        f"{len(dynamics.epochs)} epochs, in the layout of allenai/cartography.",
        *sorted(said),
        _what_the_original_does(dynamics),
    ]
    write_file(root / ABOUT, lambda file: _fill(file, "\n".join(lines) + "\n"))


def _write_epoch(dynamics: TrainingDynamics, epoch: int, file: Path) -> str:
    """Write one file; gives what is to be said of its precision."""
    there = [n for n in ("logits", "loss", "margin", "other_label") if n in dynamics.signals]
    found = dynamics.rows(epoch, there)
    row = found["row"]
    gold, guid = dynamics.gold[row], dynamics.guid[row]
    if "logits" not in found or found["logits"].shape[1] < 2:
        logits, said = _of_two(gold, found["loss"], found["margin"]), _TWO
    elif dynamics.kind != "soft_labels" and are_halves(found["logits"]):
        logits, said = sharpened(found["logits"], gold, **{n: found[n] for n in there[1:]}), _HALVES
    else:
        logits, said = found["logits"].astype(np.float64), _WHOLE
    lines = _lines(epoch, guid.tolist(), gold.tolist(), logits)
    write_file(file, lambda temporary: _fill(temporary, "".join(lines)))
    return said


def _lines(epoch: int, guid: list[Any], gold: list[int], logits: NDArray[Any]) -> Iterator[str]:
    is_plain = np.isfinite(logits).all(1)
    for i, row in enumerate(logits.tolist()):
        if not is_plain[i]:
            row = [None if value != value or value == np.inf else value for value in row]
        shown = json.dumps(row, separators=(",", ":"))
        yield (
            f'{{"guid":{json.dumps(guid[i])},"logits_epoch_{epoch}":{shown},"gold":{gold[i]}}}\n'
        )


def are_halves(logits: NDArray[np.float32]) -> bool:
    """Whether logits (R, C) are log-probabilities of 16 bits."""
    finite = logits[np.isfinite(logits).all(1)].astype(np.float64)
    with np.errstate(over="ignore"):
        is_half = bool((finite.astype(np.float16) == finite).all())
    return is_half and bool((np.abs(np.logaddexp.reduce(finite, axis=1)) < _ROUNDING).all())


def sharpened(
    logits: NDArray[np.float32],
    gold: NDArray[np.int32],
    loss: NDArray[np.float32],
    margin: NDArray[np.float32],
    other_label: NDArray[np.float32],
) -> NDArray[np.float64]:
    """16-bit log-probabilities (R, C) with what 32-bit signals know of two classes.

    The rest share what is left of 1, moved by no more than their rounding, and stay below the
    largest other class.
    """
    sharp = logits.astype(np.float64)
    known = np.flatnonzero(np.isfinite(loss) & np.isfinite(margin))
    rows = np.arange(len(known))
    of_gold = -loss[known].astype(np.float64)
    of_other = of_gold - margin[known]
    other = other_label[known].astype(np.int64)
    rest = sharp[known]
    rest[rows, gold[known]] = rest[rows, other] = -np.inf
    left = -np.expm1(of_gold) - np.exp(of_other)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.log(left) - np.logaddexp.reduce(rest, axis=1)
    shift = np.clip(np.nan_to_num(shift, nan=0.0), -_ROUNDING, _ROUNDING)
    below = np.nextafter(of_other, -np.inf)
    rest = np.minimum(rest + shift[:, None], below[:, None])
    rest[rows, gold[known]], rest[rows, other] = of_gold, of_other
    sharp[known] = rest
    return sharp


def _has_two_classes(dynamics: TrainingDynamics) -> bool:
    names = dynamics.label_names
    if dynamics.kind not in ("multiclass", "binary") or "margin" not in dynamics.signals:
        return False
    if "loss" not in dynamics.signals:
        return False
    return len(names) == 2 if names is not None else dynamics.kind == "binary"


def _of_two(
    gold: NDArray[np.int32], loss: NDArray[np.float32], margin: NDArray[np.float32]
) -> NDArray[np.float64]:
    logits = np.empty((len(gold), 2))
    rows = np.arange(len(gold))
    logits[rows, gold] = -loss.astype(np.float64)
    with np.errstate(invalid="ignore"):
        logits[rows, 1 - gold] = -loss.astype(np.float64) - margin
    logits[rows[np.isneginf(margin)], 1 - gold[np.isneginf(margin)]] = 0
    return logits


def _what_the_original_does(dynamics: TrainingDynamics) -> str:
    """Whether the original's own reader takes these files."""
    signal = dynamics.signals["margin"]
    is_there = ~np.isnan(signal)
    faults = []
    if dynamics.epochs.tolist() != list(range(len(dynamics.epochs))):
        faults.append("its epochs must be numbered 0, 1, 2, ...")
    if (~is_there[0] & is_there.any(0)).any():
        faults.append("every sample must be in its first epoch, without null")
    if not is_there[:, is_there.any(0)].all():
        faults.append("it takes a sample's later epochs for its earlier ones where one is missing")
    if not faults:
        return "The original's own code reads these files."
    return f"The original's own code does not read these files rightly: {'; '.join(faults)}."


def _fill(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
