"""When an epoch begins and is sealed, how a run goes on, and what is refused."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import textwrap
import threading
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto
from carto_widget.store.snapshot import Cursor

N, C = 48, 3
GOLD = torch.randint(0, C, (N,), generator=torch.Generator().manual_seed(0))
DATA = TensorDataset(torch.arange(N), GOLD)


def logits_of(rows: Tensor, scale: float = 1.0) -> Tensor:
    return torch.nn.functional.one_hot(GOLD[rows], C) * (rows + 1.0).unsqueeze(1) * scale


def tracked(recorder: carto.Recorder, **options: Any) -> DataLoader[Any]:
    return recorder.track(DataLoader(DATA, batch_size=16, shuffle=True), **options)


def one_epoch(recorder: carto.Recorder, loader: Any, **options: Any) -> None:
    for rows, gold in loader:
        recorder.log(logits_of(rows), gold, **options)


def sealed(recorder: carto.Recorder) -> list[int]:
    return [int(epoch) for epoch in recorder.dynamics.epochs]


# ---- sealing ----


def test_an_exhausted_iterator_whose_last_batch_was_logged_seals() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    assert sealed(recorder) == [0]
    one_epoch(recorder, loader)
    assert sealed(recorder) == [0, 1]


def test_reading_ahead_seals_at_the_log_of_the_last_batch() -> None:
    recorder = carto.Recorder()
    batches = list(tracked(recorder))  # exhausted before anything is logged
    for rows, gold in batches[:-1]:
        recorder.log(logits_of(rows), gold)
    with pytest.warns(UserWarning, match="epoch 0 is not sealed"):
        assert sealed(recorder) == []
    recorder.log(logits_of(batches[-1][0]), batches[-1][1])
    assert sealed(recorder) == [0]


def test_a_broken_off_epoch_is_sealed_by_the_next_first_log() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)
    for rows, gold in loader:
        recorder.log(logits_of(rows), gold)
        break
    assert sealed(recorder) == []
    iterator = iter(loader)
    rows, gold = next(iterator)
    assert sealed(recorder) == []  # a pass that logs nothing begins no epoch
    recorder.log(logits_of(rows), gold)
    assert sealed(recorder) == [0]
    assert np.isnan(recorder.dynamics.signals["loss"]).sum() == N - 16


def test_end_epoch_close_and_with_seal() -> None:
    recorder = carto.Recorder()
    recorder.end_epoch()  # none is open: nothing happens
    rows, gold = next(iter(tracked(recorder)))
    recorder.log(logits_of(rows), gold)
    recorder.end_epoch()
    assert sealed(recorder) == [0]
    with carto.Recorder() as recorder:
        rows, gold = next(iter(tracked(recorder)))
        recorder.log(logits_of(rows), gold)
    assert sealed(recorder) == [0]
    assert "ended" in repr(recorder)


def test_rows_for_a_sealed_epoch_are_refused() -> None:
    recorder = carto.Recorder(on_error="raise")
    batches = iter(tracked(recorder))
    rows, gold = next(batches)
    recorder.log(logits_of(rows), gold)
    recorder.end_epoch()
    rows, gold = next(batches)
    with pytest.raises(ValueError, match=r"no tracked loader yielded|already sealed"):
        recorder.log(logits_of(rows), gold)


def test_nothing_is_recorded_while_paused() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)
    with recorder.paused():
        one_epoch(recorder, loader)
    assert recorder.epoch is None
    one_epoch(recorder, loader)
    assert sealed(recorder) == [0]


def test_splits_and_modes_never_share_an_epoch() -> None:
    recorder = carto.Recorder()
    train, validation = tracked(recorder), tracked(recorder, split="validation")
    for step, (rows, gold) in enumerate(train):
        recorder.log(logits_of(rows), gold)
        if step == 1:
            with torch.no_grad():
                one_epoch(recorder, validation)
    with torch.no_grad():
        one_epoch(recorder, train)
    assert sealed(recorder) == [0]
    shown = carto.load(recorder, mode="eval")
    assert (shown.mode, shown.epochs.tolist()) == ("eval", [0])
    shown = carto.load(recorder, "validation")
    assert (shown.split, shown.mode, shown.epochs.tolist()) == ("validation", "eval", [0])


def test_two_heads_of_one_batch_are_two_tasks() -> None:
    recorder = carto.Recorder()
    for rows, gold in tracked(recorder):
        recorder.log(logits_of(rows), gold)
        recorder.log(logits_of(rows, 2.0), gold, task="second")
    first, second = carto.load(recorder, task="main"), carto.load(recorder, task="second")
    np.testing.assert_array_equal(2 * first.signals["margin"], second.signals["margin"])


def test_logs_with_guids_are_one_epoch_until_it_is_ended() -> None:
    recorder = carto.Recorder()
    for first in (0, 16, 32):
        rows = torch.arange(first, first + 16)
        recorder.log(logits_of(rows), GOLD[rows], guid=rows)
    recorder.end_epoch()
    rows = torch.arange(40, 48)
    recorder.log(logits_of(rows), GOLD[rows], guid=rows)
    recorder.end_epoch()
    dynamics = recorder.dynamics
    assert dynamics.epochs.tolist() == [0, 1]
    assert np.isnan(dynamics.signals["loss"]).sum(1).tolist() == [0, 40]


# ---- on disk ----


def test_a_long_epoch_is_on_disk_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carto_widget.record.epochs.epoch.CHUNK_ROWS", 20)
    recorder = carto.Recorder(tmp_path / "run")
    for step, (rows, gold) in enumerate(tracked(recorder)):
        recorder.log(logits_of(rows), gold)
        # computed at once from here on
        monkeypatch.setattr("carto_widget.record.values.steps.LONGEST", 0.0)
        if step == 1:
            running = carto.load(tmp_path / "run", running=True)
            assert (~np.isnan(running.signals["loss"])).sum() == 32
    assert len(list(tmp_path.rglob("epoch=00000-*.parquet"))) > 1
    np.testing.assert_array_equal(
        carto.load(tmp_path / "run").signals["margin"][0], np.arange(1.0, N + 1)
    )


def test_a_used_name_gets_the_next_free_suffix(tmp_path: Path) -> None:
    first = carto.Recorder(tmp_path / "run")
    with pytest.warns(UserWarning, match="run-2") as told:
        second = carto.Recorder(tmp_path / "run")
    assert told[0].filename == __file__  # the line that asked for the run
    assert first.path != second.path == str(tmp_path / "run-2")


def test_a_resumed_run_goes_on_after_its_last_complete_epoch(tmp_path: Path) -> None:
    with carto.Recorder(tmp_path / "run") as recorder:
        one_epoch(recorder, tracked(recorder))
    with carto.Recorder(tmp_path / "run", if_exists="resume") as recorder:
        one_epoch(recorder, tracked(recorder))
    assert carto.load(tmp_path / "run").epochs.tolist() == [0, 1]
    described = json.loads((tmp_path / "run" / "run.json").read_text())
    assert described["session"] == 1
    assert described["fingerprint"]["train"]["rows"] == N


def test_another_dataset_is_no_continuation(tmp_path: Path) -> None:
    with carto.Recorder(tmp_path / "run") as recorder:
        one_epoch(recorder, tracked(recorder))
    other = TensorDataset(torch.arange(N - 1), GOLD[1:])
    recorder = carto.Recorder(tmp_path / "run", if_exists="resume")
    with pytest.raises(ValueError, match=r"48 samples .* not the 47"):
        recorder.track(DataLoader(other))
    same_rows = TensorDataset(torch.arange(N), (GOLD + 1) % C)
    recorder = carto.Recorder(tmp_path / "run", if_exists="resume", on_error="raise")
    loader = recorder.track(DataLoader(same_rows, batch_size=16))
    with pytest.raises(ValueError, match="logged for it earlier"):
        for _, gold in loader:
            recorder.log(torch.randn(16, C), gold)
    with pytest.raises(ValueError, match="label_names"):
        carto.Recorder(tmp_path / "named", label_names=["a", "b", "c"])
        carto.Recorder(tmp_path / "named", if_exists="resume", label_names=["a", "b", "d"])


def test_the_interpreters_exit_seals(tmp_path: Path) -> None:
    code = f"""
        import torch, carto_widget as carto
        recorder = carto.Recorder({str(tmp_path / "run")!r})
        recorder.log(torch.eye(3), torch.arange(3), guid=["a", "b", "c"])
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)
    dynamics = carto.load(tmp_path / "run")
    assert dynamics.guid.tolist() == ["a", "b", "c"]
    assert dynamics.signals["margin"].tolist() == [[1.0, 1.0, 1.0]]


