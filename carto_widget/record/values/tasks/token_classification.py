"""One of C classes for each token of a sequence; a row is a sequence."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from carto_widget.record.identity.labels import IGNORED, IMPOSSIBLE, fingerprint
from carto_widget.record.values.sequences import of_sequences
from carto_widget.record.values.signals import signals as signals_of
from carto_widget.record.values.task import Columns, wrong_shape

WANTS = "logits (B, T, C >= 2) and integer labels (B, T), -100 where a token does not count"
GOLD = "a class number in 0..C-1 for each token (-100: does not count)"
DEFERS = False
BLANK = IGNORED  # label of what does not count
HAS_CLASSES = False
HAS_FLOATS = False
LOSS = None


def checked(logits: Tensor, gold: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (B, T, C), labels (B, T) int64."""
    has_tokens = logits.ndim == 3 and logits.shape[2] > 1 and gold.shape == logits.shape[:2]
    if not has_tokens or gold.is_floating_point() or not logits.is_floating_point():
        raise wrong_shape(WANTS, logits, gold)
    is_permuted = not logits.is_contiguous() and logits.transpose(1, 2).is_contiguous()
    if is_permuted and logits.shape[1] == logits.shape[2]:
        raise ValueError(
            f"log got logits {tuple(logits.shape)} that look permuted to (B, C, T), as "
            f"cross_entropy wants them: expected {WANTS}"
        )
    return logits, gold.long()


def width(logits: Tensor) -> int:
    """C."""
    return logits.shape[2]


def key(gold: Tensor) -> Tensor:
    """A fingerprint of the labels that count."""
    counts = gold != IGNORED
    is_negative = (counts & (gold < 0)).any(1)
    return torch.where(is_negative, IMPOSSIBLE, fingerprint(gold, counts))


def signals(logits: Tensor, gold: Tensor, keep: torch.dtype | None) -> Columns:
    """Over the tokens that count: mean loss, mean and lowest probability, share predicted."""
    counts = gold != IGNORED
    flat = logits.flatten(0, 1)
    found = signals_of(flat, gold.flatten())
    loss = found.loss.view(gold.shape)
    # The lower index wins a tie.
    is_first = (found.margin == 0) & (gold.flatten() < found.other_label)
    right = ((found.margin > 0) | is_first).view(gold.shape)
    columns = of_sequences(loss, right, gold)
    probability = (-loss).exp()
    mean = torch.where(counts, probability, 0).sum(1) / counts.sum(1)
    lowest = torch.where(counts, probability, torch.inf).min(1).values
    beyond = (counts & (gold >= logits.shape[2])).any(1)
    return {
        **columns,
        "gold_probability": mean,
        "lowest_probability": torch.where(mean.isnan(), mean, lowest),
        "gold_key": torch.where(beyond, IMPOSSIBLE, key(gold)).int(),
    }


def logits(probabilities: NDArray[np.float64]) -> NoReturn:
    """Sequences are not logged by the epoch."""
    raise ValueError("log_epoch takes one row a sample; log sequences batch by batch: recorder.log")
