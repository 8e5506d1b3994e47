"""What ``log`` takes: clear errors for everything else, at the first batch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from carto_widget.record.arguments import one_of
from carto_widget.record.identity.labels import IGNORED
from carto_widget.record.values.task import Kinds, task_of
from carto_widget.store import compact
from carto_widget.store.run.run import of_task

FEW = 64  # logits that are looked at
FEW_ROWS = 4
NAMELESS = ("language_modeling", "regression")


class Logged(NamedTuple):
    """What ``log`` was given, checked.

    Attributes:
        kind: What is learned.
        logits: (B, ...) without graph, as the task wants them.
        given: The labels as they were given: by them a batch is known.
        gold: (B, ...) the labels as the task wants them, blank where they are masked.
        is_masked: Was there a mask?
        features: (B, D), or None.
    """

    kind: str
    logits: Tensor
    given: Tensor
    gold: Tensor
    is_masked: bool
    features: Tensor | None

    def ridden(self, rode: Tensor | None) -> Tensor | None:
        """Labels that came with the ids, like ``gold``; None where they cannot be looked at."""
        if rode is None or rode is self.gold:
            return rode
        task, gold = task_of(self.kind), self.gold
        rode = rode.reshape(gold.shape)
        if gold.is_floating_point():
            rode = rode.to(gold.dtype)  # a loop in half precision
        if task.HAS_CLASSES or task.BLANK is None:
            return rode
        if gold.device.type != "cpu":
            return None if self.is_masked else rode
        return torch.where(_is_blank(gold, task.BLANK), gold, rode)  # the loop may blank labels


def _is_blank(gold: Tensor, blank: float) -> Tensor:
    return gold.isnan() if math.isnan(blank) else gold == blank


def batch(
    logits: Any, gold: Any, mask: Any, kinds: Kinds, task: str, features: Any = None
) -> Logged:
    """What is learned, and logits and labels in its shapes.

    Raises:
        TypeError: Not tensors or arrays, or labels of another type.
        ValueError: Other shapes than those of the task.
    """
    if logits is None:
        raise TypeError(
            "log got logits=None: a fused loss gives none. Switch it off, or record a clean pass, "
            "recorder.evaluate(model, loader)"
        )
    if not isinstance(logits, (Tensor, np.ndarray)) and isinstance(logits, (Mapping, list)):
        remedy = (
            "log output.logits"
            if hasattr(logits, "logits")
            else "Of a detector's outputs record one number a sample, "
            "recorder.log_signal('box_loss', values)"
        )
        raise TypeError(
            f"log got logits of type {type(logits).__name__}, expected a tensor. {remedy}"
        )
    logits, given = _tensor(logits, "logits"), _tensor(gold, "gold")
    kind = kinds.kind(task, logits, given)
    logits, labels = task_of(kind).checked(logits, given)
    if labels.device != logits.device:
        labels = labels.to(logits.device, non_blocking=True)
    if mask is not None:
        labels = _masked(labels, _tensor(mask, "mask"), kind)
    if features is not None:
        features = _features(features, len(labels))
    return Logged(kind, logits, given, labels, mask is not None, features)


def _features(values: Any, n: int) -> Tensor:
    found = _tensor(values, "features")
    if found.ndim != 2 or len(found) != n or not found.is_floating_point():
        raise ValueError(
            f"log got features of shape {tuple(found.shape)} {found.dtype}, expected ({n}, D) "
            "floats: of maps or tokens their mean, h.flatten(2).mean(2) or h.mean(1)"
        )
    return found


def _masked(labels: Tensor, mask: Tensor, kind: str) -> Tensor:
    """The labels, blank where they do not count."""
    blank = task_of(kind).BLANK
    if blank is None:
        raise ValueError(f"log got mask=, and task={kind!r} has no use for it")
    if mask.numel() != labels.numel():
        raise ValueError(
            f"log got mask of shape {tuple(mask.shape)} for labels {tuple(labels.shape)}: expected "
            "one bool a label"
        )
    if labels.dtype in (torch.bool, torch.uint8):  # which hold no -100
        labels = labels.long()
    return labels.masked_fill(~mask.reshape(labels.shape).bool().to(labels.device), blank)


def _tensor(values: Any, name: str) -> Tensor:
    if isinstance(values, Tensor):
        return values.detach() if values.requires_grad else values
    if isinstance(values, np.ndarray):
        # Logits are copied: no version counter would tell that their memory was used again.
        is_plain = all(stride >= 0 for stride in values.strides) and values.flags.writeable
        is_own = name == "logits" or not is_plain or not values.dtype.isnative
        native = values.dtype.newbyteorder("=")
        return torch.from_numpy(np.array(values, native) if is_own else values)
    raise TypeError(f"log got {name} of type {type(values).__name__}, expected a tensor")


def same_size(length: int, gold: Tensor) -> None:
    """Raise unless the batch in hand has as many samples as were logged."""
    if length == len(gold):
        return
    remedy = (
        "where several sequences are packed into a row they cannot be told apart: switch packing "
        "off, or record a clean pass, recorder.evaluate(model, loader)"
        if gold.ndim > 1 and len(gold) < length
        else "where the loop takes a part of the batch, name it, "
        "log(logits, gold, guid=recorder.batch.guid[keep])"
    )
    raise ValueError(f"log got {len(gold)} rows for a batch of {length} samples: {remedy}")


def classes(n_classes: int, label_names: Sequence[str] | None) -> None:
    """Raise unless there is a name for every class."""
    if label_names is not None and len(label_names) != n_classes:
        raise ValueError(
            f"log got logits of {n_classes} classes, label_names has {len(label_names)}: "
            f"{list(label_names)}"
        )


def texts(label_names: Any) -> Any:
    """Names as lists of strings, or those of each task."""
    if isinstance(label_names, Mapping):
        return {task: texts(names) for task, names in label_names.items()}
    if isinstance(label_names, str):
        raise TypeError(f"label_names={label_names!r}: expected the names of the classes, a list")
    names = None if label_names is None else [str(name) for name in label_names]
    twice = sorted({name for name in names or [] if names.count(name) > 1}) if names else []
    if twice:
        raise ValueError(
            f"label_names has {twice[0]!r} more than once; each class has its own name"
        )
    return names


def names_fit(label_names: Any, kinds: Kinds) -> None:
    """Raise where names are given to what has no classes, or to tasks that nobody declared."""
    declared = kinds.declared
    if isinstance(label_names, Mapping) and isinstance(declared, Mapping):
        unknown = sorted({*label_names} - {*declared, "main"})
        if unknown:
            raise ValueError(f"label_names has {unknown[0]!r}, task= declares {list(declared)}")
    if of_task(label_names, "main") is not None and kinds.of("main") in NAMELESS:
        raise ValueError(f"label_names= has no meaning for task={kinds.of('main')!r}")


def can_be_compact(is_asked: bool, kinds: Kinds) -> None:
    """Raise where compact rows are asked for, and a task is declared that has none."""
    one_of("compact", is_asked, (False, True))
    declared = kinds.declared
    for kind in declared.values() if isinstance(declared, Mapping) else (declared,):
        if is_asked and kind not in (None, *compact.KINDS):
            raise ValueError(
                f"compact=True with task={kind!r}: expected {' or '.join(map(repr, compact.KINDS))}"
                ", whose probabilities it keeps in 16 bits; leave compact= away"
            )


def same_head(known: tuple[str, int], now: tuple[str, int]) -> None:
    """Raise unless these logits are of the kind and width of those before."""
    if known == now:
        return
    if known[0] == now[0]:
        raise ValueError(
            f"log got logits of {now[1]} classes, the batches before had {known[1]}: "
            "another head is logged under its own name, task=..."
        )
    raise ValueError(f"log got a batch for task={now[0]!r}, the batches before were {known[0]!r}")


def same_mode(before: str, now: str) -> None:
    """Raise unless the mode is that of the epoch's earlier batches."""
    if before != now:
        raise ValueError(
            f"this epoch was recorded as {before!r}, this batch looks like {now!r} (gradients are "
            f"{'enabled' if now == 'online' else 'disabled'}): say which it is, log(..., "
            "mode='online') in the training step or mode='eval' in a clean pass"
        )


