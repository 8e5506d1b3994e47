"""What is recorded on request: some epochs, some samples, intervals of steps, watched samples."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset

import carto_widget as carto
from carto_widget.record.identity.choice import share
from carto_widget.store.inspection import inspected
from carto_widget.store.parts import Series

N, C = 40, 3
GOLD = torch.randint(0, C, (N,), generator=torch.Generator().manual_seed(0))
DATA = TensorDataset(torch.arange(N), GOLD)  # item i is (i, label of i)
MARGIN = np.arange(1.0, N + 1)  # of logits_of(row)


def logits_of(rows: Tensor, epoch: int = 0) -> Tensor:
    """Logits whose margin is the row that the data itself carries, and 100 times the epoch."""
    return nn.functional.one_hot(GOLD[rows], C) * (rows + 1.0 + 100 * epoch).unsqueeze(1)


def tracked(recorder: carto.Recorder, **options: Any) -> DataLoader[Any]:
    return recorder.track(DataLoader(DATA, batch_size=4, shuffle=True), **options)


def train(recorder: carto.Recorder, loader: Any, epochs: range, **options: Any) -> None:
    for epoch in epochs:
        for rows, gold in loader:
            recorder.log(logits_of(rows, epoch), gold, **options)


class Stream(IterableDataset[Any]):
    """All items, in descending order."""

    def __iter__(self) -> Any:
        return iter([(torch.tensor(row), GOLD[row]) for row in reversed(range(N))])


# ---- every=: some epochs ----


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


# ---- only=: some samples ----

MASK = np.arange(N) % 3 == 0


@pytest.mark.parametrize(
    "only",
    [
        MASK,
        torch.from_numpy(MASK),
        MASK.tolist(),
        pd.Series(MASK).sample(frac=1, random_state=0),
    ],
    ids=["array", "tensor", "list", "series"],
)
def test_samples_outside_of_a_mask_stay_unseen(only: Any) -> None:
    torch.manual_seed(0)  # neighbouring batches have other labels
    recorder = carto.Recorder()
    train(recorder, tracked(recorder, only=only), range(2))
    dynamics = recorder.dynamics
    assert len(dynamics.guid) == N
    expected = np.where(MASK, [MARGIN, MARGIN + 100], np.nan)
    np.testing.assert_array_equal(dynamics.signals["margin"], expected)
    assert f"has {N} samples, {N - MASK.sum()} of them left out (only)" in recorder.identity
    assert "epochs 0 to 1 are complete with all others" in recorder.identity
    assert f"checked on {MASK.sum()} samples" in recorder.identity


def test_a_fraction_is_fair_and_the_same_for_every_loader_of_the_samples() -> None:
    chosen = [share(np.arange(20_000), fraction) for fraction in (0.1, 0.3, 1.0)]
    assert [abs(one.mean() - f) < 0.01 for one, f in zip(chosen, (0.1, 0.3, 1.0), strict=True)]
    assert (chosen[1] | ~chosen[0]).all()  # the larger share has the smaller
    assert chosen[2].all()
    names = share([f"sample {i}" for i in range(20_000)], 0.3)
    assert abs(names.mean() - 0.3) < 0.01
    assert share(np.arange(20_000)[::-1], 0.3)[::-1].tolist() == chosen[1].tolist()
    blocks = chosen[1].reshape(200, 100).sum(1)  # neighbours are chosen independently
    assert abs(blocks.std() - np.sqrt(100 * 0.3 * 0.7)) < 0.5


@pytest.mark.parametrize(
    "fraction", [np.float32(0.5), np.float64(0.5), np.array(0.5), torch.tensor(0.5), Fraction(1, 2)]
)
def test_a_fraction_may_be_any_number(fraction: Any) -> None:
    recorder = carto.Recorder()
    train(recorder, tracked(recorder, only=fraction), range(1))
    chosen = ~np.isnan(recorder.dynamics.signals["margin"][0])
    np.testing.assert_array_equal(chosen, share(np.arange(N), 0.5))


@pytest.mark.parametrize("only", [np.float32(1.5), np.array(0.0), Fraction(-1, 2)])
def test_a_fraction_out_of_range_is_refused(only: Any) -> None:
    with pytest.raises(ValueError, match="expected a fraction above 0 and up to 1, or a mask"):
        tracked(carto.Recorder(), only=only)


def test_the_choice_does_not_depend_on_the_process() -> None:
    code = """
