"""A disk that is full, read-only, moved or slow to let go: what was sealed stays, training goes on.

Really provoked, but for the clock and the held file; where this machine does not allow it, the test
is skipped.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_record_epochs import logits_of, one_epoch, tracked

import carto_widget as carto
from carto_widget.store.account.inspection import inspected
from carto_widget.store.places import durable

Mount = Callable[..., Path]
STOPPED = "recording stopped, training goes on: "


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mounts a file system of its own, for example ``mount("-t", "tmpfs", "tmpfs")``."""
    mounted: list[Path] = []

    def made(*options: str, at: Path | None = None) -> Path:
        folder = tmp_path / "mounted" if at is None else at
        folder.mkdir(exist_ok=True)
        if not sys.platform.startswith("linux") or not shutil.which("mount"):
            pytest.skip("mounts as Linux does")
        done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"may not mount: {done.stderr.strip()}")
        if "remount" not in " ".join(options):
            mounted.append(folder)
        return folder

    yield made
    for folder in reversed(mounted):
        subprocess.run(["umount", "-l", str(folder)], check=True)


def epochs_of(path: Path | str) -> list[int]:
    """Complete epochs of a run that is sound, each with every sample."""
    assert inspected(path).wrong == ()
    dynamics = carto.load(path)
    assert np.isfinite(dynamics.signals["loss"]).all()
    return [int(epoch) for epoch in dynamics.epochs]


def filled(folder: Path) -> Path:
    """A file that takes all the room there is."""
    path = folder / "filler"
    with open(path, "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return path


def test_a_full_disk_keeps_what_is_sealed_and_recording_goes_on_after_it(mount: Mount) -> None:
    folder = mount("-t", "tmpfs", "-o", "size=1m", "tmpfs")
    recorder = carto.Recorder(folder / "run")
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    filler = filled(folder)
    message = STOPPED + r".*No space left on device: free some space there: .*epoch=00001"
    with pytest.warns(UserWarning, match=message) as warned:
        one_epoch(recorder, loader)
    assert len(warned) == 1
    assert epochs_of(folder / "run") == [0]
    with pytest.raises(OSError, match="No space left on device"):
        recorder.resume()
    filler.unlink()
    recorder.resume()
    assert epochs_of(folder / "run") == [0, 1]
    one_epoch(recorder, loader)
    recorder.close()
    assert epochs_of(folder / "run") == [0, 1, 2]
    assert [path.name for path in folder.rglob("*.tmp")] == []


def test_an_epoch_that_found_no_room_is_sealed_at_the_end_if_there_is_some(mount: Mount) -> None:
    folder = mount("-t", "tmpfs", "-o", "size=1m", "tmpfs")
    recorder = carto.Recorder(folder / "run")
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    filler = filled(folder)
    with pytest.warns(UserWarning, match=STOPPED):
        one_epoch(recorder, loader)
    one_epoch(recorder, loader)  # trained, and not recorded
    filler.unlink()
    with pytest.raises(ValueError, match=r"what was logged since is not on record.*resume"):
        recorder.resume()
    recorder.close()
    assert epochs_of(folder / "run") == [0, 1]
    with carto.Recorder(folder / "run", if_exists="resume") as recorder:
        one_epoch(recorder, tracked(recorder))
    assert epochs_of(folder / "run") == [0, 1, 2]


def test_a_run_that_becomes_read_only_says_so_and_goes_on_when_it_is_not(
    tmp_path: Path, mount: Mount
) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    dynamics = tmp_path / "run" / "dynamics"
    mount("--bind", str(dynamics), at=dynamics)
    mount("-o", "remount,bind,ro", at=dynamics)
    with pytest.warns(UserWarning, match=STOPPED + ".*Read-only file system: make it writable"):
        one_epoch(recorder, loader)
    assert epochs_of(tmp_path / "run") == [0]
    mount("-o", "remount,bind,rw", at=dynamics)
    recorder.resume()
    recorder.close()
    assert epochs_of(tmp_path / "run") == [0, 1]


def test_a_read_only_run_is_read_and_not_written(tmp_path: Path, mount: Mount) -> None:
    with carto.Recorder(tmp_path / "run") as recorder:
        one_epoch(recorder, tracked(recorder))
    mount("--bind", str(tmp_path / "run"), at=tmp_path / "run")
    mount("-o", "remount,bind,ro", at=tmp_path / "run")
    assert epochs_of(tmp_path / "run") == [0]
    with pytest.raises(OSError, match="Read-only file system"):
        carto.Recorder(tmp_path / "run", if_exists="resume")
    with pytest.raises(OSError, match="Read-only file system"):
        carto.Recorder(tmp_path / "run" / "inside")


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="limits the size of files as POSIX does")
def test_a_limit_of_the_size_of_files_is_named(tmp_path: Path) -> None:
    code = f"""
        import resource, warnings, torch, carto_widget as carto
        recorder = carto.Recorder({str(tmp_path / "run")!r})
        everyone = torch.arange(3000)
        for epoch in range(2):
            if epoch:
                resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
            logits = torch.randn(3000, 3)
            recorder.log(logits, everyone % 3, guid=everyone)
            recorder.end_epoch()
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        recorder.resume()
        recorder.close()
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "File too large: raise the limit of file sizes (ulimit -f)" in done.stderr
    assert epochs_of(tmp_path / "run") == [0, 1]


def test_a_run_that_is_moved_stops_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    (tmp_path / "run").rename(tmp_path / "elsewhere")
    with pytest.warns(UserWarning, match=STOPPED + ".*the run was moved or removed"):
        one_epoch(recorder, loader)
    assert not (tmp_path / "run").exists()
    assert epochs_of(tmp_path / "elsewhere") == [0]
    (tmp_path / "elsewhere").rename(tmp_path / "run")
    recorder.resume()
    one_epoch(recorder, loader)
    recorder.close()
    assert epochs_of(tmp_path / "run") == [0, 1, 2]


def test_a_relative_path_stays_where_it_was_when_the_program_changes_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recorder = carto.Recorder("runs/mine")
    loader = tracked(recorder)
    recorder.control("rate", 0.1, min=0, max=1)
    one_epoch(recorder, loader)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    one_epoch(recorder, loader)
    recorder.control("rate", 0.1, min=0, max=1).value = 0.5
    assert carto.load(recorder).epochs.tolist() == [0, 1]
    recorder.close()
    assert list((tmp_path / "other").iterdir()) == []
    assert epochs_of(tmp_path / "runs/mine") == [0, 1]
    assert b'"after": 0.5' in (tmp_path / "runs/mine/steering.jsonl").read_bytes()


def test_the_order_of_epochs_and_sessions_does_not_depend_on_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2030, 1, 1, tzinfo=timezone.utc)

    class Backwards(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            nonlocal now
            now -= timedelta(days=1)
            return now

    for module in ("record.epochs.epoch", "store.run.folder", "store.run.steering"):
        monkeypatch.setattr(f"carto_widget.{module}.datetime", Backwards)
    for session in range(2):
        with carto.Recorder(tmp_path / "run", if_exists="resume") as recorder:
            loader = tracked(recorder)
            for epoch in range(2):
                one_epoch(recorder, loader)
                newest = sorted((tmp_path / "run").rglob("*-last.parquet"))[-1]
                os.utime(newest, (1e9 - session * 1e6 - epoch, 1e9 - session * 1e6 - epoch))
    assert epochs_of(tmp_path / "run") == [0, 1, 2, 3]
    assert now < datetime(2029, 12, 30, tzinfo=timezone.utc)


def test_a_second_writer_is_refused_and_the_first_loses_nothing(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    code = f"""
        import carto_widget as carto
        carto.Recorder({str(tmp_path / "run")!r}, if_exists="resume")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert f"is being written by process {os.getpid()}: end it" in done.stderr
    one_epoch(recorder, loader)
    recorder.close()
    assert epochs_of(tmp_path / "run") == [0, 1]


