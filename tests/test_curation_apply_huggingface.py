"""Edits applied to Hugging Face datasets: features follow, the old dataset stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from carto_widget.curation.ledger import Ledger

datasets = pytest.importorskip("datasets")
pytestmark = pytest.mark.frameworks

TEXTS = ["bad", "fine", "awful", "not fine"]
NAMES = ["neg", "pos"]


def dataset(label: Any = None, labels: Any = (0, 1, 0, 1), split: str = "train") -> Any:
    held = {"label": list(labels), "id": [f"{split}-{i}" for i in range(4)], "text": TEXTS}
    features = datasets.Features(
        {
            "label": label or datasets.ClassLabel(names=NAMES),
            "id": datasets.Value("string"),
            "text": datasets.Value("string"),
        }
    )
    return datasets.Dataset.from_dict(held, features=features, split=split)


def samples(split: str = "train") -> pd.DataFrame:
    labels = pd.Categorical(["neg", "pos", "neg", "pos"], NAMES)
    return pd.DataFrame({"text": TEXTS, "label": labels}, [f"{split}-{i}" for i in range(4)])


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path / "l").of(samples(), gold="label")
    ledger.add_class("mixed")
    ledger.relabel("train-3", "mixed")
    ledger.drop("train-0")
    return ledger


def test_class_labels_get_the_new_class_and_rows_are_dropped(ledger: Ledger) -> None:
    given = dataset()
    before, features = given.to_dict(), dict(given.features)
    made = ledger.apply(given, guid="id")
    assert made["label"][:] == [1, 0, 2]
    assert made.features["label"].names == ["neg", "pos", "mixed"]
    assert made.features["label"].int2str(made[2]["label"]) == "mixed"
    assert made.column_names == ["label", "id", "text"]
    assert str(made.split) == "train"
    assert made.carto["moves"] == {"pos -> mixed": 1}
    assert given.to_dict() == before
    assert given.features == features


def test_a_format_stays_and_selected_rows_are_followed(ledger: Ledger) -> None:
    given = dataset().select([3, 2, 1]).with_format("numpy", columns=["label"])
    ledger.undo()
    made = ledger.apply(given, guid="id")
    assert made.format["type"] == "numpy"
    assert made.format["columns"] == ["label"]
    assert made["label"][:].tolist() == [2, 0, 1]
    assert made.with_format(None)["id"][:] == ["train-3", "train-2", "train-1"]


@pytest.mark.parametrize(
    ("kind", "labels", "expected"),
    [
        ("string", ["neg", "pos", "neg", "pos"], ["pos", "neg", "mixed"]),
        ("int8", [0, 1, 0, 1], [1, 0, 2]),
    ],
)
def test_other_columns_of_labels_keep_their_type(
    ledger: Ledger, kind: str, labels: Any, expected: Any
) -> None:
    given = dataset(datasets.Value(kind), labels)
    made = ledger.apply(given, guid="id", label_names=NAMES)
    assert made["label"][:] == expected
    assert made.features["label"].dtype == kind


def test_each_split_gets_its_own_edits_and_all_the_features(ledger: Ledger) -> None:
    Ledger(ledger.path).of(samples("test"), gold="label", split="test").relabel("test-0", "pos")
    both = datasets.DatasetDict(
        {"train": dataset(), "test": dataset(split="test"), "more": dataset(split="more")}
    )
    made = Ledger(ledger.path).apply(both, guid="id")
    assert isinstance(made, datasets.DatasetDict)
    assert {split: one["label"][:] for split, one in made.items()} == {
        "train": [1, 0, 2],
        "test": [1, 1, 0, 1],
        "more": [0, 1, 0, 1],
    }
    assert {tuple(one.features["label"].names) for one in made.values()} == {(*NAMES, "mixed")}
    assert made.carto["test"]["relabelled"] == 1
    assert both["train"]["label"][:] == [0, 1, 0, 1]
    both["test"] = both["test"].select([1])
    with pytest.raises(ValueError, match=r"split test of 1 samples\n- not in the dataset"):
        Ledger(ledger.path).apply(both, guid="id")
    assert list(Ledger(ledger.path).preview(both, guid="id")["split"]) == ["train", "train", "test"]


def test_what_does_not_fit_is_named(ledger: Ledger) -> None:
    changed = dataset().map(lambda row: {"text": row["text"].upper()})
    with pytest.raises(ValueError, match=r"content changed \(2\): 'train-3', 'train-0'"):
        ledger.apply(changed, guid="id")
    with pytest.raises(ValueError, match="guid='name' is no column"):
        ledger.apply(dataset(), guid="name")
    with pytest.raises(ValueError, match="gold='name' is no column"):
        ledger.apply(dataset(), guid="id", gold="name")
    with pytest.raises(ValueError, match="decisions are about 'train', the DatasetDict has 'test'"):
        ledger.apply(datasets.DatasetDict({"test": dataset()}), guid="id")
    Ledger(ledger.path).of(samples("test"), gold="label", split="test").drop("test-0")
    with pytest.raises(ValueError, match="about 'test', 'train', the DatasetDict has 'train'"):
        Ledger(ledger.path).apply(datasets.DatasetDict({"train": dataset()}), guid="id")
    with pytest.raises(TypeError, match="load it without streaming"):
        ledger.apply(dataset().to_iterable_dataset(), guid="id")


def test_rows_are_names_where_there_is_no_column(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l").of(samples().reset_index(drop=True), gold="label")
    ledger.relabel([2], "pos")
    assert ledger.apply(dataset())["label"][:] == [0, 1, 1, 1]


def test_a_split_without_rows_gets_the_new_class_too(ledger: Ledger) -> None:
    both = datasets.DatasetDict(train=dataset(), rest=dataset(split="rest").select([]))
    made = ledger.apply(both, guid="id")
    assert {split: len(one) for split, one in made.items()} == {"train": 3, "rest": 0}
    assert made["rest"].features["label"].names == ["neg", "pos", "mixed"]


def test_labels_that_are_lists_and_names_of_others_are_told(ledger: Ledger) -> None:
    several = dataset(datasets.Sequence(datasets.Value("int64")), [[0], [1], [0], [1]])
    with pytest.raises(ValueError, match="one class a sample, a name or a number"):
        ledger.apply(several, guid="id")
    with pytest.raises(ValueError, match="likely to be another dataset") as caught:
        ledger.apply(dataset(split="other"), guid="id")
    assert "those of the dataset" not in str(caught.value)  # texts, both
