"""Each of L labels holds or does not."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softplus

from carto_widget.record.identity.labels import IGNORED, IMPOSSIBLE, fingerprint
from carto_widget.record.values.task import Columns, wrong_shape

WANTS = "logits (B, L) and labels (B, L) of 0 and 1 (-100: not known)"
GOLD = "0 or 1 for each label (-100: not known)"
DEFERS = True
BLANK = IGNORED  # label of what does not count
HAS_CLASSES = False
HAS_FLOATS = True
LOSS = "binary_cross_entropy_with_logits"


def checked(logits: Tensor, gold: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (B, L), labels (B, L)."""
    if logits.ndim != 2 or gold.shape != logits.shape or not logits.is_floating_point():
        raise wrong_shape(WANTS, logits, gold)
    return logits, gold


def width(logits: Tensor) -> int:
    """L."""
    return logits.shape[1]


def key(gold: Tensor) -> Tensor:
    """A fingerprint of the known labels and their places."""
    counts = gold != IGNORED
    place = torch.arange(gold.shape[1], device=gold.device)
    found = fingerprint(2 * place + (gold == 1), counts)
    is_flag = ((gold == 0) | (gold == 1) | ~counts).all(1)
    return torch.where(is_flag, found, IMPOSSIBLE)


def signals(logits: Tensor, gold: Tensor, keep: torch.dtype | None) -> Columns:
    """Over the known labels of a sample: mean loss, mean and lowest probability of what holds.

    A label is predicted where its logit is above 0. ``label_margin`` (B, L), where kept, is each
    label's logit toward what holds, NaN where it is not known.
    """
    with torch.autocast(logits.device.type, enabled=False):
        z, counts, holds = logits.float(), gold != IGNORED, gold == 1
        toward = torch.where(holds, z, -z)
        loss = softplus(-toward)
        loss = torch.where(z == torch.inf, torch.nan, loss)  # as for a softmax
        right = torch.where(holds, z > 0, z <= 0)
        n = counts.sum(1)
        lowest, weakest = torch.where(counts, toward, torch.inf).min(1)
        mean_loss = torch.where(counts, loss, 0).sum(1) / n
        probability = torch.where(counts, torch.sigmoid(toward), 0).sum(1) / n
        probability = torch.where(mean_loss.isnan(), mean_loss, probability)
        share_right = (right & counts).sum(1) / n
    is_missing = mean_loss.isnan()
    nothing = torch.full_like(mean_loss, torch.nan)
    columns = {
        "gold": torch.where(counts, holds.to(torch.uint8), 2).to(torch.uint8),
        "gold_key": key(gold).int(),
        "loss": mean_loss,
        "gold_probability": probability,
        "lowest_probability": torch.where(is_missing, nothing, torch.sigmoid(lowest)),
        "weakest_label": weakest.int(),
        "share_right": torch.where(is_missing, nothing, share_right),
    }
    if keep is not None:
        columns["label_margin"] = torch.where(counts & ~z.isposinf(), toward, torch.nan).to(keep)
    return columns


def logits(probabilities: NDArray[np.float64]) -> Tensor:
    """(R, L) log p - log(1 - p) of each label's probability; both raised to 1e-38."""
    p = probabilities
    if p.ndim != 2 or (p < 0).any() or (p > 1).any():
        raise ValueError(f"log_epoch got {p.shape}, expected probabilities (R, L) in 0..1")
    return torch.from_numpy(np.log(np.maximum(p, 1e-38)) - np.log(np.maximum(1 - p, 1e-38)))
