"""What of a run's files is read: only what a number depends on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import carto_widget as carto
from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part
from carto_widget.store.run.run import RunFolder

MARGINS: list[list[float]] = [[1, -1], [0, 0], [2, 3]]  # of two samples in three epochs
Read = Callable[[str], pd.DataFrame]


@pytest.fixture
def run(tmp_path: Path) -> str:
    return recorded(tmp_path / "run", MARGINS)


def recorded(path: Path, margins: list[list[float]]) -> str:
    n = len(margins[0])
    run = RunFolder.create(path)
    run.add_ids("train", Ids(np.arange(n), np.arange(n)))
    for epoch, margin in enumerate(margins):
        gold, other = np.arange(n) % 2, (np.arange(n) + 1) % 2
        rows = Rows.of_classes(np.arange(n), gold, np.full(n, 0.5), margin, other)
        run.write(Part(epoch=epoch, last=True), rows)
    run.close()
    return run.path


def damage(run: str, epoch: int, name: str) -> None:
    """Zeros where a column of an epoch was."""
    (file,) = Path(run).rglob(f"epoch={epoch:05d}*.parquet")
    group = pq.read_metadata(file).row_group(0)
    columns = [group.column(i) for i in range(group.num_columns)]
    (column,) = (one for one in columns if one.path_in_schema == name)
    start = column.dictionary_page_offset or column.data_page_offset
    content = bytearray(file.read_bytes())
    content[start : start + column.total_compressed_size] = bytes(column.total_compressed_size)
    file.write_bytes(content)


def of_range(run: str) -> pd.DataFrame:
    return carto.metrics_of_range(run, 0, 2, "correctness")


def of_all(run: str) -> pd.DataFrame:
    return carto.table(run, "correctness")


@pytest.mark.parametrize("read", [of_range, of_all])
def test_other_labels_of_an_epoch_without_ties_are_not_read(run: str, read: Read) -> None:
    damage(run, 0, "other_label")
    damage(run, 0, "loss")
    found = read(run)
    assert found.correctness.tolist() == [1, 1 / 3]  # of two equal logits the lower class is first
    assert found.prediction.tolist() == [0, 1]


@pytest.mark.parametrize("read", [of_range, of_all])
@pytest.mark.parametrize("epoch", [1, 2])
def test_other_labels_are_read_for_ties_and_for_the_newest_prediction(
    run: str, read: Read, epoch: int
) -> None:
    damage(run, epoch, "other_label")
    with pytest.raises(ValueError, match=f"epoch=0000{epoch}.*other_label"):
        read(run)


def test_the_newest_prediction_is_of_the_latest_epoch_that_has_one(run: str) -> None:
    resumed = RunFolder.create(run, if_exists="resume")
    later = Rows.of_classes([0, 1], [0, 1], [0.5, np.nan], [-1, np.nan], [1, 0])
    resumed.write(Part(epoch=3, session=1, last=True), later)
    resumed.close()
    assert of_range(run).prediction.tolist() == [1, 1]  # of epochs 3 and 2
    assert carto.table(run, epochs=[1]).prediction.tolist() == [0, 0]
    damage(run, 1, "other_label")
    assert carto.table(run, "confidence").prediction.tolist() == [1, 1]


def test_what_is_known_of_files_is_that_of_their_run(run: str) -> None:
    assert of_range(run).correctness.tolist() == [1, 1 / 3]
    shutil.rmtree(run)
    recorded(Path(run), [[-1, 1, 1]] * 3)  # of the same names
    assert of_range(run).correctness.tolist() == [0, 1]
    next(Path(run).rglob("epoch=00001*.parquet")).unlink()
    parts = carto.parts(run)
    next(Path(run).rglob("epoch=00002*.parquet")).unlink()
    with pytest.raises(FileNotFoundError, match="epoch=00002"):
        carto.metrics_of_range(parts, 0, 3, "correctness")
