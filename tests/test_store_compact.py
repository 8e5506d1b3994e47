"""compact=True: fewer bytes, the same predictions, probabilities within 8e-6."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import carto_widget as carto
from carto_widget.store.account.inspection import inspected
from carto_widget.store.account.sentences import paragraph
from carto_widget.store.compact import compacted
from carto_widget.store.kinds import signals_of
from carto_widget.store.rows import Rows
from carto_widget.store.run.following import Following
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part
from carto_widget.store.run.run import RunFolder
from carto_widget.store.snapshot import Cursor
from carto_widget.views.live import LiveState
from carto_widget.views.view import View

INF, NAN = np.inf, np.nan
N, C, EPOCHS = 600, 10, 5
GOLD = torch.randint(0, C, (N,), generator=torch.Generator().manual_seed(0))


def logits_of(epoch: int) -> torch.Tensor:
    """A model that learns, with ties, NaN and infinities in some rows of each epoch."""
    drawn = torch.Generator().manual_seed(epoch)
    logits = 2 * torch.randn(N, C, generator=drawn)
    logits += epoch * torch.nn.functional.one_hot(GOLD, C) * torch.rand(N, 1, generator=drawn)
    row = torch.arange(epoch, N, 97)
    logits[row[0::5]] = 0  # all tied
    logits[row[1::5], 0] = NAN
    logits[row[2::5], GOLD[row[2::5]]] = -INF
    logits[row[3::5], GOLD[row[3::5]]] = 60
    logits[row[4::5], GOLD[row[4::5]]] = -60
    return logits


def record(path: Path | None, **settings: Any) -> carto.Recorder:
    samples = pd.DataFrame(index=range(N))
    with carto.Recorder(path, samples=samples, **settings) as recorder:
        for epoch in range(EPOCHS):
            recorder.log(logits_of(epoch), GOLD, guid=np.arange(N), mode="online")
            recorder.end_epoch()
    return recorder


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same training, exact and compact."""
    folder = tmp_path_factory.mktemp("runs")
    record(folder / "exact", logits=False)
    record(folder / "compact", compact=True)
    return folder / "exact", folder / "compact"


def rows_of(loss: Any, margin: Any) -> Rows:
    n = len(loss)
    return Rows.of_classes(np.arange(n), np.ones(n), loss, margin, np.zeros(n))


def test_probabilities_are_multiples_of_a_16_bit_step_and_small_ones_keep_eleven_bits() -> None:
    # 0.7 * 65536 = 45875.2; 0.001 = 1.024 * 2^-10, of which 11 bits are steps of 2^-20
    found = compacted(rows_of(-np.log([0.7, 0.001, 1.0]), [1.0] * 3))["gold_probability"]
    assert found.dtype == np.float32
    assert found.tolist() == [45875 / 65536, round(0.001 * 2**20) / 2**20, 1.0]


def test_nothing_changes_its_kind() -> None:
    loss = [NAN, INF, 0.0, 200.0, 95.0, 1e-30]
    margin = [NAN, -INF, INF, -3.4028235e38, -1e-45, 0.0]
    found = compacted(rows_of(loss, margin))
    assert found["margin"].tolist()[1:] == np.array(margin, np.float32).tolist()[1:]
    probability = found["gold_probability"].tolist()
    assert np.isnan([probability[0], found["margin"][0], found["loss"][0]]).all()
    # Only a gold logit of -inf has an infinite loss; others end where 32-bit floats do.
    assert probability[1:3] == [0, 1]
    assert probability[5] == 1
    assert found["loss"][1] == INF
    assert found["loss"][2] == 0
    assert not np.signbit(found["loss"][2])
    assert found["loss"][3] == pytest.approx(126 * np.log(2))


