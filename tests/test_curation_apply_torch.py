"""Edits applied to torch datasets: a wrapper that a training takes as it takes the dataset."""

from __future__ import annotations

import pickle
import random
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset

import carto_widget as carto
from carto_widget.curation.ledger import Ledger

N = 6
NAMES = ["neg", "pos"]
GOLD = [0, 1, 0, 1, 0, 1]
Pair = namedtuple("Pair", "x y")


def ledger_of(path: Path, guid: Any = range(N)) -> Ledger:
    labels = pd.Categorical([NAMES[one] for one in GOLD], NAMES)
    return Ledger(path / "l").of(pd.DataFrame({"label": labels}, index=list(guid)), gold="label")


class Items(Dataset[Any]):
    """Items of whatever shape."""

    def __init__(self, make: Any) -> None:
        self.make = make

    def __len__(self) -> int:
        return N

    def __getitem__(self, row: int) -> Any:
        return self.make(row)


def of_tuples(row: int) -> Any:
    return torch.tensor([float(row)]), GOLD[row]


class Folder(Items):
    """As torchvision's ImageFolder."""

    def __init__(self) -> None:
        super().__init__(of_tuples)
        self.targets = list(GOLD)
        self.classes = list(NAMES)
        self.class_to_idx = {"neg": 0, "pos": 1}
        self.samples = [(f"{row}.png", GOLD[row]) for row in range(N)]
        self.root = "images"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = ledger_of(tmp_path)
    ledger.add_class("mixed")
    ledger.relabel([1], "mixed")
    ledger.relabel([4], "pos")
    ledger.drop([2])
    return ledger


def test_a_wrapper_drops_rows_changes_labels_and_carries_names(ledger: Ledger) -> None:
    given = Folder()
    before = pickle.dumps(given)
    made = ledger.apply(given)
    assert [made[i][1] for i in range(len(made))] == [0, 2, 1, 1, 1]
    assert [made[i][0].item() for i in (0, 2, -1)] == [0, 3, 5]
    assert made.guid.tolist() == [0, 1, 3, 4, 5]
    assert made.rows.tolist() == [0, 1, 3, 4, 5]
    assert made.label_names == made.classes == ["neg", "pos", "mixed"]
    assert made.class_to_idx == {"neg": 0, "pos": 1, "mixed": 2}
    assert made.targets == [0, 2, 1, 1, 1]
    assert made.root == "images"
    assert made.carto["moves"] == {"pos -> mixed": 1, "neg -> pos": 1}
    assert pickle.dumps(given) == before
    sent = pickle.loads(pickle.dumps(made))  # to a worker
    assert [sent[i][1] for i in range(5)] == [0, 2, 1, 1, 1]
    with pytest.raises(IndexError):
        made[5]
    with pytest.raises(AttributeError, match=r"it is \.dataset\.samples, and .rows are the rows"):
        _ = made.samples
    with pytest.raises(AttributeError):
        _ = made.nothing


@pytest.mark.parametrize(
    ("make", "gold", "label"),
    [
        (of_tuples, None, lambda item: item[1]),
        (lambda row: [GOLD[row], row], 0, lambda item: item[0]),
        (lambda row: Pair(row, torch.tensor(GOLD[row])), None, lambda item: item.y.item()),
        (lambda row: {"x": row, "labels": np.int64(GOLD[row])}, None, lambda item: item["labels"]),
        (lambda row: {"x": row, "y": GOLD[row]}, "y", lambda item: item["y"]),
        (lambda row: (row, NAMES[GOLD[row]]), None, lambda item: "npm".index(item[1][0])),
        (lambda row: (row, torch.tensor([GOLD[row]])), None, lambda item: item[1][0].item()),
    ],
)
def test_the_label_is_changed_where_it_is_in_an_item(
    ledger: Ledger, make: Any, gold: Any, label: Any
) -> None:
    made = ledger.apply(Items(make), gold=gold, label_names=NAMES)
    assert [label(made[i]) for i in range(5)] == [0, 2, 1, 1, 1]
    assert all(type(made[i]) is type(make(0)) for i in range(5))
    changed, old = made[1], make(1)
    place = gold if gold is not None else "labels" if isinstance(old, dict) else -1
    assert type(changed[place]) is type(old[place])


def test_a_tensor_dataset_a_subset_of_it_and_a_wrapper_of_a_wrapper(ledger: Ledger) -> None:
    whole = TensorDataset(torch.arange(N), torch.tensor(GOLD))
    made = ledger.apply(whole, label_names=NAMES)
    assert [made[i][1].item() for i in range(5)] == [0, 2, 1, 1, 1]
    part = ledger.apply(Subset(Subset(whole, [5, 4, 2, 1]), [3, 2, 1]), label_names=NAMES)
    assert part.guid.tolist() == [1, 4]
    assert [part[i][1].item() for i in range(2)] == [2, 1]
    later = Ledger(ledger.path.with_name("later")).of(
        pd.DataFrame({"label": [0, 2, 1, 1, 1]}, index=made.guid), gold="label"
    )
    later.drop([3])
    assert later.apply(made).guid.tolist() == [0, 1, 4, 5]
    part = Subset(made, [4, 3, 2])  # whose rows are the samples 5, 4, 3
    assert later.apply(part).guid.tolist() == [5, 4]
    assert whole.tensors[1].tolist() == GOLD