def not_shifted(gold: Tensor, leaves: Iterable[Tensor]) -> None:
    """Raise where the labels of a language model are the next tokens already."""
    counts = (gold[:, :-1] != IGNORED).cpu()
    for leaf in leaves:
        if leaf.shape != gold.shape or not counts.any() or torch.equal(leaf.cpu(), gold.cpu()):
            continue
        if bool(((leaf[:, 1:] == gold[:, :-1]).cpu() | ~counts).all()):
            raise ValueError(
                "log got labels that are shifted already: each is the token after the one that "
                "rides at its place. Log the tokens themselves as labels, or declare "
                "task='token_classification', which does not shift"
            )


def probabilities_note(kind: str, logits: Tensor) -> str | None:
    """What to say of a first batch whose logits look like probabilities."""
    z = logits.flatten(0, -2)[:FEW] if logits.ndim > 1 else logits
    inside = bool(((z > 0) & (z < 1)).any() and ((z >= 0) & (z <= 1)).all())
    if not inside or kind in ("regression", "language_modeling"):
        return None
    if kind in ("binary", "multilabel"):
        are = z.numel() >= FEW and bool(((z > 0) & (z < 1)).all())
    else:
        are = len(z) >= FEW_ROWS and bool(((z.float().sum(1) - 1).abs() < 1e-2).all())
    if not are:
        return None
    return (
        f"the logits of the first batch look like probabilities (task={kind!r}): log what comes "
        "before softmax or sigmoid, or torch.log(p), torch.logit(p)"
    )


def some_finite(n_nonfinite: int, n_counted: int) -> None:
    """Raise where not one row of the first batch is finite."""
    if n_nonfinite and n_nonfinite == n_counted:
        raise ValueError(
            f"all {n_nonfinite} rows of logits in the first batch hold NaN or +inf: there is "
            "nothing to record; look at the learning rate, the inputs or the initialisation"
        )
