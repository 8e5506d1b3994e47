"""The user's samples beside a run: hashes always, the rows themselves on request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader, Subset, TensorDataset

import carto_widget as carto
from carto_widget.store.account.inspection import inspected
from carto_widget.store.run.following import Following
from carto_widget.store.run.samples import hashes_of
from carto_widget.store.snapshot import Cursor
from carto_widget.widget.opened import source_of

N = 12
GOLD = torch.arange(N) % 3


def frame(**more: Any) -> pd.DataFrame:
    texts = [f"text {i}" for i in range(N)]
    index = pd.Index([f"s{i}" for i in range(N)], name="name")
    return pd.DataFrame({"text": texts, "length": np.arange(N), **more}, index=index)


def record(
    path: Path | None, samples: Any, rows: Any = range(N), **settings: Any
) -> carto.Recorder:
    dataset = Subset(TensorDataset(torch.randn(N, 2), GOLD), list(rows))
    with carto.Recorder(path, samples=samples, **settings) as recorder:
        for _ in range(2):
            for x, gold in recorder.track(DataLoader(dataset, batch_size=4)):
                recorder.log(x @ torch.randn(2, 3), gold, mode="online")
    return recorder


def shown(path: Path, samples: Any = None) -> tuple[pd.DataFrame, str]:
    """The user's columns as the map of a path has them, and what it says."""
    source = source_of(str(path), samples=samples, split="train", mode=None, task=None)
    return source.own.columns, " ".join(source.seen.notes)


def test_by_default_a_run_keeps_a_hash_a_row_and_no_content(tmp_path: Path) -> None:
    record(tmp_path / "run", frame())
    content = b"".join(file.read_bytes() for file in (tmp_path / "run").rglob("*.*"))
    assert b"text 1" not in content
    hashes = pd.read_parquet(tmp_path / "run/hashes/split=train")["hash"]
    assert hashes.dtype == np.dtype(np.uint64)
    assert hashes.nunique() == N
    assert carto.load(tmp_path / "run").samples is None
    assert list(shown(tmp_path / "run")[0].columns) == []


def test_a_hash_is_that_of_the_values_however_they_are_held() -> None:
    # BLAKE2b of 8 bytes over the values as text, 0x1f between them, as docs/record.md says
    from hashlib import blake2b

    columns, found = hashes_of(pd.DataFrame({"a": [1, 2], "b": ["x", None]}), ["a", "b"])
    texts = [b"1\x1fx", b"2\x1f\x00"]
    expected = [int.from_bytes(blake2b(t, digest_size=8).digest(), "little") for t in texts]
    assert (columns, found.tolist()) == (["a", "b"], expected)
    held = {"a": np.array([1.0, 2.0]), "b": pd.Categorical(["x", None])}
    assert hashes_of(pd.DataFrame(held), ["a", "b"])[1].tolist() == expected


def test_columns_of_other_things_are_left_out_of_the_hash() -> None:
    image = np.zeros((2, 2))
    samples = pd.DataFrame({"image": [image, image], "tags": [["a"], []], "text": ["a", "b"]})
    assert hashes_of(samples, list(samples.columns))[0] == ["text"]


def test_stored_samples_are_the_map_s_columns(tmp_path: Path) -> None:
    samples = frame(when=pd.date_range("2020-01-01", periods=N), tags=[["a"]] * N)
    record(tmp_path / "run", samples, store_samples=True)
    pd.testing.assert_frame_equal(carto.load(tmp_path / "run").samples, samples)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "run/samples/split=train"), samples)
    columns, said = shown(tmp_path / "run")
    assert (columns.loc["s3", "text"], said) == ("text 3", "")


def test_of_a_subset_its_own_rows_are_stored(tmp_path: Path) -> None:
    record(tmp_path / "run", frame(), [7, 2, 5], store_samples=True)
    assert carto.load(tmp_path / "run").samples["text"].tolist() == ["text 2", "text 5", "text 7"]
    assert shown(tmp_path / "run", frame())[1] == ""