def test_names_are_given_as_a_sequence_or_told_of_a_row(tmp_path: Path) -> None:
    names = [f"s{row}" for row in range(N)]
    ledger = ledger_of(tmp_path, names)
    ledger.drop("s2")
    for guid in (names, lambda row: f"s{row}"):
        assert ledger.apply(Folder(), guid=guid).guid.tolist() == ["s0", "s1", "s3", "s4", "s5"]
    with pytest.raises(ValueError, match=r"has 2 names for 6 samples"):
        ledger.apply(Folder(), guid=names[:2])
    with pytest.raises(TypeError, match="give the names themselves"):
        ledger.apply(Folder(), guid="name")


def test_what_does_not_fit_is_named_and_streams_have_no_rows(ledger: Ledger) -> None:
    class Stream(IterableDataset[Any]):
        def __iter__(self) -> Any:
            return iter([])

    with pytest.raises(ValueError, match=r"label differs .*: 1 is 0, was 'pos'"):
        ledger.apply(Items(lambda row: (row, 0)), label_names=NAMES)
    with pytest.raises(TypeError, match="Stream, whose items have no rows"):
        ledger.apply(Stream())
    with pytest.raises(ValueError, match=r"has the keys \['x'\]: give gold="):
        ledger.apply(Items(lambda row: {"x": row}))
    with pytest.raises(ValueError, match="gold='y' is no part of an item"):
        ledger.apply(Items(lambda row: {"x": row}), gold="y", label_names=NAMES)
    with pytest.raises(ValueError, match="one class a sample"):
        ledger.apply(Items(lambda row: (row, torch.tensor([0, 1]))), label_names=NAMES)


def test_items_that_are_drawn_at_random_leave_the_generators_alone(ledger: Ledger) -> None:
    def drawn(row: int) -> Any:
        return torch.rand(1) + random.random() + np.random.rand(), GOLD[row]

    torch.manual_seed(0), random.seed(0), np.random.seed(0)
    expected = torch.rand(1), random.random(), np.random.rand()
    torch.manual_seed(0), random.seed(0), np.random.seed(0)
    ledger.apply(Items(drawn), label_names=NAMES)
    assert (torch.rand(1), random.random(), np.random.rand()) == expected


def test_targets_are_believed_only_where_an_item_agrees(ledger: Ledger) -> None:
    given = Folder()
    given.targets = [1 - one for one in GOLD]
    assert [ledger.apply(given)[i][1] for i in range(5)] == [0, 2, 1, 1, 1]


@pytest.mark.parametrize("workers", [0, 1])
def test_a_training_with_a_new_class_records_the_right_samples(
    ledger: Ledger, workers: int
) -> None:
    made = ledger.apply(Folder())
    recorder = carto.Recorder(guid=made.guid, label_names=made.label_names)
    loader = recorder.track(DataLoader(made, batch_size=2, shuffle=True, num_workers=workers))
    head = torch.nn.Linear(1, len(made.label_names))
    seen: dict[int, int] = {}
    with recorder:
        for x, gold in loader:
            rows = x.flatten().int().tolist()
            seen |= dict(zip(rows, recorder.batch.guid.tolist(), strict=True))
            recorder.log(head(x), gold)
    assert seen == {row: row for row in (0, 1, 3, 4, 5)}  # an item's x is its row before
    dynamics = recorder.dynamics
    gold = dict(zip(dynamics.guid.tolist(), dynamics.gold.tolist(), strict=True))
    assert gold == {0: 0, 1: 2, 3: 1, 4: 1, 5: 1}


@pytest.mark.parametrize(
    "kind", [bool, np.bool_, torch.tensor, np.array, lambda one: torch.tensor([one])]
)
def test_flags_become_numbers_where_a_third_class_needs_it(ledger: Ledger, kind: Any) -> None:
    before = Folder()
    before.make = lambda row: (torch.zeros(1), kind(bool(GOLD[row])))
    before.targets = np.array(GOLD, bool)  # type: ignore[assignment]
    made = ledger.apply(before)
    assert [int(gold) for _, gold in made] == [0, 2, 1, 1, 1]
    assert made.targets.tolist() == [0, 2, 1, 1, 1]
    batches = [gold.flatten().tolist() for _, gold in DataLoader(made, batch_size=2)]
    assert batches == [[0, 2], [1, 1], [1]]
    assert {gold.dtype for _, gold in DataLoader(made)} == {torch.int64}
    assert before[0][1] == kind(False)


def test_a_class_beyond_what_a_small_number_holds_is_not_another_one(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(256)]
    given = pd.DataFrame({"label": pd.Categorical(["c0", "c1"], names)})
    ledger = Ledger(tmp_path / "l").of(given, gold="label")
    ledger.add_class("c256")
    ledger.relabel(0, "c256")
    before = TensorDataset(torch.zeros(2, 1), torch.tensor([0, 1], dtype=torch.uint8))
    made = ledger.apply(before, label_names=names)
    assert [gold.tolist() for _, gold in DataLoader(made, batch_size=2)] == [[256, 1]]


def test_a_subset_knows_the_names_of_what_it_is_of(ledger: Ledger) -> None:
    made = Ledger(ledger.path).apply(Subset(Subset(Folder(), [4, 2, 1, 0]), [0, 1, 2]))
    assert made.label_names == ["neg", "pos", "mixed"]
    assert [gold for _, gold in made] == [1, 2]