# ---- in a notebook: the same code run again ----

SETUP = """
import torch, carto_widget as carto
from test_record_epochs import one_epoch, sealed, tracked
recorder = carto.Recorder()
loader = tracked(recorder)
"""
TRAIN = "one_epoch(recorder, loader); one_epoch(recorder, loader)"


class Cells:
    """Runs cells in a real IPython shell."""

    def __init__(self) -> None:
        from IPython.core.interactiveshell import InteractiveShell

        InteractiveShell.clear_instance()
        self.shell = InteractiveShell.instance()
        self.run(SETUP)

    def run(self, code: str) -> BaseException | None:
        with redirect_stderr(io.StringIO()):
            result = self.shell.run_cell(code, store_history=True)
        error: BaseException | None = result.error_before_exec or result.error_in_exec
        return error

    def value(self, expression: str) -> Any:
        return self.shell.ev(expression)


@pytest.fixture
def cells() -> Any:
    cells = Cells()
    yield cells
    type(cells.shell).clear_instance()


def test_a_training_cell_run_again_is_refused_and_names_both_ways_on(cells: Cells) -> None:
    assert cells.run(TRAIN) is None
    assert "ended" in cells.value("repr(recorder)")
    error = cells.run(TRAIN)
    assert isinstance(error, ValueError)
    assert "recorder.resume()" in str(error)
    assert "new Recorder" in str(error)
    assert cells.value("sealed(recorder)") == [0, 1]
    assert cells.run("recorder.resume()") is None
    assert cells.run(TRAIN) is None
    assert cells.run(TRAIN) is None  # said once, it holds
    assert cells.value("sealed(recorder)") == [0, 1, 2, 3, 4, 5]


