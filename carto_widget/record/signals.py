"""From a batch's logits to what is kept of it: loss, margin, runner-up, log-probabilities."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

IGNORED = -100  # the label of a sample that is not to be learned: it writes no row
FEW_CLASSES = 20  # up to which reductions are quicker over a class-major copy


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
        logits: (B, C), any floating dtype; half precision is widened before the softmax. Float32
            logits may be overwritten: hand over a copy.
        gold: (B,) int64 in 0..C-1 on the same device; other values give numbers to be thrown away.
        keep: dtype in which the log-probabilities are given back too.
    """
    with torch.autocast(logits.device.type, enabled=False):
        z = logits if logits.dtype in (torch.float32, torch.float64) else logits.float()
        gold = gold.clamp(0, z.shape[1] - 1)
        if z.device.type == "cpu" and z.shape[1] <= FEW_CLASSES:
            loss, margin, other_label, kept = _class_major(z, gold, keep)
        else:
            loss, margin, other_label, kept = _row_major(z, gold, keep)
        margin = torch.where(loss.isnan(), loss, margin)
    return Signals(loss.float(), margin.float(), other_label.int(), kept)


def _class_major(
    z: Tensor, gold: Tensor, keep: torch.dtype | None
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Over (C, B): with few classes every reduction runs along the batch."""
    z = z.t().contiguous()
    row = gold.unsqueeze(0)
    gold_logit = z.gather(0, row)
    other_logit, other_label = z.scatter_(0, row, -torch.inf).max(0, keepdim=True)
    largest = torch.maximum(gold_logit, other_logit)
    gold_shifted = gold_logit - largest
    shifted = z.sub_(largest)
    log_sum = (shifted.exp().sum(0, keepdim=True) + gold_shifted.exp()).log_()
    loss, margin = log_sum - gold_shifted, gold_logit - other_logit
    kept = None
    if keep is not None:
        kept = shifted.scatter_(0, row, gold_shifted).sub_(log_sum).t().to(keep).contiguous()
    return loss[0], margin[0], _not_gold(other_label[0], other_logit[0], gold), kept


def _row_major(
    z: Tensor, gold: Tensor, keep: torch.dtype | None
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Over (B, C), which is how logits lie in memory."""
    column = gold.unsqueeze(1)
    log_probabilities = torch.log_softmax(z, 1)
    loss = 0 - log_probabilities.gather(1, column)[:, 0]
    gold_logit = z.gather(1, column)[:, 0]
    z.scatter_(1, column, -torch.inf)
    if z.device.type == "cpu":  # NumPy's argmax takes a tenth of the time of torch's max
        other_label = torch.from_numpy(z.numpy().argmax(1))
        other_logit = z.gather(1, other_label.unsqueeze(1))[:, 0]
    else:
        other_logit, other_label = z.max(1)
    kept = None if keep is None else log_probabilities.to(keep)
    return loss, gold_logit - other_logit, _not_gold(other_label, other_logit, gold), kept


def _not_gold(other_label: Tensor, other_logit: Tensor, gold: Tensor) -> Tensor:
    """Where every other logit is -inf the gold column, now -inf too, may have won the tie."""
    return torch.where(other_logit == -torch.inf, (gold == 0).long(), other_label)