from carto_widget.record.identity.choice import share
print(share(range(64), 0.5).tolist(), share([f"s{i}" for i in range(64)], 0.5).tolist())
"""
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    here = share(np.arange(64), 0.5), share([f"s{i}" for i in range(64)], 0.5)
    assert told == {f"{here[0].tolist()} {here[1].tolist()}\n"}


def test_a_fraction_draws_from_no_generator_and_holds_for_all_heads() -> None:
    recorder = carto.Recorder()

    def states() -> list[list[int]]:
        return [
            torch.get_rng_state().tolist(),
            list(np.random.get_state(legacy=False)["state"]["key"]),
        ]

    before = states()
    loader = recorder.track(DataLoader(DATA, batch_size=4), only=0.5)
    assert states() == before
    for rows, gold in loader:
        recorder.log(logits_of(rows), gold, task="a")
        recorder.log(logits_of(rows), gold, task="b")
        recorder.log_signal("tenfold", 10.0 * rows)
    chosen = share(np.arange(N), 0.5)
    for task in "ab":
        signals = carto.load(recorder, task=task).signals
        np.testing.assert_array_equal(signals["margin"][0], np.where(chosen, MARGIN, np.nan))
        np.testing.assert_array_equal(
            signals["tenfold"][0], np.where(chosen, 10 * np.arange(N), np.nan)
        )


def test_a_resumed_run_records_the_same_samples(tmp_path: Path) -> None:
    first = carto.Recorder(tmp_path / "run")
    train(first, tracked(first, only=0.4), range(1))
    first.close()
    second = carto.Recorder(tmp_path / "run", if_exists="resume")
    train(second, tracked(second, only=0.4), range(1, 2))
    second.close()
    margin = carto.load(tmp_path / "run").signals["margin"]
    assert np.array_equal(np.isnan(margin[0]), np.isnan(margin[1]))
    assert np.array_equal(~np.isnan(margin[0]), share(np.arange(N), 0.4))
    assert inspected(tmp_path / "run").is_sound


@pytest.mark.parametrize(
    ("before", "after"), [(MASK, ~MASK), (MASK, None), (None, MASK), (0.4, 0.5), (None, 0.4)]
)
def test_a_resumed_run_refuses_another_choice(before: Any, after: Any, tmp_path: Path) -> None:
    first = carto.Recorder(tmp_path / "run")
    train(first, tracked(first, only=before), range(1))
    first.close()
    second = carto.Recorder(tmp_path / "run", if_exists="resume")
    with pytest.raises(ValueError, match="only= chooses other samples of split 'train'"):
        tracked(second, only=after)
    train(second, tracked(second, only=before), range(1, 2))
    second.close()
    seen = ~np.isnan(carto.load(tmp_path / "run").signals["margin"])
    assert np.array_equal(seen[0], seen[1])


def test_a_resumed_stream_refuses_another_fraction(tmp_path: Path) -> None:
    loader = DataLoader(Stream(), batch_size=4)

    def streamed(recorder: carto.Recorder, only: Any) -> Any:
        return recorder.track(loader, guid=lambda item: int(item[0]), only=only)

    first = carto.Recorder(tmp_path / "run")
    train(first, streamed(first, 0.4), range(1))
    first.close()
    second = carto.Recorder(tmp_path / "run", if_exists="resume")
    for other in (0.5, None):
        with pytest.raises(ValueError, match="only= chooses other samples of split 'train'"):
            streamed(second, other)
    train(second, streamed(second, 0.4), range(1, 2))
    second.close()
    assert carto.load(tmp_path / "run").epochs.tolist() == [0, 1]


def test_a_run_that_says_nothing_of_its_choice_takes_any(tmp_path: Path) -> None:
    first = carto.Recorder(tmp_path / "run")
    train(first, tracked(first, only=MASK), range(1))
    first.close()
    described = json.loads((tmp_path / "run" / "run.json").read_text())
    del described["fingerprint"]["train"]["chosen"]
    (tmp_path / "run" / "run.json").write_text(json.dumps(described))
    second = carto.Recorder(tmp_path / "run", if_exists="resume")
    tracked(second, only=0.5)
    second.close()


def test_a_mask_is_over_the_samples_of_the_split() -> None:
    rows = [5, 9, 1, 30]
    recorder = carto.Recorder()
    loader = DataLoader(Subset(DATA, rows), batch_size=2)
    with pytest.raises(ValueError, match=r"shape \(40,\), split 'train' has 4 samples"):
        recorder.track(loader, only=MASK)
    train(recorder, recorder.track(loader, only=[True, False, False, True]), range(1))
    dynamics = recorder.dynamics
    assert dynamics.guid.tolist() == [1, 5, 9, 30]
    np.testing.assert_array_equal(dynamics.signals["margin"][0], [2, np.nan, np.nan, 31])


def test_a_series_is_taken_by_guid() -> None:
    samples = pd.DataFrame({"id": [f"s{i}" for i in range(N)], "language": ["de", "en"] * (N // 2)})
    recorder = carto.Recorder(samples=samples, guid="id")
    loader = DataLoader(DATA, batch_size=4)
    with pytest.raises(ValueError, match=r"without 40 guids.*to_numpy"):
        recorder.track(loader, only=samples["language"] == "de")
    by_guid = samples.set_index("id")["language"] == "de"
    train(recorder, recorder.track(loader, only=by_guid), range(1))
    assert np.isnan(recorder.dynamics.signals["margin"][0]).tolist() == [False, True] * (N // 2)


def test_a_stream_takes_a_fraction() -> None:
    loader = DataLoader(Stream(), batch_size=4)
    with pytest.raises(ValueError, match="give a fraction"):
        carto.Recorder().track(loader, guid=lambda item: int(item[0]), only=MASK)
    recorder = carto.Recorder()
    train(recorder, recorder.track(loader, guid=lambda item: int(item[0]), only=0.4), range(2))
    dynamics = recorder.dynamics
    chosen = share(dynamics.guid, 0.4)
    assert 0 < chosen.sum() < N
    np.testing.assert_array_equal(~np.isnan(dynamics.signals["margin"]), [chosen] * 2)


def test_labels_of_samples_that_are_left_out_are_checked_all_the_same() -> None:
    recorder = carto.Recorder()
    loader = recorder.track(DataLoader(DATA, batch_size=4), only=MASK)
    with pytest.raises(ValueError, match=r"sample 7 .*that came with it in the batch"):
        for rows, gold in loader:
            recorder.log(logits_of(rows), torch.where(rows == 7, (gold + 1) % C, gold))
        recorder.end_epoch()


def test_a_clean_pass_fetches_what_is_recorded_alone() -> None:
    fetched: list[int] = []

    class Watched(Dataset[Any]):
        def __len__(self) -> int:
            return N

        def __getitem__(self, index: int) -> Any:
            fetched.append(index)
            return DATA.tensors[0][index], GOLD[index]

    class Right(nn.Module):
        def forward(self, rows: Tensor) -> Tensor:
            return logits_of(rows)

    recorder = carto.Recorder()
    loader = recorder.track(DataLoader(Watched(), batch_size=4), only=MASK)
    recorder.evaluate(Right(), loader)
    assert fetched == np.flatnonzero(MASK).tolist()
    found = carto.load(recorder, mode="eval").signals["margin"][0]
    np.testing.assert_array_equal(found, np.where(MASK, MARGIN, np.nan))


@pytest.mark.parametrize("only", [0, 1.5, -0.1, np.zeros(N), "half"])
def test_other_choices_are_refused(only: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=r"only="):
        tracked(carto.Recorder(), only=only)


def test_a_split_is_chosen_from_once() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder, only=0.5)
    assert tracked(recorder, only=0.5) is not loader
    with pytest.raises(ValueError, match="other samples"):
        tracked(recorder, only=0.6)
    plain = carto.Recorder()
    train(plain, tracked(plain), range(1))
    with pytest.raises(ValueError, match="other samples"):
        tracked(plain, only=0.5)


# ---- checkpoint_every=: intervals of one long epoch ----


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


def test_knobs_go_together() -> None:
    recorder = carto.Recorder(every=2, checkpoint_every=3)
    interval = np.full(N, -1)
    for step, (rows, gold) in enumerate(tracked(recorder, only=MASK)):
        recorder.log(logits_of(rows), gold)
        interval[rows] = step // 3
    dynamics = recorder.dynamics
    assert dynamics.epochs.tolist() == [0, 2]
    for row, epoch in enumerate((0, 2)):
        expected = np.where(MASK & (interval == epoch), MARGIN, np.nan)
        np.testing.assert_array_equal(dynamics.signals["margin"][row], expected)


# ---- samples that are only watched ----


class Learned(nn.Module):
    """Says with how much weight it has learned: the margin is the row times the weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, rows: Tensor) -> Tensor:
        return logits_of(rows) * self.weight


