"""What needs features: the last layer's gradient, held to autograd and to the reference code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto
from carto_widget.store.account.inspection import inspected

N, C, BATCH = 30, 3, 8
RATES = (0.5, 0.1, 0.02)  # of the epochs
GOLDEN = Path(__file__).parent / "golden/grand"
METRICS = ["grand_last_layer", "tracin_last_layer"]


class Net(nn.Module):
    """Two layers; what the last one is given can be had."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.out = nn.Linear(4, 6), nn.Linear(6, C)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        h: torch.Tensor = self.body(x)
        return h.relu()


def dataset() -> TensorDataset:
    torch.manual_seed(0)
    return TensorDataset(torch.randn(N, 4), torch.arange(N) % C)


def gradient_norms(net: Net, x: torch.Tensor, gold: torch.Tensor) -> np.ndarray[Any, Any]:
    """(B,) by autograd, sample by sample, of the last layer's weights and bias."""
    norms = []
    for one, label in zip(x, gold, strict=True):
        loss = cross_entropy(net.out(net.features(one[None]).detach()), label[None])
        parts = torch.autograd.grad(loss, [net.out.weight, net.out.bias])
        norms.append(float(torch.cat([part.flatten() for part in parts]).norm()))
    return np.array(norms)


def trained(
    recorder: carto.Recorder, *, rate: bool = True, epochs: int = len(RATES)
) -> np.ndarray[Any, Any]:
    """Train a small net; (E, N) the gradients' norms that each sample's own step met."""
    data, net = dataset(), Net()
    loader = recorder.track(DataLoader(data, batch_size=BATCH, shuffle=True))
    expected = np.full((epochs, N), np.nan)
    for epoch, lr in enumerate(RATES[:epochs]):
        optimizer = torch.optim.SGD(net.parameters(), lr=lr)
        for x, gold in loader:
            expected[epoch, recorder.batch.guid] = gradient_norms(net, x, gold)
            h = net.features(x)
            logits = net.out(h)
            recorder.log(logits, gold, features=h)
            if rate:
                recorder.log_signal("learning_rate", [lr] * len(gold))
            optimizer.zero_grad()
            cross_entropy(logits, gold).backward()
            optimizer.step()
    recorder.end_epoch()
    return expected


@pytest.fixture(params=["folder", "memory"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "run" if request.param == "folder" else None


def test_they_are_what_autograd_gives_of_a_net_as_it_trains(path: Path | None) -> None:
    with carto.Recorder(path, logits="float32") as recorder:
        norms = trained(recorder)
    found = carto.table(path or recorder, METRICS)
    np.testing.assert_allclose(found["grand_last_layer"], norms.mean(0), rtol=1e-5)
    tracin = (np.array(RATES)[:, None] * norms**2).sum(0)
    np.testing.assert_allclose(found["tracin_last_layer"], tracin, rtol=1e-5)
    early = carto.table(path or recorder, ["grand_last_layer"], epochs=[0])
    np.testing.assert_allclose(early["grand_last_layer"], norms[0], rtol=1e-5)


def test_log_probabilities_in_half_precision_are_good_to_a_thousandth() -> None:
    recorder = carto.Recorder()
    norms = trained(recorder)
    found = carto.table(recorder, METRICS)["grand_last_layer"]
    np.testing.assert_allclose(found, norms.mean(0), rtol=1e-3)


def test_of_a_linear_model_they_are_what_the_reference_code_gives() -> None:
    given = pd.read_csv(GOLDEN / "linear_softmax.csv")
    weights = np.loadtxt(GOLDEN / "weights.csv", delimiter=",", skiprows=1)
    bias = np.loadtxt(GOLDEN / "bias.csv", delimiter=",", skiprows=1)
    x = given[["x0", "x1", "x2", "x3"]].to_numpy()
    dynamics = carto.TrainingDynamics.from_arrays(
        gold=given["gold"],
        logits=(x @ weights + bias)[None],
        feature_norm=np.linalg.norm(x, axis=1)[None],
        learning_rate=np.full((1, len(x)), 0.5),
    )
    found = carto.table(dynamics, METRICS)
    np.testing.assert_allclose(found["grand_last_layer"], given["grand"], atol=1e-6)
    np.testing.assert_allclose(found["tracin_last_layer"], given["grand"] ** 2 / 2, rtol=1e-5)


def test_two_classes_by_hand() -> None:
    even = np.zeros((2, 3, 2))  # p - y = (-1/2, 1/2), of length sqrt(1/2)
    even[1, 1] = np.nan
    even[:, 2] = np.nan
    dynamics = carto.TrainingDynamics.from_arrays(
        gold=[0, 1, 0],
        logits=even,
        feature_norm=[[7, 1, 1], [1, 1, 1]],  # with the bias sqrt(50) and sqrt(2)
        learning_rate=[[0.1, 0.1, 0.1], [10, 10, 10]],
    )
    found = carto.table(dynamics, METRICS)
    np.testing.assert_allclose(found["grand_last_layer"], [3, 1, np.nan], rtol=1e-6)
    np.testing.assert_allclose(found["tracin_last_layer"], [12.5, 0.1, np.nan], rtol=1e-6)


def test_why_not_is_said_without_reading() -> None:
    recorder = carto.Recorder()
    trained(recorder, rate=False, epochs=1)
    listed = carto.list_metrics(recorder).loc[METRICS]
    assert listed["has"].tolist() == [True, False]
    assert "recorder.log_signal('learning_rate', [lr] * len(gold))" in listed["why_not"].iloc[1]
    assert listed["needs"].tolist() == [
        "logits, feature_norm",
        "logits, feature_norm, learning_rate",
    ]
    bare = carto.TrainingDynamics.from_arrays(gold=[0, 1], logits=np.zeros((1, 2, 2)))
    why_not = carto.list_metrics(bare).loc["grand_last_layer", "why_not"]
    assert why_not == "not recorded: feature_norm (recorder.log(..., features=h) keeps it)"
    with pytest.raises(ValueError, match="'grand_last_layer' needs feature_norm"):
        carto.table(bare, ["grand_last_layer"])


def test_the_norm_is_of_the_features_before_they_were_rounded() -> None:
    recorder = carto.Recorder()
    h = torch.tensor([[3e5, 4e5], [3e-9, 4e-9]], dtype=torch.float64)  # beyond half precision
    recorder.log(torch.zeros(2, 2), torch.tensor([0, 1]), guid=[0, 1], features=h)
    recorder.end_epoch()
    found = recorder.dynamics.signals["feature_norm"]
    np.testing.assert_allclose(found, [[5e5, 5e-9]], rtol=1e-6)
    assert np.isinf(recorder.dynamics.features[0]).all()


def test_features_of_the_first_epochs_alone_give_the_early_grand(tmp_path: Path) -> None:
    gold = torch.arange(4) % 2
    with carto.Recorder(tmp_path / "run") as recorder:
        for features in (torch.ones(4, 7), torch.ones(4, 1), None):  # sqrt(1/2) times sqrt(8), ...
            recorder.log(torch.zeros(4, 2), gold, guid=range(4), features=features)
            recorder.end_epoch()
    dynamics = carto.load(tmp_path / "run")
    assert np.isnan(dynamics.signals["feature_norm"]).all(axis=1).tolist() == [False, False, True]
    found = carto.table(dynamics, ["grand_last_layer"])["grand_last_layer"]
    np.testing.assert_allclose(found, [1.5] * 4, rtol=1e-6)
    assert inspected(tmp_path / "run").wrong == ()
