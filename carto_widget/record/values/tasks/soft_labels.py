"""A distribution over C classes a sample, for example the shares of its annotators."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from carto_widget.record.identity.labels import IMPOSSIBLE, fingerprint, of_floats
from carto_widget.record.values.task import Columns, wrong_shape
from carto_widget.record.values.tasks import multiclass

WANTS = "logits (B, C >= 2) and soft labels (B, C) of floats, each row summing to 1"
GOLD = "shares of the C classes that sum to 1"
DEFERS = True
BLANK = None  # label of what does not count
HAS_CLASSES = False
HAS_FLOATS = True
LOSS = "cross_entropy"


def checked(logits: Tensor, gold: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (B, C), soft labels (B, C)."""
    are_pairs = logits.ndim == 2 and logits.shape[1] > 1 and gold.shape == logits.shape
    if not (are_pairs and logits.is_floating_point() and gold.is_floating_point()):
        raise wrong_shape(WANTS, logits, gold)
    return logits, gold


def width(logits: Tensor) -> int:
    """C."""
    return logits.shape[1]


def key(gold: Tensor) -> Tensor:
    """A fingerprint of the shares."""
    found = fingerprint(of_floats(gold), torch.ones_like(gold, dtype=torch.bool))
    tolerance = 1e-3 if gold.element_size() > 2 else 2e-2
    is_share = (gold >= 0).all(1) & ((gold.float().sum(1) - 1).abs() < tolerance)
    return torch.where(is_share, found, IMPOSSIBLE)


def signals(logits: Tensor, gold: Tensor, keep: torch.dtype | None) -> Columns:
    """Those of the class with the largest share, but for loss and ``gold_probability``.

    The loss is the cross-entropy with the soft label; ``gold_probability`` is what model and soft
    label have in common, the sum over classes of the smaller of both (1 - their total variation
    distance): 1 where the model says exactly the soft label, and of a hard label its probability.
    """
    shares = gold.float()
    largest = shares.argmax(1)
    log_p = torch.log_softmax(logits.float(), 1)
    loss = torch.where(shares > 0, -shares * log_p, 0).sum(1)
    common = torch.minimum(shares, log_p.exp()).sum(1)
    columns = multiclass.signals(logits, largest, keep)
    is_missing = columns["loss"].isnan()
    nothing = torch.full_like(loss, torch.nan)
    columns["loss"] = torch.where(is_missing, nothing, loss)
    columns["gold_probability"] = torch.where(is_missing, nothing, common)
    return {**columns, "gold_key": key(gold).int()}


def logits(probabilities: NDArray[np.float64]) -> Tensor:
    """As of several classes."""
    return multiclass.logits(probabilities)
