"""Numbers of the loop's own: kept under their name, for the samples that they belong to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset
from widget_page import Page, until

import carto_widget as carto
from carto_widget.metrics import registry
from carto_widget.store.account.inspection import inspected
from carto_widget.store.snapshot import Cursor

N, C = 40, 3
GOLD = torch.randint(0, C, (N,), generator=torch.Generator().manual_seed(0))
DATA = TensorDataset(torch.arange(N), GOLD)  # item i is (i, label of i)


def logits_of(rows: Tensor) -> Tensor:
    return nn.functional.one_hot(GOLD[rows], C) * (rows + 1.0).unsqueeze(1)


def tracked(recorder: carto.Recorder, **options: Any) -> DataLoader[Any]:
    return recorder.track(DataLoader(DATA, batch_size=7, shuffle=True), **options)


def own(epoch: int) -> np.ndarray:
    """What these loops log: ten times the row, and the epoch."""
    return 10.0 * np.arange(N) + epoch


@pytest.fixture
def no_metric_of_ours() -> Any:
    before = dict(registry._metrics)
    yield
    registry._metrics.clear()
    registry._metrics.update(before)


# ---- whose they are ----


@pytest.mark.parametrize("order", ["after log", "before log", "alone"])
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("where", ["memory", "folder"])
def test_each_sample_has_its_own_numbers(
    order: str, workers: int, where: str, tmp_path: Path
) -> None:
    recorder = carto.Recorder(tmp_path / "run" if where == "folder" else None)
    loader = recorder.track(DataLoader(DATA, batch_size=7, shuffle=True, num_workers=workers))
    for epoch in range(3):
        for rows, gold in loader:
            if order == "after log":
                recorder.log(logits_of(rows), gold)
            recorder.log_signal("tenfold", 10.0 * rows + epoch)
            recorder.log_signal("negative", -rows)
            if order == "before log":
                recorder.log(logits_of(rows), gold)
    dynamics = recorder.dynamics if where == "memory" else carto.load(tmp_path / "run")
    assert dynamics.epochs.tolist() == [0, 1, 2]
    assert {"tenfold", "negative"} <= set(dynamics.signals)
    assert dynamics.signals["tenfold"].dtype == np.float32
    np.testing.assert_array_equal(dynamics.signals["tenfold"], [own(0), own(1), own(2)])
    np.testing.assert_array_equal(dynamics.signals["negative"], np.tile(-np.arange(N), (3, 1)))
    assert ("loss" in dynamics.signals) == (order != "alone")
    assert (dynamics.signals["n_seen"] == 1).all()


def test_what_was_not_logged_is_missing() -> None:
    recorder = carto.Recorder()
    for epoch, named in enumerate([[0, 2], [], [1]]):
        for number, (rows, gold) in enumerate(tracked(recorder)):
            recorder.log(logits_of(rows), gold)
            if number in named:
                recorder.log_signal("tenfold", 10.0 * rows + epoch)
    values = recorder.dynamics.signals["tenfold"]
    assert (~np.isnan(values)).sum(1).tolist() == [14, 0, 7]
    expected = np.where(np.isnan(values), np.nan, [own(0), own(1), own(2)])
    np.testing.assert_array_equal(values, expected)


def test_of_a_sample_twice_in_an_epoch_the_first_number_counts() -> None:
    recorder = carto.Recorder()
    sampler = [3, 4, 3, 5, 4, 3]
    loader = recorder.track(DataLoader(DATA, batch_size=2, sampler=sampler))
    for number, (rows, _) in enumerate(loader):
        recorder.log_signal("batch_number", [number] * len(rows))
    signals = recorder.dynamics.signals
    assert signals["batch_number"][0, [3, 4, 5]].tolist() == [0, 0, 1]
    assert signals["n_seen"][0, [3, 4, 5]].tolist() == [3, 2, 1]


def test_all_heads_have_them() -> None:
    recorder = carto.Recorder()
    for rows, gold in tracked(recorder):
        recorder.log(logits_of(rows), gold, task="a")
        recorder.log_signal("tenfold", 10.0 * rows)
        recorder.log(logits_of(rows), gold, task="b")
    for task in "ab":
        dynamics = carto.load(recorder, task=task)
        np.testing.assert_array_equal(dynamics.signals["tenfold"][0], own(0))
        assert not np.isnan(dynamics.signals["loss"]).any()


def test_modes_and_splits_have_their_own() -> None:
    recorder = carto.Recorder()
    train, validation = tracked(recorder), tracked(recorder, split="validation")
    for rows, gold in train:
        recorder.log(logits_of(rows), gold)
        with torch.no_grad():  # the numbers are those of the training step all the same
            recorder.log_signal("tenfold", 10.0 * rows)
    with torch.no_grad():
        for rows, _ in validation:
            recorder.log_signal("tenfold", 10.0 * rows + 5)
        for rows, gold in train:
            recorder.log(logits_of(rows), gold)
            recorder.log_signal("tenfold", 10.0 * rows + 7)
    np.testing.assert_array_equal(recorder.dynamics.signals["tenfold"], [own(0)])
    of_pass = carto.load(recorder, mode="eval")
    np.testing.assert_array_equal(of_pass.signals["tenfold"], [own(7)])
    validated = carto.load(recorder, "validation")
    assert (validated.mode, validated.epochs.tolist()) == ("eval", [0])
    np.testing.assert_array_equal(validated.signals["tenfold"], [own(5)])


def test_samples_that_the_loop_names() -> None:
    recorder = carto.Recorder()
    for rows in torch.randperm(N).split(9):
        recorder.log(logits_of(rows), GOLD[rows], guid=rows)
        with torch.no_grad():
            recorder.log_signal("tenfold", 10.0 * rows, guid=rows)
    recorder.end_epoch()
    dynamics = recorder.dynamics
    np.testing.assert_array_equal(dynamics.signals["tenfold"][0], 10.0 * dynamics.guid)
    assert dynamics.mode == "online"


def test_a_loop_that_takes_batches_apart_names_its_samples() -> None:
    recorder = carto.Recorder()
    for rows, gold in tracked(recorder):
        guid = recorder.batch.guid
        order = torch.argsort(gold)
        recorder.log(logits_of(rows[order]), gold[order], guid=guid[order])
        with pytest.raises(ValueError, match=r"takes batches apart.*guid="):
            recorder.log_signal("tenfold", 10.0 * rows[order])
        half = order[: len(order) // 2]
        recorder.log_signal("tenfold", 10.0 * rows[half], guid=guid[half])
        recorder.log_signal("nothing", rows[:0], guid=guid[:0])
    recorder.end_epoch()
    values = recorder.dynamics.signals["tenfold"][0]
    assert 0 < np.isnan(values).sum() < N
    np.testing.assert_array_equal(values, np.where(np.isnan(values), np.nan, own(0)))
    assert "nothing" not in recorder.dynamics.signals


def test_items_of_a_stream() -> None:
    class Stream(IterableDataset[Any]):
        def __iter__(self) -> Any:
            return iter([(torch.tensor(row), GOLD[row]) for row in (5, 2, 9, 7)])

    recorder = carto.Recorder()
    for rows, _ in recorder.track(DataLoader(Stream(), batch_size=2), guid=lambda item: item[0]):
        recorder.log_signal("tenfold", 10.0 * rows)
    dynamics = recorder.dynamics
    assert dynamics.guid.tolist() == [5, 2, 9, 7]
    assert dynamics.signals["tenfold"].tolist() == [[50, 20, 90, 70]]


# ---- ambiguous ----


def test_a_loop_that_reads_ahead_is_asked_which_batch_it_means() -> None:
    recorder = carto.Recorder()
    batches = list(tracked(recorder))
    rows, gold = batches[0]
    recorder.log(logits_of(rows), gold)
    with pytest.raises(ValueError, match=r"got 7 numbers.* 7 and 7 and 7 samples.*batch_of"):
        recorder.log_signal("tenfold", 10.0 * rows)
    for rows, gold in batches:
        recorder.log_signal("tenfold", 10.0 * rows, guid=recorder.batch_of(gold).guid)
    recorder.end_epoch()
    np.testing.assert_array_equal(recorder.dynamics.signals["tenfold"][0], own(0))


def test_several_loaders_are_told_apart_by_their_split() -> None:
    recorder = carto.Recorder()
    train, other = tracked(recorder), tracked(recorder, split="other")
    for (a, _), (b, _) in zip(train, other, strict=True):
        with pytest.raises(ValueError, match="split="):
            recorder.log_signal("tenfold", 10.0 * a)
        recorder.log_signal("tenfold", 10.0 * a, split="train")
        recorder.log_signal("tenfold", 10.0 * b + 1, split="other")
    recorder.end_epoch()
    np.testing.assert_array_equal(recorder.dynamics.signals["tenfold"][0], own(0))
    np.testing.assert_array_equal(carto.load(recorder, "other").signals["tenfold"][0], own(1))


def test_numbers_without_a_batch_are_refused() -> None:
    recorder = carto.Recorder()
    with pytest.raises(ValueError, match=r"no batch.*guid="):
        recorder.log_signal("tenfold", [1.0])
    rows, _ = next(iter(tracked(recorder)))
    recorder.log_signal("tenfold", 10.0 * rows)
    with pytest.raises(ValueError, match="came already"):
        recorder.log_signal("tenfold", 10.0 * rows)
    with pytest.raises(ValueError, match="3 guids for 2 rows"):
        recorder.log_signal("tenfold", [1.0, 2.0], guid=[1, 2, 3])


# ---- what they are ----


@pytest.mark.parametrize(
    "made",
    [
        lambda rows: rows.double() * 10,
        lambda rows: (rows * 10).half(),
        lambda rows: rows.numpy() * 10,
        lambda rows: [10 * int(row) for row in rows],
        lambda rows: (rows * 10.0).unsqueeze(1),
        lambda rows: (rows * 10.0).requires_grad_(),
    ],
    ids=["double", "half", "array", "list", "column", "graph"],
)
def test_any_numbers_are_kept_in_single_precision(made: Callable[[Tensor], Any]) -> None:
    recorder = carto.Recorder()
    for rows, _ in tracked(recorder):
        recorder.log_signal("tenfold", made(rows))
    np.testing.assert_array_equal(recorder.dynamics.signals["tenfold"][0], own(0))


def test_nan_is_missing_and_infinity_is_a_number() -> None:
    recorder = carto.Recorder()
    for rows, _ in tracked(recorder):
        special = torch.where(rows == 1, torch.inf, rows.float())
        recorder.log_signal("odd", torch.where(rows == 2, torch.nan, special))
    values = recorder.dynamics.signals["odd"][0]
    np.testing.assert_array_equal(values[:4], [0, np.inf, np.nan, 3])


def test_numbers_that_the_loop_changes_afterwards_are_kept_as_they_were() -> None:
    recorder = carto.Recorder()
    for rows, _ in tracked(recorder):
        values = 10.0 * rows
        recorder.log_signal("tenfold", values)
        values.zero_()
    np.testing.assert_array_equal(recorder.dynamics.signals["tenfold"][0], own(0))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (torch.tensor(0.5), r"shape \(\), expected \(B,\).*reduction='none'"),
        (torch.zeros(7, 4), r"shape \(7, 4\).*flatten\(1\).mean\(1\)"),
        (torch.zeros(6), "6 numbers, .* 7 samples"),
        (torch.zeros(7, dtype=torch.complex64), "real numbers"),
        (["a"] * 7, "got list, expected"),
        (None, r"shape \(\)|NoneType"),
    ],
)
def test_other_values_are_refused(values: Any, message: str) -> None:
    recorder = carto.Recorder()
    next(iter(tracked(recorder)))
    with pytest.raises((ValueError, TypeError), match=message):
        recorder.log_signal("tenfold", values)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("loss", "something that we record"),
        ("gold", "something that we record"),
        ("confidence", "name of a metric"),
        ("mask loss", "such as 'mask_loss'"),
        ("", "such as 'mask_loss'"),
        (3, "type int"),
    ],
)
def test_names_that_are_taken_or_none_are_refused(name: Any, message: str) -> None:
    recorder = carto.Recorder()
    rows, _ = next(iter(tracked(recorder)))
    with pytest.raises((ValueError, TypeError), match=message):
        recorder.log_signal(name, rows)
    with pytest.raises(ValueError, match="does not begin with a plus"):
        recorder.log(logits_of(rows), GOLD[rows], task="+tenfold")


# ---- life of a run ----


def test_a_running_epoch_has_them_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carto_widget.record.epochs.epoch.CHUNK_ROWS", 5)
    monkeypatch.setattr("carto_widget.record.values.steps.MOST_STEPS", 1)
    recorder = carto.Recorder(tmp_path / "run")
    for number, (rows, gold) in enumerate(tracked(recorder)):
        recorder.log(logits_of(rows), gold)
        recorder.log_signal("tenfold", 10.0 * rows)
        if number == 2:
            break
    running = carto.load(tmp_path / "run", running=True)
    values = running.signals["tenfold"][0]
    assert (~np.isnan(values)).sum() == 21
    np.testing.assert_array_equal(values, np.where(np.isnan(values), np.nan, own(0)))
    assert np.array_equal(np.isnan(values), np.isnan(running.signals["loss"][0]))


def test_bare_signals_of_a_running_epoch_are_there_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carto_widget.record.epochs.epoch.CHUNK_ROWS", 1)
    monkeypatch.setattr("carto_widget.record.values.steps.MOST_STEPS", 1)
    recorder = carto.Recorder(tmp_path / "run")
    rows, _ = next(iter(tracked(recorder)))
    recorder.log_signal("tenfold", 10.0 * rows)
    assert carto.load(tmp_path / "run").epochs.tolist() == []
    running = carto.load(tmp_path / "run", running=True)
    assert running.epochs.tolist() == [0]
    assert running.signals["tenfold"][0, rows].tolist() == (10.0 * rows).tolist()


def test_a_run_goes_on_in_the_middle_of_an_epoch(tmp_path: Path) -> None:
    first = carto.Recorder(tmp_path / "run")
    rows_of_pass = torch.randperm(N).split(8)
    for rows in rows_of_pass[:2]:
        first.log(logits_of(rows), GOLD[rows], guid=rows)
        first.log_signal("tenfold", 10.0 * rows, guid=rows)
    state = first.state_dict()
    for rows in rows_of_pass[2:4]:  # an interrupted training went on, with other numbers
        first.log(logits_of(rows), GOLD[rows], guid=rows)
        first.log_signal("tenfold", -1.0 * rows, guid=rows)
    first.close()

    second = carto.Recorder(tmp_path / "run", if_exists="resume")
    second.load_state_dict(state)
    for rows in rows_of_pass[2:]:
        second.log(logits_of(rows), GOLD[rows], guid=rows)
        second.log_signal("tenfold", 10.0 * rows, guid=rows)
    second.close()
    dynamics = carto.load(tmp_path / "run")
    assert dynamics.epochs.tolist() == [0]
    np.testing.assert_array_equal(dynamics.signals["tenfold"][0], 10.0 * dynamics.guid)


@pytest.mark.parametrize("has_labels", [True, False])
def test_what_a_later_session_did_not_log_is_not_taken_from_an_older_one(
    has_labels: bool, tmp_path: Path
) -> None:
    def session(recorder: carto.Recorder, epochs: int, names: list[str], shift: int) -> None:
        for _ in range(epochs):
            for rows, gold in tracked(recorder):
                if has_labels:
                    recorder.log(logits_of(rows), gold)
                for name in names:
                    recorder.log_signal(name, 10.0 * rows + shift)

    first = carto.Recorder(tmp_path / "run")
    session(first, 1, ["kept", "dropped"], 0)
    state = first.state_dict()
    session(first, 2, ["kept", "dropped"], 1)
    first.close()
    second = carto.Recorder(tmp_path / "run", if_exists="resume")
    second.load_state_dict(state)
    session(second, 2, ["kept"], 2)
    second.close()
    signals = carto.load(tmp_path / "run").signals
    np.testing.assert_array_equal(signals["kept"], [own(0), own(2), own(2)])
    np.testing.assert_array_equal(signals["dropped"], [own(0), *[[np.nan] * N] * 2])


def test_nothing_is_taken_while_paused_or_by_a_closed_recorder() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)
    with recorder.paused():
        for rows, _ in loader:
            recorder.log_signal("tenfold", rows)
    assert recorder.epoch is None
    recorder.close()
    with pytest.raises(ValueError, match="closed"):
        recorder.log_signal("tenfold", [1.0], guid=[0])


def test_a_run_with_signals_is_sound_and_said(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    for epoch in range(3):
        for rows, gold in tracked(recorder):
            recorder.log(logits_of(rows), gold)
            if epoch != 1:
                recorder.log_signal("tenfold", rows)
    recorder.close()
    account = inspected(tmp_path / "run")
    assert account.is_sound
    assert "signal 'tenfold': epochs 0 and 2 are complete with every sample" in recorder.identity
    assert f"identity checked on {N} samples" in recorder.identity


def test_signals_alone_are_not_verified_and_say_so() -> None:
    recorder = carto.Recorder()
    for rows, _ in tracked(recorder):
        recorder.log_signal("tenfold", rows)
    assert "identity not verified: there are signals and no labels" in recorder.identity
    seen = recorder.snapshot(Cursor())
    assert seen.badge == "identity not verified: there are signals and no labels"
    assert [len(one.read()) for one in seen.sealed] == [0]  # no rows of gold labels


def test_a_stranger_reads_them_as_one_long_table(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    for epoch in range(2):
        for rows, gold in tracked(recorder):
            recorder.log(logits_of(rows), gold)
            recorder.log_signal("tenfold", 10.0 * rows + epoch)
            recorder.log_signal("negative", -rows)
    recorder.close()
    rows = pd.read_parquet(tmp_path / "run" / "signals")
    assert set(rows) == {"sample", "epoch", "value", "n_seen", "split", "mode", "signal"}
    one = rows[(rows["signal"] == "tenfold") & (rows["epoch"] == 1)].sort_values("sample")
    np.testing.assert_array_equal(one["value"], own(1))
    assert "value" not in pd.read_parquet(tmp_path / "run" / "dynamics")


# ---- what becomes of them ----


def test_metrics_ask_for_them_by_name(no_metric_of_ours: None) -> None:
    @carto.metric(title="mean of mine")
    def mean_tenfold(tenfold: Any, loss: Any) -> Any:
        return np.nanmean(tenfold, 0) + 0 * loss[0]

    recorder = carto.Recorder()
    loader = tracked(recorder)
    for epoch in range(2):
        for rows, gold in loader:
            recorder.log(logits_of(rows), gold)
            recorder.log_signal("tenfold", 10.0 * rows + epoch)
    np.testing.assert_array_equal(carto.table(recorder)["mean_tenfold"], own(0) + 0.5)
    np.testing.assert_array_equal(recorder.metric("mean_tenfold")[[3, 1]], [30.5, 10.5])
    plain = carto.Recorder()
    for rows, gold in tracked(plain):
        plain.log(logits_of(rows), gold)
    assert "mean_tenfold" not in carto.table(plain)
    with pytest.raises(ValueError, match="needs tenfold"):
        carto.table(plain, ["mean_tenfold"])


def last_sent(page: Page, role: str) -> bytes:
    """The values of a column in the last frame that had other ones than the frame before."""
    for header, buffers in reversed(page.messages):
        if header["kind"] == "frame":
            sent = [one["role"] for one in header["columns"] if not one.get("same")]
            if role in sent:
                found: bytes = buffers[sent.index(role)]
                return found
    raise AssertionError(f"no frame had {role}")


@pytest.mark.parametrize("has_labels", [True, False])
def test_a_map_draws_them_when_an_epoch_has_ended(
    has_labels: bool, shown: Callable[..., Any], no_metric_of_ours: None
) -> None:
    @carto.metric(defined_from=0)
    def latest_tenfold(tenfold: Any) -> Any:
        return tenfold[-1]

    @carto.metric(defined_from=0)
    def first_tenfold(tenfold: Any) -> Any:
        return tenfold[0]

    recorder = carto.Recorder()
    loader = tracked(recorder)
    datamap, page = shown(recorder, view=carto.View("first_tenfold", "latest_tenfold", None))
    for epoch in range(2):
        for rows, gold in loader:
            if has_labels:
                recorder.log(logits_of(rows), gold)
            recorder.log_signal("tenfold", 10.0 * rows + epoch)
    until(lambda: "frame" in page.kinds() and page.last("frame")[0]["epoch"] == 1)
    y = np.frombuffer(last_sent(page, "y"), "<u2")
    assert (np.diff(y.astype(int)) > 0).all()
    datamap.select(np.arange(N) < 3)
    assert datamap.selection["latest_tenfold"].tolist() == [1, 11, 21]
    assert page.last("status")[0]["text"].startswith("training")


def test_a_clean_pass_takes_them_from_forward() -> None:
    class Tenfold(nn.Module):
        def forward(self, rows: Tensor) -> Tensor:
            return logits_of(rows)

    def forward(model: nn.Module, batch: Any) -> Any:
        rows, gold = batch
        return model(rows), gold, {"tenfold": 10.0 * rows}

    recorder = carto.Recorder()
    recorder.evaluate(Tenfold(), DATA, forward=forward)
    recorder.evaluate(Tenfold(), DATA, split="bare", forward=lambda _, b: {"tenfold": 10.0 * b[0]})
    dynamics = carto.load(recorder)
    np.testing.assert_array_equal(dynamics.signals["tenfold"], [own(0)])
    np.testing.assert_array_equal(dynamics.signals["margin"][0], np.arange(N) + 1)
    np.testing.assert_array_equal(carto.load(recorder, "bare").signals["tenfold"], [own(0)])
    with pytest.raises(ValueError, match="1 rows for a batch of 40"):
        carto.Recorder().evaluate(Tenfold(), DATA, forward=lambda _, batch: {"tenfold": [1.0]})


def test_segmentation_is_a_signal_for_each_image() -> None:
    images, masks = torch.randn(12, 3, 4, 4), torch.randint(0, 2, (12, 4, 4))
    recorder = carto.Recorder()
    loader = recorder.track(DataLoader(TensorDataset(images, masks), batch_size=5, shuffle=True))
    model = nn.Conv2d(3, 2, 1)
    for image, mask in loader:
        logits = model(image)
        with pytest.raises(ValueError, match="log_signal"):
            recorder.log(logits, mask)
        loss = nn.functional.cross_entropy(logits, mask, reduction="none")
        recorder.log_signal("mask_loss", loss.flatten(1).mean(1))
    recorder.end_epoch()
    with torch.no_grad():
        expected = nn.functional.cross_entropy(model(images), masks, reduction="none")
    found = recorder.dynamics.signals["mask_loss"][0]
    np.testing.assert_allclose(found, expected.flatten(1).mean(1), atol=1e-6)


# ---- loops that skip, mix and reuse ----


@pytest.mark.parametrize("skipped", ["first", "middle"])
def test_a_batch_that_the_loop_skipped_is_not_meant(skipped: str) -> None:
    recorder = carto.Recorder(on_error="raise")
    loader = recorder.track(DataLoader(DATA, batch_size=8))
    for _ in range(2):
        for step, (rows, gold) in enumerate(loader):
            if step == (0 if skipped == "first" else 2):
                continue
            recorder.log(logits_of(rows), gold)
            recorder.log_signal("row", rows.float())
        recorder.end_epoch()
    values = recorder.dynamics.signals["row"]
    seen = ~np.isnan(values)
    assert seen.sum(1).tolist() == [32, 32]
    np.testing.assert_array_equal(values[seen], np.broadcast_to(np.arange(N), values.shape)[seen])


def test_numbers_of_another_length_than_the_batch_just_logged_are_refused() -> None:
    sizes = iter([range(10), range(10, 15), range(15, 25)])
    recorder = carto.Recorder()
    loader = recorder.track(DataLoader(DATA, batch_sampler=[list(one) for one in sizes]))
    for step, (rows, gold) in enumerate(loader):
        if step == 1:
            continue
        recorder.log(logits_of(rows), gold)
        if step == 2:
            with pytest.raises(ValueError, match=r"got 5 numbers.*10 samples"):
                recorder.log_signal("row", rows[:5].float())


def test_loaders_that_are_zipped_each_have_a_batch_just_logged() -> None:
    recorder = carto.Recorder(on_error="raise")
    a, b = tracked(recorder), tracked(recorder, split="other")
    for (rows, gold), (others, labels) in zip(a, b, strict=True):
        recorder.log(logits_of(rows), gold, split="train")
        recorder.log(logits_of(others), labels, split="other")
        recorder.log_signal("row", rows.float(), split="train")
        recorder.log_signal("row", others.float(), split="other")
    recorder.end_epoch()
    for split in ("train", "other"):
        found = carto.load(recorder, split).signals["row"][0]
        np.testing.assert_array_equal(found, np.arange(N))


def test_numbers_are_kept_when_their_memory_is_used_again() -> None:
    many = torch.arange(70_000.0)  # 280 kB
    recorder = carto.Recorder()
    recorder.log_signal("row", many, guid=torch.arange(70_000), mode="online")
    many.zero_()
    recorder.end_epoch()
    np.testing.assert_array_equal(recorder.dynamics.signals["row"][0], np.arange(70_000))
