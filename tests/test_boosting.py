"""The example without a training loop: boosted trees on a table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from nbformat import read

import carto_widget as carto
from carto_widget.demo.kernel_only import run_cells

BOOSTING = Path(__file__).parents[1] / "examples" / "boosting.ipynb"


def test_the_example_holds_no_outputs() -> None:
    code = [c for c in json.loads(BOOSTING.read_text())["cells"] if c["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_labels_that_a_frame_lends_read_only_are_taken() -> None:
    gold = np.array([0, 1])
    gold.flags.writeable = False
    recorder = carto.Recorder()
    recorder.log_epoch([[0.75, 0.25], [0.5, 0.5]], gold, guid=["a", "b"])
    probability = recorder.dynamics.signals["gold_probability"]
    np.testing.assert_allclose(probability, [[0.75, 0.5]], rtol=1e-6)


@pytest.mark.notebook
def test_boosted_trees_find_the_spoilt_labels(tmp_path: Path) -> None:
    notebook = read(BOOSTING, as_version=4)
    run_cells(notebook, tmp_path)
    (said,) = next(cell for cell in notebook.cells if cell["id"] == "found")["outputs"]
    n_found, rest = said["text"].split(" ", 1)
    assert rest == "of 40 found\n"
    assert int(n_found) >= 30
    assert not next(cell for cell in notebook.cells if cell["id"] == "record")["outputs"]
