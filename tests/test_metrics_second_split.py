"""Two runs: which samples of the first split a training on the second forgets, and when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Subset, TensorDataset

import carto_widget as carto
from carto_widget.metrics.second_split import second_split_forgetting, with_second_split

GOLDEN = pd.read_csv(
    Path(__file__).with_name("golden") / "second_split/expected.csv",
    dtype={"first": str, "second": str},
)


def of_masks(masks: list[str], **said: Any) -> carto.TrainingDynamics:
    """Dynamics of two classes: 1 right, 0 wrong, ? not seen; one text a sample."""
    margin = np.array([[{"1": 2.0, "0": -2.0, "?": np.nan}[c] for c in mask] for mask in masks]).T
    loss = np.log1p(np.exp(-margin))
    gold = said.pop("gold", np.zeros(len(masks), int))
    other = np.where(np.isnan(margin), np.nan, 1 - np.asarray(gold))
    return carto.TrainingDynamics.from_arrays(
        gold=gold, loss=loss, margin=margin, other_label=other, **said
    )


def forgotten(*masks: str, epochs: Any = None) -> np.ndarray[Any, Any]:
    second = of_masks(list(masks), epochs=epochs)
    return second_split_forgetting(second.signals["is_correct"], second.epochs)


def test_it_is_the_epoch_after_the_last_one_that_was_right() -> None:
    assert forgotten("1100", "1010", "0000", "0001") == pytest.approx(
        [2, 3, 0, np.nan], nan_ok=True
    )


def test_it_is_an_epochs_number_and_unseen_epochs_say_nothing() -> None:
    found = forgotten("1?0?", "0?1?", "????", "?0?0", epochs=[3, 5, 6, 9])
    assert found == pytest.approx([6, np.nan, np.nan, 5], nan_ok=True)


def test_both_times_are_those_of_the_authors_code() -> None:
    n_epochs = len(GOLDEN["second"][0])
    found = with_second_split(of_masks(list(GOLDEN["first"])), of_masks(list(GOLDEN["second"])))
    time = GOLDEN["forgetting_time"].to_numpy(float) - 1  # theirs counts from 1
    time[time == n_epochs] = np.nan  # and gives a number where it never is forgotten
    np.testing.assert_array_equal(found["second_split_forgetting"], time)
    np.testing.assert_array_equal(found["epochs_to_learn"], GOLDEN["learning_time"] - 1)


def test_rows_are_matched_by_guid() -> None:
    first = of_masks(["01", "11", "00"], guid=["a", "b", "c"], gold=[0, 1, 0])
    second = of_masks(["00", "10", "11", "00"], guid=["c", "a", "b", "more"], gold=[0, 0, 1, 0])
    found = with_second_split(first, second)
    assert found.index.tolist() == ["a", "b", "c"]
    assert found["second_split_forgetting"].tolist() == pytest.approx([1, np.nan, 0], nan_ok=True)
    assert found["never_learned"].tolist() == [False, False, True]
    assert found["prediction"].tolist() == [0, 1, 1]
    assert {"gold", "confidence", "variability", "region"} <= set(found)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (
            {"guid": ["a", "x", "y"]},
            r"split 'train' .* not have 2 of the .* 3 samples, \['b', 'c'\]",
        ),
        ({"guid": [0, 1, 2]}, "does not have 3"),
        ({"gold": [0, 1, 0]}, r"1 samples have another gold label .* \('b': 1, in the first 0\)"),
        ({"label_names": ["no", "yes"]}, r"name their classes \['yes', 'no'\] and \['no', 'yes'\]"),
    ],
)
def test_another_dataset_is_refused(second: dict[str, Any], message: str) -> None:
    same = {"guid": ["a", "b", "c"], "gold": [0, 0, 0], "label_names": ["yes", "no"]}
    first = of_masks(["01", "11", "00"], **same)
    with pytest.raises(ValueError, match=message):
        with_second_split(first, of_masks(["00", "10", "11"], **{**same, **second}))


def test_a_label_that_is_not_known_is_no_other_label() -> None:
    first = of_masks(["11", "11"], gold=[0, 1])
    found = with_second_split(first, of_masks(["10", "11"], gold=[0, -1]))
    assert found["second_split_forgetting"][0] == 1


def test_a_regression_has_no_right_and_wrong() -> None:
    numbers = carto.TrainingDynamics.from_arrays(
        gold=[0.5, 1], error=np.zeros((2, 2)), kind="regression"
    )
    with pytest.raises(ValueError, match=r"the second run \(regression\) has no is_correct"):
        with_second_split(of_masks(["11", "11"]), numbers)


def test_of_one_run_it_is_listed_with_why_not() -> None:
    listed = carto.list_metrics(of_masks(["01"])).loc["second_split_forgetting"]
    assert not listed["has"]
    assert "of two runs: carto_widget.metrics.second_split" in listed["why_not"]
    assert "second_split_forgetting" not in carto.table(of_masks(["01"]), "all")


def test_two_trainings_by_the_book(tmp_path: Path) -> None:
    """Wrong labels of the first half are forgotten while the second is learned."""
    torch.manual_seed(0)
    n = 120
    truth = torch.arange(n) % 2
    x = torch.randn(n, 20) + 1.5 * truth[:, None]
    gold = truth.clone()
    wrong = torch.arange(0, n // 2, 6)
    gold[wrong] = 1 - gold[wrong]
    data = TensorDataset(x, gold)
    halves = Subset(data, range(n // 2)), Subset(data, range(n // 2, n))
    net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 2))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)

    def fit(recorder: carto.Recorder, half: Subset[Any], n_epochs: int) -> None:
        loader = recorder.track(DataLoader(half, batch_size=16, shuffle=True))
        for _ in range(n_epochs):
            for x, gold in loader:
                logits = net(x)
                optimizer.zero_grad()
                cross_entropy(logits, gold).backward()
                optimizer.step()
                recorder.log(logits, gold)
            if half is halves[1]:
                recorder.evaluate(net, halves[0], split="first")

    with carto.Recorder(tmp_path / "first") as recorder:
        fit(recorder, halves[0], 40)
    with carto.Recorder(tmp_path / "second") as recorder:
        fit(recorder, halves[1], 20)
    second = carto.load(tmp_path / "second", split="first", mode="eval")
    found = with_second_split(tmp_path / "first", second)
    is_wrong = np.isin(found.index, wrong)
    assert (found["prediction"] == found["gold"]).all()  # all was learned by heart
    is_forgotten = found["second_split_forgetting"].notna()
    assert is_forgotten[is_wrong].mean() > 0.5 > 0.1 > is_forgotten[~is_wrong].mean()
    view = carto.View("epochs_to_learn", "second_split_forgetting", color="region")
    assert carto.DataMap(found, view=view).view == view
    with pytest.raises(ValueError, match="split 'train' of the second run does not have 60"):
        with_second_split(tmp_path / "first", tmp_path / "second")
