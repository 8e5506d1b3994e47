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
rates, begun = [], set()

def fit():
    for epoch in range(100_000):
        for bx, by in loader:
            optimizer.param_groups[0]["lr"] = lr.value
            rates.append(lr.value)
            begun.add(epoch)
            logits = model(bx)
            loss = torch.nn.functional.cross_entropy(logits, by)
            optimizer.zero_grad(); loss.backward(); optimizer.step()
            recorder.log(logits, by)
            time.sleep(0.01)
        if recorder.is_stopping:
            break
"""
N_BATCHES = 30
# Where it was paused and resumed; None: all batches of that epoch are over.
HELD = f"""[[m.epoch, {N_BATCHES} if m.batch is None else m.batch]
            for m in recorder.steering if m.what in ("pause", "resume")]"""
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
    tab.get_by_role("button", name="Let training go on").click()
    nb.wait(SAYS, "training")
    nb.wait_frames(frames + 4)
    stop = tab.get_by_role("button", name="Stop training")
    stop.focus()
    for _ in range(2):  # twice within three seconds, which two clicks may not be
        tab.keyboard.press("Enter")
    nb.wait_cell(2)
    nb.wait(SAYS, "stopped from the map")
    nb.wait_kernel("'training' not in globals() or not training.is_running")
    rates = nb.evaluate("rates")
    assert [rates[0], rates[-1]] == [1e-3, 1e-2]
    assert nb.evaluate("recorder.dynamics.epochs.tolist() == sorted(begun)")
    (epoch, batch), (later, next_batch) = nb.evaluate(HELD)
    assert (later - epoch) * N_BATCHES + next_batch - batch <= 1  # nothing went on while paused
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
