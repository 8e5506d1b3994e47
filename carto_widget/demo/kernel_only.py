"""The quickstart in a kernel alone: its numbers, without the map's picture."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from carto_widget.demo import notebook


def kernel_only(output: Path, say: Callable[[str], None] = print) -> None:
    """Run the quickstart without a browser, and keep what came of it.

    Args:
        output: The folder that gets ``quickstart.ipynb`` (executed) and ``table.csv``.
        say: Is told each stage.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell raised.
    """
    output.mkdir(parents=True, exist_ok=True)
    (output / "map.png").unlink(missing_ok=True)
    quickstart = nbformat.read(notebook(), as_version=4)
    target = str((output / "table.csv").resolve())
    say(f"running {notebook().name} without a browser; no map.png")
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(quickstart, resources={"metadata": {"path": folder}})
        with client.setup_kernel():
            for index, cell in enumerate(quickstart.cells):
                client.execute_cell(cell, index)
            keep = nbformat.v4.new_code_cell(f"everything[['text']].join(table).to_csv({target!r})")
            client.execute_cell(keep, len(quickstart.cells), store_history=False)
            client.set_widgets_metadata()
    nbformat.write(quickstart, output / notebook().name)
    say("ran every cell")
