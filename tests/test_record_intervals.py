"""`checkpoint_every=`: intervals of one long epoch, each kept as an epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from knob_loops import DATA, GOLD, MARGIN, N, logits_of, tracked, train
from torch.utils.data import DataLoader

import carto_widget as carto
from carto_widget.store.account.inspection import inspected


@pytest.mark.parametrize("where", ["memory", "folder"])
def test_so_many_steps_count_as_an_epoch(where: str, tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run" if where == "folder" else None, checkpoint_every=3)
    interval = np.full(N, -1)
    for step, (rows, gold) in enumerate(tracked(recorder)):  # ten batches of four
        recorder.log(logits_of(rows), gold)
        interval[rows] = step // 3
    dynamics = carto.load(recorder)
    assert dynamics.epochs.tolist() == [0, 1, 2, 3]
    margin = dynamics.signals["margin"]
    assert (~np.isnan(margin)).sum(1).tolist() == [12, 12, 12, 4]
    assert np.array_equal(np.argmax(~np.isnan(margin), 0), interval)
    np.testing.assert_array_equal(np.nanmax(margin, 0), MARGIN)
    assert "3 steps of training count as an epoch" in recorder.identity
    if where == "folder":
        recorder.close()
        assert inspected(tmp_path / "run").is_sound


def test_what_an_interval_holds_is_read_without_room_for_what_it_does_not() -> None:
    recorder = carto.Recorder(checkpoint_every=3)
    order = torch.randperm(N).tolist()
    loader = recorder.track(DataLoader(DATA, batch_size=4, sampler=order))
    for rows, gold in loader:
        recorder.log(logits_of(rows), gold)
        recorder.log_signal("tenfold", 10.0 * rows)
    dynamics = recorder.dynamics
    assert "interval of 3 steps" in repr(dynamics.signals)
    assert "rows(epoch)" in repr(dynamics.signals)
    for epoch in range(4):
        seen = np.sort(order[12 * epoch : 12 * epoch + 12])
        rows = dynamics.rows(epoch, ["margin", "tenfold", "is_correct"])
        assert list(rows) == ["row", "margin", "tenfold", "is_correct"]
        np.testing.assert_array_equal(rows["row"], seen)
        np.testing.assert_array_equal(rows["margin"], seen + 1)
        np.testing.assert_array_equal(rows["tenfold"], 10 * seen)
        assert rows["is_correct"].tolist() == [1] * len(seen)
    assert set(dynamics.rows(0)) == {"row", *dynamics.signals}
    with pytest.raises(ValueError, match="epoch 4 is not on record"):
        dynamics.rows(4)
    with pytest.raises(KeyError, match="no signal 'nothing'"):
        dynamics.rows(0, ["nothing"])


def test_rows_of_arrays_in_memory_are_those_that_are_there() -> None:
    nan = np.nan
    dynamics = carto.TrainingDynamics.from_arrays(
        gold=[0, 1, 0], epochs=[2, 5], margin=[[1, nan, 2], [nan, nan, 3]], mine=[[nan, 1, nan]] * 2
    )
    rows = dynamics.rows(2)
    assert rows["row"].tolist() == [0, 1, 2]
    np.testing.assert_array_equal(rows["margin"], [1, nan, 2])
    assert dynamics.rows(5, ["margin"]) == {"row": [2], "margin": [3]}


def test_how_often_a_sample_came_is_kept() -> None:
    recorder = carto.Recorder(checkpoint_every=2)
    sampler = [0, 1, 0, 0, 2, 3, 0, 2]  # batches of two: an interval is four items
    for rows, gold in recorder.track(DataLoader(DATA, batch_size=2, sampler=sampler)):
        recorder.log(logits_of(rows), gold)
    n_seen = recorder.dynamics.signals["n_seen"][:, :4]
    np.testing.assert_array_equal(n_seen, [[3, 1, np.nan, np.nan], [1, np.nan, 2, 1]])


@pytest.mark.parametrize("order", ["head first", "signal first"])
def test_all_that_is_logged_of_a_batch_is_in_one_interval(order: str) -> None:
    recorder = carto.Recorder(checkpoint_every=3)
    for step, (rows, gold) in enumerate(tracked(recorder)):
        if order == "signal first" and step % 2:
            recorder.log_signal("tenfold", 10.0 * rows, guid=recorder.batch.guid)
        recorder.log(logits_of(rows), gold, task="a")
        recorder.log(logits_of(rows), gold, task="b")
        if order == "head first" and step % 2:
            recorder.log_signal("tenfold", 10.0 * rows)
    a, b = (carto.load(recorder, task=task).signals for task in "ab")
    assert (~np.isnan(a["margin"])).sum(1).tolist() == [12, 12, 12, 4]
    np.testing.assert_array_equal(a["margin"], b["margin"])
    has_signal = ~np.isnan(a["tenfold"])
    assert has_signal.sum(1).tolist() == [4, 8, 4, 4]
    assert not (has_signal & np.isnan(a["margin"])).any()


def test_an_interval_ends_with_the_pass_at_the_latest() -> None:
    recorder = carto.Recorder(checkpoint_every=6)
    loader = tracked(recorder)
    with torch.no_grad():
        train(recorder, loader, range(1))  # a clean pass is one epoch
    train(recorder, loader, range(2))
    margin = carto.load(recorder, mode="online").signals["margin"]
    assert (~np.isnan(margin)).sum(1).tolist() == [24, 16, 24, 16]
    assert carto.load(recorder, mode="eval").epochs.tolist() == [0]


def test_loops_that_name_their_samples_have_intervals_too() -> None:
    recorder = carto.Recorder(checkpoint_every=2)
    for rows in torch.arange(N).split(8):
        recorder.log(logits_of(rows), GOLD[rows], guid=rows, task="a")
        recorder.log(logits_of(rows), GOLD[rows], guid=rows, task="b")
    recorder.end_epoch()
    for task in "ab":
        margin = carto.load(recorder, task=task).signals["margin"]
        assert (~np.isnan(margin)).sum(1).tolist() == [16, 16, 8]


def test_an_interval_goes_on_where_its_checkpoint_was(tmp_path: Path) -> None:
    batches = torch.randperm(N).split(4)
    first = carto.Recorder(tmp_path / "run", checkpoint_every=4)

    def log(recorder: carto.Recorder, some: Any, shift: int = 0) -> None:
        for rows in some:
            recorder.log(logits_of(rows, shift), GOLD[rows], guid=rows)

    log(first, batches[:6])  # one interval, and two steps of the next
    state = first.state_dict()
    log(first, batches[6:9], shift=1)
    first.close()
    second = carto.Recorder(tmp_path / "run", checkpoint_every=4, if_exists="resume")
    second.load_state_dict(state)
    log(second, batches[6:])
    second.close()
    dynamics = carto.load(tmp_path / "run")
    margin = dynamics.signals["margin"]
    assert (~np.isnan(margin)).sum(1).tolist() == [16, 16, 8]
    np.testing.assert_array_equal(np.nanmax(margin, 0), dynamics.guid + 1)
