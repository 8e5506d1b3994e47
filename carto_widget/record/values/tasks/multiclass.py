"""One of C classes a sample."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from carto_widget.record.identity.labels import IGNORED
from carto_widget.record.values.signals import signals as signals_of
from carto_widget.record.values.task import Columns

WANTS = "logits (B, C >= 2) and integer labels (B,)"
GOLD = "a class number in 0..C-1"
DEFERS = True
BLANK = IGNORED  # label of what does not count
HAS_CLASSES = True
HAS_FLOATS = False
LOSS = "cross_entropy"


def checked(logits: Tensor, gold: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (B, C), labels (B,) int64."""
    if logits.ndim != 2 or logits.shape[1] < 2 or not logits.is_floating_point():
        raise ValueError(
            f"log got logits {tuple(logits.shape)} {logits.dtype}, expected {WANTS}. For one "
            "logit a sample declare Recorder(..., task='binary')"
        )
    if gold.is_floating_point() or gold.is_complex():
        raise TypeError(
            f"log got float targets ({gold.dtype}, shape {tuple(gold.shape)}), expected integer "
            "labels (B,): soft or mixed targets have no gold label; log the labels of the dataset "
            "in a clean pass, recorder.evaluate(model, loader)"
        )
    if gold.ndim != 1 or len(gold) != len(logits):
        raise ValueError(
            f"log got {len(logits)} rows of logits and gold of shape {tuple(gold.shape)}, expected "
            f"({len(logits)},)"
        )
    return logits, gold.long()


def width(logits: Tensor) -> int:
    """C."""
    return logits.shape[1]


def key(gold: Tensor) -> Tensor:
    """The label itself."""
    return gold


def signals(logits: Tensor, gold: Tensor, keep: torch.dtype | None) -> Columns:
    """``gold``, ``loss``, ``margin``, ``other_label`` and, where kept, ``logits``."""
    found = signals_of(logits, gold, keep=keep)
    kept = {} if found.log_probabilities is None else {"logits": found.log_probabilities}
    return {
        "gold": gold.int(),
        "loss": found.loss,
        "margin": found.margin,
        "other_label": found.other_label,
        **kept,
    }


def logits(probabilities: NDArray[np.float64]) -> Tensor:
    """(R, C) logarithms, which are logits too; below 1e-38 raised to it."""
    p = probabilities
    if p.ndim != 2 or p.shape[1] < 2:
        raise ValueError(f"log_epoch got probabilities of shape {p.shape}, expected (R, C), C >= 2")
    known = ~np.isnan(p).any(1)
    wrong = np.flatnonzero(known & ((p < 0).any(1) | (np.abs(p.sum(1) - 1) > 1e-3)))
    if len(wrong):
        raise ValueError(
            f"log_epoch got row {wrong[0]} = {p[wrong[0]].tolist()}, expected probabilities that "
            "sum to 1: predict_proba, not predict or decision_function"
        )
    return torch.from_numpy(np.log(np.maximum(p, 1e-38)))