def held(times: int) -> Callable[[Any, Any], None]:
    """A rename that a scanner holds up so many times, as Windows says it."""
    rename, left = os.replace, times

    def replace(source: Any, target: Any) -> None:
        nonlocal left
        left -= "epoch=" in str(target)
        if left >= 0 and "epoch=" in str(target):
            raise PermissionError(13, "Access is denied", str(source), None, str(target))
        rename(source, target)

    return replace


def test_a_file_that_a_scanner_holds_gets_its_name_a_little_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "PATIENCE", 60.0)
    monkeypatch.setattr(os, "replace", held(3))
    with carto.Recorder(tmp_path / "run", on_error="raise") as recorder:
        one_epoch(recorder, tracked(recorder))
    assert epochs_of(tmp_path / "run") == [0]


def test_a_file_that_is_held_for_good_is_named_and_written_when_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    with monkeypatch.context() as patch:
        patch.setattr(durable, "PATIENCE", 0.1)
        patch.setattr(os, "replace", held(10**6))
        with pytest.warns(UserWarning, match="PermissionError.*Access is denied: make it writable"):
            one_epoch(recorder, loader)
    assert epochs_of(tmp_path / "run") == [0]
    recorder.resume()
    recorder.close()
    assert epochs_of(tmp_path / "run") == [0, 1]


def test_labels_that_do_not_match_are_not_cured_by_resume(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    with pytest.warns(UserWarning, match=STOPPED):
        for rows, gold in loader:
            recorder.log(logits_of(rows), (gold + 1) % 3)
    with pytest.raises(ValueError, match=r"recording stopped \(.*\) and cannot go on here"):
        recorder.resume()
    recorder.close()
    assert epochs_of(tmp_path / "run") == [0]
