"""The labels that ``samples`` says: what logged labels are compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from carto_widget.record.identity.dataset import column_of
from carto_widget.record.values.task import Kinds, Task, task_of
from carto_widget.store.run.run import of_task


def expected_labels(
    samples: Any, gold: str | Mapping[str, str] | None, label_names: Any, kinds: Kinds
) -> dict[str, NDArray[Any]]:
    """What each task's labels in ``samples`` are compared by.

    Args:
        samples: DataFrame of N samples, or None.
        gold: Column with the labels, or one for each task; one alone is that of "main".
        label_names: Names of the classes, or of those of each task, or None.
        kinds: What is learned.

    Returns:
        Task to (N,) class numbers or fingerprints int32, of a regression the numbers float32.

    Raises:
        ValueError: A column that does not exist, or holds something else than the task's labels.
    """
    columns = {"main": gold} if isinstance(gold, str) else dict(gold or {})
    if samples is None:
        return {}
    return {
        task: _labels(samples, column, of_task(label_names, task), kinds.of(task) or "multiclass")
        for task, column in columns.items()
    }


def _labels(samples: Any, column: str, names: Sequence[str] | None, kind: str) -> NDArray[Any]:
    values: NDArray[Any] = column_of(samples, column, "gold").to_numpy()
    task = task_of(kind)
    if task.HAS_CLASSES:
        return _classes(values, column, names)
    try:
        if kind == "multilabel" and names is not None and _are_names(values):
            values = _flags(values, list(names))
        labels = np.array(values.tolist(), np.float64)
    except (TypeError, ValueError) as error:
        raise _refused(values, column, task, kind) from error
    if labels.ndim != (1 if kind == "regression" else 2):
        raise _refused(values, column, task, kind)
    if kind == "regression":
        return labels.astype(np.float32)
    return task.key(torch.from_numpy(labels)).numpy().astype(np.int32)


def _refused(values: NDArray[Any], column: str, task: Task, kind: str) -> ValueError:
    shape = "" if kind == "regression" else ", a list in each cell, all of one length"
    return ValueError(
        f"samples[{column!r}] holds {values[:1].tolist()[0]!r}, expected {task.GOLD}{shape} "
        f"(task={kind!r})"
    )


def _classes(values: NDArray[Any], column: str, names: Sequence[str] | None) -> NDArray[np.int32]:
    are_whole = values.dtype.kind == "f" and bool((values == np.round(values)).all())
    if values.dtype.kind in "iub" or are_whole:
        return values.astype(np.int32)
    number = {name: i for i, name in enumerate(names or [])}
    unknown = list(dict.fromkeys(str(v) for v in values if v not in number))
    if unknown:
        known = f"label_names={list(names)}" if names else "label_names=, which is not given"
        raise ValueError(
            f"samples[{column!r}] holds {unknown[:3]}, which are neither class numbers nor in "
            f"{known}. Name the classes in the order of the model's outputs: "
            "Recorder(..., label_names=[...])"
        )
    return np.array([number[v] for v in values], dtype=np.int32)


def _are_names(values: NDArray[Any]) -> bool:
    return all(isinstance(name, str) for cell in values for name in cell)


def _flags(values: NDArray[Any], names: list[str]) -> NDArray[np.float64]:
    """(N, L) 1 where a cell lists the label's name."""
    flags = np.zeros((len(values), len(names)))
    for row, cell in zip(flags, values, strict=True):
        row[[names.index(name) for name in cell]] = 1
    return flags
