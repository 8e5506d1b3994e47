"""Ranges of a run: the rows of the table, whatever the ranks, parts, row groups and ranges."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ranges_run import EPOCHS, N, made, said, write

import carto_widget as carto
from carto_widget.metrics import ranges, written
from carto_widget.metrics.registry import _metrics
from carto_widget.store.files import open_table, parquet
from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part, Series
from carto_widget.store.run.run import RunFolder

SPLITS = [(1, 1), (2, 1), (3, 2), (1, 5)]


@pytest.fixture(autouse=True)
def small_row_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs millions of samples otherwise: many row groups, blocks and tasks."""
    monkeypatch.setattr(parquet, "ROW_GROUP", 16)
    monkeypatch.setattr(ranges, "WIDEST", 32)
    monkeypatch.setattr(ranges, "AT_ONCE", 16 * EPOCHS)
    monkeypatch.setattr(written, "TASK", 32)


@pytest.fixture
def own() -> Iterator[None]:
    """Metrics defined in a test are gone after it."""
    before = dict(_metrics)
    yield
    _metrics.clear()
    _metrics.update(before)


def in_ranges(run: str, width: int, metrics: str | None = "all") -> pd.DataFrame:
    parts = carto.parts(run)
    return pd.concat(
        [
            carto.metrics_of_range(parts, first, min(first + width, N), metrics)
            for first in range(0, N, width)
        ]
    )


def whole(run: str | carto.TrainingDynamics, metrics: str | None = "all") -> pd.DataFrame:
    """The table in memory, without the columns that see all samples at once."""
    table = carto.table(run, metrics)
    listed = carto.list_metrics()
    of_all = set(listed.index[listed.scope == "dataset"]) | {"selfie_uncertainty"}
    return table.drop(columns=[name for name in table if name in of_all])


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.parametrize("width", [1, 7, 16, 64, N])
def test_ranges_of_any_width_make_up_the_table(width: int, tmp_path: Path) -> None:
    run = made(tmp_path / "run", ranks=2, chunks=2)
    found = in_ranges(run, width)
    assert len(found.columns) > 30
    same(found, whole(run))


@pytest.mark.parametrize(("ranks", "chunks"), SPLITS)
def test_the_number_of_ranks_and_chunks_changes_no_bit(
    ranks: int, chunks: int, tmp_path: Path
) -> None:
    alone = whole(made(tmp_path / "alone"))
    same(in_ranges(made(tmp_path / "split", ranks=ranks, chunks=chunks), 13), alone)