def test_samples_never_trained_on_have_their_own_map(shown: Any, tmp_path: Path) -> None:
    kept, watched = Subset(DATA, range(30)), Subset(DATA, range(30, N))
    model = Learned()
    recorder = carto.Recorder(tmp_path / "run")
    loader = recorder.track(DataLoader(kept, batch_size=4, shuffle=True))
    for epoch in range(3):
        for rows, gold in loader:
            recorder.log(model(rows), gold)
        with torch.no_grad():
            model.weight.fill_(epoch + 2.0)
        recorder.evaluate(model, watched, split="watch")
    assert recorder.dynamics.guid.tolist() == list(range(30))
    dynamics = carto.load(recorder, "watch")
    assert (dynamics.mode, dynamics.epochs.tolist()) == ("eval", [0, 1, 2])
    assert dynamics.guid.tolist() == list(range(30, N))
    expected = [weight * MARGIN[30:] for weight in (2, 3, 4)]
    np.testing.assert_array_equal(dynamics.signals["margin"], expected)
    run = recorder.run
    footers = [run.footer(part) for part in run.parts(Series("watch", "eval"))]
    assert [footer["train_epoch"] for footer in footers] == ["0", "1", "2"]
    datamap, _ = shown(recorder, split="watch")
    datamap.select(np.arange(10) < 2)
    assert datamap.selection.index.tolist() == [30, 31]


