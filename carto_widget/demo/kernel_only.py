"""The quickstart in a kernel alone: its numbers, without the map's picture."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from carto_widget.demo.server import PATIENCE


def kernel_only(notebook: Path, output: Path, say: Callable[[str], None] = print) -> None:
    """Run the quickstart without a browser, and keep what came of it.

    Args:
        notebook: The quickstart, which leaves ``everything`` and ``table``.
        output: The folder that gets the notebook, executed, and ``table.csv``.
        say: Is told each stage.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell raised.
    """
    output.mkdir(parents=True, exist_ok=True)
    (output / "map.png").unlink(missing_ok=True)
    quickstart = nbformat.read(notebook, as_version=4)
    target = str((output / "table.csv").resolve())
    keep = nbformat.v4.new_code_cell(f"everything[['text']].join(table).to_csv({target!r})")
    quickstart.cells.append(keep)
    say(f"running {notebook.name} without a browser, so without map.png")
    with tempfile.TemporaryDirectory() as folder:
        run_cells(quickstart, Path(folder))
    quickstart.cells.remove(keep)
    nbformat.write(quickstart, output / notebook.name)
    say("ran every cell")


def run_cells(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Run every cell in ``folder``, however slow the machine is, and keep all that they say.

    By itself nbclient gives up a kernel that starts for longer than a minute, and leaves out what a
    cell said if it comes 4 s after its end.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell raised.
    """
    NotebookClient(
        notebook,
        timeout=None,
        startup_timeout=int(PATIENCE),
        iopub_timeout=int(PATIENCE),
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    ).execute()
