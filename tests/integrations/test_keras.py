"""Keras on torch: probabilities for logits, labels in a column, what cannot be told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numbered import BATCH, EPOCHS, C, Net, Numbered
from torch.utils.data import DataLoader

import carto_widget as carto

pytest.importorskip("drive_keras")  # it names the backend before Keras is imported
keras: Any = pytest.importorskip("keras")
pytestmark = pytest.mark.frameworks


class InAColumn(Numbered):
    """As Keras users have them: labels of shape (B, 1), and inputs without the row number."""

    def __getitem__(self, i: int) -> Any:
        return self.x[i], self.labels[i : i + 1]


def fitted(net: Net, loss: Any, recorder: carto.Recorder, data: Any, **options: Any) -> Any:
    layers = [keras.Input((5,)), keras.layers.TorchModuleWrapper(net, output_shape=(C,))]
    model = keras.Sequential([*layers, keras.layers.Softmax()])
    model.compile("sgd", loss)
    carto.attach(model, recorder, **options)
    loader = DataLoader(data, batch_size=BATCH, shuffle=True)
    model.fit(loader, epochs=EPOCHS, shuffle=False, verbose=0)
    return model


def test_probabilities_and_labels_in_a_column_are_understood() -> None:
    net, data, recorder = Net(), InAColumn(40), carto.Recorder(on_error="raise")
    fitted(net, "sparse_categorical_crossentropy", recorder, data)
    net.said = [said for said in net.said if said[0]]
    found = carto.load(recorder).signals["gold_probability"]
    expected = net.gold_probability(data, training=True)[-EPOCHS:]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_a_loss_that_does_not_tell_is_asked_about() -> None:
    def loss(y: Any, y_pred: Any) -> Any:
        return keras.losses.sparse_categorical_crossentropy(y, y_pred)

    net, data, recorder = Net(), Numbered(40), carto.Recorder(on_error="raise")
    with pytest.raises(ValueError, match=r"logits or probabilities.*logits=lambda y_pred"):
        fitted(net, loss, recorder, data)
    net.said.clear()
    fitted(net, loss, carto.Recorder(), data, logits=lambda y_pred: y_pred.log())


def test_arrays_are_refused_with_the_remedy() -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(C)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    carto.attach(model, carto.Recorder())
    with pytest.raises(TypeError, match=r"fit got a ndarray.*DataLoader\(TensorDataset"):
        model.fit(np.zeros((8, 4), np.float32), np.zeros(8, np.int64))


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
def test_predictions_and_evaluations_of_other_data_are_not_recorded() -> None:
    net, data, recorder = Net(), Numbered(40), carto.Recorder(on_error="raise")
    model = fitted(net, "sparse_categorical_crossentropy", recorder, data)
    model.evaluate(DataLoader(Numbered(16, 1000), batch_size=BATCH), verbose=0)
    model.predict(np.zeros((8, 5), np.float32), verbose=0)
    assert len(carto.load(recorder).epochs) == EPOCHS
    assert "validation" not in recorder.identity
