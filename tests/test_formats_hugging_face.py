"""Hugging Face datasets, with the library itself: what it opens of ours, what we read of its."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import carto_widget as carto

datasets: Any = pytest.importorskip("datasets")
NAN = np.nan


@pytest.fixture(autouse=True)
def _quiet() -> None:
    datasets.disable_progress_bars()


def dynamics() -> carto.TrainingDynamics:
    logits = np.random.default_rng(0).normal(size=(3, 5, 3)).astype(np.float32)
    logits[1, 2] = NAN  # not seen in epoch 3
    logits[:, 4] = NAN  # never seen
    return carto.TrainingDynamics.from_arrays(
        gold=[0, 1, 2, 1, 0], guid=[*"vwxyz"], epochs=[1, 3, 8], label_names=[*"abc"], logits=logits
    )


def assert_same(found: carto.TrainingDynamics, n_samples: int = 4) -> None:
    expected = dynamics()
    assert found.guid.tolist() == [*"vwxyz"][:n_samples]
    assert found.label_names == [*"abc"]
    assert found.epochs.tolist() == [1, 3, 8]
    for name, values in expected.signals.items():
        np.testing.assert_array_equal(found.signals[name], values[:, :n_samples], name)


def test_the_library_opens_what_is_saved(tmp_path: Path) -> None:
    carto.save(dynamics(), tmp_path / "run", "huggingface")
    dataset = datasets.load_from_disk(str(tmp_path / "run"))
    assert dataset.features["gold"].names == [*"abc"]
    assert dataset[2]["epoch"] == [1, 8]
    assert (dataset[4]["guid"], dataset[4]["loss"]) == ("z", [])
    assert np.array(dataset[0]["logits"]).shape == (3, 3)
    assert_same(carto.load(tmp_path / "run"))
    assert_same(carto.load(dataset))


def test_what_the_library_writes_again_is_read(tmp_path: Path) -> None:
    carto.save(dynamics(), tmp_path / "run", "huggingface")
    dataset = datasets.load_from_disk(str(tmp_path / "run"))
    dataset.save_to_disk(str(tmp_path / "again"))
    dataset.to_parquet(str(tmp_path / "x.parquet"))
    dataset.to_json(str(tmp_path / "x.jsonl"))
    assert_same(carto.load(tmp_path / "again"))
    assert_same(carto.load(tmp_path / "x.parquet"))
    table = carto.table(tmp_path / "x.jsonl")
    assert table["confidence"].tolist() == carto.table(dynamics())["confidence"].tolist()[:4]


def test_long_parquet_opens_as_a_dataset(tmp_path: Path) -> None:
    carto.save(dynamics(), tmp_path / "long.parquet")
    opened = datasets.Dataset.from_parquet(
        str(tmp_path / "long.parquet"), cache_dir=str(tmp_path / "cache")
    )
    assert_same_loss(carto.load(opened))


def assert_same_loss(found: carto.TrainingDynamics) -> None:
    np.testing.assert_array_equal(found.signals["loss"], dynamics().signals["loss"][:, :4])


def test_training_dynamics_join_the_columns_of_a_dataset(tmp_path: Path) -> None:
    carto.save(dynamics(), tmp_path / "run", "huggingface")
    mine = datasets.Dataset.from_dict({"text": ["1", "2", "3", "4", "5"]})
    theirs = datasets.load_from_disk(str(tmp_path / "run"))
    joined = datasets.concatenate_datasets([mine, theirs], axis=1)
    assert joined[1]["text"] == "2"
    assert_same(carto.load(joined.filter(lambda row: row["guid"] != "z")))


def test_splits_of_a_dict_are_splits(tmp_path: Path) -> None:
    one = datasets.Dataset.from_dict({"id": [1, 2], "label": [0, 1], "losses": [[1, 2], [3, 4]]})
    both = datasets.DatasetDict({"train": one, "dev": one.select([1])})
    both.save_to_disk(str(tmp_path / "both"))
    for source in (both, tmp_path / "both"):
        assert carto.load(source).signals["loss"].tolist() == [[1, 3], [2, 4]]
        found = carto.load(source, "dev")
        assert (found.split, found.guid.tolist(), found.gold.tolist()) == ("dev", [2], [1])
        with pytest.raises(ValueError, match=r"no training dynamics for split='test'.*'dev'"):
            carto.load(source, "test")


def test_the_name_of_a_split_is_the_one_in_the_dict(tmp_path: Path) -> None:
    carto.save(dynamics(), tmp_path / "run", "huggingface")  # whose note says "train"
    both = datasets.DatasetDict({"dev": datasets.load_from_disk(str(tmp_path / "run"))})
    both.save_to_disk(str(tmp_path / "both"))
    assert carto.load(both, "dev").split == carto.load(tmp_path / "both", "dev").split == "dev"


def test_columns_of_a_tokenised_dataset_are_no_signals() -> None:
    found = carto.load(
        datasets.Dataset.from_dict(
            {
                "text": ["one two", "three"],
                "input_ids": [[5, 6, 7], [8]],
                "label": [1, 0],
                "pred_probs": [[[0.25, 0.75], [0.5, 0.5]], [[1.0, 0.0], [0.75, 0.25]]],
                "seconds": [[1, 2], [3, 4]],
            }
        )
    )
    assert found.guid.tolist() == [0, 1]
    np.testing.assert_allclose(found.signals["gold_probability"], [[0.75, 1], [0.5, 0.75]])
    assert found.signals["seconds"].tolist() == [[1, 3], [2, 4]]
    assert not {"input_ids", "text"} & {*found.signals}


def test_one_epoch_of_logits_needs_no_lists_over_epochs() -> None:
    found = carto.load(datasets.Dataset.from_dict({"label": [1, 0], "logits": [[0.0, 2.0]] * 2}))
    assert found.signals["margin"].tolist() == [[2, -2]]


def test_a_selection_of_rows_is_read_as_selected() -> None:
    one = datasets.Dataset.from_dict({"id": [1, 2, 3], "label": [0, 1, 0], "loss": [[1], [2], [3]]})
    assert carto.load(one.select([2, 0])).guid.tolist() == [3, 1]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"text": ["a"]}, r"no column for guid \(guid, .*; epoch \(.*; gold \(gold, label"),
        ({"label": [0], "loss": [[1, 2]], "margin": [[1]]}, "has other numbers of epochs than"),
        ({"label": [0], "logits": [[[1.0, 2.0], [1.0]]]}, "logits must hold as many numbers"),
        ({"label": [0.5], "loss": [[1.0]]}, "'gold' is double, expected whole numbers"),
        ({"label": [None], "loss": [[1.0]]}, "1 rows without 'gold'"),
    ],
)
def test_columns_that_do_not_fit_are_named(columns: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        carto.load(datasets.Dataset.from_dict(columns))


def test_columns_of_metrics_are_a_table(tmp_path: Path) -> None:
    columns = {"guid": [7, 8], "confidence": [0.5, 0.25], "variability": [0.0, 0.125]}
    datasets.Dataset.from_dict(columns).save_to_disk(str(tmp_path / "metrics"))
    found = carto.read_table(tmp_path / "metrics")
    assert found.index.tolist() == [7, 8]
    assert found["variability"].tolist() == [0, 0.125]


def test_a_stream_is_no_source() -> None:
    stream = datasets.Dataset.from_dict({"label": [0]}).to_iterable_dataset()
    with pytest.raises(TypeError, match="IterableDataset; a dataset in memory is read"):
        carto.load(stream)


def test_files_outside_the_folder_are_not_opened(tmp_path: Path) -> None:
    carto.save(dynamics(), tmp_path / "run", "huggingface")
    state = tmp_path / "run" / "state.json"
    for files in ([{"filename": "../x.arrow"}], [{"filename": "/etc/passwd"}], [], [3], None):
        state.write_text(json.dumps({"_data_files": files}))
        with pytest.raises(
            ValueError, match=r"state\.json names no files|nothing that can be read"
        ):
            carto.load(tmp_path / "run")


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(ValueError, match="not empty"):
        carto.save(dynamics(), tmp_path, "huggingface")
