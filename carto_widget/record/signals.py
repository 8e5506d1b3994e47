"""From a batch's logits to what is kept of it: loss, margin, runner-up, log-probabilities."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

IGNORED = -100  # the label of a sample that is not to be learned: it writes no row


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
            logits are overwritten: hand over a copy.
        gold: (B,) int64 in 0..C-1 on the same device; other values give numbers to be thrown away.
        keep: dtype in which the log-probabilities are given back too.
    """
    with torch.autocast(logits.device.type, enabled=False):
        z = logits if logits.dtype in (torch.float32, torch.float64) else logits.float()
        column = gold.clamp(0, z.shape[1] - 1).unsqueeze(1)
        log_probabilities = torch.log_softmax(z, 1)
        loss = -log_probabilities.gather(1, column).squeeze(1)
        gold_logit = z.gather(1, column).squeeze(1)
        other_logit, other_label = z.scatter_(1, column, -torch.inf).max(1)
        # Where every other logit is -inf the gold column, now -inf too, may have won the tie.
        other_label = torch.where(other_logit == -torch.inf, (gold == 0).long(), other_label)
        margin = torch.where(loss.isnan(), loss, gold_logit - other_logit)
    return Signals(
        loss.float(),
        margin.float(),
        other_label.int(),
        None if keep is None else log_probabilities.to(keep),
    )
