"""Yes or no with one logit: the classes 0 and 1 with the logits 0 and z."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from carto_widget.record.identity.labels import IGNORED
from carto_widget.record.values.task import Columns, wrong_shape
from carto_widget.record.values.tasks import multiclass

WANTS = "one logit a sample (B,) or (B, 1) and labels 0 or 1 of the same number"
GOLD = "0 or 1"
DEFERS = True
BLANK = IGNORED  # label of what does not count
HAS_CLASSES = True
HAS_FLOATS = True  # as binary_cross_entropy_with_logits wants them
LOSS = "binary_cross_entropy_with_logits"


def checked(logits: Tensor, gold: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (B,), labels (B,)."""
    is_one = logits.ndim == 1 or (logits.ndim == 2 and logits.shape[1] == 1)
    has_labels = gold.shape in ((len(logits),), (len(logits), 1)) if is_one else False
    if not (is_one and has_labels and logits.is_floating_point()):
        raise wrong_shape(WANTS, logits, gold)
    return logits.reshape(-1), gold.reshape(-1)


def width(logits: Tensor) -> int:
    """Two classes."""
    return 2


def key(gold: Tensor) -> Tensor:
    """The label itself; a share between 0 and 1 cannot be meant."""
    whole = gold.long()
    return torch.where(whole == gold, whole, -1)


def signals(logits: Tensor, gold: Tensor, keep: torch.dtype | None) -> Columns:
    """As of two classes."""
    both = torch.stack((torch.zeros_like(logits), logits), 1)
    return multiclass.signals(both, key(gold), keep)


def logits(probabilities: NDArray[np.float64]) -> Tensor:
    """(R,) log p - log(1 - p) of the probability of 1; both raised to 1e-38."""
    shape = probabilities.shape
    both = probabilities.ndim == 2 and shape[1] == 2
    if not (both or shape in ((len(probabilities),), (len(probabilities), 1))):
        raise ValueError(f"log_epoch got probabilities {shape}, expected (R,), (R, 1) or (R, 2)")
    p = probabilities[:, 1] if both else probabilities.reshape(-1)
    outside = ((p < 0) | (p > 1)).any() or (
        both and (np.abs(probabilities.sum(1) - 1) > 1e-3).any()
    )
    if outside:
        raise ValueError(
            "log_epoch got numbers that are no probabilities: expected 0..1, of two classes a sum "
            "of 1 in each row"
        )
    return torch.from_numpy(np.log(np.maximum(p, 1e-38)) - np.log(np.maximum(1 - p, 1e-38)))
