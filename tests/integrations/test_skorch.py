"""skorch: its own split of X, probabilities for logits, training in parts, copies, fresh models."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from numbered import BATCH, Net, Numbered
from torch import Tensor, nn

import carto_widget as carto

pytest.importorskip("skorch")
pytestmark = pytest.mark.frameworks
N = 50


class Softmax(nn.Module):
    """As skorch has it for NLLLoss: the module returns probabilities."""

    def __init__(self, net: Net | None = None) -> None:
        super().__init__()
        self.net = net or Net()

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.net(x)
        return logits.softmax(1)


def classifier(module: Any, **options: Any) -> Any:
    from skorch import NeuralNetClassifier

    given = {"lr": 0.1, "batch_size": BATCH, "verbose": 0, "iterator_train__shuffle": True}
    return NeuralNetClassifier(module, **given | options)


def arrays(data: Numbered) -> tuple[Any, Any]:
    return data.x.numpy(), data.labels.numpy()


def check(recorder: carto.Recorder, net: Net, data: Numbered, split: str = "train") -> None:
    dynamics = carto.load(recorder, split)
    training = split == "train"
    expected = net.gold_probability(data, training=training)
    assert dynamics.gold.tolist() == data.labels[dynamics.guid].tolist()
    np.testing.assert_allclose(dynamics.signals["gold_probability"], expected, rtol=0, atol=1e-5)


def test_both_parts_of_a_split_x_have_its_rows_and_probabilities_are_understood() -> None:
    data, net, recorder = Numbered(N), Net(), carto.Recorder(on_error="raise")
    model = classifier(Softmax(net), max_epochs=3)  # keeps a fifth for validation
    carto.attach(model, recorder)
    model.fit(*arrays(data))
    train, validation = carto.load(recorder), carto.load(recorder, "validation")
    assert sorted([*train.guid, *validation.guid]) == list(range(N))
    assert len(validation.guid) == N // 5
    check(recorder, net, data)
    check(recorder, net, data, "validation")


def test_a_training_in_parts_goes_on_and_predictions_between_are_not_recorded() -> None:
    data, net, recorder = Numbered(N), Net(), carto.Recorder(on_error="raise")
    model = classifier(net, criterion=nn.CrossEntropyLoss, train_split=None, max_epochs=1)
    carto.attach(model, recorder)
    x, y = arrays(data)
    for _ in range(3):
        model.partial_fit(x, y)
        model.predict_proba(x[:7])
    assert len(carto.load(recorder).epochs) == 3
    check(recorder, net, data)


def test_copies_of_a_recorded_net_are_plain_nets_and_record_nothing() -> None:
    from sklearn.base import clone
    from skorch import NeuralNetClassifier

    data, recorder = Numbered(N), carto.Recorder(on_error="raise")
    model = classifier(Softmax, max_epochs=1, train_split=None)
    parameters = set(model.get_params())
    carto.attach(model, recorder)
    model.fit(*arrays(data))
    before = carto.load(recorder).signals["loss"]
    assert isinstance(model, NeuralNetClassifier)
    assert set(model.get_params()) == parameters
    for other in (clone(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        other.fit(*arrays(Numbered(20, 1000)))
    np.testing.assert_array_equal(carto.load(recorder).signals["loss"], before)
    assert type(copy.deepcopy(model)) is NeuralNetClassifier


def test_fitting_anew_makes_a_fresh_model_and_is_refused() -> None:
    """``fit`` begins anew where the module is given as a class."""
    data, recorder = Numbered(N), carto.Recorder()
    model = classifier(Softmax, max_epochs=1, train_split=None)
    carto.attach(model, recorder)
    model.fit(*arrays(data))
    with pytest.raises(ValueError, match=r"another model.*recorder\.resume\(\)"):
        model.fit(*arrays(data))


def test_a_net_takes_one_recorder() -> None:
    model = classifier(Softmax)
    carto.attach(model, carto.Recorder())
    with pytest.raises(ValueError, match="attached to this net already"):
        carto.attach(model, carto.Recorder())


def test_weights_are_bit_equal_where_the_net_splits() -> None:
    def weights(recorder: carto.Recorder | None) -> list[Tensor]:
        torch.manual_seed(0)
        model = classifier(Softmax(), max_epochs=2)
        if recorder is not None:
            carto.attach(model, recorder)
        model.fit(*arrays(Numbered(N)))
        return [parameter.detach() for parameter in model.module_.parameters()]

    pairs = zip(weights(None), weights(carto.Recorder()), strict=True)
    assert all(torch.equal(plain, ours) for plain, ours in pairs)


@pytest.mark.parametrize("at", [3, 7])  # the loss of a batch in training, and in validation
def test_stop_ends_fit_and_what_is_recorded_is_kept(at: int) -> None:
    data, recorder = Numbered(N), carto.Recorder(on_error="raise")
    n_losses = 0

    class Loss(nn.NLLLoss):
        def forward(self, *args: Any) -> Tensor:
            nonlocal n_losses
            n_losses += 1
            if n_losses == at:
                recorder.stop()
            loss: Tensor = super().forward(*args)
            return loss

    model = classifier(Softmax, criterion=Loss, max_epochs=100)  # it scores each epoch
    carto.attach(model, recorder)
    model.fit(*arrays(data))
    assert n_losses == at
    assert carto.load(recorder).epochs.tolist() == [0]
    assert "stopped" in repr(recorder)