def test_a_second_start_is_refused(cells: Cells) -> None:
    start = "training = carto.start(lambda: (one_epoch(recorder, loader), 7)[1])"
    assert cells.run(f"{start}\nresult = training.wait()") is None
    assert cells.value("result") == 7
    error = cells.run(f"{start}\ntraining.wait()")
    assert isinstance(error, ValueError)
    assert "recorder.resume()" in str(error)


def test_cells_in_between_do_not_disturb_a_training_thread(cells: Cells) -> None:
    cells.run("import threading; go = threading.Event()")
    cells.run(
        "training = carto.start(lambda: (one_epoch(recorder, loader), go.wait(60), "
        "one_epoch(recorder, loader)))"
    )
    cells.run("1 + 1")
    assert cells.run("go.set(); training.wait()") is None
    assert cells.value("sealed(recorder)") == [0, 1]


def test_an_interrupted_cell_says_at_which_epoch(cells: Cells) -> None:
    cells.run("""
one_epoch(recorder, loader)
for rows, gold in loader:
    recorder.log(torch.nn.functional.one_hot(gold, 3).float(), gold)
    raise KeyboardInterrupt
""")
    assert "interrupted at epoch 1" in cells.value("repr(recorder)")
    assert cells.value("sealed(recorder)") == [0]


# ---- in a thread ----


def test_stop_ends_after_this_batch_and_keeps_what_is_logged() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)

    known = threading.Event()

    def fit() -> None:
        known.wait(60)
        for _ in range(100):
            for rows, gold in loader:
                recorder.log(logits_of(rows), gold)
                training.stop()

    training = carto.start(fit)
    known.set()
    training.wait(60)
    assert sealed(recorder) == [0]
    assert (~np.isnan(recorder.dynamics.signals["loss"])).sum() == 16
    assert "ended" in repr(recorder)


def test_errors_of_a_training_are_raised_by_wait(capfd: pytest.CaptureFixture[str]) -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)

    def fit() -> None:
        one_epoch(recorder, loader)
        raise FloatingPointError("diverged")

    training = carto.start(fit)
    with pytest.raises(FloatingPointError, match="diverged"):
        training.wait(60)
    assert "diverged" in capfd.readouterr().err
    assert "failed" in repr(recorder)
    assert sealed(recorder) == [0]


def test_pause_blocks_in_the_next_log() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)
    known = threading.Event()

    def fit() -> None:
        known.wait(60)
        for rows, gold in loader:
            recorder.log(logits_of(rows), gold)
            training.pause()

    training = carto.start(fit)
    known.set()
    for _ in range(2):
        wait_until(lambda: recorder.snapshot(Cursor()).status.word == "paused")
        with pytest.raises(TimeoutError):
            training.wait(0.05)
        assert training.is_paused
        training.resume()
    training.stop()
    training.wait(60)


def wait_until(condition: Any, seconds: float = 60) -> None:
    import time

    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.001)


def test_start_wants_a_function() -> None:
    with pytest.raises(TypeError, match=r"write start\(fit\)"):
        carto.start(None)  # type: ignore[arg-type]


# ---- told to a map ----


def test_snapshots_tell_everything_once() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)
    cursor, seen, epochs = Cursor(), [], []
    for _ in range(2):
        for rows, gold in loader:
            recorder.log(logits_of(rows), gold)
            snapshot = recorder.snapshot(cursor)
            cursor = snapshot.since
            seen += [(snapshot.epoch, row) for row in snapshot.running.sample.tolist()]
            epochs += [epoch.epoch for epoch in snapshot.sealed]
    snapshot = recorder.snapshot(cursor)
    epochs += [epoch.epoch for epoch in snapshot.sealed]
    assert len(seen) == len(set(seen))  # nothing twice
    assert epochs == [0, 1]
    assert snapshot.sealed[0].read().sample.tolist() == list(range(N))
    assert snapshot.badge == f"identity checked on {N} samples"
    assert snapshot.notes == ("in memory only: nothing is saved",)
    assert recorder.snapshot(snapshot.since).sealed == ()
    everything = recorder.snapshot(Cursor())
    assert [epoch.epoch for epoch in everything.sealed] == [0, 1]
