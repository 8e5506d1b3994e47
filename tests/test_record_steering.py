"""Pause, stop and controls, asked of plain loops and of trainings in a thread."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from test_record_epochs import C, Cells, logits_of, one_epoch, sealed, tracked
from widget_page import until

import carto_widget as carto
from carto_widget.record.steer.switch import Switch
from carto_widget.store.run.steering import Mark
from carto_widget.store.snapshot import Cursor, Snapshot

BATCHES = 3  # of an epoch


@pytest.fixture
def cells() -> Iterator[Cells]:
    cells = Cells()
    cells.run("from test_record_epochs import GOLD, logits_of, torch, wait_until")
    yield cells
    type(cells.shell).clear_instance()


def seen(recorder: carto.Recorder) -> Snapshot:
    return recorder.snapshot(Cursor())


def word(recorder: carto.Recorder) -> str:
    return seen(recorder).status.word


def beside(run: Callable[[], object]) -> threading.Thread:
    """Somebody else, who does something while the loop runs."""
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def asked(marks: list[Mark]) -> list[str]:
    return [mark.what for mark in marks if mark.what != "session"]


# ---- a plain loop ----


def test_a_plain_loop_is_held_in_its_next_log_until_it_may_go_on() -> None:
    recorder = carto.Recorder()
    n_logged, at_pause = 0, []
    known = threading.Event()

    def watch() -> None:
        known.wait(60)
        until(lambda: word(recorder) == "paused")
        at_pause.append((n_logged, seen(recorder).can))
        recorder.steer("resume")

    other = beside(watch)
    for rows, gold in tracked(recorder):
        if n_logged == 1:
            recorder.steer("pause")
            assert seen(recorder).status.text == "training, epoch 0: pausing"
            known.set()
        recorder.log(logits_of(rows), gold)
        n_logged += 1
    other.join(60)
    assert at_pause == [(1, ("resume", "stop"))]
    assert n_logged == BATCHES
    assert seen(recorder).can == ("pause", "stop")
    assert sealed(recorder) == [0]


def test_a_loop_that_may_go_on_is_not_called_paused_until_it_wakes() -> None:
    switch = Switch()
    switch.turn("pause")
    loop = beside(switch.hold)
    until(lambda: switch.is_held)
    with switch._turned:  # it cannot wake
        switch.turn("resume")
        assert not switch.is_held
    loop.join(60)


def test_stop_ends_all_epochs_of_a_plain_loop_and_keeps_what_is_logged(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    loader, validation = tracked(recorder), tracked(recorder, split="validation")
    n_logged, n_validated = 0, 0
    for _ in range(10):
        for rows, gold in loader:
            recorder.log(logits_of(rows), gold)
            n_logged += 1
            if n_logged == BATCHES + 1:
                recorder.steer("stop")
                assert seen(recorder).status.text == "training, epoch 1: stopping after this batch"
                assert seen(recorder).can == ()
        n_validated += sum(1 for _ in validation)
    assert (n_logged, n_validated) == (BATCHES + 1, BATCHES)
    assert seen(recorder).status.text == "ended, epoch 1: stopped from the map"
    observed = np.isfinite(carto.load(str(tmp_path / "run")).signals["loss"]).sum(1)
    assert observed.tolist() == [48, 16]  # on disk already
    recorder.close()


def test_a_script_that_was_stopped_goes_on_when_it_says_so() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)
    for rows, gold in loader:
        recorder.log(logits_of(rows), gold)
        recorder.stop()
    assert recorder.is_stopping
    assert list(loader) == []
    recorder.resume()
    assert not recorder.is_stopping
    one_epoch(recorder, loader)
    assert sealed(recorder) == [0, 1]
    assert word(recorder) == "training"


def test_a_paused_loop_can_be_stopped() -> None:
    recorder = carto.Recorder()
    n_logged = 0

    def watch() -> None:
        until(lambda: word(recorder) == "paused")
        recorder.stop()

    other = beside(watch)
    for rows, gold in tracked(recorder):
        recorder.log(logits_of(rows), gold)
        n_logged += 1
        recorder.pause()
    other.join(60)
    assert n_logged == 2
    assert asked(recorder.steering) == ["pause", "stop"]


def test_a_loop_without_tracked_loaders_looks_whether_to_stop() -> None:
    recorder = carto.Recorder()
    n_logged = 0
    while not recorder.is_stopping:
        recorder.log(torch.randn(2, C), torch.tensor([0, 1]), guid=["a", "b"], mode="online")
        recorder.end_epoch()
        n_logged += 1
        if n_logged == 4:
            recorder.stop()
    assert n_logged == 4
    assert seen(recorder).status.text == "ended, epoch 3: stopped"


def test_an_evaluation_is_left_out_once_training_is_to_stop() -> None:
    recorder = carto.Recorder()
    model = torch.nn.Linear(1, C)
    data = torch.utils.data.TensorDataset(torch.randn(4, 1), torch.tensor([0, 1, 2, 0]))
    one_epoch(recorder, tracked(recorder))
    recorder.stop()
    recorder.evaluate(model, data, split="validation")
    assert recorder.snapshot(Cursor("validation")).sealed == ()
    recorder.resume()
    recorder.evaluate(model, data, split="validation")
    assert len(recorder.snapshot(Cursor("validation")).sealed) == 1


def test_a_pause_reaches_a_loop_whose_recording_has_stopped() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    with pytest.warns(UserWarning, match="recording stopped, training goes on"):
        for rows, gold in loader:
            recorder.log(logits_of(rows)[:5], gold)
    assert seen(recorder).can == ("pause", "stop")
    recorder.steer("stop")
    assert list(loader) == []


# ---- cells ----

STOPPED = """
n_logged = 0
for epoch in range(5):
    for rows, gold in loader:
        recorder.log(logits_of(rows), gold)
        n_logged += 1
        recorder.stop()
