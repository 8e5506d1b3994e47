"""Numbers that the loop reads and a slider sets, and the record of what was asked when."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_record_epochs import logits_of, one_epoch, tracked
from test_record_steering import asked, heard, program, seen

import carto_widget as carto
from carto_widget.record.steer.control import Control
from carto_widget.store.run.steering import Mark, read_marks
from carto_widget.store.snapshot import ControlState


def test_the_loop_reads_what_was_set_last() -> None:
    recorder = carto.Recorder()
    lr = recorder.control("lr", 1e-3, min=1e-6, max=1e-1, log=True)
    assert (lr.value, float(lr)) == (1e-3, 1e-3)
    recorder.steer("set", name="lr", value=1e-4)
    assert lr.value == 1e-4
    lr.value = 0.1
    (state,) = seen(recorder).controls
    assert (state.name, state.value, state.min, state.max, state.log) == (
        "lr",
        0.1,
        1e-6,
        0.1,
        True,
    )
    assert repr(lr) == "Control('lr': 0.1, from 1e-06 to 0.1, log)"


def test_the_same_name_gives_the_same_control() -> None:
    recorder = carto.Recorder()
    weight = recorder.control("weight", 0.5, min=0, max=1)
    weight.value = 0.75
    assert recorder.control("weight", 0.5, min=0, max=1) is weight
    assert weight.value == 0.75
    with pytest.raises(ValueError, match=r"'weight': 0.75, from 0 to 1\) is there already"):
        recorder.control("weight", 0.5, min=0, max=2)


@pytest.mark.parametrize(
    ("value", "error", "says"),
    [
        (0.2, ValueError, "got 0.2, expected a number from 1e-06 to 0.1"),
        (-1, ValueError, "got -1, expected"),
        (float("nan"), ValueError, "got NaN"),
        (float("inf"), ValueError, "got inf, expected"),
        (None, TypeError, "got None, expected a number"),
        ("0.01", TypeError, "got '0.01', expected a number"),
        (True, TypeError, "got True, expected a number"),
    ],
)
@pytest.mark.parametrize("by", ["map", "python"])
def test_a_bad_value_is_refused_and_the_old_one_stays(
    by: str, value: Any, error: type[Exception], says: str
) -> None:
    recorder = carto.Recorder()
    lr = recorder.control("lr", 1e-3, min=1e-6, max=1e-1, log=True)
    with pytest.raises(error, match=f"control 'lr' {says}"):
        if by == "map":
            recorder.steer("set", name="lr", value=value)
        else:
            lr.value = value
    assert lr.value == 1e-3


def test_a_control_that_cannot_be_is_refused() -> None:
    recorder = carto.Recorder()
    with pytest.raises(ValueError, match="min=1, max=1: expected min < max"):
        recorder.control("lr", 1, min=1, max=1)
    with pytest.raises(ValueError, match="a logarithmic scale begins above 0"):
        recorder.control("lr", 1e-3, min=0, max=1, log=True)
    with pytest.raises(ValueError, match="got 3, expected a number from 0 to 1"):
        recorder.control("lr", 3, min=0, max=1)
    with pytest.raises(TypeError, match="control wants a name, got 3"):
        recorder.control(3, 1e-3, min=0, max=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="there is no control 'lr'; there is none"):
        recorder.steer("set", name="lr", value=1)
    with pytest.raises(ValueError, match="'jump': expected 'pause', 'resume', 'stop' or 'set'"):
        recorder.steer("jump")


def test_several_processes_are_not_steered_from_a_map(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {"RANK": "0", "WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    recorder = carto.Recorder(tmp_path / "run")
    lr = recorder.control("lr", 1e-3, min=1e-6, max=1e-1)
    one_epoch(recorder, tracked(recorder))
    assert (seen(recorder).can, seen(recorder).controls) == ((), ())
    with pytest.raises(ValueError, match="a training of several processes is not steered"):
        recorder.steer("set", name="lr", value=1e-4)
    lr.value = 1e-4  # each process by itself


# ---- the record of it ----


def steered(path: Path | None) -> carto.Recorder:
    """Two epochs; the rate falls after the first batch of the second, which is its last."""
    recorder = carto.Recorder(path)
    lr = recorder.control("lr", 1e-3, min=1e-6, max=1e-1, log=True)
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    for rows, gold in loader:
        recorder.log(logits_of(rows), gold)
        lr.value = 1e-4
        recorder.steer("stop")
    return recorder


def facts(marks: list[Mark]) -> list[tuple[Any, ...]]:
    return [(m.what, m.by, m.session, m.epoch, m.batch, m.name, m.before, m.after) for m in marks]


EXPECTED = [
    ("session", "run", 0, 0, 1, None, None, None),
    ("control", "python", 0, 1, 1, "lr", 1e-3, 1e-4),
    ("stop", "map", 0, 1, 1, None, None, None),
]


@pytest.mark.parametrize("folder", ["run", None])
def test_what_was_changed_when_is_on_record(folder: str | None, tmp_path: Path) -> None:
    recorder = steered(tmp_path / folder if folder else None)
    assert facts(recorder.steering) == EXPECTED
    assert list(seen(recorder).marks) == recorder.steering
    recorder.close()
    if folder:
        assert read_marks(tmp_path / folder) == recorder.steering
        table = pd.read_json(tmp_path / folder / "steering.jsonl", lines=True)
        assert table["what"].tolist() == ["session", "control", "stop"]
        assert table["after"][1] == 1e-4


def test_setting_what_is_set_already_leaves_no_mark() -> None:
    recorder = carto.Recorder()
    lr = recorder.control("lr", 1e-3, min=1e-6, max=1e-1)
    lr.value = 1e-3
    assert recorder.steering == []


def test_a_resumed_run_goes_on_with_its_values_and_says_where_it_began(tmp_path: Path) -> None:
    steered(tmp_path / "run").close()
    recorder = carto.Recorder(tmp_path / "run", if_exists="resume")
    lr = recorder.control("lr", 1e-3, min=1e-6, max=1e-1, log=True)
    assert lr.value == 1e-4
    one_epoch(recorder, tracked(recorder))
    recorder.close()
    assert facts(read_marks(tmp_path / "run")) == [
        *EXPECTED,
        ("control", "run", 1, 1, None, "lr", 1e-3, 1e-4),
        ("session", "run", 1, 2, 1, None, None, None),
    ]


@pytest.mark.parametrize("is_early", [True, False])
def test_a_checkpoint_holds_the_values_of_its_time(is_early: bool, tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    lr = recorder.control("lr", 1e-3, min=1e-6, max=1e-1, log=True)
    lr.value = 1e-2
    one_epoch(recorder, tracked(recorder))
    state = recorder.state_dict()
    lr.value = 1e-5  # after the checkpoint
    recorder.close()
    again = carto.Recorder(tmp_path / "run", if_exists="resume")
    if is_early:
        again.load_state_dict(state)
    lr = again.control("lr", 1e-3, min=1e-6, max=1e-1, log=True)
    if not is_early:
        again.load_state_dict(state)
    assert lr.value == 1e-2
    again.close()


def test_half_a_line_is_passed_over_and_the_next_is_whole(tmp_path: Path) -> None:
    steered(tmp_path / "run").close()
    file = tmp_path / "run" / "steering.jsonl"
    file.write_bytes(file.read_bytes()[:-9])  # its writer was killed in the last line
    assert facts(read_marks(tmp_path / "run")) == EXPECTED[:2]
    recorder = carto.Recorder(tmp_path / "run", if_exists="resume")
    recorder.pause()
    recorder.close()
    assert asked(read_marks(tmp_path / "run")) == ["control", "pause"]


@pytest.mark.parametrize("after", ['"oops"', "[1]", "true", "{}"])
def test_a_line_that_is_no_mark_is_passed_over(after: str, tmp_path: Path) -> None:
    steered(tmp_path / "run").close()
    with open(tmp_path / "run" / "steering.jsonl", "a", encoding="utf-8") as file:
        file.write(
            f'{{"what": "control", "by": "map", "time": "t", "name": "lr", "after": {after}}}\n'
        )
    recorder = carto.Recorder(tmp_path / "run", if_exists="resume")
    assert facts(recorder.steering) == EXPECTED
    assert float(recorder.control("lr", 1e-3, min=1e-6, max=1e-1, log=True)) == 1e-4
    recorder.close()


def test_each_change_begins_where_the_one_before_ended() -> None:
    begun, go_on = threading.Event(), threading.Event()
    noted: list[tuple[float, float]] = []

    def note(name: str, before: float, after: float, by: str) -> None:
        if by == "slow":
            begun.set()
            go_on.wait(60)
        noted.append((before, after))

    control = Control(ControlState("lr", 0.0, 0.0, 1.0, False), note)
    slow = threading.Thread(target=control.set, args=(0.5, "slow"))
    slow.start()
    assert begun.wait(60)
    quick = threading.Thread(target=control.set, args=(1.0, "quick"))
    quick.start()
    quick.join(0.2)  # it waits for the slow one, or has noted itself first
    go_on.set()
    slow.join(60)
    quick.join(60)
    assert noted == [(0.0, 0.5), (0.5, 1.0)]


def test_a_record_that_cannot_be_written_stops_neither_training_nor_recording(
    tmp_path: Path,
) -> None:
    recorder = carto.Recorder(tmp_path / "run", on_error="raise")
    lr = recorder.control("lr", 1e-3, min=1e-6, max=1e-1)
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    file = tmp_path / "run" / "steering.jsonl"
    file.unlink()
    file.mkdir()
    with pytest.warns(UserWarning, match=f"{file} cannot be written, .* recording go on") as told:
        lr.value = 1e-4
        lr.value = 1e-5
    assert len(told) == 1
    assert lr.value == 1e-5
    assert asked(recorder.steering) == ["control", "control"]
    one_epoch(recorder, loader)
    assert recorder.dynamics.epochs.tolist() == [0, 1]


def test_the_record_outlives_its_process(tmp_path: Path) -> None:
    body = """
        for rows, gold in loader:
            recorder.log(logits_of(rows), gold)
            lr.value = 1e-4
            lr.value = 1e-5
            print("set", flush=True)
            threading.Event().wait()
        """
    with program(body, tmp_path / "run") as process:
        heard(process, "set")
        process.kill()
    marks = read_marks(tmp_path / "run")
    assert [mark.after for mark in marks] == [None, 1e-4, 1e-5]
