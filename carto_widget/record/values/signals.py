"""From a batch's logits to what is kept of it: loss, margin, runner-up, log-probabilities."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

IGNORED = -100  # the label of a sample that is not to be learned: it writes no row
FEW_CLASSES = 50  # up to which a copy by classes is quicker; below 256
LANES = 16  # numbers that torch works on at once; what is left of them it rounds otherwise


class Signals(NamedTuple):
    """One value a row, on the device of the logits."""

    loss: Tensor  # (B,) f32, -log softmax of the gold class; NaN where a logit is NaN or +inf
    margin: Tensor  # (B,) f32, gold logit - largest other logit
    other_label: Tensor  # (B,) i32, the largest other class, the first of a tie
    log_probabilities: Tensor | None  # (B, C)


@torch.no_grad()
def signals(logits: Tensor, gold: Tensor, *, keep: torch.dtype | None = None) -> Signals:
    """What the model says of each row's gold label.

    Args:
        logits: (B, C), any floating dtype; half precision is widened before the softmax.
        gold: (B,) int64 in 0..C-1 on the same device; other values give numbers to be thrown away.
        keep: dtype in which the log-probabilities are given back too.
    """
    with torch.autocast(logits.device.type, enabled=False):
        z = logits if logits.dtype in (torch.float32, torch.float64) else logits.float()
        gold = gold.clamp(0, z.shape[1] - 1)
        is_few = z.device.type == "cpu" and z.shape[1] <= FEW_CLASSES
        loss, margin, other_label, kept = (_of_few if is_few else _of_many)(z, gold, keep)
        margin = torch.where(loss.isnan(), loss, margin)
    return Signals(loss.float(), margin.float(), other_label.int(), kept)


def _of_few(
    z: Tensor, gold: Tensor, keep: torch.dtype | None
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Over (C, B), a copy: with few classes every reduction runs along the batch.

    It is as wide as whole lanes, so that a row's numbers do not depend on the rows beside it.
    """
    n, row = len(z), gold.unsqueeze(0)
    wide = np.zeros((z.shape[1], n + -n % LANES), z.numpy().dtype)
    wide[:, :n] = z.numpy().T
    log_probabilities = torch.log_softmax(torch.from_numpy(wide), 0)[:, :n]
    z = torch.from_numpy(wide[:, :n])
    loss = 0 - log_probabilities.gather(0, row)[0]
    kept = None if keep is None else _turned(log_probabilities.to(keep))
    gold_logit = z.gather(0, row)[0]
    other_logit = z.scatter_(0, row, -torch.inf).amax(0)
    other_label = torch.from_numpy(_first_equal(z.numpy(), other_logit.numpy()))
    other_label = _not_gold(other_label, other_logit, gold)
    return loss, gold_logit - other_logit, other_label, kept


def _of_many(
    z: Tensor, gold: Tensor, keep: torch.dtype | None
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Over (B, C), the logits where they are, and one copy of them."""
    column = gold.unsqueeze(1)
    log_probabilities = torch.log_softmax(z, 1)
    loss = 0 - log_probabilities.gather(1, column)[:, 0]
    kept = None if keep is None else log_probabilities.to(keep, copy=True)
    others = log_probabilities.scatter_(1, column, -torch.inf)
    second = _largest(others)
    second = _not_gold(second, others.gather(1, second.unsqueeze(1))[:, 0], gold)
    first = _largest(z)
    other_label = torch.where(first == gold, second, first)
    gold_logit, other_logit = z.gather(1, torch.stack((gold, other_label), 1)).unbind(1)
    return loss, gold_logit - other_logit, other_label, kept


def _first_equal(z: NDArray[Any], values: NDArray[Any]) -> NDArray[np.uint8]:
    """(B,) the first row of (C, B) that equals a value; the last where none does (NaN)."""
    n = len(z)
    from_end = (z == values).view(np.uint8) * np.arange(n, 0, -1, dtype=np.uint8)[:, None]
    first: NDArray[np.uint8] = n - np.maximum(from_end.max(0), 1)
    return first


def _not_gold(other_label: Tensor, other_logit: Tensor, gold: Tensor) -> Tensor:
    """Where every other logit is -inf the gold class, now -inf too, may have won the tie."""
    instead = (gold == 0).to(other_label.dtype)
    return torch.where(other_logit == -torch.inf, instead, other_label)


# NumPy takes half of torch's time for a transpose, and a tenth for an argmax.


def _turned(values: Tensor) -> Tensor:
    return torch.from_numpy(values.numpy().T.copy())


def _largest(z: Tensor) -> Tensor:
    """(B,) int64, the first class of the largest value."""
    return torch.from_numpy(z.numpy().argmax(1)) if z.device.type == "cpu" else z.argmax(1)