"""


def test_a_cell_after_the_one_that_was_stopped_trains(cells: Cells) -> None:
    assert cells.run(STOPPED) is None
    assert cells.value("n_logged") == 1
    assert "ended, epoch 0: stopped" in cells.value("repr(recorder)")
    error = cells.run("one_epoch(recorder, loader)")
    assert "recorder.resume()" in str(error)  # refused, not silently empty
    cells.run("recorder.resume()")
    assert cells.run("one_epoch(recorder, loader)") is None
    assert cells.value("sealed(recorder)") == [0, 1]
    assert cells.run(STOPPED) is None  # and can be stopped again
    assert cells.value("n_logged") == 1


def test_a_cell_after_the_one_that_was_stopped_iterates_its_loaders(cells: Cells) -> None:
    cells.run(STOPPED)
    assert cells.value("len(list(loader))") == BATCHES  # also code between cells, as of a button
    cells.run("recorder.resume()")
    assert cells.run(STOPPED) is None
    assert cells.run("n = sum(1 for _ in loader)") is None
    assert cells.value("n") == BATCHES
    assert cells.value("recorder.is_stopping") is False


def test_a_cell_after_a_thread_that_was_stopped_iterates_its_loaders(cells: Cells) -> None:
    cells.run(f"""
import threading
def fit():
    exec({STOPPED!r}, globals())
    for rows, gold in loader:  # still the thread that was stopped
        raise AssertionError("a batch after the stop")
thread = threading.Thread(target=fit)
thread.start()
thread.join(60)
""")
    assert cells.value("n_logged") == 1
    assert cells.run("n = sum(1 for _ in loader)") is None
    assert cells.value("n") == BATCHES


def test_a_pause_that_nobody_obeyed_ends_with_its_cell(cells: Cells) -> None:
    cells.run("one_epoch(recorder, loader); recorder.pause()")
    cells.run("recorder.resume()")
    assert cells.run("one_epoch(recorder, loader)") is None  # and is not held
    assert cells.value("sealed(recorder)") == [0, 1]


def test_a_cell_that_ends_beside_a_training_leaves_it_paused(cells: Cells) -> None:
    cells.run("""
