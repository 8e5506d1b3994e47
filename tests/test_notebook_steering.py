"""Pause, a slider and stop, pressed in JupyterLab and Notebook 7 while a model trains."""

from __future__ import annotations

from pathlib import Path

import pytest
from jupyter_driver import Server, jupyter_server
from playwright.sync_api import Page
from test_notebook import CONFIRMED, EPOCH, SHOW, UNTIL_TOLD, WAITS, WATCH, server

__all__ = ["server"]  # the fixture

pytestmark = pytest.mark.notebook


# The rate that the loop reads, and what it has read.
STEERED = """
lr = recorder.control("lr", 1e-3, min=1e-6, max=1e-1, log=True)
model = torch.nn.Linear(5, 3)
optimizer = torch.optim.SGD(model.parameters(), lr.value)
rates, n_epochs = [], 0

def fit():
    global n_epochs
    for epoch in range(100_000):
        for bx, by in loader:
            optimizer.param_groups[0]["lr"] = lr.value
            rates.append(lr.value)
            logits = model(bx)
            loss = torch.nn.functional.cross_entropy(logits, by)
            optimizer.zero_grad(); loss.backward(); optimizer.step()
            recorder.log(logits, by)
            time.sleep(0.01)
        if recorder.is_stopping:
            break
        n_epochs += 1
"""
SAYS = "text => document.querySelector('.carto-headline').textContent.includes(text)"


@pytest.mark.parametrize("loop", ["fit()", "training = carto.start(fit)"])
def test_a_training_is_paused_steered_and_stopped_from_the_map(
    server: Server, tab: Page, loop: str
) -> None:
    nb = server.open(tab, "steered.ipynb", [SHOW, STEERED, loop])
    nb.run_all(wait=False)
    nb.wait(EPOCH, 2)
    assert nb.is_running(2) == (loop == "fit()")
    tab.get_by_role("button", name="Pause training").click()
    nb.wait(SAYS, "paused")
    frames = nb.frames()
    slider = tab.get_by_role("slider", name="lr")
    slider.focus()
    for _ in range(20):  # a decade
        tab.keyboard.press("ArrowRight")
    nb.wait("() => document.querySelector('.carto-control output').textContent === '0.01'")
    nb.wait("() => !document.querySelector('.carto-control[data-waits]')")
    tab.keyboard.press("x")  # no cell is cut
    nb.screenshot(server.root / "paused.png")
    assert nb.frames() - frames <= 2  # what was on its way
    tab.get_by_role("button", name="Let training go on").click()
    nb.wait(SAYS, "training")
    nb.wait_frames(frames + 4)
    tab.get_by_role("button", name="Stop training").click()
    tab.get_by_role("button", name="stop training?").click()
    nb.wait_cell(2)
    nb.wait(SAYS, "stopped from the map")
    rates = nb.evaluate("rates")
    assert [rates[0], rates[-1]] == [1e-3, 1e-2]
    assert nb.evaluate("len(recorder.dynamics.epochs)") == nb.evaluate("n_epochs") + 1
    changes = nb.evaluate("[m.after for m in recorder.steering if m.what == 'control']")
    assert changes[-1] == 1e-2
    assert nb.evaluate("[m.what for m in recorder.steering if m.by == 'map']") == [
        "pause", *["control"] * len(changes), "resume", "stop",
    ]  # fmt: skip
    assert len(nb.cells()) == 3
    nb.screenshot(server.root / "stopped.png")
    nb.close()


def test_without_subshells_the_buttons_wait_for_the_cell_and_say_so(
    tab: Page, tmp_path: Path
) -> None:
    with jupyter_server(tmp_path, subshells=False) as server:
        nb = server.open(tab, "nb.ipynb", [SHOW, STEERED, WATCH, UNTIL_TOLD])
        nb.run_all(wait=False)
        nb.wait(EPOCH, 2)
        tab.get_by_role("button", name="Pause training").click()
        nb.wait(WAITS)
        slider = tab.get_by_role("slider", name="lr")
        slider.focus()
        tab.keyboard.press("End")
        nb.wait("() => document.querySelector('.carto-control[data-waits]')")
        nb.wait_frames(nb.frames() + 2)  # it was not paused
        (tmp_path / "enough").touch()
        nb.wait_cell(3)
        nb.wait(SAYS, "pause came when the training had ended")
        nb.wait(CONFIRMED)
        assert nb.evaluate("lr.value") == 0.1
        nb.close()