def test_watched_samples_may_have_a_frame_of_their_own(shown: Any) -> None:
    frames = {
        name: pd.DataFrame({"text": [f"{name} {i}" for i in range(n)]})
        for name, n in (("train", N), ("watch", 5))
    }
    recorder = carto.Recorder(samples=frames)
    train(recorder, tracked(recorder), range(1))
    watched = TensorDataset(torch.arange(5), GOLD[:5])
    recorder.evaluate(Learned(), watched, split="watch")
    datamap, _ = shown(recorder, split="watch")
    datamap.select([3])
    assert datamap.selection["text"].tolist() == ["watch 3"]


# ---- several processes ----


def in_two_processes(run: Path, n: int, epochs: int, **knobs: Any) -> carto.TrainingDynamics:
    script = Path(__file__).with_name("ranks_knobs.py")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    command += [str(script), str(run), str(n), str(epochs), json.dumps(knobs)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert inspected(run).is_sound
    return carto.load(run)


@pytest.mark.slow
def test_processes_record_the_same_epochs_and_samples(tmp_path: Path) -> None:
    knobs = {"recorder": {"every": 2}, "track": {"only": 0.4}}
    dynamics = in_two_processes(tmp_path / "run", 103, 3, **knobs)
    assert dynamics.epochs.tolist() == [0, 2]
    chosen, row = share(np.arange(103), 0.4), np.arange(103)
    expected = np.where(chosen, row + 1, np.nan)
    np.testing.assert_array_equal(dynamics.signals["margin"], [expected, expected])
    tenfold = [np.where(chosen, 10 * row + epoch, np.nan) for epoch in (0, 2)]
    np.testing.assert_array_equal(dynamics.signals["tenfold"], tenfold)


@pytest.mark.slow
def test_processes_count_the_same_intervals(tmp_path: Path) -> None:
    knobs: dict[str, Any] = {"recorder": {"checkpoint_every": 3}, "track": {}}
    dynamics = in_two_processes(tmp_path / "run", 64, 1, **knobs)  # four batches of 8 each
    assert dynamics.epochs.tolist() == [0, 1]
    margin = dynamics.signals["margin"]
    assert (~np.isnan(margin)).sum(1).tolist() == [48, 16]
    np.testing.assert_array_equal(np.nanmax(margin, 0), np.arange(64) + 1)
    np.testing.assert_array_equal(np.nanmax(dynamics.signals["tenfold"], 0), 10 * np.arange(64))
