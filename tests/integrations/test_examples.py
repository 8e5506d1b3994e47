"""One notebook a framework, run as it stands: it shows the map and ends in the table."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
kernel_only = pytest.importorskip("carto_widget.demo.kernel_only")  # wants nbclient
pytestmark = [pytest.mark.frameworks, pytest.mark.notebook]
EXAMPLES = Path(__file__).parents[2] / "examples"
PACKAGES = {  # by the notebook's name
    "accelerate": "accelerate",
    "fastai": "fastai",
    "huggingface": "transformers",
    "ignite": "ignite",
    "keras": "keras",
    "lightning": "lightning",
    "skorch": "skorch",
}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_notebook_shows_the_map_and_ends_in_the_table(name: str, tmp_path: Path) -> None:
    if find_spec(PACKAGES[name]) is None:
        pytest.skip(f"{PACKAGES[name]} is not installed")
    notebook = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    kernel_only.run_cells(notebook, tmp_path)
    by_id = {cell["id"]: cell for cell in notebook.cells}
    live, still = by_id["map"].outputs
    assert live.data["application/vnd.jupyter.widget-view+json"]
    assert "<img" in still.data["text/html"]
    said, shown = by_id["table"].outputs
    n_first, n_all = (int(word[:-1]) for word in said.text.split() if word.endswith("%"))
    assert n_first > 2 * n_all  # chance would have as many among the first
    assert {"text", "gold", "region"} < set(shown.data["text/plain"].split())
