"""What ``log`` takes: clear errors for everything else, at the first batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from carto_widget.record.signals import IGNORED

DECLARED = (
    "Recorded are logits (B, C >= 2) with integer labels (B,). For one logit per sample log "
    "torch.stack([torch.zeros_like(z), z], 1); for sequences log one row a sequence"
)


def batch(logits: Any, gold: Any) -> tuple[Tensor, Tensor]:
    """Logits (B, C) and labels (B,) as tensors without graph.

    Raises:
        TypeError: Not tensors or arrays, or labels that are not integers.
        ValueError: Other shapes.
    """
    logits, gold = _tensor(logits, "logits"), _tensor(gold, "gold")
    if logits.ndim != 2 or logits.shape[1] < 2:
        what = "one logit a sample" if logits.ndim < 2 or logits.shape[-1] < 2 else "a sequence"
        raise ValueError(
            f"log got logits of shape {tuple(logits.shape)} ({what}), expected (B, C). {DECLARED}"
        )
    if not logits.is_floating_point():
        raise TypeError(f"log got logits of dtype {logits.dtype}, expected a floating one")
    if gold.is_floating_point() or gold.is_complex():
        raise TypeError(
            f"log got float targets ({gold.dtype}, shape {tuple(gold.shape)}), expected integer "
            "labels (B,): soft or mixed targets have no gold label; log the labels of the dataset "
            "in a clean pass, mode='eval'"
        )
    if gold.ndim != 1 or len(gold) != len(logits):
        raise ValueError(
            f"log got {len(logits)} rows of logits and gold of shape {tuple(gold.shape)}, expected "
            f"({len(logits)},). {DECLARED}"
        )
    return logits, gold


def log_probabilities(probabilities: Any, gold: Any) -> tuple[Tensor, Tensor]:
    """(R, C) logarithms of probabilities, which are logits too, and (R,) labels.

    Raises:
        ValueError: Not (R, C), or rows that do not sum to 1.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 2 or p.shape[1] < 2:
        raise ValueError(f"log_epoch got probabilities of shape {p.shape}, expected (R, C), C >= 2")
    known = ~np.isnan(p).any(1)
    wrong = np.flatnonzero(known & ((p < 0).any(1) | (np.abs(p.sum(1) - 1) > 1e-3)))
    if len(wrong):
        raise ValueError(
            f"log_epoch got row {wrong[0]} = {p[wrong[0]].tolist()}, expected probabilities that "
            "sum to 1: predict_proba, not predict or decision_function"
        )
    return torch.from_numpy(np.log(np.maximum(p, 1e-38))), torch.as_tensor(np.asarray(gold))


def _tensor(values: Any, name: str) -> Tensor:
    if isinstance(values, Tensor):
        return values.detach()
    if isinstance(values, np.ndarray):
        # Logits are copied: no version counter would tell that their memory was used again.
        is_plain = all(stride >= 0 for stride in values.strides) and values.flags.writeable
        is_own = name == "logits" or not is_plain or not values.dtype.isnative
        native = values.dtype.newbyteorder("=")
        return torch.from_numpy(np.array(values, native) if is_own else values)
    raise TypeError(f"log got {name} of type {type(values).__name__}, expected a tensor")


def same_size(length: int, logits: Tensor) -> None:
    """Raise unless the batch in hand has as many samples as were logged."""
    if length != len(logits):
        raise ValueError(
            f"log got {len(logits)} rows for a batch of {length} samples: where the loop takes a "
            "part of the batch, name it, log(logits, gold, guid=recorder.batch.guid[keep])"
        )


def classes(n_classes: int, label_names: Sequence[str] | None) -> None:
    """Raise unless there is a name for every logit."""
    if label_names is not None and len(label_names) != n_classes:
        raise ValueError(
            f"log got logits of {n_classes} classes, label_names has {len(label_names)}: "
            f"{list(label_names)}"
        )


def same_classes(n_classes: int, logits: Tensor) -> None:
    """Raise unless these logits have as many classes as those before."""
    if logits.shape[1] != n_classes:
        raise ValueError(
            f"log got logits of {logits.shape[1]} classes, the batches before had {n_classes}: "
            "another head is logged under its own name, task=..."
        )


def same_mode(before: str, now: str) -> None:
    """Raise unless the mode is that of the epoch's earlier batches."""
    if before != now:
        raise ValueError(
            f"this epoch was recorded as {before!r}, this batch looks like {now!r} (gradients are "
            f"{'enabled' if now == 'online' else 'disabled'}): say which it is, log(..., "
            "mode='online') in the training step or mode='eval' in a clean pass"
        )


def some_finite(n_nonfinite: int, gold: Tensor) -> None:
    """Raise where not one row of the first batch is finite."""
    if n_nonfinite and n_nonfinite == int((gold != IGNORED).sum()):
        raise ValueError(
            f"all {n_nonfinite} rows of logits in the first batch hold NaN or +inf: there is "
            "nothing to record; look at the learning rate, the inputs or the initialisation"
        )
