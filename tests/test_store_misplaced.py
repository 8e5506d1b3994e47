"""Files that a hand has swapped, copied, renamed or taken away: said, and the rest opens."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto
from carto_widget.store.account.inspection import inspected
from carto_widget.store.files.parquet import read_table

N = 12


def recorded(path: Path, epochs: int = 3) -> Path:
    """Epochs of one part each, with logits of three classes, hashes of the samples and them."""
    frame = pd.DataFrame({"text": [f"text {i}" for i in range(N)]})
    gold = torch.arange(N) % 3
    with carto.Recorder(path, samples=frame, store_samples=True) as recorder:
        loader = recorder.track(DataLoader(TensorDataset(torch.arange(N), gold), batch_size=N))
        for epoch in range(epochs):
            for rows, labels in loader:
                recorder.log(torch.eye(3)[rows % 3] * (epoch + 1), labels)
    return path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return recorded(tmp_path / "run")


def parts_of(run: Path) -> list[Path]:
    return sorted((run / "dynamics").rglob("*.parquet"))


def swap(one: Path, other: Path) -> None:
    content = one.read_bytes()
    shutil.copy(other, one)
    other.write_bytes(content)


def renamed(old: str, new: str) -> Callable[[Path], object]:
    """The last part under a name in which something else stands."""
    return lambda run: parts_of(run)[-1].rename(
        parts_of(run)[-1].with_name(parts_of(run)[-1].name.replace(old, new))
    )


HANDS: dict[str, Callable[[Path], object]] = {
    "two epochs are swapped": lambda run: swap(parts_of(run)[0], parts_of(run)[1]),
    "one is another's copy": lambda run: shutil.copy(parts_of(run)[0], parts_of(run)[1]),
    "an epoch has another's number": renamed("epoch=00002", "epoch=00007"),
    "a session took epochs back": renamed("epoch=00002-session=00", "epoch=00000-session=01"),
    "a part is its own second chunk": lambda run: shutil.copy(
        parts_of(run)[0], str(parts_of(run)[0]).replace("chunk=0000", "chunk=0001")
    ),
    "samples lie at an epoch's place": lambda run: shutil.copy(
        run / "samples/split=train/part=00000.parquet", parts_of(run)[0]
    ),
    "ids came twice": lambda run: shutil.copy(
        run / "ids/split=train/part=00000.parquet", run / "ids/split=train/part=00001.parquet"
    ),
}


@pytest.mark.parametrize("hand", HANDS.values(), ids=HANDS.keys())
def test_a_file_at_the_place_of_another_is_named_and_not_read(
    run: Path, hand: Callable[[Path], object]
) -> None:
    hand(run)
    with pytest.raises(ValueError, match=r"it was written as .* and put here by hand"):
        carto.table(carto.load(run), "confidence")
    assert "put here by hand" in " ".join(inspected(run).wrong)
    with pytest.warns(UserWarning, match="put here by hand"):
        carto.table(carto.load(run, on_damage="skip"), "confidence")


def test_a_run_that_is_moved_as_a_whole_is_read(run: Path, tmp_path: Path) -> None:
    moved = shutil.move(run, tmp_path / "a new # place, 100 %")
    assert carto.load(moved).epochs.tolist() == [0, 1, 2]
    assert inspected(moved).wrong == ()


def test_ids_that_were_removed_are_said_and_rows_of_the_dataset_stand_for_them(run: Path) -> None:
    shutil.rmtree(run / "ids")
    with pytest.raises(ValueError, match="the ids of split 'train' are not there"):
        carto.load(run)
    with pytest.warns(UserWarning, match="the ids of split 'train' are not there; samples are "):
        dynamics = carto.load(run, on_damage="skip")
    assert dynamics.guid.tolist() == list(range(N))
    assert not np.isnan(dynamics.signals["loss"]).any()


@pytest.mark.parametrize("epoch", [0, 1])
def test_of_an_epoch_that_is_lost_whole_lists_of_values_are_missing(run: Path, epoch: int) -> None:
    logits = carto.load(run).signals["logits"]
    logits[epoch] = np.nan
    parts_of(run)[epoch].write_bytes(b"")
    with pytest.warns(UserWarning, match="what cannot be read is left out"):
        found = carto.load(run, on_damage="skip").signals["logits"]
    np.testing.assert_array_equal(found, logits)


def test_an_epoch_that_another_run_wrote_is_left_out(run: Path, tmp_path: Path) -> None:
    shutil.copy(parts_of(recorded(tmp_path / "other"))[1], parts_of(run)[1])
    with pytest.warns(UserWarning, match=f"{parts_of(run)[1].name} is damaged: it belongs to an"):
        dynamics = carto.load(run, on_damage="skip")
    assert np.isnan(dynamics.signals["loss"]).all(1).tolist() == [False, True, False]


def test_a_lone_column_that_ends_early_is_damage(run: Path) -> None:
    for folder, column in {"hashes": "hash", "samples": "text"}.items():
        file = run / folder / "split=train" / "part=00000.parquet"
        content = bytearray(file.read_bytes())
        page = pq.read_metadata(file).row_group(0).column(0).data_page_offset
        content[page + 1] ^= 1  # its kind, in its header, which no checksum covers
        file.write_bytes(content)
        with pytest.raises(ValueError, match=rf"is damaged: {column} in row group 0"):
            _ = carto.load(run).samples if folder == "samples" else read_table(file)
