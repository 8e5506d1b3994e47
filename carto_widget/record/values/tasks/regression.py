"""A number a sample."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from carto_widget.record.identity.labels import fingerprint, of_floats
from carto_widget.record.values.task import Columns, wrong_shape

WANTS = "predictions (B,) or (B, 1) and numbers (B,) or (B, 1) of floats"
GOLD = "a number (NaN: not known)"
DEFERS = True
BLANK = float("nan")  # label of what does not count
HAS_CLASSES = False
HAS_FLOATS = True
LOSS = "mse_loss"


def checked(logits: Tensor, gold: Tensor) -> tuple[Tensor, Tensor]:
    """Predictions (B,), numbers (B,)."""
    n = len(logits) if logits.ndim else 0
    shapes = ((n,), (n, 1))
    if logits.shape not in shapes or gold.shape not in shapes or not logits.is_floating_point():
        raise wrong_shape(WANTS, logits, gold)
    return logits.reshape(-1), gold.reshape(
        -1
    ) if gold.is_floating_point() else gold.flatten().float()


def width(logits: Tensor) -> int:
    """One number."""
    return 1


def key(gold: Tensor) -> Tensor:
    """A fingerprint of the number."""
    is_known = ~gold.isnan()
    bits = (gold + 0.0).view(torch.int64) if gold.dtype == torch.float64 else of_floats(gold)
    return fingerprint(bits.unsqueeze(1), is_known.unsqueeze(1))


def signals(logits: Tensor, gold: Tensor, keep: torch.dtype | None) -> Columns:
    """``error``: prediction - gold; NaN where the prediction is not finite. Loss is its square."""
    wide = torch.float32 if logits.device.type == "mps" else torch.float64
    error = (logits.to(wide) - gold.to(wide)).float()
    return {
        "gold": gold.float(),
        "gold_key": key(gold).int(),
        "error": torch.where(error.isfinite(), error, torch.nan),
    }


def logits(probabilities: NDArray[np.float64]) -> Tensor:
    """The predictions."""
    return torch.from_numpy(probabilities)
