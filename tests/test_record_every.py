"""`every=`: which epochs are recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from knob_loops import GOLD, MARGIN, N, logits_of, tracked, train

import carto_widget as carto
from carto_widget.store.account.inspection import inspected


@pytest.mark.parametrize("where", ["memory", "folder"])
def test_every_second_epoch_keeps_its_number(where: str, tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run" if where == "folder" else None, every=2)
    loader = tracked(recorder)
    heard = []
    recorder.on_epoch(lambda _, epoch: heard.append(epoch))
    for epoch in range(6):
        train(recorder, loader, range(epoch, epoch + 1))
        assert recorder.epoch == epoch
    dynamics = carto.load(recorder)
    assert dynamics.epochs.tolist() == heard == [0, 2, 4]
    expected = [MARGIN + 100 * epoch for epoch in (0, 2, 4)]
    np.testing.assert_array_equal(dynamics.signals["margin"], expected)
    assert "Of 2 training epochs one is recorded" in recorder.identity
    if where == "folder":
        recorder.close()
        assert inspected(tmp_path / "run").is_sound


def test_heads_and_signals_and_loops_that_read_ahead_skip_alike() -> None:
    recorder = carto.Recorder(every=3)
    loader = tracked(recorder)
    for epoch in range(5):
        for rows, gold in list(loader):  # the iterator is exhausted before anything is logged
            guid = recorder.batch_of(gold).guid
            recorder.log(logits_of(rows, epoch), gold, task="a")
            recorder.log(logits_of(rows, epoch + 1), gold, task="b")
            recorder.log_signal("tenfold", 10.0 * rows + epoch, guid=guid)
    for task, shift in (("a", 0), ("b", 100)):
        dynamics = carto.load(recorder, task=task)
        assert dynamics.epochs.tolist() == [0, 3]
        expected = [MARGIN + shift, MARGIN + 300 + shift]
        np.testing.assert_array_equal(dynamics.signals["margin"], expected)
        np.testing.assert_array_equal(
            dynamics.signals["tenfold"], [10 * np.arange(N), 10 * np.arange(N) + 3]
        )


def test_a_skipped_epoch_keeps_nothing() -> None:
    recorder = carto.Recorder(every=2)
    loader = tracked(recorder)
    train(recorder, loader, range(1))
    for rows, gold in loader:
        recorder.log(logits_of(rows), gold)
        recorder.log_signal("tenfold", rows)
        epoch = recorder._recording.book.flying["train", "online"]
        assert epoch.is_skipped
        assert not epoch.heads
    assert not recorder._recording.book.flying


def test_clean_passes_and_other_splits_are_not_skipped() -> None:
    recorder = carto.Recorder(every=2)
    train_loader, validation = tracked(recorder), tracked(recorder, split="validation")
    for epoch in range(3):
        train(recorder, train_loader, range(epoch, epoch + 1))
        with torch.no_grad():
            train(recorder, validation, range(epoch, epoch + 1))
            train(recorder, train_loader, range(epoch, epoch + 1))
    assert carto.load(recorder).epochs.tolist() == [0, 2]
    assert carto.load(recorder, mode="eval").epochs.tolist() == [0, 1, 2]
    assert carto.load(recorder, "validation").epochs.tolist() == [0, 1, 2]


def test_loops_that_name_their_samples_skip_until_the_epoch_is_ended() -> None:
    recorder = carto.Recorder(every=2)
    for epoch in range(4):
        for rows in torch.randperm(N).split(8):
            recorder.log(logits_of(rows, epoch), GOLD[rows], guid=rows)
        recorder.end_epoch()
    assert recorder.dynamics.epochs.tolist() == [0, 2]


@pytest.mark.parametrize("n_before", [1, 2, 3])
@pytest.mark.parametrize("has_state", [True, False])
def test_a_resumed_run_counts_on(n_before: int, has_state: bool, tmp_path: Path) -> None:
    first = carto.Recorder(tmp_path / "run", every=2)
    train(first, tracked(first), range(n_before))
    state = first.state_dict()
    first.close()
    second = carto.Recorder(tmp_path / "run", every=2, if_exists="resume")
    if has_state:
        second.load_state_dict(state)
    train(second, tracked(second), range(n_before, 5))
    second.close()
    dynamics = carto.load(tmp_path / "run")
    assert dynamics.epochs.tolist() == [0, 2, 4]
    expected = [MARGIN + 100 * epoch for epoch in (0, 2, 4)]
    np.testing.assert_array_equal(dynamics.signals["margin"], expected)


def test_a_state_from_within_a_skipped_epoch_goes_on_there(tmp_path: Path) -> None:
    first = carto.Recorder(tmp_path / "run", every=2)
    train(first, tracked(first), range(1))
    rows, gold = next(iter(tracked(first)))
    first.log(logits_of(rows, 1), gold)
    state = first.state_dict()
    train(first, tracked(first), range(2, 5))  # taken back
    first.close()
    second = carto.Recorder(tmp_path / "run", every=2, if_exists="resume")
    second.load_state_dict(state)
    train(second, tracked(second), range(1, 3))
    second.close()
    dynamics = carto.load(tmp_path / "run")
    assert dynamics.epochs.tolist() == [0, 2]
    np.testing.assert_array_equal(dynamics.signals["margin"], [MARGIN, MARGIN + 200])


def test_a_skipped_epoch_that_was_taken_back_is_not_counted_by_later_sessions(
    tmp_path: Path,
) -> None:
    first = carto.Recorder(tmp_path / "run", every=2)
    state = first.state_dict()  # before the first epoch
    train(first, tracked(first), range(4))
    first.close()
    second = carto.Recorder(tmp_path / "run", every=2, if_exists="resume")
    second.load_state_dict(state)
    train(second, tracked(second), range(1))
    second.close()
    third = carto.Recorder(tmp_path / "run", every=2, if_exists="resume")
    train(third, tracked(third), range(1, 3))
    third.close()
    assert carto.load(tmp_path / "run").epochs.tolist() == [0, 2]


@pytest.mark.parametrize("knob", ["every", "checkpoint_every"])
def test_a_run_keeps_counting_as_it_began(knob: str, tmp_path: Path) -> None:
    two: dict[str, Any] = {knob: 2}
    three: dict[str, Any] = {knob: 3}
    carto.Recorder(tmp_path / "run", **two).close()
    with pytest.raises(ValueError, match=rf"{knob}=2, not 3"):
        carto.Recorder(tmp_path / "run", if_exists="resume", **three)
    with pytest.raises(ValueError, match=rf"{knob}=2, not"):
        carto.Recorder(tmp_path / "run", if_exists="resume")


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2"])
def test_only_whole_numbers_count(value: Any) -> None:
    with pytest.raises(ValueError, match=r"every=.*whole number from 1"):
        carto.Recorder(every=value)
    with pytest.raises(ValueError, match=r"checkpoint_every=.*whole number from 1"):
        carto.Recorder(checkpoint_every=value)
