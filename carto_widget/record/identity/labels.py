"""Gold labels as what they are compared by: one number a sample, whatever its labels look like."""

from __future__ import annotations

import torch
from torch import Tensor

IGNORED = -100  # the label of what is not to be learned
IMPOSSIBLE = -1  # the key of a sample whose labels cannot be meant
_PRIMES = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D


def fingerprint(values: Tensor, counts: Tensor) -> Tensor:
    """(B,) int64 in 0..2^31-1: the same for the same counted values in the same order.

    Where nothing counts it is ``IGNORED``. Padding that does not count changes nothing.

    Args:
        values: (B, L) integers.
        counts: (B, L) bool.
    """
    place = counts.cumsum(1)
    mixed = values.long() * _PRIMES[0] + place * _PRIMES[1]
    mixed = (mixed ^ (mixed >> 29)) * _PRIMES[2]
    mixed = mixed ^ (mixed >> 32)
    total = torch.where(counts, mixed, 0).sum(1) & 0x7FFF_FFFF
    return torch.where(counts.any(1), total, IGNORED)


def of_floats(values: Tensor) -> Tensor:
    """(B, L) numbers as integers that are equal where the numbers are in single precision."""
    return (values.float() + 0.0).view(torch.int32)  # -0.0 is 0.0
