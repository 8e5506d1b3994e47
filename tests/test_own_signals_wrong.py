"""Functions under @signal that are wrong: named, and nothing else is harmed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cli_run import said
from test_own_signals import (
    DATA,
    NAN,
    OF_GOLD,
    Function,
    N,
    gold_logit,
    logits_of,
    named,
    run,
)
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto

WRONG: dict[str, tuple[Function, str]] = {
    "raises": (lambda z, gold: z[:, 7], r"IndexError: index 7 is out of bounds"),
    "wide": (lambda z, gold: z, r"it gave shape \(\d+, 3\), expected \(\d+,\).*values.mean\(1\)"),
    "scalar": (lambda z, gold: z.sum(), r"gave shape \(\).*reduction='none'"),
    "list": (lambda z, gold: z[:, 0].tolist(), r"it gave list, expected a tensor"),
    "complex": (lambda z, gold: z[:, 0] * 1j, r"it gave torch.complex64, expected real"),
}


# ---- wrong ones ----


@pytest.mark.parametrize("wrong", WRONG)
def test_in_the_first_batch_it_raises_by_name_and_nothing_is_recorded(wrong: str) -> None:
    function, why = WRONG[wrong]
    carto.signal(named("bad", function))
    carto.signal(gold_logit)
    recorder = carto.Recorder()
    with pytest.raises(ValueError, match=rf"(?s)'bad' failed on logits \(8, 3\).*{why}.*signals="):
        run(recorder)
    assert recorder.run.parts() == []
    recorder = carto.Recorder(signals=["gold_logit"])
    run(recorder)
    np.testing.assert_array_equal(recorder.dynamics.signals["gold_logit"], [OF_GOLD, OF_GOLD])


@pytest.mark.parametrize("width", [3, 10_000])
@pytest.mark.parametrize("wrong", WRONG)
def test_later_it_is_missing_from_there_on_and_all_else_is_recorded(
    wrong: str, width: int, tmp_path: Path
) -> None:
    """Two of them beside a good one; in the second epoch they fail, in every batch."""
    of_one, why = WRONG[wrong]
    epochs: list[int] = []

    def bad(logits: Tensor, gold: Tensor) -> Any:
        return of_one(logits[:, :3], gold) if epochs == [0, 1] else logits[:, 0]

    carto.signal(named("bad", bad))
    carto.signal(named("worse", bad))
    carto.signal(gold_logit)
    with carto.Recorder(tmp_path / "run") as recorder:
        loader = recorder.track(DataLoader(DATA, batch_size=8, shuffle=True))
        with pytest.warns(UserWarning, match=rf"(?s)'(bad|worse)' failed.*{why}") as warned:
            for epoch in range(3):
                epochs.append(epoch)
                for rows, gold in loader:
                    recorder.log(logits_of(rows, width), gold)
        assert sorted(str(one.message).split("'")[1] for one in warned) == ["bad", "worse"]
        for name in ("bad", "worse"):
            assert recorder.identity.count(f"signal {name!r} failed") == 1
    signals = carto.load(tmp_path / "run").signals
    np.testing.assert_array_equal(signals["bad"], [range(N), [NAN] * N, [NAN] * N])
    np.testing.assert_array_equal(signals["gold_logit"], [OF_GOLD] * 3)
    assert not np.isnan(signals["loss"]).any()
    assert signals["n_seen"].sum() == 3 * N
    code, told, _ = said("check", tmp_path / "run")
    assert code == 0
    assert "signal 'worse' failed" in told


def test_a_head_that_comes_after_the_first_epoch_is_not_stopped_by_it() -> None:
    @carto.signal
    def of_three(logits: Tensor, gold: Tensor) -> Tensor:
        return logits[:, 2]

    recorder = carto.Recorder()
    labels = DATA.tensors[1].clamp(0, 1)
    loader = recorder.track(DataLoader(TensorDataset(torch.arange(N), labels), batch_size=8))
    for rows, gold in loader:
        recorder.log(logits_of(rows), gold)
    with pytest.warns(UserWarning, match=r"'of_three' failed on logits \(8, 2\).*task 'late'"):
        for rows, gold in loader:
            recorder.log(logits_of(rows), gold)
            recorder.log(logits_of(rows, 2), gold, task="late")
    recorder.end_epoch()
    late, main = (carto.load(recorder, task=task).signals for task in ("late", "main"))
    assert np.isnan(late["of_three"]).all()
    assert not np.isnan(late["loss"]).any()
    np.testing.assert_array_equal(main["of_three"], [np.arange(N) + 0.5] * 2)


def test_with_on_error_raise_it_is_raised_and_no_row_is_lost() -> None:
    calls = []

    @carto.signal
    def once(logits: Tensor, gold: Tensor) -> Tensor:
        calls.append(1)
        return logits[:, 0] if len(calls) == 1 else logits

    recorder = carto.Recorder(on_error="raise")
    with pytest.raises(ValueError, match="signal 'once' failed"):
        for rows, gold in recorder.track(DataLoader(DATA, batch_size=8)):
            recorder.log(logits_of(rows), gold)
    recorder.end_epoch()
    signals = recorder.dynamics.signals
    assert (signals["n_seen"] == 1).all()
    np.testing.assert_array_equal(signals["once"][0, :8], range(8))
    assert np.isnan(signals["once"][0, 8:]).all()


def test_one_that_is_nan_throughout_an_epoch_is_named_once() -> None:
    @carto.signal
    def never(logits: Tensor, gold: Tensor) -> Tensor:
        return torch.where(gold > 9, 1.0, torch.nan)

    @carto.signal
    def seldom(logits: Tensor, gold: Tensor) -> Tensor:
        return torch.where(logits[:, 0] == 7, 1.0, torch.nan)

    recorder = carto.Recorder()
    with pytest.warns(UserWarning, match="is NaN for every") as warned:
        run(recorder, epochs=2)
    assert [str(one.message) for one in warned] == [
        "signal 'never' is NaN for every sample of epoch 0 of split 'train'"
    ]
    assert np.isnan(recorder.dynamics.signals["never"]).all()
    assert (recorder.dynamics.signals["seldom"] == 1).sum() == 2
