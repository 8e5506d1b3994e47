"""Two real processes under torchrun: a framework's own samplers, padding and all, one map."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numbered import EPOCHS, held_out_set, training_set

import carto_widget as carto

pytestmark = [pytest.mark.frameworks, pytest.mark.slow]
NEEDS = {
    "fsdp": "torch.distributed.fsdp._fully_shard",  # the second FSDP
    "tensor_parallel": "torch.distributed.tensor",
}
SCRIPT = Path(__file__).parent / "ranks_frameworks.py"


@pytest.mark.parametrize("framework", ["lightning", "transformers", "fsdp", "tensor_parallel"])
def test_two_processes_give_the_map_of_one(framework: str, tmp_path: Path) -> None:
    pytest.importorskip(NEEDS.get(framework, framework))
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    command += [str(SCRIPT), framework, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert [folder.name for folder in tmp_path.glob("run*")] == ["run"]
    said = [torch.load(tmp_path / f"said-{rank}.pt") for rank in range(2)]
    splits: list[tuple[str, Any]] = [("train", training_set()), ("validation", held_out_set())]
    for split, data in splits:
        dynamics, root = carto.load(tmp_path / "run", split), getattr(data, "dataset", data)
        assert dynamics.epochs.tolist() == list(range(EPOCHS))
        assert dynamics.gold.tolist() == root.labels[dynamics.guid].tolist()
        for epoch in range(EPOCHS):
            seen = of_epoch(said, root, epoch, training=split == "train")
            assert sorted(seen) == dynamics.guid.tolist()
            n_seen = dynamics.signals["n_seen"][epoch]
            assert n_seen.tolist() == [len(seen[row]) for row in dynamics.guid.tolist()]
            expected = [seen[row][0] for row in dynamics.guid.tolist()]
            found = dynamics.signals["gold_probability"][epoch]
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def of_epoch(said: list[Any], root: Any, epoch: int, *, training: bool) -> dict[int, list[float]]:
    """Row -> what was said of its gold label in an epoch, the lower rank's first."""
    found: dict[int, list[float]] = {}
    for of_rank in said:
        batches = [batch for batch in of_rank if batch[0] == training]
        n = len(batches) // EPOCHS
        for _, numbers, logits in batches[n * epoch : n * epoch + n]:
            rows = (numbers - int(root.x[0, 0])).tolist()
            for row, p in zip(rows, logits.double().softmax(1), strict=True):
                found.setdefault(row, []).append(float(p[root.labels[row]]))
    return found
