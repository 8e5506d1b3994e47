"""A number a sample."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from carto_widget.record.labels import fingerprint, of_floats
from carto_widget.record.task import Columns, wrong_shape

WANTS = "predictions (B,) or (B, 1) and numbers (B,) or (B, 1) of floats"
GOLD = "a number (NaN: not known)"
DEFERS = True
HAS_CLASSES = False
HAS_FLOATS = True
LOSS = "mse_loss"


def checked(logits: Tensor, gold: Tensor) -> tuple[Tensor, Tensor]:
    """Predictions (B,), numbers (B,)."""
    n = len(logits) if logits.ndim else 0
    shapes = ((n,), (n, 1))
    if logits.shape not in shapes or gold.shape not in shapes or not logits.is_floating_point():
        raise wrong_shape(WANTS, logits, gold)
    return logits.reshape(-1), gold.reshape(-1)


def width(logits: Tensor) -> int:
    """One number."""
    return 1


def key(gold: Tensor) -> Tensor:
    """A fingerprint of the number in single precision."""
    is_known = ~gold.float().isnan()
    return fingerprint(of_floats(gold).unsqueeze(1), is_known.unsqueeze(1))


def signals(logits: Tensor, gold: Tensor, keep: torch.dtype | None) -> Columns:
    """``error``: prediction - gold; NaN where the prediction is not finite. Loss is its square."""
    error = (logits.double() - gold.double()).float()
    return {
        "gold": gold.float(),
        "gold_key": key(gold).int(),
        "error": torch.where(error.isfinite(), error, torch.nan),
    }


def logits(probabilities: NDArray[np.float64]) -> Tensor:
    """The predictions."""
    return torch.from_numpy(probabilities)