def test_errors_stay_below_what_is_promised() -> None:
    drawn = np.random.default_rng(0)
    low, high = 10 ** -drawn.uniform(0, 37, 50_000), 1 - 10 ** -drawn.uniform(0, 9, 50_000)
    loss = -np.log(np.r_[drawn.random(50_000), low, high]).astype(np.float32)
    scale = 10.0 ** drawn.integers(-30, 30, len(loss))
    margin = (drawn.normal(size=len(loss)) * scale).astype(np.float32)
    margin[0] = -2.3e-41  # smaller than 32-bit floats that have all their bits
    found = compacted(rows_of(loss, margin))
    exact = np.exp(-loss.astype(np.float64))
    assert np.abs(found["gold_probability"] - exact).max() < 8e-6
    assert np.abs(found["loss"] - loss).max() < 5e-4
    assert np.abs(found["margin"] / margin - 1).max() <= 1 / 512


def test_predictions_are_exactly_those_of_the_exact_run(both: tuple[Path, Path]) -> None:
    exact, compact = (carto.load(path) for path in both)
    for name in ("prediction", "is_correct", "n_seen", "other_label"):
        np.testing.assert_array_equal(exact.signals[name], compact.signals[name])
    assert (exact.gold == compact.gold).all()
    for name in ("loss", "margin", "gold_probability"):
        one, other = exact.signals[name], compact.signals[name]
        np.testing.assert_array_equal(np.isnan(one), np.isnan(other))
        np.testing.assert_array_equal(np.isinf(one), np.isinf(other), err_msg=name)
    assert "logits" not in compact.signals
    assert "other_probability" not in compact.signals


def test_metrics_are_those_of_the_exact_run(both: tuple[Path, Path]) -> None:
    exact, compact = (carto.table(path) for path in both)
    counted = ["correctness", "forgetting_events", "first_learned", "n_observed", "prediction"]
    pd.testing.assert_frame_equal(exact[counted], compact[counted])
    for name in ("confidence", "variability", "threshold_closeness"):
        assert np.nanmax(np.abs(exact[name] - compact[name])) < 8e-6, name
    np.testing.assert_allclose(exact["aum"], compact["aum"], rtol=0.01, atol=0.01)
    np.testing.assert_allclose(exact["loss_mean"], compact["loss_mean"], atol=1e-3)


def test_a_range_of_a_compact_run_says_what_the_table_says(both: tuple[Path, Path]) -> None:
    names = ["confidence", "variability", "correctness", "forgetting_events", "aum"]
    found = carto.metrics_of_range(both[1], 100, 300, names)
    expected = carto.table(both[1], names).loc[found.index, names]
    assert len(found) == 200
    pd.testing.assert_frame_equal(found[names], expected, check_exact=True)


@pytest.mark.parametrize("is_live", [True, False])
def test_a_live_map_shows_what_the_table_says(both: tuple[Path, Path], is_live: bool) -> None:
    listener = record(None, compact=True) if is_live else Following(both[1])
    view = View("variability", "confidence", color="correctness")
    names = signals_of("multiclass", is_compact=True)
    state = LiveState(view, lambda: None, Cursor(), signals=names)
    snapshot = listener.snapshot(Cursor())
    assert state.feed(snapshot)
    frame = state.frame(pd.DataFrame(index=snapshot.guid), live=True)
    table = carto.table(both[1])
    for channel, name in (("x", "variability"), ("y", "confidence")):
        assert np.nanmax(np.abs(frame.columns[channel].values - table[name])) < 8e-6
    np.testing.assert_allclose(frame.columns["color"].values, table["correctness"], rtol=1e-7)


def test_a_file_tells_its_rows_without_us(both: tuple[Path, Path]) -> None:
    rows = pd.read_parquet(both[1] / "dynamics")
    assert list(rows.columns)[:7] == [
        "sample", "epoch", "gold", "gold_probability", "margin", "other_label", "n_seen",
    ]  # fmt: skip
    confidence = rows.groupby("sample")["gold_probability"].mean()
    expected = carto.table(both[1])["confidence"].reindex(confidence.index)
    np.testing.assert_allclose(confidence, expected, atol=1e-6)
    account = inspected(both[1])
    assert account.is_sound
    assert "Probabilities are kept in 16 bits and margins in 9 (compact)." in paragraph(account)