def test_stored_samples_appear_in_a_map_that_follows(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run", samples=frame(), store_samples=True)
    recorder.log(torch.randn(N, 3), GOLD, guid=list(frame().index), mode="online")
    recorder.state_dict()  # puts a chunk on disk
    seen = Following(tmp_path / "run").snapshot(Cursor())
    assert seen.samples["text"].tolist() == frame()["text"].tolist()
    assert shown(tmp_path / "run")[0].loc["s3", "text"] == "text 3"
    recorder.close()


@pytest.mark.parametrize("order", [range(N), reversed(range(N))])
def test_samples_that_are_as_recorded_join_in_silence(tmp_path: Path, order: Any) -> None:
    record(tmp_path / "run", frame())
    same = frame(length=np.arange(N, dtype=float), more=1).iloc[list(order)]
    columns, said = shown(tmp_path / "run", same)
    assert (columns.loc["s3", "text"], said) == ("text 3", "")


def test_a_guid_column_may_become_the_index(tmp_path: Path) -> None:
    samples = frame().reset_index()
    record(tmp_path / "run", samples, guid="name")
    assert shown(tmp_path / "run", samples.set_index("name"))[1] == ""
    assert shown(tmp_path / "run", samples)[1] == ""


def test_changed_samples_are_said_with_the_first_guids(tmp_path: Path) -> None:
    record(tmp_path / "run", frame())
    other = frame()
    other.loc[["s2", "s4", "s5", "s9"], "text"] = "another"
    columns, said = shown(tmp_path / "run", other)
    assert columns.loc["s4", "text"] == "another"
    assert said == (
        "4 of 12 samples have changed since they were recorded: 's2', 's4', 's5' and 1 more"
    )


def test_samples_that_cannot_be_compared_are_said(tmp_path: Path) -> None:
    record(tmp_path / "run", frame())
    said = shown(tmp_path / "run", frame().drop(columns="length"))[1]
    assert said == "samples have no column 'length': nobody can tell whether they have changed"
    said = shown(tmp_path / "run", frame(text=[["a list"]] * N))[1]
    assert said == "samples: column 'text' holds other things than when it was recorded"


def test_columns_of_one_name_are_left_out_and_the_recording_goes_on(tmp_path: Path) -> None:
    doubled = pd.concat([frame(), frame()[["text"]]], axis=1)
    record(tmp_path / "run", doubled)
    assert carto.load(tmp_path / "run").epochs.tolist() == [0, 1]
    assert shown(tmp_path / "run", doubled)[1] == ""
    changed = doubled.assign(length=0)
    assert "11 of 12 samples have changed" in shown(tmp_path / "run", changed)[1]
    with pytest.raises(ValueError, match=r"'text' of samples .* \(several columns have that name"):
        record(tmp_path / "other", doubled, store_samples=True)


@pytest.mark.parametrize(
    "of",
    [
        lambda samples: samples.assign(name=samples.index),
        lambda samples: samples.assign(tags=[[i] for i in range(N)]),
        lambda samples: samples.set_axis(pd.MultiIndex.from_product([["a"], [1, 2]]), axis=1),
    ],
    ids=["a column is the index too", "lists", "names of two levels"],
)
def test_samples_of_any_shape_are_compared(tmp_path: Path, of: Any) -> None:
    record(tmp_path / "run", of(frame()))
    assert shown(tmp_path / "run", of(frame()))[1] == ""
    said = shown(tmp_path / "run", of(frame(text="new")))[1]
    assert "12 of 12 samples have changed" in said


def test_a_column_that_cannot_be_stored_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"column 'image' of samples holds what Parquet cannot"):
        record(tmp_path / "run", frame(image=[object()] * N), store_samples=True)
    assert not list((tmp_path / "run").rglob("*.parquet"))
    with pytest.raises(ValueError, match="store_samples=True without samples="):
        carto.Recorder(tmp_path / "run", store_samples=True)


def test_a_resumed_run_keeps_what_it_has(tmp_path: Path) -> None:
    record(tmp_path / "run", frame(), store_samples=True)
    record(tmp_path / "run", frame(text="new"), if_exists="resume")
    assert carto.load(tmp_path / "run").samples["text"].iloc[0] == "text 0"
    assert "12 of 12 samples have changed" in shown(tmp_path / "run", frame(text="new"))[1]


def test_a_recording_in_memory_has_its_samples_anyway() -> None:
    recorder = record(None, frame(), store_samples=True)
    source = source_of(recorder, samples=None, split="train", mode=None, task=None)
    assert source.own.columns.loc["s3", "text"] == "text 3"


@pytest.mark.parametrize("folder", ["samples", "hashes"])
def test_damage_is_named_and_the_map_opens(tmp_path: Path, folder: str) -> None:
    record(tmp_path / "run", frame(), store_samples=True)
    (file,) = (tmp_path / "run" / folder).rglob("*.parquet")
    file.write_bytes(file.read_bytes()[:-30])
    assert f"{file} is damaged" in " ".join(inspected(tmp_path / "run").wrong)
    said = shown(tmp_path / "run", frame() if folder == "hashes" else None)[1]
    assert f"{file} is damaged" in said
