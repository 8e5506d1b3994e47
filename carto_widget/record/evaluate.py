"""A clean pass over a split: what the model says with dropout off, leaving training as it was."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import get_ident
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader

from carto_widget.record.identity.batches import Batch, Pass
from carto_widget.record.identity.split import Split
from carto_widget.record.identity.tracking import (
    TaggedCollate,
    TaggedDataset,
    moved,
    untag,
    untagged,
)
from carto_widget.record.recording import Recording

Own = Mapping[str, Any]  # name -> (B,) signals of the user's
Outputs = tuple[Tensor, Tensor] | tuple[Tensor, Tensor, Own] | Own
Forward = Callable[[nn.Module, Any], Outputs]
BATCH = 64  # samples, where a dataset was given


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; afterwards all random states and flags as before.

    ``no_grad`` and not ``inference_mode``: modules that keep tensors would be broken by the latter.
    """
    flags = [(module, module.training) for module in model.modules()]
    states = random.getstate(), np.random.get_state()
    devices = {p.device.index for p in model.parameters() if p.device.type == "cuda"}
    try:
        with torch.no_grad(), torch.random.fork_rng(sorted(devices)):
            model.eval()
            yield
    finally:
        for module, flag in flags:
            module.training = flag
        random.setstate(states[0])
        np.random.set_state(states[1])


def evaluate(
    recording: Recording,
    model: nn.Module,
    source: Any,
    split: str,
    *,
    dataset: Any,
    forward: Forward | None,
    task: str,
) -> None:
    """Record what the model says of every sample of ``source``, as one epoch in mode "eval"."""
    given = source if isinstance(source, DataLoader) else None
    own = untagged(given.dataset) if given else source
    if split not in recording.splits:
        recording.splits.add_tracked(split, own, None)
    chosen = own if dataset is None else dataset
    rows = recording.splits.rows_of(split, chosen)
    loader = _sequential(given, chosen, rows, _recorded_items(recording.splits[split], rows))
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    clean_pass = Pass(object(), split, has_floats=recording.has_floats)
    with undisturbed(model):
        for tagged in loader:
            content, rows = untag(tagged)
            outputs = (forward or _forward)(model, moved(content, device))
            batch = Batch(rows, content, clean_pass, get_ident())
            _record(recording, batch, outputs, task)
    clean_pass.last_tasks.add(task)
    recording.exhausted(clean_pass)


def _record(recording: Recording, batch: Batch, outputs: Outputs, task: str) -> None:
    own: Own = {}
    if isinstance(outputs, Mapping):
        own = outputs
    else:
        logits, gold, *rest = outputs
        own = rest[0] if rest else {}
        recording.log_batch(batch, logits, gold, task)
    for name, values in own.items():
        recording.log_batch_signal(batch, name, values)


def _recorded_items(split: Split, rows: NDArray[np.int64]) -> list[int] | None:
    """The items that are recorded; None: all."""
    if not split.n_not_chosen:
        return None
    items: list[int] = np.flatnonzero(split.is_chosen(split.position(rows))).tolist()
    return items


def _sequential(
    given: DataLoader[Any] | None,
    dataset: Any,
    rows: NDArray[np.int64],
    items: list[int] | None,
) -> DataLoader[Any]:
    """Tagged batches in order, with workers and a random generator of their own."""
    if given is None:
        return DataLoader(
            TaggedDataset(dataset, rows),
            batch_size=BATCH,
            sampler=items,
            collate_fn=TaggedCollate(torch.utils.data.default_collate),
            generator=torch.Generator(),
        )
    collate = given.collate_fn
    return DataLoader(
        TaggedDataset(dataset, rows),
        batch_size=given.batch_size or BATCH,
        sampler=items,
        num_workers=given.num_workers,
        collate_fn=collate if isinstance(collate, TaggedCollate) else TaggedCollate(collate),
        worker_init_fn=given.worker_init_fn,
        multiprocessing_context=given.multiprocessing_context,
        generator=torch.Generator(),
    )


def _forward(model: nn.Module, batch: Any) -> Outputs:
    """Batches ``(*inputs, gold)``, or mappings with the key "labels"; outputs or their logits."""
    if isinstance(batch, Mapping) and "labels" in batch:
        output = model(**{key: value for key, value in batch.items() if key != "labels"})
        gold = batch["labels"]
    elif isinstance(batch, (list, tuple)) and len(batch) > 1:
        *inputs, gold = batch
        output = model(*inputs)
    else:
        raise TypeError(
            f"evaluate got batches of type {type(batch).__name__}, expected (*inputs, labels) or a "
            "mapping with 'labels': say how, forward=lambda model, batch: (logits, gold)"
        )
    return getattr(output, "logits", output), gold