def test_of_a_sample_in_several_parts_the_lowest_rank_counts(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.add_ids("train", Ids(np.arange(2), np.arange(2)))
    for rank, loss in enumerate([np.log(2), np.log(4)]):
        rows = Rows.of_classes([0, 1], [0, 0], [loss] * 2, [1, 1], [1, 1])
        run.write(Part(rank=rank, ranks=2, last=True), rows.take(slice(rank, 2)))
    found = carto.metrics_of_range(str(tmp_path / "run"), 1, 2, "confidence")
    assert found.confidence.tolist() == [0.5]  # of rank 0, and 0.25 of rank 1
    assert found.index.tolist() == [1]


def test_a_session_that_went_on_is_followed(tmp_path: Path) -> None:
    run = RunFolder.open(made(tmp_path / "run"))
    resumed = RunFolder.create(run.path, if_exists="resume")
    write(resumed, range(EPOCHS - 1, EPOCHS + 2), ranks=3, chunks=1)  # takes the last epoch back
    resumed.close()
    assert carto.parts(run.path).epochs == tuple(range(EPOCHS + 2))
    same(in_ranges(run.path, 10), whole(run.path))


def test_parts_are_what_was_there_when_they_were_named(tmp_path: Path) -> None:
    path = made(tmp_path / "run")
    parts, before = carto.parts(path), whole(path, "confidence")
    resumed = RunFolder.create(path, if_exists="resume")
    write(resumed, range(EPOCHS, EPOCHS + 1), ranks=1, chunks=1)
    resumed.close()
    same(carto.metrics_of_range(parts, 0, N, "confidence"), before)
    assert not whole(path, "confidence").equals(before)


def test_a_range_that_an_epoch_lacks(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.add_ids("train", Ids(np.arange(N), np.arange(N)))
    for epoch, sample in enumerate([np.arange(50, 60), np.arange(40)]):
        run.write(Part(epoch=epoch, last=True), said(epoch, sample))
    path = str(tmp_path / "run")
    same(in_ranges(path, 20), whole(path))
    assert carto.metrics_of_range(path, 60, N).n_observed.tolist() == [0] * 41


def test_samples_that_are_texts_and_rows_of_a_larger_dataset(tmp_path: Path) -> None:
    guid = np.array([f"review {i}" for i in range(N)], object)
    same(in_ranges(made(tmp_path / "texts", guid=guid), 30), whole(str(tmp_path / "texts")))
    run = RunFolder.create(tmp_path / "subset")
    chosen = np.arange(3, N, 2)
    run.add_ids("train", Ids(chosen * 10, chosen))
    run.write(Part(last=True), said(0, chosen))
    found = carto.metrics_of_range(str(tmp_path / "subset"), 20, 22)
    assert found.index.tolist() == [430, 450]
    same(found, whole(str(tmp_path / "subset"), None)[20:22])


def test_signals_and_metrics_of_ones_own(tmp_path: Path, own: None) -> None:
    path = made(tmp_path / "run")
    run = RunFolder.create(path, if_exists="resume")
    for epoch in range(EPOCHS):
        sample = np.arange(epoch, N, 3)
        n_seen = np.ones(len(sample), np.uint32)
        norm = Rows(sample, n_seen, {"value": np.sqrt(sample).astype(np.float32)})
        run.write(Part(epoch=epoch, session=0, last=True, signal="norm"), norm)
    run.close()

    @carto.metric(scope="sample")
    def highest_norm(norm: np.ndarray) -> np.ndarray:
        return np.asarray(np.fmax.reduce(norm))

    found = in_ranges(path, 9)
    assert found.highest_norm[9] == 3
    same(found, whole(path))


def test_few_files_stay_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = made(tmp_path / "run", ranks=3)
    monkeypatch.setattr(open_table, "MOST_OPEN", 2)
    monkeypatch.setattr(open_table, "MOST_KNOWN", 20)
    same(in_ranges(run, 40), whole(run))


def test_row_groups_of_other_samples_are_not_read(tmp_path: Path) -> None:
    run = made(tmp_path / "run")
    file = min((tmp_path / "run/dynamics").rglob("*.parquet"))
    content = bytearray(file.read_bytes())
    content[200:240] = bytes(40)  # in the first row group
    expected = whole(run, None)
    file.write_bytes(content)
    same(carto.metrics_of_range(run, 60, N), expected[60:])
    with pytest.raises(ValueError, match="damaged"):
        carto.metrics_of_range(run, 0, 10)


def test_a_run_in_an_object_store() -> None:
    run = RunFolder.create("memory://ranges/run")
    run.add_ids("train", Ids(np.arange(N), np.arange(N)))
    write(run, range(2), ranks=2, chunks=1)
    same(in_ranges(run.path, 50, None), whole(carto.TrainingDynamics.of_run(run, Series()), None))


def test_no_rows_are_a_table_of_no_rows(tmp_path: Path) -> None:
    run = made(tmp_path / "run")
    same(carto.metrics_of_range(run, 50, 50), whole(run, None)[50:50])


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ("region", "'region' sees all samples at once"),
        ("selfie_uncertainty", "'selfie_uncertainty' asks how many classes there are"),
        ("confidense", "did you mean 'confidence'"),
        ("label_accuracy", "share_right"),
    ],
)
def test_a_metric_that_no_range_has(metrics: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        carto.metrics_of_range(made(tmp_path / "run"), 0, 5, metrics)


@pytest.mark.parametrize(("first", "last"), [(-1, 5), (5, 4), (0, N + 1)])
def test_rows_that_there_are_not(first: int, last: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"rows {first} to {last}: expected 0 <= .* <= {N}"):
        carto.metrics_of_range(made(tmp_path / "run"), first, last)


def test_samples_without_an_order_have_no_ranges(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    rows = Rows.of_classes([0, 1], [0, 1], [0.5, 0.5], [1, 1], [1, 0])
    run.write(Part(last=True), rows, guid=np.array(["b", "a"], object))
    with pytest.raises(ValueError, match=r"have no order.*carto\.table reads them whole"):
        carto.parts(tmp_path / "run")


def test_a_written_table_is_the_table(tmp_path: Path) -> None:
    run = made(tmp_path / "run", ranks=2)
    carto.write_table(run, tmp_path / "table.parquet")
    found = pd.read_parquet(tmp_path / "table.parquet")
    assert found.region.notna().sum() > 90
    same(found, carto.table(run))
    carto.write_table(carto.parts(run), tmp_path / "table.parquet", ["easy_third", "aum"])
    same(pd.read_parquet(tmp_path / "table.parquet"), carto.table(run, ["easy_third", "aum"]))


def test_what_does_not_follow_from_columns_is_left_out_and_named(tmp_path: Path) -> None:
    run = made(tmp_path / "run")
    with pytest.warns(UserWarning, match="left out: confident_label"):
        carto.write_table(run, tmp_path / "table.parquet", ["aum", "confident_label"])
    same(pd.read_parquet(tmp_path / "table.parquet"), carto.table(run, "aum"))


def test_a_table_that_was_not_written_whole_leaves_the_old_one(tmp_path: Path) -> None:
    run = made(tmp_path / "run")
    carto.write_table(run, tmp_path / "table.parquet", "aum")
    for file in (tmp_path / "run/dynamics").rglob("epoch=00002*.parquet"):
        file.unlink()
    parts = carto.parts(run)
    next((tmp_path / "run/dynamics").rglob("epoch=00001*.parquet")).unlink()
    with pytest.raises(FileNotFoundError, match="epoch=00001"):
        carto.write_table(parts, tmp_path / "table.parquet", "loss_mean")
    assert list(pd.read_parquet(tmp_path / "table.parquet")) == ["gold", "prediction", "aum"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["run", "table.parquet"]