def test_a_row_of_ten_classes_takes_at_most_five_bytes(tmp_path: Path) -> None:
    n, drawn = 131_072, np.random.default_rng(0)
    gold = drawn.integers(0, C, n)
    other = (gold + drawn.integers(1, C, n)) % C
    margin = np.where(drawn.random(n) < 0.8, 3 + 2 * drawn.normal(size=n), drawn.normal(size=n))
    loss = np.log1p(np.exp(-margin) * (1 + drawn.random(n)))
    run = RunFolder.create(tmp_path / "run")
    run.add_ids("train", Ids(np.arange(n), np.arange(n)))
    run.write(Part(), compacted(Rows.of_classes(np.arange(n), gold, loss, margin, other)))
    assert (tmp_path / "run" / Part().path).stat().st_size / n <= 5


@pytest.mark.parametrize("began_compact", [True, False])
def test_a_run_goes_on_as_it_began(tmp_path: Path, began_compact: bool) -> None:
    record(tmp_path / "run", compact=began_compact)
    with pytest.raises(ValueError, match=f"was recorded with compact={began_compact}, not"):
        carto.Recorder(tmp_path / "run", if_exists="resume", compact=not began_compact)


def test_a_checkpoint_of_a_compact_run_goes_on_in_the_middle_of_an_epoch(tmp_path: Path) -> None:
    half = N // 2
    recorder = carto.Recorder(tmp_path / "run", compact=True)
    recorder.log(logits_of(0)[:half], GOLD[:half], guid=np.arange(half), mode="online")
    state = recorder.state_dict()
    recorder.log(-logits_of(0)[half:], GOLD[half:], guid=np.arange(half, N), mode="online")
    recorder.close()
    with carto.Recorder(tmp_path / "run", if_exists="resume", compact=True) as recorder:
        recorder.load_state_dict(state)
        recorder.log(logits_of(0)[half:], GOLD[half:], guid=np.arange(half, N), mode="online")
        recorder.end_epoch()
    record(tmp_path / "whole", compact=True)
    found, whole = (carto.load(tmp_path / name).signals["margin"][0] for name in ("run", "whole"))
    np.testing.assert_array_equal(found, whole)


def test_ranks_of_a_compact_run_are_united(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, both: tuple[Path, Path]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    samples, recorders = pd.DataFrame(index=range(N)), []
    for rank in "01":
        monkeypatch.setenv("RANK", rank)
        recorders.append(carto.Recorder(tmp_path / "run", samples=samples, compact=True))
    for epoch in range(EPOCHS):
        for number, recorder in enumerate(recorders):
            rows = torch.arange(number, N, 2)
            recorder.log(logits_of(epoch)[rows], GOLD[rows], guid=rows, mode="online")
            recorder.end_epoch()
    for recorder in recorders:
        recorder.close()
    expected, found = carto.load(both[1]), carto.load(tmp_path / "run")
    for name in ("gold_probability", "margin", "is_correct"):
        np.testing.assert_array_equal(found.signals[name], expected.signals[name])


def test_a_compact_run_is_saved_like_any_other(both: tuple[Path, Path], tmp_path: Path) -> None:
    carto.save(both[1], tmp_path / "long.parquet")
    again = carto.load(tmp_path / "long.parquet")
    for name in ("gold_probability", "margin", "is_correct"):
        np.testing.assert_array_equal(again.signals[name], carto.load(both[1]).signals[name])


@pytest.mark.parametrize("task", ["regression", {"main": "multiclass", "tags": "multilabel"}])
def test_other_tasks_are_refused_at_the_start(tmp_path: Path, task: Any) -> None:
    with pytest.raises(ValueError, match=r"compact=True with task='(regression|multilabel)'"):
        carto.Recorder(tmp_path / "run", compact=True, task=task)
    assert not (tmp_path / "run").exists()


def test_log_probabilities_of_a_compact_run_are_kept_on_request(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recorder = record(tmp_path / "run", compact=True, logits="float16")
    assert recorder.dynamics.signals["logits"].shape == (EPOCHS, N, C)
    assert not record(None, compact=True).identity.count("kept as float16")
