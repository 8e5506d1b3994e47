"""The next token of a sequence (causal language modelling); a row is a sequence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from carto_widget.record.identity.labels import IGNORED, IMPOSSIBLE
from carto_widget.record.values.sequences import of_sequences
from carto_widget.record.values.task import Columns, wrong_shape
from carto_widget.record.values.tasks import token_classification

WANTS = (
    "logits (B, T, V) and the tokens (B, T) as labels, not shifted, -100 where a token is not "
    "supervised (one sequence a row)"
)
GOLD = "a token in 0..V-1 at each position (-100: not supervised)"
DEFERS = False
BLANK = IGNORED  # label of what does not count
HAS_CLASSES = False
HAS_FLOATS = False
LOSS = None
CHUNK = 1024**2  # bytes of logits in single precision that are worked on at a time on the CPU
CHUNK_ELSEWHERE = 8 * CHUNK


def checked(logits: Tensor, gold: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (B, T, V), labels (B, T) int64."""
    has_tokens = logits.ndim == 3 and logits.shape[2] > 1 and gold.shape == logits.shape[:2]
    if not has_tokens or gold.is_floating_point() or not logits.is_floating_point():
        raise wrong_shape(WANTS, logits, gold)
    return logits, gold.long()


def width(logits: Tensor) -> int:
    """V."""
    return logits.shape[2]


def _next(gold: Tensor) -> Tensor:
    """(B, T) the label that each position predicts: the next token's."""
    following = torch.full_like(gold, IGNORED)
    following[:, :-1] = gold[:, 1:]
    return following


def key(gold: Tensor) -> Tensor:
    """A fingerprint of the supervised tokens, wherever padding puts the first."""
    is_any = (_next(gold) != IGNORED).any(1)
    return torch.where(is_any, token_classification.key(gold), IGNORED)


def signals(logits: Tensor, gold: Tensor, keep: torch.dtype | None) -> Columns:
    """Over the supervised tokens: mean loss, share predicted (a tie at the top counts).

    The logits are read where they are, a few MB at a time, and never copied whole.
    """
    target = _next(gold)
    loss = torch.zeros(target.shape, dtype=torch.float32, device=logits.device)
    right = torch.zeros(target.shape, dtype=torch.bool, device=logits.device)
    with torch.autocast(logits.device.type, enabled=False):
        for z, wanted, loss_of, right_of in _chunks(logits, target, loss, right):
            _fill(z, wanted, loss_of, right_of)
    beyond = (target >= logits.shape[2]).any(1)
    columns = of_sequences(loss, right, target)
    return {**columns, "gold_key": torch.where(beyond, IMPOSSIBLE, key(gold)).int()}


def _chunks(logits: Tensor, *others: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Views of some tokens at a time: (n, V) logits and the (n,) others."""
    is_cpu = logits.device.type == "cpu"
    size = CHUNK if is_cpu else max(CHUNK_ELSEWHERE, logits.nbytes // 32)
    n = max(1, size // (4 * logits.shape[2]))
    if logits.is_contiguous():
        logits, others = logits.flatten(0, 1)[None], tuple(o.flatten()[None] for o in others)
    for of_sequence in zip(logits, *others, strict=True):
        yield from zip(*(values.split(n) for values in of_sequence), strict=True)


def _fill(logits: Tensor, target: Tensor, loss: Tensor, right: Tensor) -> None:
    """Loss and success of (n, V) logits, written into the (n,) of both."""
    if logits.device.type == "cpu":  # what is not supervised costs nothing
        where = (target != IGNORED).nonzero()[:, 0]
        if not len(where):
            return
        if len(where) < len(target):
            found_loss, found_right = torch.empty(len(where)), right[where]
            _fill(logits[where], target[where], found_loss, found_right)
            loss[where], right[where] = found_loss, found_right
            return
    z = logits.float()
    column = target.clamp(0, z.shape[1] - 1).unsqueeze(1)
    right.copy_(z.gather(1, column)[:, 0] >= z.amax(1))
    loss.copy_(0 - torch.log_softmax(z, 1).gather(1, column)[:, 0])


def logits(probabilities: NDArray[np.float64]) -> NoReturn:
    """Sequences are not logged by the epoch."""
    token_classification.logits(probabilities)
