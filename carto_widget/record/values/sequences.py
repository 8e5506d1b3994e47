"""From tokens to sequences: means over the tokens that count."""

from __future__ import annotations

import torch
from torch import Tensor

from carto_widget.record.identity.labels import IGNORED
from carto_widget.record.values.task import Columns


def of_sequences(loss: Tensor, right: Tensor, gold: Tensor) -> Columns:
    """What a sequence's counted tokens say together.

    Args:
        loss: (B, T) -log probability of each gold token.
        right: (B, T) bool: predicted.
        gold: (B, T) its label, ``IGNORED`` where the token does not count.

    Returns:
        ``loss``: mean over tokens; ``share_right``: of the tokens; ``n_tokens``.
    """
    counts = gold != IGNORED
    n = counts.sum(1)
    mean = torch.where(counts, loss, 0).sum(1) / n
    share = (right & counts).sum(1) / n
    return {
        "loss": mean,
        "share_right": torch.where(mean.isnan(), mean, share),
        "n_tokens": n.int(),
    }
