"""What the record knows, used while the model still learns: metrics of a batch, epochs that end."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from jupyter_driver import PATIENCE
from torch.utils.data import DataLoader, Subset, TensorDataset

import carto_widget as carto

N, BATCH = 48, 8
GOLD = torch.arange(N) % 3
PAGE = Path(__file__).parents[1] / "docs" / "in_the_loop.md"


def logits_of(number: int) -> torch.Tensor:
    return torch.randn(N, 3, generator=torch.Generator().manual_seed(number))


def tracked(recorder: carto.Recorder, **options: Any) -> DataLoader[Any]:
    data = TensorDataset(torch.arange(N), GOLD)
    return recorder.track(DataLoader(data, BATCH, shuffle=True), **options)


def one_epoch(recorder: carto.Recorder, loader: DataLoader[Any], number: int = 0) -> None:
    for rows, gold in loader:
        recorder.log(logits_of(number)[rows], gold)


@pytest.mark.parametrize("where", [None, "run"])
@pytest.mark.parametrize("name", ["confidence", "correctness", "first_learned", "region"])
def test_a_metric_of_the_batch_is_that_of_the_table(
    tmp_path: Path, where: str | None, name: str
) -> None:
    recorder = carto.Recorder(where and tmp_path / where)
    loader = tracked(recorder)
    for epoch in range(4):
        if epoch:
            column = carto.table(recorder)[name]
            codes = column.cat.codes if name == "region" else column
            expected = codes.astype(float).where(column.notna()).to_numpy()
        for rows, gold in loader:
            found = recorder.metric(name)[recorder.batch]
            assert len(found) == len(rows)
            assert found.dtype == np.float32
            if epoch:
                np.testing.assert_allclose(found, expected[rows], atol=1e-5)
            else:
                assert np.isnan(found).all()
            recorder.log(logits_of(epoch)[rows], gold)


def test_the_confidence_of_two_epochs_by_hand() -> None:
    recorder = carto.Recorder()
    for probability in (0.5, 0.9):
        recorder.log_epoch([[probability, 1 - probability]], [0], guid=["a"])
    np.testing.assert_allclose(recorder.metric("confidence")[["a"]], [0.7], atol=1e-5)


def test_guids_and_masks_stand_for_a_batch() -> None:
    recorder = carto.Recorder()
    loader = tracked(recorder)
    confidence = recorder.metric("confidence")
    assert np.isnan(confidence[np.ones(N, bool)]).all()
    assert np.isnan(confidence[[3, 4]]).all()
    one_epoch(recorder, loader)
    expected = carto.table(recorder)["confidence"].to_numpy()
    for which in ([5, 2], np.array([5, 2]), torch.tensor([5, 2])):
        np.testing.assert_allclose(confidence[which], expected[[5, 2]], atol=1e-5)
    mask = np.arange(N) % 2 == 0
    for which in (mask, torch.from_numpy(mask)):
        np.testing.assert_allclose(confidence[which], expected[mask], atol=1e-5)
    with pytest.raises(ValueError, match=r"unknown guid: 99"):
        confidence[[1, 99]]
    with pytest.raises(ValueError, match=r"a mask of shape \(3,\), expected \(48,\)"):
        confidence[np.ones(3, bool)]


def test_the_batch_of_another_recorder_is_known_by_its_guids() -> None:
    recorder, other = carto.Recorder(), carto.Recorder()
    one_epoch(recorder, tracked(recorder))
    expected = carto.table(recorder)["confidence"].to_numpy()
    half = Subset(TensorDataset(torch.arange(N), GOLD), range(24, N))  # its position 0 is row 24
    for _ in other.track(DataLoader(half, BATCH)):
        found = recorder.metric("confidence")[other.batch]
        break
    np.testing.assert_allclose(found, expected[24:32], atol=1e-5)


def test_samples_that_no_epoch_had_are_missing() -> None:
    recorder = carto.Recorder()
    loader = recorder.track(DataLoader(TensorDataset(torch.arange(N), GOLD), BATCH))
    for step, (rows, gold) in enumerate(loader):
        if step < 2:
            recorder.log(logits_of(0)[rows], gold)
    recorder.end_epoch()
    seen = ~np.isnan(recorder.metric("confidence")[np.ones(N, bool)])
    assert seen.tolist() == [True] * 16 + [False] * 32


def test_samples_that_the_loop_names_as_they_come() -> None:
    recorder = carto.Recorder()
    confidence = recorder.metric("confidence")
    assert np.isnan(confidence[["a"]]).all()
    recorder.log(logits_of(0)[:2], GOLD[:2], guid=["b", "a"])
    recorder.end_epoch()
    recorder.log(logits_of(1)[1:3], GOLD[1:3], guid=["a", "c"])
    recorder.end_epoch()
    table = carto.table(recorder)["confidence"]
    found = confidence[["c", "a", "never"]]
    np.testing.assert_allclose(found[:2], table.loc[["c", "a"]], atol=1e-5)
    assert np.isnan(found[2])


def test_a_batch_of_another_split_is_refused() -> None:
    recorder = carto.Recorder()
    one_epoch(recorder, tracked(recorder))
    validation = tracked(recorder, split="validation")
    for rows, gold in validation:
        with pytest.raises(ValueError, match=r"split='validation'\)"):
            recorder.metric("confidence")[recorder.batch]
        assert np.isnan(recorder.metric("confidence", split="validation")[recorder.batch]).all()
        recorder.log(logits_of(0)[rows], gold)


def test_a_metric_that_is_not_there_is_named() -> None:
    recorder = carto.Recorder()
    with pytest.raises(ValueError, match="did you mean 'confidence'"):
        recorder.metric("confidense")


def test_clean_passes_are_a_series_of_their_own() -> None:
    class Constant(torch.nn.Module):
        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            return torch.tensor([[0.0, 0.0, 0.0]]).repeat(len(rows), 1)

    recorder = carto.Recorder()
    loader = tracked(recorder)
    for number in range(2):
        one_epoch(recorder, loader, number)
        recorder.evaluate(Constant(), loader)
        clean = recorder.metric("confidence", mode="eval")[np.ones(N, bool)]
        np.testing.assert_allclose(clean, np.full(N, 1 / 3), atol=1e-5)


def test_a_run_that_goes_on_knows_its_earlier_epochs(tmp_path: Path) -> None:
    with carto.Recorder(tmp_path / "run") as recorder:
        one_epoch(recorder, tracked(recorder))
    recorder = carto.Recorder(tmp_path / "run", if_exists="resume")
    tracked(recorder)
    assert not np.isnan(recorder.metric("confidence")[np.ones(N, bool)]).any()
    state = {"run": recorder.run.description["run"], "session": 0}
    passes = [{"split": "train", "mode": "online", "next": 0, "chunks": {}}]
    recorder.load_state_dict({**state, "passes": passes})  # a checkpoint before the first epoch
    assert np.isnan(recorder.metric("confidence")[np.ones(N, bool)]).all()
    recorder.close()


def test_a_function_hears_of_each_train_epoch_until_it_is_ended() -> None:
    recorder, heard = carto.Recorder(), []
    end = recorder.on_epoch(lambda who, epoch: heard.append((epoch, len(who.dynamics.epochs))))
    train, validation = tracked(recorder), tracked(recorder, split="validation")
    for number in range(2):
        one_epoch(recorder, train, number)
        one_epoch(recorder, validation, number)
    rows, gold = next(iter(train))
    recorder.log(logits_of(2)[rows], gold)
    assert [epoch for epoch, _ in heard] == [0, 1]
    recorder.end_epoch()
    assert heard == [(0, 1), (1, 2), (2, 3)]
    end()
    one_epoch(recorder, train, 3)
    end()
    assert len(heard) == 3


def test_a_function_may_record_a_clean_pass() -> None:
    model = torch.nn.Sequential(torch.nn.Embedding(N, 3))
    recorder, heard = carto.Recorder(), []
    loader = tracked(recorder)

    def clean(who: carto.Recorder, epoch: int) -> None:
        heard.append(epoch)
        who.evaluate(model, loader)

    recorder.on_epoch(clean)
    for number in range(3):
        one_epoch(recorder, loader, number)
    assert heard == [0, 1, 2]
    assert carto.load(recorder, mode="eval").epochs.tolist() == [0, 1, 2]


@pytest.mark.parametrize("how", ["exhausted", "end_epoch", "log", "close"])
def test_a_function_may_wait_for_another_thread_that_records(how: str) -> None:
    recorder = carto.Recorder(on_error="raise")
    heard: list[Any] = []

    def aside(who: carto.Recorder, epoch: int) -> None:
        heard.append(epoch)
        logits = torch.zeros(2, 3)
        thread = threading.Thread(
            target=lambda: who.log(logits, GOLD[:2], guid=["a", "b"], split="aside", mode="eval"),
            daemon=True,
        )
        thread.start()
        thread.join(PATIENCE)
        heard.append("waits" if thread.is_alive() else "done")

    recorder.on_epoch(aside)
    loader = tracked(recorder)
    for rows, gold in loader:
        recorder.log(logits_of(0)[rows], gold)
        if how != "exhausted":
            break
    if how == "log":
        rows, gold = next(iter(loader))
        recorder.log(logits_of(0)[rows], gold)
    elif how != "exhausted":
        getattr(recorder, how)()
    assert heard == [0, "done"]


def test_clean_passes_are_heard_of_where_there_is_nothing_else() -> None:
    recorder, heard = carto.Recorder(), []
    recorder.on_epoch(lambda _, epoch: heard.append(epoch))
    for _ in range(2):
        recorder.log_epoch([[0.5, 0.5]], [0], guid=["a"])
    assert heard == [0, 1]


def broken(recorder: carto.Recorder, epoch: int) -> None:
    raise OSError("the disk of the dashboard is full")


def test_what_a_function_raises_is_said_once_and_stops_nothing() -> None:
    recorder, heard = carto.Recorder(), []
    recorder.on_epoch(broken)
    recorder.on_epoch(lambda _, epoch: heard.append(epoch))
    loader = tracked(recorder)
    said = r"on_epoch\(broken\) failed, training and recording go on: OSError: .* line \d+\)"
    with pytest.warns(UserWarning, match=said) as warned:
        for number in range(3):
            one_epoch(recorder, loader, number)
    assert (len(warned), heard) == (1, [0, 1, 2])
    assert recorder.dynamics.epochs.tolist() == [0, 1, 2]
    assert "on_epoch(broken) failed" in recorder.identity


def test_what_a_function_raises_is_raised_where_that_is_wanted() -> None:
    recorder = carto.Recorder(on_error="raise")
    recorder.on_epoch(broken)
    with pytest.raises(OSError, match="dashboard"):
        one_epoch(recorder, tracked(recorder))
    assert recorder.dynamics.epochs.tolist() == [0]


def blocks() -> dict[str, str]:
    """Heading -> its code."""
    sections = re.findall(r"^##+ (.*?)$(.*?)(?=^##|\Z)", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    found = {title: re.findall(r"```python\n(.*?)```", text, re.DOTALL) for title, text in sections}
    return {title: code for title, (code, *_) in ((t, c) for t, c in found.items() if c)}


@pytest.fixture(scope="module")
def trained() -> dict[str, Any]:
    """The page's names after its first example."""
    names: dict[str, Any] = {}
    exec(compile(blocks()["Weights by confidence"], PAGE.name, "exec"), names)
    return names


def test_wrong_labels_weigh_less(trained: dict[str, Any]) -> None:
    assert trained["wrong"] < 0.4 < 0.6 < trained["right"]


def test_the_curriculum_leaves_out_what_is_too_hard(trained: dict[str, Any]) -> None:
    names = dict(trained)
    exec(compile(blocks()["A curriculum"], PAGE.name, "exec"), names)
    sizes = names["sampler"].sizes
    assert sizes[0] == 512
    assert sizes[1] < sizes[-1]
    assert carto.table(names["recorder"])["n_observed"].min() < len(sizes)


def test_the_bridge_to_tensorboard_writes(
    trained: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorboard")
    monkeypatch.chdir(tmp_path)
    recorder = carto.Recorder()
    names = {**trained, "recorder": recorder}
    exec(compile(blocks()["TensorBoard"], PAGE.name, "exec"), names)
    one_epoch(recorder, tracked(recorder))
    names["writer"].close()
    (events,) = tmp_path.rglob("events.out.*")
    assert b"confidence" in events.read_bytes()


@pytest.mark.parametrize("name", ["Weights & Biases", "MLflow"])
def test_the_other_bridges_are_python(name: str) -> None:
    compile(blocks()[name], PAGE.name, "exec")
