"""What is recorded is not lost: Ctrl-C, a disk that fails, a folder that goes, an early close."""

from __future__ import annotations

import copy
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from test_record_epochs import N, logits_of, one_epoch, sealed, tracked

import carto_widget as carto
from carto_widget.store.snapshot import Cursor


def two_heads(recorder: carto.Recorder, loader: Any, steps: int) -> None:
    for _, (rows, gold) in zip(range(steps), loader, strict=False):
        recorder.log(logits_of(rows), gold)
        recorder.log(logits_of(rows), gold, task="second")


def presented(path: Path | str, task: str = "main", **options: Any) -> list[int]:
    """Presentations on record, epoch by epoch."""
    n_seen = carto.load(path, task=task, **options).signals["n_seen"]
    return [int(n) for n in np.nansum(n_seen, 1)]


def interrupted_at(line: int, recorder: carto.Recorder) -> bool:
    """``end_epoch()`` with a Ctrl-C at its n-th line; False where it has fewer."""
    left = line

    def trace(frame: Any, event: str, _: object) -> Any:
        nonlocal left
        if "carto_widget" not in frame.f_code.co_filename:
            return None
        left -= event == "line"
        if left == 0:
            sys.settrace(None)
            signal.raise_signal(signal.SIGINT)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        recorder.end_epoch()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


# Between `open` and the `with` that would close it, Python leaves a file to the collector.
@pytest.mark.filterwarnings("ignore:.*_io.FileIO:pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_at_any_line_of_sealing_loses_and_doubles_nothing(tmp_path: Path) -> None:
    line, step = 1, 13
    while True:
        path = tmp_path / f"run{line}"
        recorder = carto.Recorder(path)
        loader = tracked(recorder)
        two_heads(recorder, loader, 3)
        two_heads(recorder, loader, 2)
        came = interrupted_at(line, recorder)
        recorder.close()
        for task in ("main", "second"):
            assert presented(path, task) == [48, 32], line
        if not came:
            break
        line += step
    assert line > 20 * step


def broken(path: Path) -> Path:
    """The run's folder of epochs becomes a file, into which no epoch can be written."""
    kept = path / "kept"
    (path / "dynamics").rename(kept)
    (path / "dynamics").touch()
    return kept


def mended(path: Path) -> None:
    (path / "dynamics").unlink()
    (path / "kept").rename(path / "dynamics")


def test_end_epoch_on_a_failing_disk_lets_training_go_on(tmp_path: Path) -> None:
    path = tmp_path / "run"
    recorder = carto.Recorder(path)
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    rows, gold = next(iter(loader))
    recorder.log(logits_of(rows), gold)
    broken(path)
    with pytest.warns(UserWarning, match="recording stopped, training goes on"):
        recorder.end_epoch()
    recorder.end_epoch()  # said once
    mended(path)
    recorder.end_epoch()
    recorder.end_epoch()
    assert presented(path) == [48, 16]
    assert len(list(path.rglob("epoch=00001-*.parquet"))) == 1  # no chunk without rows


def test_a_head_that_is_on_disk_is_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run"
    recorder = carto.Recorder(path)
    two_heads(recorder, tracked(recorder), 2)
    second = path / "dynamics" / "split=train" / "mode=online" / "task=second"
    second.parent.mkdir(parents=True)
    second.touch()
    with pytest.raises(OSError, match="task=second"):
        recorder.end_epoch()
    second.unlink()
    recorder.end_epoch()
    assert len(list(path.rglob("*-last.parquet"))) == 2
    assert presented(path, "main") == presented(path, "second") == [32]


def test_a_run_folder_that_is_removed_is_said_and_not_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "run"
    recorder = carto.Recorder(path)
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    shutil.rmtree(path)
    with pytest.warns(UserWarning, match=r"run\.json is gone; the run was moved or removed"):
        one_epoch(recorder, loader)
    one_epoch(recorder, loader)
    recorder.close()
    assert not path.exists()


def test_a_close_that_failed_may_be_repeated(tmp_path: Path) -> None:
    path = tmp_path / "run"
    recorder = carto.Recorder(path)
    rows, gold = next(iter(tracked(recorder)))
    recorder.log(logits_of(rows), gold)
    (path / "dynamics").touch()
    with pytest.raises(OSError, match="dynamics"):
        recorder.close()
    (path / "dynamics").unlink()
    recorder.close()
    assert presented(path) == [16]


def test_log_after_close_is_refused() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    recorder.close()
    with pytest.warns(UserWarning, match="this recorder is closed"):
        one_epoch(recorder, loader)
    assert sealed(recorder) == [0]


def test_one_recorder_that_fails_at_exit_does_not_keep_others_from_sealing(tmp_path: Path) -> None:
    code = f"""
        import pathlib, torch, carto_widget as carto
        names = [{str(tmp_path / "a")!r}, {str(tmp_path / "b")!r}, {str(tmp_path / "c")!r}]
        recorders = [carto.Recorder(name) for name in names]
        for recorder in recorders:
            recorder.log(torch.eye(3), torch.arange(3), guid=["a", "b", "c"])
        for name in names[:2]:
            pathlib.Path(name, "dynamics").touch()
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stderr.count("dynamics") >= 2
    assert presented(tmp_path / "c") == [3]


def test_a_run_of_two_heads_tells_how_it_stands() -> None:
    recorder = carto.Recorder()
    two_heads(recorder, tracked(recorder), 2)
    assert recorder.epoch == 0
    assert "training, epoch 0" in repr(recorder)
    snapshot = recorder.snapshot(Cursor(task="second"))
    assert (snapshot.status.text, len(snapshot.running)) == ("training, epoch 0", 16)
    recorder.close()
    assert "ended, epoch 0" in repr(recorder)


def test_a_split_that_is_never_logged_does_not_make_later_errors_raise() -> None:
    recorder = carto.Recorder()
    train, validation = tracked(recorder), tracked(recorder, split="validation")
    one_epoch(recorder, train)
    next(iter(validation))
    with pytest.warns(UserWarning, match="recording stopped"):
        for rows, gold in train:
            recorder.log(logits_of(rows)[:5], gold)
    assert sealed(recorder) == [0]


def test_a_training_that_is_stopped_is_not_paused_any_more() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)

    known = threading.Event()

    def fit() -> None:
        known.wait(60)
        for rows, gold in loader:
            training.stop()
            training.pause()
            recorder.log(logits_of(rows), gold)

    training = carto.start(fit)
    known.set()
    training.wait(60)
    assert sealed(recorder) == [0]


def test_a_deep_copy_of_a_tracked_loader_tells_the_same_recorder() -> None:
    recorder = carto.Recorder()
    one_epoch(recorder, copy.deepcopy(tracked(recorder)))
    assert sealed(recorder) == [0]
    assert torch.equal(
        torch.from_numpy(recorder.dynamics.signals["margin"][0]), torch.arange(1.0, N + 1)
    )
