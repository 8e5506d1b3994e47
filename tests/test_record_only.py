"""`only=`: which samples are recorded."""

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
from knob_loops import DATA, GOLD, MARGIN, MASK, C, N, Stream, logits_of, tracked, train
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset

import carto_widget as carto
from carto_widget.record.identity.choice import share
from carto_widget.store.account.inspection import inspected


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
