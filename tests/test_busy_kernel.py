"""A kernel that trains: frames leave it in any case, and a lasso reaches it where it can."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernel_driver import FrontEnd, kernel, python_value

SETUP = """
import os, threading, time
import pandas as pd, torch
from torch.utils.data import DataLoader, TensorDataset
import carto_widget as carto

torch.manual_seed(0)
torch.set_num_threads(1)
x = torch.randn(100, 5)
y = (x @ torch.randn(5, 3)).argmax(1)
frame = pd.DataFrame({"text": [f"sample {i}" for i in range(100)], "label": y.numpy()},
                     index=[f"g{i}" for i in range(100)])
recorder = carto.Recorder(samples=frame, gold="label")
loader = recorder.track(DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True))
datamap = carto.DataMap(recorder)
model = torch.nn.Linear(5, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
seen_while_training = []

def fit(epochs=1_000_000, until_selected=True):
    for _ in range(epochs):
        if until_selected and len(datamap.selection):
            break
        for bx, by in loader:
            logits = model(bx)
            loss = torch.nn.functional.cross_entropy(logits, by)
            optimizer.zero_grad(); loss.backward(); optimizer.step()
            recorder.log(logits, by)
            time.sleep(0.005)  # an honest batch takes longer than this one
    seen_while_training[:] = datamap.selection.index.tolist()
"""
ROWS = [0, 2, 98]
BITS = np.packbits(np.isin(np.arange(100), ROWS), bitorder="little").tobytes()
SELECT = {"kind": "select", "operation": "op", "how": "replace", "frame": 1}
needs_subshells = pytest.mark.skipif(
    version("ipykernel").startswith("6."), reason="ipykernel 6 has no subshells"
)


def acknowledge(front: FrontEnd) -> None:
    """Answer each frame as a page does, when its last chunk is there."""

    def heard(content: dict[str, Any]) -> None:
        if content["kind"] == "frame" and content["chunk"] == content["chunks"] - 1:
            front.send({"kind": "ack", "frame": content["frame"]})

    front.heard = heard


def frames(front: FrontEnd) -> list[dict[str, Any]]:
    return [content for content in front.received if content["kind"] == "frame"]


@pytest.mark.parametrize(
    ("cell", "subshell"),
    [
        pytest.param("fit()", True, marks=needs_subshells, id="plain loop, subshell"),
        pytest.param("training = carto.start(fit)", True, id="thread, subshell"),
        pytest.param("training = carto.start(fit)", False, id="thread, no subshell"),
    ],
)
def test_a_lasso_reaches_a_kernel_that_trains(cell: str, subshell: bool) -> None:
    with kernel(subshell=subshell) as front:
        front.run(SETUP)
        acknowledge(front)
        front.start(cell)
        assert front.until(lambda: len(frames(front)) >= 8), "frames flow while it trains"
        whole = next(one for one in frames(front) if one["rows"])  # later ones say what is new
        assert {len(buffer) for buffer in whole["_buffers"]} == {200, 100}
        front.send(SELECT, buffers=[BITS])
        assert front.until(lambda: "selection" in front.kinds())
        confirmed = next(c for c in front.received if c["kind"] == "selection")
        assert (confirmed["operation"], confirmed["count"]) == ("op", 3)
        front.run("'training' in globals() and training.wait()")
        guids = python_value(front, "seen_while_training")
        assert guids == [f"g{row}" for row in ROWS]


STEERED = """
lr = recorder.control("lr", 1e-3, min=1e-6, max=1e-1, log=True)
rates = []
def steered():
    for _ in range(10_000):
        for bx, by in loader:
            rates.append(lr.value)
            recorder.log(model(bx), by)
            time.sleep(0.005)
"""


def said(front: FrontEnd) -> str:
    """The status line."""
    return str([c["text"] for c in front.received if c["kind"] == "status"][-1])


def ask(front: FrontEnd, what: str, then: str, **more: Any) -> None:
    """Ask for something, and wait until it is answered and the status line says so."""
    front.send({"kind": "ask", "id": what, "what": "steer", "order": what, **more})

    def is_done() -> bool:
        answers = {c["ask"]: c["error"] for c in front.received if c["kind"] == "answer"}
        return what in answers and answers[what] is None and then in said(front)

    assert front.until(is_done), what


@pytest.mark.parametrize(
    ("cell", "subshell"),
    [
        pytest.param("steered()", True, marks=needs_subshells, id="plain loop, subshell"),
        pytest.param("training = carto.start(steered)", True, id="thread, subshell"),
        pytest.param("training = carto.start(steered)", False, id="thread, no subshell"),
    ],
)
def test_a_kernel_that_trains_is_paused_steered_and_stopped(cell: str, subshell: bool) -> None:
    with kernel(subshell=subshell) as front:
        front.run(SETUP + STEERED)
        acknowledge(front)
        running = front.start(cell)
        assert front.until(lambda: len(frames(front)) >= 4)
        ask(front, "pause", "paused")
        ask(front, "set", "paused", name="lr", value=1e-2)
        ask(front, "resume", "training")
        before = len(frames(front))
        assert front.until(lambda: len(frames(front)) >= before + 4)
        ask(front, "stop", "stopped from the map")
        assert front.until(lambda: not front.is_running(running))
        assert python_value(front, "[rates[0], rates[-1]]") == [1e-3, 1e-2]
        assert python_value(front, "list(loader) == []") is False  # a later cell


@needs_subshells
def test_a_cell_that_is_paused_can_be_interrupted() -> None:
    with kernel() as front:
        front.run(SETUP + STEERED)
        acknowledge(front)
        front.start("steered()")
        assert front.until(lambda: len(frames(front)) >= 4)
        ask(front, "pause", "paused")
        front.interrupt()
        with pytest.raises(RuntimeError, match="KeyboardInterrupt"):
            front.until(lambda: False)
        assert front.until(lambda: "interrupted at epoch" in said(front))
        front.run("recorder.resume()\nfor bx, by in loader: recorder.log(model(bx), by)")


def test_frames_flow_and_the_lasso_waits_where_nothing_comes_back(tmp_path: Path) -> None:
    """No subshell, a plain loop: acknowledgements and lasso arrive when the cell has ended."""
    with kernel(subshell=False, cwd=str(tmp_path)) as front:
        front.run(SETUP)
        acknowledge(front)
        cell = front.start("while not os.path.exists('enough'): fit(1, until_selected=False)")
        assert front.until(lambda: len(frames(front)) >= 2)
        front.send(SELECT, buffers=[BITS])
        assert front.until(lambda: len(frames(front)) >= 5), "without an acknowledgement"
        assert front.is_running(cell)
        (tmp_path / "enough").touch()
        assert front.until(lambda: not front.is_running(cell))
        assert front.until(lambda: "selection" in front.kinds())
        assert python_value(front, "seen_while_training") == []
        guids = python_value(front, "datamap.selection.index.tolist()")
        assert guids == [f"g{row}" for row in ROWS]


def test_a_hello_in_mid_training_brings_the_map_back() -> None:
    with kernel() as front:
        front.run(SETUP)
        front.start("training = carto.start(fit)")
        assert front.until(lambda: len(frames(front)) >= 2)
        front.received.clear()
        front.send({"kind": "hello", "id": "again"})
        wanted = {"welcome", "static", "frame", "selection", "status"}
        assert front.until(lambda: wanted <= set(front.kinds()))
        front.run('datamap.select(["g0"]); training.wait()')


def test_a_view_set_by_the_page_is_drawn_while_it_trains() -> None:
    with kernel() as front:
        front.run(SETUP)
        acknowledge(front)
        front.start("training = carto.start(fit)")
        assert front.until(lambda: len(frames(front)) >= 2)
        front.set(view={"x": "aum", "y": "confidence", "color": "gold"})
        assert front.until(lambda: frames(front)[-1]["columns"][0]["name"] == "aum")
        front.run('datamap.select(["g0"]); training.wait()')
        assert python_value(front, "datamap.view.x") == "aum"


def test_the_snapshot_follows_the_epochs_and_ends_with_the_run() -> None:
    with kernel() as front:
        front.run(SETUP)
        front.run("fit(20); recorder.close()")
        assert front.until(lambda: front.state["snapshot"].get("status", {}).get("word") == "ended")
        epochs = python_value(front, "recorder.dynamics.epochs.tolist()")
        assert front.state["snapshot"]["frame"]["epoch"] == epochs[-1]
        assert front.state["snapshot"]["rows"] == 100
