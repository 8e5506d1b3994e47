"""What a run on disk and one in memory have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.rows import Rows
from carto_widget.store.run.chain import continues_text
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part, Series
from carto_widget.store.run.run import MemoryRun, Run, RunFolder

NAN = np.nan
TRAIN = Series()
Make = Callable[[], Run]


@pytest.fixture(params=["folder", "memory"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    made: Run = RunFolder.create(tmp_path / "run") if request.param == "folder" else MemoryRun()
    return made


def rows(sample: list[int], loss: list[float], n_seen: list[int] | None = None) -> Rows:
    n = len(sample)
    values = np.array(loss, np.float32)
    return Rows.of_classes(
        np.array(sample, np.int64),
        np.array(sample, np.int32) % 2,
        values,
        1 - values,
        np.ones(n, np.int32),
        np.array(n_seen or [1] * n, np.uint32),
    )


def with_ids(run: Run, n: int = 5) -> Run:
    run.add_ids("train", Ids(np.array([f"g{i}" for i in range(n)], object), np.arange(n)))
    return run


def test_an_epoch_is_complete_with_its_last_chunk(run: Run) -> None:
    with_ids(run)
    run.write(Part(epoch=0), rows([0, 2], [0.1, 0.2]))
    assert (run.epochs(TRAIN), run.running_epoch(TRAIN)) == ([], 0)
    run.write(Part(epoch=0, chunk=1, last=True), rows([], []))
    assert (run.epochs(TRAIN), run.running_epoch(TRAIN)) == ([0], None)
    assert run.read(TRAIN, 0).sample.tolist() == [0, 2]


def test_what_was_written_is_read(run: Run) -> None:
    with_ids(run)
    written = rows([0, 1, 3], [0.5, NAN, np.inf], [1, 2, 3])
    run.write(Part(last=True), written)
    found = run.read(TRAIN, 0)
    np.testing.assert_array_equal(found.sample, written.sample)
    np.testing.assert_array_equal(found.n_seen, written.n_seen)
    assert list(found.columns) == ["gold", "loss", "margin", "other_label"]
    for name, values in written.columns.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_logits_keep_their_width_and_precision(run: Run, dtype: type[np.generic]) -> None:
    with_ids(run)
    plain = rows([1, 4], [0.5, 0.7])
    logits = np.array([[-0.5, NAN, -np.inf], [0, -1, -2]], dtype)
    written = Rows(plain.sample, plain.n_seen, {**plain.columns, "logits": logits})
    run.write(Part(), written)
    run.write(Part(chunk=1, last=True), rows([], []))
    found = run.read(TRAIN, 0)["logits"]
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, logits)
    signals = TrainingDynamics.of_run(run, TRAIN).signals
    assert signals["logits"].shape == (1, 5, 3)
    np.testing.assert_array_equal(signals["logits"][0, 1], logits[0].astype(np.float32))
    assert np.isnan(signals["logits"][0, 0]).all()


def test_the_lowest_rank_and_chunk_count_and_presentations_are_added(run: Run) -> None:
    with_ids(run)
    run.write(Part(rank=1, ranks=2, last=True), rows([0, 4], [0.9, 0.4], [1, 1]))
    assert run.epochs(TRAIN) == []
    run.write(Part(rank=0, ranks=2, chunk=1, last=True), rows([0, 1], [0.7, 0.1], [2, 1]))
    run.write(Part(rank=0, ranks=2, chunk=0), rows([1, 2], [NAN, 0.2], [3, 1]))
    found = run.read(TRAIN, 0)
    assert found.sample.tolist() == [0, 1, 2, 4]
    np.testing.assert_array_equal(found["loss"], np.array([0.7, NAN, 0.2, 0.4], np.float32))
    assert found.n_seen.tolist() == [3, 4, 1, 1]
    assert run.epochs(TRAIN) == [0]


def test_series_never_share_rows(run: Run) -> None:
    with_ids(run)
    run.add_ids("dev", Ids(np.arange(10, 12), np.arange(2)))
    run.write(Part(last=True), rows([0], [0.1]))
    run.write(Part(mode="eval", last=True), rows([1], [0.2]))
    run.write(Part("dev", "eval", "b/c", last=True), rows([1], [0.3]))
    dev = Series("dev", "eval", "b/c")
    assert run.series() == [dev, Series("train", "eval"), TRAIN]
    assert run.read(Series("train", "eval"), 0).sample.tolist() == [1]
    assert TrainingDynamics.of_run(run, dev).guid.tolist() == [10, 11]


def test_positions_stand_for_samples_of_a_subset(run: Run) -> None:
    run.add_ids("train", Ids(np.array([70, 90]), np.array([7, 9])))
    run.write(Part(last=True), rows([9], [0.5]))
    assert run.read(TRAIN, 0).sample.tolist() == [1]


def test_a_session_that_continues_an_epoch_reads_the_chunks_before_it(run: Run) -> None:
    with_ids(run)
    run.write(Part(epoch=0, last=True), rows([0], [0.1]))
    for chunk, sample in enumerate([0, 1, 2]):
        run.write(Part(epoch=1, chunk=chunk), rows([sample], [0.1 * (1 + chunk)]))
    continued = {"continues": continues_text(0, 1)}
    run.write(Part(epoch=1, session=1, last=True), rows([1, 3], [0.7, 0.8]), footer=continued)
    found = run.read(TRAIN, 1)
    assert found.sample.tolist() == [0, 1, 3]
    np.testing.assert_array_equal(found["loss"], np.array([0.1, 0.2, 0.8], np.float32))
    assert run.epochs(TRAIN) == [0, 1]


def test_a_session_that_starts_an_epoch_over_leaves_the_old_chunks_unread(run: Run) -> None:
    with_ids(run)
    run.write(Part(epoch=0, chunk=0), rows([0, 1], [0.1, 0.1]))
    run.write(Part(epoch=0, session=1), rows([1], [0.2]))
    assert (run.epochs(TRAIN), run.running_epoch(TRAIN)) == ([], 0)
    run.write(Part(epoch=0, session=1, chunk=1, last=True), rows([2], [0.3]))
    assert run.read(TRAIN, 0).sample.tolist() == [1, 2]


def test_a_session_takes_back_the_later_epochs_of_the_one_before(run: Run) -> None:
    with_ids(run)
    for epoch in range(4):
        run.write(Part(epoch=epoch, last=True), rows([0], [0.1]))
    run.write(Part(epoch=2, session=1), rows([0], [0.5]))
    assert (run.epochs(TRAIN), run.running_epoch(TRAIN)) == ([0, 1], 2)
    run.write(Part(epoch=2, session=1, chunk=1, last=True), rows([], []))
    assert run.epochs(TRAIN) == [0, 1, 2]
    assert run.read(TRAIN, 2)["loss"].tolist() == [0.5]


def test_an_epoch_without_a_row_is_an_epoch(run: Run) -> None:
    with_ids(run, 2)
    run.write(Part(last=True), rows([], []))
    found = TrainingDynamics.of_run(run, TRAIN)
    assert found.signals["loss"].shape == (1, 2)
    assert np.isnan(found.signals["loss"]).all()
    assert found.gold.tolist() == [-1, -1]


def test_parts_that_carry_guids_make_the_ids_as_they_come(run: Run) -> None:
    run.write(Part(epoch=0, last=True), rows([0, 1], [0.1, 0.2]), guid=np.array(["x", "y"], object))
    before = run.ids("train")
    assert before is not None
    assert before.guid.tolist() == ["x", "y"]
    first = TrainingDynamics.of_run(run, TRAIN)
    run.write(Part(epoch=1, last=True), rows([1, 2], [0.3, 0.4]), guid=np.array(["y", "z"], object))
    grown = TrainingDynamics.of_run(run, TRAIN)
    assert grown.guid.tolist() == ["x", "y", "z"]
    np.testing.assert_array_equal(
        grown.signals["loss"], np.array([[0.1, 0.2, NAN], [NAN, 0.3, 0.4]], np.float32)
    )
    assert first.guid.tolist() == ["x", "y"]
    np.testing.assert_array_equal(first.signals["loss"], np.array([[0.1, 0.2]], np.float32))


def test_ids_come_before_the_first_part(run: Run) -> None:
    assert run.ids("train") is None
    with pytest.raises(ValueError, match="split 'train' has no ids yet"):
        run.write(Part(), rows([0], [0.1]))


def test_a_part_never_changes(run: Run) -> None:
    with_ids(run)
    run.write(Part(), rows([0], [0.1]))
    with pytest.raises(ValueError, match="parts never change"):
        run.write(Part(), rows([0], [0.2]))
    assert run.chain(TRAIN, 0) == (Part(),)


def test_a_grown_dataset_leaves_older_epochs_as_they_were(run: Run) -> None:
    with_ids(run, 2)
    run.write(Part(epoch=0, last=True), rows([0, 1], [0.1, 0.2]))
    with_ids(run, 3)
    run.write(Part(epoch=1, last=True), rows([2], [0.3]))
    found = TrainingDynamics.of_run(run, TRAIN)
    assert found.guid.tolist() == ["g0", "g1", "g2"]
    np.testing.assert_array_equal(
        found.signals["loss"], np.array([[0.1, 0.2, NAN], [NAN, NAN, 0.3]], np.float32)
    )
    with pytest.raises(ValueError, match="do not begin with the 3 that the run has"):
        run.add_ids("train", Ids(np.arange(3), np.arange(3)))


def test_ranks_that_disagree_within_a_session_are_refused(run: Run) -> None:
    with_ids(run)
    run.write(Part(ranks=2), rows([0], [0.1]))
    run.write(Part(ranks=3, rank=1), rows([1], [0.1]))
    with pytest.raises(ValueError, match=r"sessions of \[2, 3\] ranks"):
        run.epochs(TRAIN)


def test_a_chunk_that_was_removed_is_missed(run: Run) -> None:
    with_ids(run)
    run.write(Part(chunk=0), rows([0], [0.1]))
    run.write(Part(chunk=2, last=True), rows([0], [0.1]))
    with pytest.raises(ValueError, match="chunk 1 before it is not there"):
        run.epochs(TRAIN)


def test_dynamics_stay_what_they_were_when_the_run_goes_on(run: Run) -> None:
    with_ids(run, 2)
    run.write(Part(epoch=0, last=True), rows([0, 1], [0.1, 0.2]))
    run.write(Part(epoch=1), rows([0], [0.3]))
    sealed = TrainingDynamics.of_run(run, TRAIN)
    live = TrainingDynamics.of_run(run, TRAIN, running=True)
    run.write(Part(epoch=1, chunk=1, last=True), rows([1], [0.4]))
    assert sealed.epochs.tolist() == [0]
    assert live.epochs.tolist() == [0, 1]
    np.testing.assert_array_equal(
        live.signals["loss"], np.array([[0.1, 0.2], [0.3, NAN]], np.float32)
    )
    assert TrainingDynamics.of_run(run, TRAIN, epochs=[1]).signals["loss"].shape == (1, 2)


def test_what_is_not_on_record_is_named(run: Run) -> None:
    with_ids(run)
    run.write(Part(last=True), rows([0], [0.1]))
    with pytest.raises(ValueError, match=r"epoch 3 is not on record; there are \[0\]"):
        TrainingDynamics.of_run(run, TRAIN, epochs=[3])
    with pytest.raises(ValueError, match="nothing is on record of"):
        TrainingDynamics.of_run(run, Series("dev"))
    with pytest.raises(ValueError, match="epoch 1 of"):
        run.read(TRAIN, 1)