import threading
known = threading.Event()
def fit():
    for rows, gold in loader:
        recorder.log(logits_of(rows), gold)
        if not known.is_set():
            recorder.pause()
            known.set()
training = carto.start(fit)
wait_until(lambda: training.switch.is_held)
recorder.log(logits_of(torch.arange(3)), GOLD[:3], guid=range(3), split="watch", mode="eval")
""")
    assert cells.run("1 + 1") is None
    assert cells.value("training.is_paused")
    assert "paused" in cells.value("repr(recorder)")
    cells.run("training.resume(); training.wait(60)")
    assert cells.value("sealed(recorder)") == [0]


# ---- start ----


def test_a_training_and_its_recorders_have_one_switch() -> None:
    first, second = carto.Recorder(), carto.Recorder()
    loader = tracked(first)

    def fit() -> None:
        while not first.is_stopping:
            for rows, gold in loader:
                second.log(logits_of(rows), gold, guid=rows, mode="online")
                first.log(logits_of(rows), gold)

    training = carto.start(fit)
    until(lambda: word(first) == "training" and word(second) == "training")
    second.steer("pause")
    until(lambda: [word(first), word(second)] == ["paused", "paused"])
    assert training.is_paused
    training.resume()
    until(lambda: word(first) == "training")
    first.steer("stop")
    training.wait(60)
    assert repr(training) == "Training(stopped)"
    assert "stopped from the map" in repr(second)
    assert asked(first.steering) == asked(second.steering) == ["pause", "resume", "stop"]
    assert [mark.by for mark in first.steering][1:] == ["map", "python", "map"]


def test_a_training_after_the_one_that_was_stopped_trains() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)

    def stopped() -> None:
        for rows, gold in loader:
            recorder.log(logits_of(rows), gold)
            recorder.stop()

    carto.start(stopped).wait(60)
    recorder.resume()
    carto.start(lambda: one_epoch(recorder, loader)).wait(60)
    assert sealed(recorder) == [0, 1]
    one_epoch(recorder, loader)  # and so does a plain loop
    assert sealed(recorder) == [0, 1, 2]


def test_a_training_that_is_over_cannot_be_paused() -> None:
    recorder = carto.Recorder()
    with pytest.raises(ValueError, match="pause came when the training had ended"):
        recorder.steer("pause")
    carto.start(lambda: one_epoch(recorder, tracked(recorder))).wait(60)
    assert seen(recorder).can == ()
    with pytest.raises(ValueError, match="stop came when the training had ended"):
        recorder.steer("stop")
    recorder.close()
    with pytest.raises(ValueError, match="this recorder is closed"):
        recorder.steer("stop")


# ---- signals ----

PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
from test_record_epochs import *
recorder = carto.Recorder({path!r})
lr = recorder.control("lr", 1e-3, min=1e-6, max=1e-1, log=True)
loader = tracked(recorder)
"""


def program(body: str, path: Path) -> subprocess.Popen[str]:
    text = PROGRAM.format(tests=str(Path(__file__).parent), path=str(path))
    code = text + textwrap.dedent(body)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def heard(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == f"{line}\n"


def test_ctrl_c_interrupts_a_loop_that_is_paused(tmp_path: Path) -> None:
    body = """
        def say():
            while not recorder._steering.switch.is_held: pass
            print("paused", flush=True)

        threading.Thread(target=say, daemon=True).start()
        try:
            for rows, gold in loader:
                recorder.log(logits_of(rows), gold)
                recorder.pause()
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        one_epoch(recorder, loader)
        print(sealed(recorder), [mark.by for mark in recorder.steering], flush=True)
        """
    with program(body, tmp_path / "run") as process:
        heard(process, "paused")
        process.send_signal(signal.SIGINT)
        heard(process, "interrupted")
        heard(process, "[0, 1] ['run', 'python', 'interrupt']")
    assert process.returncode == 0
