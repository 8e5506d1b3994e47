"""The runs that the small pictures of docs/metrics.md are of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import carto_widget as carto
from carto_widget.demo import LABEL_NAMES, notebook, reviews
from carto_widget.metrics.second_split import with_second_split

EPOCHS = 12  # as in the quickstart

Run = tuple[Any, str]  # a source, and its kind of task


def record(folder: Path) -> None:
    """Train the quickstart's model as the quickstart does, and others on the same sentences."""
    quickstart = _definitions()
    _record_classes(quickstart, folder)
    _record_halves(quickstart, folder)
    _record_others(quickstart["summary"], folder)


def runs(folder: Path) -> Iterator[Run]:
    """What was recorded, the quickstart's first."""
    yield carto.load(folder / "reviews"), "multiclass"
    second = carto.load(folder / "second", split="first", mode="eval")
    yield with_second_split(folder / "first", second), "multiclass"
    for kind in ("regression", "multilabel"):
        yield carto.load(folder / kind), kind


def _definitions() -> dict[str, Any]:
    """What the quickstart's cells before its recorder define."""
    cells = json.loads(notebook().read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    names: dict[str, Any] = {}
    for cell in code[: next(i for i, cell in enumerate(code) if "Recorder(" in cell)]:
        exec(compile(cell, "quickstart", "exec"), names)
    return names


def _record_classes(quickstart: dict[str, Any], folder: Path) -> None:
    with carto.Recorder(
        folder / "reviews",
        samples=quickstart["sentences"],
        gold="given",
        label_names=LABEL_NAMES,
        logits="float32",
    ) as recorder:
        _fit(quickstart["model"], recorder, quickstart["loader"].dataset)


def _record_halves(quickstart: dict[str, Any], folder: Path) -> None:
    """The same model on one half of the sentences, and then on the other."""
    import torch
    from torch.utils.data import Subset

    torch.manual_seed(0)
    model, dataset = quickstart["Reader"](), quickstart["loader"].dataset
    halves = [Subset(dataset, range(start, len(dataset), 2)) for start in (0, 1)]
    with carto.Recorder(folder / "first", label_names=LABEL_NAMES) as recorder:
        _fit(model, recorder, halves[0])
    with carto.Recorder(folder / "second", label_names=LABEL_NAMES) as recorder:
        _fit(
            model,
            recorder,
            halves[1],
            then=lambda: recorder.evaluate(model, halves[0], split="first"),
        )


def _fit(
    model: Any, recorder: carto.Recorder, dataset: Any, then: Callable[[], Any] = lambda: None
) -> None:
    """The quickstart's loop; with the input of the last layer, and the learning rate."""
    import torch
    from torch.utils.data import DataLoader

    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    loader = recorder.track(DataLoader(dataset, batch_size=32, shuffle=True))
    features: list[Any] = []
    hook = model.out.register_forward_pre_hook(lambda _, inputs: features.append(inputs[0]))
    for _ in range(EPOCHS):
        for *inputs, gold in loader:
            logits = model(*inputs)
            loss = torch.nn.functional.cross_entropy(logits, gold)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            recorder.log(logits, gold, features=features.pop())
            recorder.log_signal("learning_rate", [1e-3] * len(gold))
        then()
        features.clear()
    hook.remove()


def _record_others(summary: Any, folder: Path) -> None:
    """How positive a sentence is, -1 to 1; and three labels: negative, positive, disputed."""
    import torch
    from torch.nn import functional
    from torch.utils.data import DataLoader, TensorDataset

    said = reviews()
    score = (said["majority_others"] - 1) * said["agreement_others"]
    labels = [said["given"] == 0, said["given"] == 2, said["ambiguous"]]
    losses: dict[str, tuple[Callable[..., Any], np.ndarray]] = {
        "regression": (functional.mse_loss, score.to_numpy(np.float32)),
        "multilabel": (
            functional.binary_cross_entropy_with_logits,
            np.stack(labels, 1).astype(np.float32),
        ),
    }
    for task, (loss, gold) in losses.items():
        torch.manual_seed(0)
        width = 1 if gold.ndim == 1 else gold.shape[1]
        model = torch.nn.Sequential(
            torch.nn.Linear(summary.shape[1], 64),
            torch.nn.ReLU(),
            torch.nn.Dropout(0.5),
            torch.nn.Linear(64, width),
        )
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        dataset = TensorDataset(summary, torch.tensor(gold))
        with carto.Recorder(folder / task, task=task) as recorder:
            loader = recorder.track(DataLoader(dataset, batch_size=32, shuffle=True))
            for _ in range(EPOCHS):
                for x, target in loader:
                    output = model(x)
                    output = output[:, 0] if gold.ndim == 1 else output
                    optimizer.zero_grad()
                    loss(output, target).backward()
                    optimizer.step()
                    recorder.log(output, target)
